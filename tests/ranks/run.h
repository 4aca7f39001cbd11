/* A program of cells.h on several ranks, which are threads, from its start to its end: what the
 * tests of this folder share. What a run does depends neither on the number of ranks nor on
 * restarts, so that all runs are compared with one that went straight through. */
#ifndef TORPOR_TEST_RANKS_RUN_H
#define TORPOR_TEST_RANKS_RUN_H

#include "session/hooks.h"

#include "cells.h"

#define MAX_RANKS CROWD_MAX
#define END 60u

/* Files of run_and_die on three ranks. */
#define SHARD_40 "ckpt-0000000000000040.shard-1-of-3.msgpack"
#define SHARD_30 "ckpt-0000000000000030.shard-1-of-3.msgpack"

typedef struct Run Run;

/* One rank. */
typedef struct {
    Run *run;
    Cells cells;
    TorporSession *session;
    GError *error; /* of the restore, or of the end */
    gboolean resumed;
    gint32 answer; /* of the last step */
    guint64 stopped_at;
    struct torpor_collective collective;
    struct torpor_host host;
} Rank;

struct Run {
    const char *folder;
    const char *dir;
    guint n;
    Dealing dealing;
    const char *mode;
    const char *options;         /* further ones */
    const char *options_of_last; /* of the last rank instead */
    guint64 until;
    gboolean dies;   /* all at once at `until`: nothing is closed in order */
    gint dying_rank; /* alone, at `until`; -1: none */
    guint64 stop_at; /* the last rank asks for a stop; 0: never */
    guint64 save_at; /* torpor_save by hand, twice at one step */
    guint step_us;   /* that a step takes at least */
    guint32 flags;   /* more ones of the host */
    void (*before)(Rank *rank);
    void (*at_step)(Rank *rank); /* before the step hook */
    void (*begin)(Rank *rank);   /* runs of the script, before the restore */
    Crowd crowd;
    Rank *ranks; /* from run_start to run_clear */
};

/* Make a folder for all runs, and run straight through on one rank, for assert_equals_straight. */
void runs_begin(void);

/* Remove the folder. */
void runs_end(void);

/* A run to END in mode sync, with a checkpoint every 10 ms; not started. */
Run run_new(const char *dir, guint n, Dealing dealing);

/* Run all ranks until they have ended. */
void run_start(Run *run);

void run_clear(Run *run);

/* Run on n ranks until all die at step 47; the newest checkpoint is at 40. */
void run_and_die(const char *dir, guint n, Dealing dealing, const char *mode);

/* No rank has an error. */
void assert_all_fine(const Run *run);

/* Start it: all ranks refuse, with this status and words, before their first step; clears it. */
void assert_refused(Run *run, gint status, const char *words);

/* No rank has an error, and state and output are those of the run straight through; clears it. */
void assert_equals_straight(Run *run);

/* Path of a checkpoint folder that no run has used. */
char *dir_new(void);

char *path_of(const char *dir, const char *name);

gboolean is_there(const char *dir, const char *name);

/* Of the checkpoint at a step; G_MAXUINT: there is none. */
guint count_shards(const char *dir, guint64 step);

/* Change one bit of a file. */
void flip(const char *path, glong place);

/* The checkpoint at 40 is spoiled: the log says so with `words`, and that at 30 is used. */
void resume_after_damage(const char *dir, guint n, const char *words);

#endif
