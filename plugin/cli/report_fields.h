/* The fields of a file, or of two, on the page of a report: pictures of what varies, and a table of
 * the rest. The page stays small, whatever the size of the files. */
#ifndef TORPOR_CLI_REPORT_FIELDS_H
#define TORPOR_CLI_REPORT_FIELDS_H

#include "cli/summary.h"

G_BEGIN_DECLS

/* b: NULL for one file. Neither is damaged. */
void torpor_report_append_fields(GString *page, const TorporSummary *a, const TorporSummary *b);

G_END_DECLS

#endif
