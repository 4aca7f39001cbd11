/* spikes.h: what a run leaves behind: a digest of all spikes since time 0, and a file of them.
 *
 * The file has one line per spike, "<time in ms> <neuron>", in order of time, then neuron.
 */
#ifndef DEMO_SPIKES_H
#define DEMO_SPIKES_H

#include "network.h"

#include <stdint.h>

#define SPIKES_BUFFER_BYTES (1u << 16)

struct spike_record {
    uint64_t digest[2]; /* of all spikes: a step hashes the digest before it, and its own spikes */
    uint64_t n_spikes;
};

struct spikes {
    struct spike_record record;
    int file;       /* descriptor; -1: none */
    int file_errno; /* of the first write that failed; the rest is not written */
    uint32_t n_buffered;
    char buffer[SPIKES_BUFFER_BYTES];
};

/* path NULL: no file. What is in the file stays until spikes_restart or spikes_roll_back. Returns
 * 0, or -1 with errno. */
int spikes_open(struct spikes *spikes, const char *path);

/* The run starts at time 0: empty the file. */
void spikes_restart(struct spikes *spikes);

/* Go on at the length that the file had at a checkpoint, to which it has been cut. A failure is
 * left in file_errno. */
void spikes_roll_back(struct spikes *spikes, uint64_t byte_length);

/* Record the spikes of the last step. */
void spikes_record(struct spikes *spikes, const struct network *network);

/* Write what is buffered to the file. Returns 0, or the errno of the first write that failed. */
int spikes_flush(struct spikes *spikes);

/* Flush, and close the file. Returns as spikes_flush does. */
int spikes_close(struct spikes *spikes);

/* 128 bits over all spikes since time 0, the whole state and the generators. Of several ranks: of
 * the network that exchange_collect makes. */
void spikes_digest(const struct spikes *spikes, const struct network *network, uint64_t out[2]);

#endif
