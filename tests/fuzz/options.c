/* The options of a run: each line of the input is one. */
#include <math.h>

#include "base/error.h"
#include "check.h"
#include "limits.h"
#include "session/options.h"
#include "target.h"

static void
check(const TorporOptions *options)
{
    g_assert(options->keep >= 1);
    g_assert(g_path_is_absolute(options->dir));
    g_assert((options->resume == TORPOR_RESUME_PATH) == (options->resume_path != NULL));
    const TorporDuration *durations[] = {&options->every, &options->every_wall, &options->mtbf,
                                         &options->maxh};
    for (gsize i = 0; i < G_N_ELEMENTS(durations); i++) {
        double seconds = 1;
        g_autoptr(GError) error = NULL;
        if (durations[i]->unit != NULL &&
            !torpor_duration_in(durations[i], torpor_unit_lookup("s", NULL), &seconds, &error))
            fuzz_fail("a duration is no time: %s", error->message);
        g_assert(seconds > 0 && isfinite(durations[i]->value));
    }
}

static void
parse(const char *const *lines)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOptions) options =
        torpor_options_parse(lines, g_strv_length((char **)lines), &error);
    g_assert((options == NULL) == (error != NULL));
    if (options != NULL)
        check(options);
    else
        g_assert(error->message[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup((const char *)bytes, length);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    torpor_unit_lookup("furlong", NULL);
    fuzz_limits_begin(length);
    parse((const char *const *)lines);
    fuzz_limits_end();
    return 0;
}
