/* The collective that a host on several ranks lends: every rank calls the same functions in the
 * same order, from the host's thread. On one rank they do nothing. */
#ifndef TORPOR_HOST_COLLECTIVE_H
#define TORPOR_HOST_COLLECTIVE_H

#include "host/host_table.h"

G_BEGIN_DECLS

/* `length` bytes of each rank, those of rank 0 first. */
gboolean torpor_host_allgather(const TorporHost *host, const void *mine, guint64 length, void *all,
                               GError **error);
/* The bytes of rank `root` become those of all. */
gboolean torpor_host_broadcast(const TorporHost *host, void *bytes, guint64 length, guint32 root,
                               GError **error);
/* `length` bytes of this rank to rank `to`, which takes them by torpor_host_receive. Only where the
 * host has lent it. */
gboolean torpor_host_send(const TorporHost *host, const void *bytes, guint64 length, guint32 to,
                          GError **error);
gboolean torpor_host_receive(const TorporHost *host, void *bytes, guint64 length, guint32 from,
                             GError **error);

G_END_DECLS

#endif
