#include "checkpoint/fresh_output.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/copy_bytes.h"
#include "file/durable_name.h"

/* ---- a copy beside the file ---- */

/* A new file, "<path>.aside-<n>" with the first n that is free. */
static int
open_aside(const char *path, mode_t mode, char **aside, GError **error)
{
    for (guint n = 1; n != 0; n++) {
        g_autofree char *name = g_strdup_printf("%s.aside-%u", path, n);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            torpor_error_set_errno(error, errno, "%s", name);
        *aside = g_steal_pointer(&name);
        return fd;
    }
    return -1; /* there are not that many files */
}

/* The copy's name; transfer full. */
static char *
copy_aside(int fd, const char *path, mode_t mode, GError **error)
{
    g_autofree char *aside = NULL;
    int to = open_aside(path, mode, &aside, error);
    if (to < 0)
        return NULL;
    int failure = torpor_copy_bytes(fd, to) ? 0 : errno;
    if (close(to) != 0 && failure == 0)
        failure = errno;
    if (failure != 0)
        torpor_error_set_errno(error, failure, "%s", aside);
    else if (torpor_durable_name(aside, error))
        return g_steal_pointer(&aside);
    (void)unlink(aside);
    return NULL;
}

/* ---- one file ---- */

gboolean
torpor_fresh_output_make(TorporOutputs *outputs, const struct torpor_output *output, GError **error)
{
    if (!torpor_host_text_check("path of an output", output->path, error))
        return FALSE;
    TorporOutputPlaces *places = torpor_outputs_places(outputs);
    g_autofree char *path = torpor_output_places_find(places, output->path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || errno == EEXIST)
        return TRUE;
    torpor_error_set_errno(error, errno, "output %s: cannot make it", output->path);
    return FALSE;
}

static gboolean
set_aside(int fd, const struct stat *status, const char *path, const TorporHost *host,
          GError **error)
{
    g_autofree char *aside = copy_aside(fd, path, status->st_mode, error);
    if (aside == NULL) {
        g_prefix_error(error,
                       "output %s: the run starts fresh, and the %" G_GUINT64_FORMAT
                       " bytes that are in this file cannot be copied aside; move the file away: ",
                       path, (guint64)status->st_size);
        return FALSE;
    }
    if (ftruncate(fd, 0) != 0) {
        torpor_error_set_errno(error, errno, "output %s: cannot empty it for a fresh start", path);
        return FALSE;
    }
    torpor_host_log(
        host, TORPOR_LOG_WARNING,
        "output %s: the run starts fresh, so this file begins empty; the %" G_GUINT64_FORMAT
        " bytes that were in it are now in %s",
        path, (guint64)status->st_size, aside);
    return TRUE;
}

gboolean
torpor_fresh_output_begin(TorporOutputs *outputs, const struct torpor_output *output,
                          const TorporHost *host, GError **error)
{
    if (!torpor_output_flush(output, error))
        return FALSE;
    struct stat status;
    int fd = torpor_output_open(outputs, output->path, O_RDWR, &status, error);
    if (fd < 0)
        return FALSE;
    g_autofree char *path = torpor_output_places_find(torpor_outputs_places(outputs), output->path);
    gboolean is_empty = status.st_size == 0 || set_aside(fd, &status, path, host, error);
    close(fd);
    if (!is_empty)
        return FALSE;
    torpor_outputs_keep_digest(outputs, output->path, NULL);
    if (output->rolled_back == NULL)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 result = output->rolled_back(output->output_data, 0, &failure);
    return torpor_host_result(result, &failure, error, "output %s", output->path);
}

/* ---- all files ---- */

static gboolean
begins_empty(const struct torpor_output *output)
{
    return (output->flags & TORPOR_OUTPUT_OPTIONAL) == 0;
}

gboolean
torpor_fresh_outputs_lose_bytes(TorporOutputs *outputs, const GPtrArray *described)
{
    TorporOutputPlaces *places = torpor_outputs_places(outputs);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (output->path == NULL || !begins_empty(output))
            continue;
        g_autofree char *path = torpor_output_places_find(places, output->path);
        struct stat status;
        if (stat(path, &status) == 0 && status.st_size > 0)
            return TRUE;
    }
    return FALSE;
}

gboolean
torpor_fresh_outputs_begin(TorporOutputs *outputs, const GPtrArray *described,
                           const TorporHost *host, GError **error)
{
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (begins_empty(output) && !torpor_fresh_output_make(outputs, output, error))
            return FALSE;
    }
    if (!torpor_outputs_hold(outputs, described, error))
        return FALSE;
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (begins_empty(output) && !torpor_fresh_output_begin(outputs, output, host, error))
            return FALSE;
    }
    return TRUE;
}
