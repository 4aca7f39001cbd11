/* The options of a run: key=value strings, overridden by TORPOR_<KEY> in the environment. */
#ifndef TORPOR_SESSION_OPTIONS_H
#define TORPOR_SESSION_OPTIONS_H

#include <glib.h>

#include "base/error.h"
#include "folder/retention.h"
#include "value/unit.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_MODE_SYNC,
    TORPOR_MODE_ASYNC,
    TORPOR_MODE_FORK,
} TorporMode;

/* A time with the unit that the user wrote, so that "100 ms" stays exactly 100 for a host that
 * counts ms. */
typedef struct {
    double value;
    const TorporUnit *unit; /* NULL: off */
} TorporDuration;

typedef struct {
    char *dir;                 /* absolute, so that a host may change its working directory */
    TorporDuration every;      /* simulated time */
    TorporDuration every_wall; /* wall time */
    gboolean every_wall_auto;
    TorporDuration mtbf;
    guint64 keep;       /* 1 or more */
    guint64 keep_every; /* 0: off */
    TorporDuration maxh;
    GArray *signals; /* of int, may be empty */
    TorporResume resume;
    char *resume_path; /* of TORPOR_RESUME_PATH, absolute; else NULL */
    TorporMode mode;
    gint32 mismatch; /* TORPOR_MISMATCH_* */
    gint32 origin;   /* the same, of a model that was built otherwise */
    gboolean fsync;
} TorporOptions;

/* Parse the options. A key that is not given has its default; of a key that is given twice the
 * later one counts. An empty environment variable is ignored.
 *
 * errors: TORPOR_STATUS_INVALID for an unknown key or a bad value: it names the key, where it came
 * from and what is expected. TORPOR_STATUS_UNSUPPORTED for what is not built yet. */
TorporOptions *torpor_options_parse(const char *const *options, guint64 n_options, GError **error);
void torpor_options_free(TorporOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOptions, torpor_options_free)

/* The duration as a number in `unit`. TORPOR_STATUS_UNIT if that is not a unit of time. */
gboolean torpor_duration_in(const TorporDuration *duration, const TorporUnit *unit, double *out,
                            GError **error);

G_END_DECLS

#endif
