/* Collects what a restore found different, a line each, and decides whether the restore goes on. */
#ifndef TORPOR_HOST_REPORT_H
#define TORPOR_HOST_REPORT_H

#include "host/host_table.h"
#include "value/unit.h"

G_BEGIN_DECLS

typedef struct {
    const TorporHost *host; /* (not owned) */
    gint32 mismatch;        /* TORPOR_MISMATCH_* */
    gint32 fingerprint;     /* the same, of another text of the host */
    GString *text;          /* a line per difference */
} TorporReport;

TorporReport *torpor_report_new(const TorporHost *host, gint32 mismatch);
void torpor_report_free(TorporReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporReport, torpor_report_free)

/* The live value at `path` does not fit what the file has. FALSE with `status` where the policy is
 * `error`; else TRUE, and the live value is to be kept. */
gboolean torpor_report_mismatch(TorporReport *report, gint status, const char *path,
                                const char *expected, const char *found, GError **error);
/* The same from an error that says what was expected and found; takes it. */
gboolean torpor_report_mismatch_error(TorporReport *report, const char *path, GError *difference,
                                      GError **error);

/* Something that is no mismatch, but worth knowing. */
void torpor_report_note(TorporReport *report, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void torpor_report_warning(TorporReport *report, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Numbers were converted: bit-identity ended here. */
void torpor_report_conversion(TorporReport *report, const char *path, const TorporUnit *from,
                              const TorporUnit *to);

G_END_DECLS

#endif
