/* What a fuzz target has: libFuzzer's entry points. */
#ifndef TORPOR_FUZZ_TARGET_H
#define TORPOR_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Try one input; abort if a property does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* (optional) Change an input in place, within max_length bytes; returns the new length. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed);

#endif
