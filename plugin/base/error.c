#include "base/error.h"

#include <errno.h>
#include <string.h>

/* G_DEFINE_QUARK writes without a lock, and errors come from any thread. */
GQuark
torpor_error_quark(void)
{
    static gsize quark;
    if (g_once_init_enter(&quark))
        g_once_init_leave(&quark, g_quark_from_static_string("torpor-error-quark"));
    return (GQuark)quark;
}

static gint
status_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
        return TORPOR_STATUS_NO_SPACE;
    case ENOMEM:
        return TORPOR_STATUS_NO_MEMORY;
    case ENOENT:
        return TORPOR_STATUS_NOT_FOUND;
    case EEXIST:
        return TORPOR_STATUS_EXISTS;
    default:
        return TORPOR_STATUS_IO;
    }
}

void
torpor_error_set_errno(GError **error, int errno_value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TORPOR_ERROR, status_of_errno(errno_value), "%s: %s", what,
                g_strerror(errno_value));
}

/* Shorter ones have no room for a beginning and an end. */
#define ROOM_FOR_BOTH_ENDS 64

/* Copy `text`. A text that is too long loses part of its middle: it begins with where and what is
 * wrong, and ends with what to do. Cuts lie between characters. */
static void
copy_utf8(char *out, gsize size, const char *text)
{
    static const char gap[] = " ... ";
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    gsize length = strlen(valid);
    if (length < size) {
        memcpy(out, valid, length + 1);
        return;
    }
    gboolean has_tail = size >= ROOM_FOR_BOTH_ENDS;
    gsize tail_length = has_tail ? size / 4 : 0;
    gsize head_length = has_tail ? size - sizeof gap - tail_length : size - 1;
    const char *head_end = g_utf8_find_prev_char(valid, valid + head_length + 1);
    const char *tail = g_utf8_find_next_char(valid + length - tail_length - 1, NULL);
    g_snprintf(out, size, "%.*s%s%s", (int)(head_end - valid), valid, has_tail ? gap : "",
               has_tail ? tail : "");
}

/* How much of `out`, the caller's, is there for the text. */
static gsize
room_of(const struct torpor_error *out)
{
    const gsize place = offsetof(struct torpor_error, message);
    gsize end = MIN(out->struct_size, sizeof *out);
    return end > place ? end - place : 0;
}

gint32
torpor_error_export(GError *error, struct torpor_error *out)
{
    if (error == NULL)
        return TORPOR_STATUS_OK;
    gint32 status = error->domain == TORPOR_ERROR ? error->code : TORPOR_STATUS_IO;
    gsize room = out == NULL ? 0 : room_of(out);
    if (room > 0) {
        out->status = status;
        copy_utf8(out->message, room, error->message);
    }
    g_error_free(error);
    return status;
}

void
torpor_error_import(GError **error, gint32 status, const struct torpor_error *in,
                    const char *fallback)
{
    gboolean has_text = in != NULL && in->message[0] != '\0';
    g_set_error_literal(error, TORPOR_ERROR, status > 0 ? status : TORPOR_STATUS_HOST,
                        has_text ? in->message : fallback);
}
