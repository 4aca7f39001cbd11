/* Errors. There is one domain; its codes are the ABI's TORPOR_STATUS_* numbers, so that nothing
 * needs to be mapped. */
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

/* FALSE, and TORPOR_STATUS_DAMAGED: "<name> is damaged: <what>; use an earlier checkpoint". */
gboolean torpor_error_set_damaged(GError **error, const char *name, const char *what);

/* Copy code and text to the ABI's struct (may be NULL), free the error, and return its code; 0 for
 * a NULL error. */
gint32 torpor_error_export(GError *error, struct torpor_error *out);

/* Make a GError of what a callback reported. A status without a text gets `fallback` as its text.
 */
void torpor_error_import(GError **error, gint32 status, const struct torpor_error *in,
                         const char *fallback);

G_END_DECLS

#endif
