/* A zip archive whose members are stored, not compressed. It is written in one pass, with zip64
 * where that is needed. */
#ifndef TORPOR_CLI_ZIP_H
#define TORPOR_CLI_ZIP_H

#include "msgpack/sink.h"

G_BEGIN_DECLS

typedef struct _TorporZip TorporZip;

TorporZip *torpor_zip_new(TorporSink *sink); /* (not owned) */
void torpor_zip_free(TorporZip *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporZip, torpor_zip_free)

/* Begin a member of exactly `length` bytes, then append them. TORPOR_STATUS_EXISTS for a name
 * that is taken, _LIMIT for one that is too long. */
gboolean torpor_zip_begin(TorporZip *zip, const char *name, guint64 length, GError **error);
gboolean torpor_zip_append(TorporZip *zip, const void *bytes, gsize length, GError **error);
gboolean torpor_zip_end(TorporZip *zip, GError **error);

/* After the last member. */
gboolean torpor_zip_finish(TorporZip *zip, GError **error);

G_END_DECLS

#endif
