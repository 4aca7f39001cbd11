/* The options of a run: key=value strings, overridden by TORPOR_<KEY> in the environment. */
#ifndef TORPOR_SESSION_OPTIONS_H
#define TORPOR_SESSION_OPTIONS_H

#include <glib.h>

#include "base/error.h"
#include "file/packing.h"
#include "folder/newest.h"
#include "save/saver.h"
#include "value/unit.h"

G_BEGIN_DECLS

/* A time with the unit that the user wrote, so that "100 ms" stays exactly 100 for a host that
 * counts ms. */
typedef struct {
    double value;
    const TorporUnit *unit; /* NULL: off */
} TorporDuration;

typedef enum {
    TORPOR_INCREMENTAL_NO,
    TORPOR_INCREMENTAL_COMPARE, /* blocks with the newest checkpoint's */
    TORPOR_INCREMENTAL_YES,     /* and what the host says is unchanged is not read */
    TORPOR_INCREMENTAL_CHECK,   /* the same, once it is certain that it is unchanged */
} TorporIncremental;

typedef struct {
    gboolean checkpoints;      /* FALSE: all is off, and the options below but `every` say so */
    char *dir;                 /* absolute, so that a host may change its working directory */
    TorporDuration every;      /* simulated time */
    TorporDuration every_wall; /* wall time */
    gboolean every_wall_auto;
    gboolean every_wall_is_default;
    TorporDuration mtbf;
    guint64 keep;       /* 1 or more */
    guint64 keep_every; /* 0: off */
    TorporDuration maxh;
    GArray *signals; /* of int, may be empty */
    TorporResume resume;
    char *resume_path; /* of TORPOR_RESUME_PATH, absolute; else NULL */
    TorporMode mode;
    gint32 mismatch;    /* TORPOR_MISMATCH_* */
    gint32 origin;      /* the same, of a model that was built otherwise */
    gint32 fingerprint; /* the same, of another text of the host */
    TorporPackOptions packing;
    TorporIncremental incremental;
    guint64 full_every; /* with `incremental`: each such file is whole */
    guint64 writers;    /* on several ranks: how many write; 0: each */
    gboolean fsync;
    GPtrArray *warnings; /* of char *, a line each: environment variables that seem misspelt */
    char **effective;    /* "key=value" of each option, for comparing; NULL-terminated */
} TorporOptions;

/* Parse the options. A key that is not given has its default; of a key that is given twice the
 * later one counts. An empty environment variable is ignored.
 *
 * errors: TORPOR_STATUS_INVALID for an unknown key or a bad value: it names the key, where it came
 * from and what is expected. */
TorporOptions *torpor_options_parse(const char *const *options, guint64 n_options, GError **error);
void torpor_options_free(TorporOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOptions, torpor_options_free)

/* The duration as a number in `unit`. TORPOR_STATUS_UNIT if that is not a unit of time. */
gboolean torpor_duration_in(const TorporDuration *duration, const TorporUnit *unit, double *out,
                            GError **error);

G_END_DECLS

#endif
