#include "base/error.h"

#include <errno.h>
#include <torpor/loader.h>

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

gboolean
torpor_error_set_damaged(GError **error, const char *name, const char *what)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "%s is damaged: %s; use an earlier checkpoint", name, what);
    return FALSE;
}

gint32
torpor_error_export(GError *error, struct torpor_error *out)
{
    if (error == NULL)
        return TORPOR_STATUS_OK;
    gint32 status = error->domain == TORPOR_ERROR ? error->code : TORPOR_STATUS_IO;
    g_autofree char *text = g_utf8_make_valid(error->message, -1);
    g_error_free(error);
    return torpor_error_set(out, status, "%s", text);
}

void
torpor_error_import(GError **error, gint32 status, const struct torpor_error *in,
                    const char *fallback)
{
    gboolean has_text = in != NULL && in->message[0] != '\0';
    g_set_error_literal(error, TORPOR_ERROR, status > 0 ? status : TORPOR_STATUS_HOST,
                        has_text ? in->message : fallback);
}
