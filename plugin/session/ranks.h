/* The ranks of a run meet: each says how it fares, and all learn the same. They meet at steps that
 * all know beforehand, in the host's thread, and never in a signal handler. On one rank a meeting
 * is nothing.
 *
 * A meeting that fails because the host's collective did (a rank is dead, or does something else)
 * is the last one: from then on all fail at once, with the same text. */
#ifndef TORPOR_SESSION_RANKS_H
#define TORPOR_SESSION_RANKS_H

#include "session/session.h"

G_BEGIN_DECLS

/* Where the ranks are. If they are not at the same place, the meeting fails. */
typedef enum {
    TORPOR_AT_STEP = 1,
    TORPOR_AT_SAVE,
    TORPOR_AT_COMMIT,
    TORPOR_AT_RESTORE,
    TORPOR_AT_PREPARED,
    TORPOR_AT_BEGIN,
    TORPOR_AT_OPTIONS,
    TORPOR_AT_LISTS,
    TORPOR_AT_SEARCH,
} TorporMeeting;

#define TORPOR_RANK_WORDS 7u

/* What a rank says; its meaning depends on the meeting. */
typedef struct {
    guint64 words[TORPOR_RANK_WORDS];
} TorporSay;

gboolean torpor_ranks_are_several(const TorporSession *session);
/* Rank 0 holds the folder, decides by its clock, and speaks for all. */
gboolean torpor_ranks_is_first(const TorporSession *session);

/* Meet. own_failure: why this rank cannot go on; NULL: it can. It is taken. If one cannot, none
 * can: FALSE with the failure of the first one, "rank 3: ...", the same on all ranks. mine, all:
 * what is said; `all` has room for n_ranks, and NULL will do for either. */
gboolean torpor_ranks_meet(TorporSession *session, TorporMeeting meeting, GError *own_failure,
                           const TorporSay *mine, TorporSay *all, GError **error);

/* `length` bytes of rank 0 for all. */
gboolean torpor_ranks_share(TorporSession *session, void *bytes, guint64 length, GError **error);
/* The bytes of every rank, of any length, for all (transfer full: an array of GBytes). */
GPtrArray *torpor_ranks_gather(TorporSession *session, const void *bytes, guint64 length,
                               GError **error);

/* `length` bytes from this rank to rank `to`, which receives as many from this one. */
gboolean torpor_ranks_send(TorporSession *session, const void *bytes, guint64 length, guint to,
                           GError **error);
gboolean torpor_ranks_receive(TorporSession *session, void *bytes, guint64 length, guint from,
                              GError **error);

/* The same options, host, model and step on all ranks? Asked once, before the first save or
 * restore. TORPOR_STATUS_MISMATCH names the rank and what differs. */
gboolean torpor_ranks_compare(TorporSession *session, GError **error);

G_END_DECLS

#endif
