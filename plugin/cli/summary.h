/* A summary of a file: what it is, and whether it is intact. */
#ifndef TORPOR_CLI_SUMMARY_H
#define TORPOR_CLI_SUMMARY_H

#include "checkpoint/layout.h"
#include "cli/command.h"
#include "cli/output.h"

G_BEGIN_DECLS

typedef struct {
    char *path;
    guint64 byte_length; /* on the disk */
    char *written;       /* UTC, ISO 8601: when the file was last written */
    gboolean indexed;
    GError *damage;      /* NULL: none was found */
    TorporOpened opened; /* tree NULL: it cannot be decoded */
    TorporLayout *layout;
    gboolean is_checkpoint;
    GArray *rows; /* TorporSummaryRow: what people are shown */
} TorporSummary;

typedef struct {
    char *name;
    char *text; /* as it is in the file */
} TorporSummaryRow;

/* Checks the complete file. A file that is damaged is described; an error if it cannot be read. */
gboolean torpor_summary_init(TorporSummary *summary, const char *path, GError **error);
/* From here on `opened` is all of the checkpoint if the file is the manifest of one. */
gboolean torpor_summary_open_whole(TorporSummary *summary, GError **error);
void torpor_summary_clear(TorporSummary *summary);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporSummary, torpor_summary_clear)

/* As programs read it: "whole" (intact), "damaged" or "unreadable". Without an index: "structure",
 * or "unchecked" for a checkpoint. Constant. */
const char *torpor_summary_integrity(const TorporSummary *summary);

/* The name of the row that says the same at more length. */
#define TORPOR_SUMMARY_INTEGRITY "integrity"

void torpor_summary_print(const TorporSummary *summary);
gboolean torpor_summary_put_json(const TorporSummary *summary, TorporJson *json, GError **error);

/* One line: name, clock, size, when written, integrity. */
void torpor_summary_print_line(const TorporSummary *summary);

G_END_DECLS

#endif
