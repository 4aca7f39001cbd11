/* Saves a tree without gaps to a file, in one call. */
#ifndef TORPOR_FILE_SAVE_TREE_H
#define TORPOR_FILE_SAVE_TREE_H

#include "file/packing.h"
#include "msgpack/encode_options.h"

G_BEGIN_DECLS

/* Encode (options NULL: no index), append the index, commit. Errors as those of torpor_encode and
 * of the writer. */
gboolean torpor_file_save(const char *path, TorporTree *tree, const TorporEncodeOptions *options,
                          gboolean overwrite, gboolean fsync, GError **error);
/* The same, packed as these say. */
gboolean torpor_file_save_packed(const char *path, TorporTree *tree,
                                 const TorporEncodeOptions *options,
                                 const TorporPackOptions *packing, gboolean overwrite,
                                 gboolean fsync, GError **error);

G_END_DECLS

#endif
