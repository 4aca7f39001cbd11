/* A summary of a file: what it is, and whether it is intact. */
#ifndef TORPOR_CLI_SUMMARY_H
#define TORPOR_CLI_SUMMARY_H

#include "checkpoint/layout.h"
#include "cli/command.h"
#include "cli/output.h"

G_BEGIN_DECLS

typedef struct {
    char *path;
    guint64 byte_length;
    char *written; /* UTC, ISO 8601: when the file was last written */
    gboolean indexed;
    GError *damage;      /* NULL: none was found */
    TorporOpened opened; /* tree NULL: it cannot be decoded */
    TorporLayout *layout;
} TorporSummary;

/* Checks the complete file. An error only if it cannot be read at all. */
gboolean torpor_summary_init(TorporSummary *summary, const char *path, GError **error);
void torpor_summary_clear(TorporSummary *summary);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporSummary, torpor_summary_clear)

gboolean torpor_summary_is_checkpoint(const TorporSummary *summary);
/* "whole" (intact), "damaged" or "unreadable". Without an index: "structure", or "unchecked" for a
 * checkpoint. Constant. */
const char *torpor_summary_integrity(const TorporSummary *summary);

void torpor_summary_print(const TorporSummary *summary);
gboolean torpor_summary_put_json(const TorporSummary *summary, TorporJson *json, GError **error);

/* One line: name, clock, size, when written, integrity. */
void torpor_summary_print_line(const TorporSummary *summary);

G_END_DECLS

#endif
