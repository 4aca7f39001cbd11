#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
fuzz_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fuzz: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

static void
fail_by_log(const char *domain, G_GNUC_UNUSED GLogLevelFlags level, const char *message,
            G_GNUC_UNUSED gpointer unused)
{
    fuzz_fail("%s warns: %s", domain == NULL ? "GLib" : domain, message);
}

__attribute__((constructor)) static void
watch_logs(void)
{
    g_log_set_default_handler(fail_by_log, NULL);
}
