/* torpor convert IN OUT: rewrite a file, in the same or another form. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/npz.h"
#include "cli/progress.h"
#include "cli/value.h"
#include "file/index.h"
#include "file/save_tree.h"
#include "file/writer.h"

typedef struct {
    const char *to; /* "msgpack", "json", "npz" */
    gboolean wants_index;
    gboolean wants_no_index;
    gboolean overwrites;
    TorporPackOptions packing;
} ConvertOptions;

/* ---- msgpack ---- */

static gboolean
has_index(const TorporOpened *in, const ConvertOptions *options, gboolean *out, GError **error)
{
    GError *reason = NULL;
    if (in->shards != NULL) { /* each of them has one */
        *out = !options->wants_no_index;
        return TRUE;
    }
    g_autoptr(TorporIndex) index = torpor_file_read_index(in->file, &reason);
    *out = options->wants_index || (index != NULL && !options->wants_no_index);
    if (reason != NULL)
        g_propagate_error(error, reason);
    return reason == NULL;
}

static gboolean
write_msgpack(const TorporOpened *in, const char *out, const ConvertOptions *options,
              TorporProgress *progress, GError **error)
{
    TorporEncodeOptions encode = {.list_arrays = TRUE, /* a list was an array before */
                                  .source = in->file,
                                  .progress = torpor_progress_update,
                                  .progress_data = progress};
    if (!has_index(in, options, &encode.index, error))
        return FALSE;
    TorporPackOptions packing = options->packing;
    g_autofree char *dir = g_path_get_dirname(in->file->path);
    packing.shared_folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(TorporEarlier) shared =
        in->shards == NULL && packing.shared_folder >= 0
            ? torpor_earlier_new(packing.shared_folder, in->file, NULL)
            : NULL;
    packing.shared = shared;
    gboolean is_written =
        torpor_file_save_packed(out, in->tree, &encode, &packing, options->overwrites, TRUE, error);
    if (packing.shared_folder >= 0)
        (void)close(packing.shared_folder);
    return is_written;
}

/* ---- json ---- */

typedef struct {
    TorporSink *sink;
    TorporProgress *progress;
    GError *error;
} Stream;

static ssize_t
stream_write(void *cookie, const char *bytes, size_t length)
{
    Stream *stream = cookie;
    if (stream->error != NULL ||
        !stream->sink->klass->append(stream->sink, bytes, length, &stream->error)) {
        errno = EIO;
        return 0;
    }
    torpor_progress_update(stream->progress, stream->sink->place, 0);
    return (ssize_t)length;
}

static gboolean
write_json(const TorporOpened *in, TorporSink *sink, TorporProgress *progress, GError **error)
{
    Stream stream = {sink, progress, NULL};
    FILE *out = fopencookie(&stream, "w", (cookie_io_functions_t){.write = stream_write});
    if (out == NULL) {
        torpor_error_set_errno(error, errno, "cannot begin to write");
        return FALSE;
    }
    setvbuf(out, NULL, _IOFBF, (size_t)1 << 16);
    g_autoptr(TorporLayout) layout = torpor_layout_new(in->tree);
    g_autoptr(GString) path = g_string_new(NULL);
    TorporJson json = {.out = out};
    gboolean done =
        torpor_json_value(&json, NULL, in->file, layout, path, torpor_tree_root(in->tree), error);
    if (done)
        torpor_json_finish(&json);
    else if (path->len > 0)
        g_prefix_error(error, "\"%s\": ", path->str);
    fclose(out);
    if (stream.error == NULL)
        return done;
    g_clear_error(error);
    g_propagate_error(error, stream.error);
    return FALSE;
}

/* ---- the command ---- */

static gboolean
write_other(const TorporOpened *in, const char *out, const ConvertOptions *options,
            TorporProgress *progress, GError **error)
{
    gboolean (*write)(const TorporOpened *, TorporSink *, TorporProgress *, GError **) =
        strcmp(options->to, "json") == 0 ? write_json : torpor_npz_write;
    TorporFileWriter *writer = torpor_file_writer_new(out, options->overwrites, TRUE, error);
    if (writer == NULL)
        return FALSE;
    if (write(in, torpor_file_writer_sink(writer), progress, error))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}

/* Before anything is read. */
static gboolean
check_paths(const char *in, const char *out, const ConvertOptions *options, GError **error)
{
    struct stat in_status, out_status;
    if (stat(out, &out_status) != 0)
        return TRUE;
    if (stat(in, &in_status) == 0 && in_status.st_dev == out_status.st_dev &&
        in_status.st_ino == out_status.st_ino)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "'%s' and '%s' are the same file; write to another and rename that", in, out);
    else if (!S_ISDIR(out_status.st_mode) && !options->overwrites)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                    "'%s' exists; give another name, or --force to overwrite it", out);
    else
        return TRUE;
    return FALSE;
}

/* The complete file is checked first: damage must not get a new checksum. */
static gboolean
convert(const char *path, const char *out, const ConvertOptions *options, GError **error)
{
    gboolean indexed;
    g_auto(TorporOpened) in = {.file = NULL};
    if (!check_paths(path, out, options, error) || !torpor_check_file(path, &indexed, error) ||
        !torpor_opened_init_to_copy(&in, path, error))
        return FALSE;
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "writing");
    if ((strcmp(options->to, "msgpack") == 0 ? write_msgpack : write_other)(&in, out, options,
                                                                            &progress, error))
        return TRUE;
    g_prefix_error(error, "'%s' was not converted: ", path);
    return FALSE;
}

static gboolean
is_form(const char *to)
{
    static const char *const forms[] = {"msgpack", "json", "npz", NULL};
    return g_strv_contains(forms, to);
}

int
torpor_command_convert(int argc, char **argv)
{
    g_autofree char *to = NULL;
    g_autofree char *compress = NULL;
    ConvertOptions options = {.to = "msgpack"};
    const GOptionEntry entries[] = {
        {"to", 't', 0, G_OPTION_ARG_FILENAME, &to, "json, npz, or msgpack (as usual)", "FORM"},
        {"index", 0, 0, G_OPTION_ARG_NONE, &options.wants_index, "with an index", NULL},
        {"no-index", 0, 0, G_OPTION_ARG_NONE, &options.wants_no_index,
         "without one, with the very bytes that braintools writes", NULL},
        {"compress", 0, 0, G_OPTION_ARG_FILENAME, &compress,
         "none (as usual), zstd, or zstd:1 to zstd:19; braintools cannot open compressed files",
         "HOW"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &options.overwrites, "overwrite OUT", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse(
            "IN OUT",
            "Rewrite a file. OUT has an index if IN has one, unless an option says "
            "otherwise, and is\nneither compressed nor in need of other files. A damaged file is "
            "not converted.",
            entries, &argc, &argv, 2, 2))
        return TORPOR_EXIT_USAGE;
    if (compress != NULL && !torpor_pack_options_parse(compress, &options.packing))
        return torpor_command_misuse(
            "convert", "--compress: expected " TORPOR_COMPRESS_EXPECTED ", found \"%s\"", compress);
    options.to = to != NULL ? to : options.to;
    if (!is_form(options.to))
        return torpor_command_misuse("convert", "--to: expected json, npz or msgpack, found \"%s\"",
                                     options.to);
    if (options.wants_index && options.wants_no_index)
        return torpor_command_misuse("convert", "--index and --no-index exclude each other");
    if ((options.wants_index || options.wants_no_index) && strcmp(options.to, "msgpack") != 0)
        return torpor_command_misuse("convert", "%s has no index; leave out --index and --no-index",
                                     options.to);
    if (torpor_pack_options_pack(&options.packing) && strcmp(options.to, "msgpack") != 0)
        return torpor_command_misuse("convert", "--compress is of msgpack files; leave out --to");
    GError *error = NULL;
    return convert(argv[1], argv[2], &options, &error) ? TORPOR_EXIT_FINE
                                                       : torpor_command_fail(error);
}
