#include "host/report.h"

TorporReport *
torpor_report_new(const TorporHost *host, gint32 mismatch)
{
    TorporReport *report = g_new0(TorporReport, 1);
    report->host = host;
    report->mismatch = mismatch;
    report->text = g_string_new(NULL);
    return report;
}

void
torpor_report_free(TorporReport *report)
{
    if (report == NULL)
        return;
    g_string_free(report->text, TRUE);
    g_free(report);
}

static void
add_line(TorporReport *report, gint32 level, const char *path, const char *what)
{
    g_string_append_printf(report->text, "%s: %s\n", path, what);
    torpor_host_log(report->host, level, "restore: %s: %s", path, what);
}

static gboolean
judge(TorporReport *report, gint status, const char *path, const char *difference, GError **error)
{
    if (report->mismatch == TORPOR_MISMATCH_ERROR) {
        g_set_error(error, TORPOR_ERROR, status, "%s: %s", path, difference);
        return FALSE;
    }
    g_autofree char *line = g_strdup_printf("%s; the live value is kept", difference);
    add_line(report,
             report->mismatch == TORPOR_MISMATCH_WARN ? TORPOR_LOG_WARNING : TORPOR_LOG_DEBUG, path,
             line);
    return TRUE;
}

gboolean
torpor_report_mismatch(TorporReport *report, gint status, const char *path, const char *expected,
                       const char *found, GError **error)
{
    g_autofree char *difference = g_strdup_printf("expected %s, found %s", expected, found);
    return judge(report, status, path, difference, error);
}

gboolean
torpor_report_mismatch_error(TorporReport *report, const char *path, GError *difference,
                             GError **error)
{
    gboolean goes_on = judge(report, difference->code, path, difference->message, error);
    g_error_free(difference);
    return goes_on;
}

void
torpor_report_note(TorporReport *report, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_line(report, TORPOR_LOG_INFO, path, what);
}

void
torpor_report_warning(TorporReport *report, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_line(report, TORPOR_LOG_WARNING, path, what);
}

void
torpor_report_conversion(TorporReport *report, const char *path, const TorporUnit *from,
                         const TorporUnit *to)
{
    g_autofree char *found = torpor_unit_to_text(from);
    g_autofree char *expected = torpor_unit_to_text(to);
    g_autofree char *what = g_strdup_printf(
        "converted from %s to %s: the run is not bit-identical from here on", found, expected);
    add_line(report, TORPOR_LOG_WARNING, path, what);
}
