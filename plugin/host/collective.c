#include "host/collective.h"

#include <string.h>

gboolean
torpor_host_allgather(const TorporHost *host, const void *mine, guint64 length, void *all,
                      GError **error)
{
    const struct torpor_collective *collective = host->table->collective;
    if (torpor_host_n_ranks(host) == 1) {
        memcpy(all, mine, length);
        return TRUE;
    }
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = collective->allgather(collective->collective_data, mine, length, all, &failure);
    return torpor_host_result(status, &failure, error, "the host's allgather");
}

gboolean
torpor_host_broadcast(const TorporHost *host, void *bytes, guint64 length, guint32 root,
                      GError **error)
{
    const struct torpor_collective *collective = host->table->collective;
    if (torpor_host_n_ranks(host) == 1)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status =
        collective->broadcast(collective->collective_data, bytes, length, root, &failure);
    return torpor_host_result(status, &failure, error, "the host's broadcast");
}

gboolean
torpor_host_send(const TorporHost *host, const void *bytes, guint64 length, guint32 to,
                 GError **error)
{
    const struct torpor_collective *collective = host->table->collective;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = collective->send(collective->collective_data, bytes, length, to, &failure);
    return torpor_host_result(status, &failure, error, "the host's send");
}

gboolean
torpor_host_receive(const TorporHost *host, void *bytes, guint64 length, guint32 from,
                    GError **error)
{
    const struct torpor_collective *collective = host->table->collective;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = collective->receive(collective->collective_data, bytes, length, from, &failure);
    return torpor_host_result(status, &failure, error, "the host's receive");
}
