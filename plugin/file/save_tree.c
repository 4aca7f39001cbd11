#include "file/save_tree.h"

#include "file/writer.h"
#include "msgpack/encode.h"

gboolean
torpor_file_save(const char *path, TorporTree *tree, const TorporEncodeOptions *options,
                 gboolean overwrite, gboolean fsync, GError **error)
{
    const TorporPackOptions plain = {0};
    return torpor_file_save_packed(path, tree, options, &plain, overwrite, fsync, error);
}

gboolean
torpor_file_save_packed(const char *path, TorporTree *tree, const TorporEncodeOptions *options,
                        const TorporPackOptions *packing, gboolean overwrite, gboolean fsync,
                        GError **error)
{
    TorporFileWriter *writer = torpor_file_writer_new(path, overwrite, fsync, error);
    if (writer == NULL)
        return FALSE;
    if (torpor_pack_options_pack(packing))
        torpor_file_writer_pack(writer, packing);
    gboolean has_index = options != NULL && options->index;
    if (!has_index)
        torpor_file_writer_omit_index(writer);
    g_autoptr(TorporPlaces) places = has_index ? torpor_places_new() : NULL;
    if (torpor_encode(tree, options, torpor_file_writer_sink(writer), places, error) &&
        (!has_index || torpor_file_writer_append_index(writer, places, error)) &&
        (packing->shared == NULL || torpor_pack_options_pack(packing) ||
         torpor_file_writer_share(writer, packing->shared_folder, packing->shared, error)))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}
