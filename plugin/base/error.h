/* The error domain of all GErrors here. Its codes are the ABI's TORPOR_STATUS_* numbers, so they
 * cross the ABI unchanged. */
#ifndef TORPOR_BASE_ERROR_H
#define TORPOR_BASE_ERROR_H

#include <glib.h>
#include <torpor/host.h>

G_BEGIN_DECLS

#define TORPOR_ERROR (torpor_error_quark())
GQuark torpor_error_quark(void);

/* Set `error` from an errno value, with the text "<message>: <strerror>". The code is
 * TORPOR_STATUS_NO_SPACE for ENOSPC and EDQUOT, _NO_MEMORY for ENOMEM, _NOT_FOUND for ENOENT,
 * _EXISTS for EEXIST, _IO for the rest. */
void torpor_error_set_errno(GError **error, int errno_value, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Copy code and text to the ABI's struct (which may be NULL), free `error`, and return the status:
 * 0 if `error` is NULL. */
gint32 torpor_error_export(GError *error, struct torpor_error *out);

/* Set `error` from the status and text that a callback reported; `fallback` is the text if it gave
 * none. */
void torpor_error_import(GError **error, gint32 status, const struct torpor_error *in,
                         const char *fallback);

G_END_DECLS

#endif
