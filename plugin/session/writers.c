#include "session/writers.h"

guint
torpor_writers_n(const TorporSession *session)
{
    guint n_ranks = torpor_host_n_ranks(&session->host);
    guint64 wanted = session->options->writers;
    return wanted == 0 ? n_ranks : (guint)MIN(wanted, n_ranks);
}

gboolean
torpor_writers_are_few(const TorporSession *session)
{
    return torpor_writers_n(session) < torpor_host_n_ranks(&session->host);
}

guint
torpor_writers_first(const TorporSession *session, guint shard)
{
    guint64 n_ranks = torpor_host_n_ranks(&session->host);
    return (guint)(shard * n_ranks / torpor_writers_n(session));
}

guint
torpor_writers_shard(const TorporSession *session)
{
    guint64 rank = torpor_host_rank(&session->host);
    guint64 n_ranks = torpor_host_n_ranks(&session->host);
    return (guint)(((rank + 1) * torpor_writers_n(session) - 1) / n_ranks);
}

gboolean
torpor_writers_is_one(const TorporSession *session)
{
    return torpor_writers_first(session, torpor_writers_shard(session)) ==
           torpor_host_rank(&session->host);
}
