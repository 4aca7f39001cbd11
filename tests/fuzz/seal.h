/* Changes of files that get past the checksums: the index is made again for what was changed. */
#ifndef TORPOR_FUZZ_SEAL_H
#define TORPOR_FUZZ_SEAL_H

#include <glib.h>
#include <stdint.h>

#include "msgpack/places.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* The fuzzer's own changes of bytes. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t max_length);

/* Change a file in place, within max_length bytes. Returns its new length. Of every five changes
 * one is of any bytes; one of bytes before the index, which gets one range with the right hash; one
 * of the index, which gets a trailer with the right hash; two are of values in its tree
 * (tree_change.h), which is encoded again. */
size_t fuzz_change_file(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed);

/* The tree as a file with an index; the places are those of the leaves. NULL if it cannot be
 * encoded. */
GByteArray *fuzz_encode_with_index(TorporTree *tree, TorporPlaces *places, GError **error);

G_END_DECLS

#endif
