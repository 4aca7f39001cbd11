/* The one error domain. Codes are the ABI's TORPOR_STATUS_* numbers, so that the seam maps nothing.
 */
#ifndef TORPOR_BASE_ERROR_H
#define TORPOR_BASE_ERROR_H

#include <glib.h>
#include <torpor/host.h>

G_BEGIN_DECLS

#define TORPOR_ERROR (torpor_error_quark())
GQuark torpor_error_quark(void);

/* Set `error` from an errno value: "<message>: <strerror>". ENOSPC and EDQUOT give
 * TORPOR_STATUS_NO_SPACE, ENOMEM TORPOR_STATUS_NO_MEMORY, ENOENT TORPOR_STATUS_NOT_FOUND, EEXIST
 * TORPOR_STATUS_EXISTS, else TORPOR_STATUS_IO. */
void torpor_error_set_errno(GError **error, int errno_value, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Copy code and text to the ABI's struct (may be NULL), free `error`, return the status. NULL
 * error: 0. */
gint32 torpor_error_export(GError *error, struct torpor_error *out);

/* The other way: a GError from what a callback reported. A status without text gets `fallback` as
 * its text. */
void torpor_error_import(GError **error, gint32 status, const struct torpor_error *in,
                         const char *fallback);

G_END_DECLS

#endif
