/* How a target fails: by abort, which libFuzzer catches to keep the input. */
#ifndef TORPOR_FUZZ_CHECK_H
#define TORPOR_FUZZ_CHECK_H

#include <glib.h>

G_BEGIN_DECLS

/* Print the reason and abort. Warnings of GLib's and of our own fail like this too. */
G_NORETURN void fuzz_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

G_END_DECLS

#endif
