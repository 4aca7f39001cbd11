#include "spikes.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define LINE_BYTES_MAX 40u

int
spikes_open(struct spikes *spikes, const char *path)
{
    *spikes = (struct spikes){.file = -1};
    if (!path)
        return 0;
    spikes->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return spikes->file < 0 ? -1 : 0;
}

/* Pipes and devices have no length that could be cut. */
static int
can_be_cut(struct spikes *spikes)
{
    struct stat status;
    if (spikes->file < 0)
        return 0;
    if (fstat(spikes->file, &status) == 0)
        return S_ISREG(status.st_mode);
    spikes->file_errno = errno;
    return 0;
}

void
spikes_restart(struct spikes *spikes)
{
    if (can_be_cut(spikes) && ftruncate(spikes->file, 0) != 0)
        spikes->file_errno = errno;
    spikes_roll_back(spikes, 0);
}

void
spikes_roll_back(struct spikes *spikes, uint64_t byte_length)
{
    spikes->n_buffered = 0;
    if (can_be_cut(spikes) && lseek(spikes->file, (off_t)byte_length, SEEK_SET) < 0)
        spikes->file_errno = errno;
}

int
spikes_flush(struct spikes *spikes)
{
    uint32_t n_written = 0;
    while (spikes->file >= 0 && !spikes->file_errno && n_written < spikes->n_buffered) {
        ssize_t n = write(spikes->file, spikes->buffer + n_written, spikes->n_buffered - n_written);
        if (n >= 0)
            n_written += (uint32_t)n;
        else if (errno != EINTR)
            spikes->file_errno = errno;
    }
    spikes->n_buffered = 0;
    return spikes->file_errno;
}

int
spikes_close(struct spikes *spikes)
{
    int error = spikes_flush(spikes);
    if (spikes->file >= 0 && close(spikes->file) != 0 && !error)
        error = errno;
    spikes->file = -1;
    return error;
}

/* Write the decimal digits of value so that they end at `end`. Returns where they begin. */
static char *
digits_before(char *end, uint64_t value)
{
    do
        *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}

static void
write_lines(struct spikes *spikes, uint64_t step, const uint32_t *neurons, uint32_t n)
{
    char line[LINE_BYTES_MAX], *end = line + sizeof line;
    for (uint32_t i = 0; i < n; i++) {
        if (spikes->n_buffered > SPIKES_BUFFER_BYTES - LINE_BYTES_MAX)
            spikes_flush(spikes);
        char *begin = end;
        *--begin = '\n';
        begin = digits_before(begin, neurons[i]);
        *--begin = ' ';
        begin = digits_before(begin, step % STEPS_PER_MS);
        *--begin = '.';
        begin = digits_before(begin, step / STEPS_PER_MS);
        memcpy(spikes->buffer + spikes->n_buffered, begin, (size_t)(end - begin));
        spikes->n_buffered += (uint32_t)(end - begin);
    }
}

void
spikes_record(struct spikes *spikes, const struct network *network)
{
    XXH3_state_t hash;
    uint32_t n_spikes = 0;
    for (uint32_t list = 0; list < network_n_lists(network); list++) {
        uint32_t n;
        const uint32_t *neurons = network_list(network, list, &n);
        if (n == 0)
            continue;
        if (n_spikes == 0) {
            XXH3_128bits_reset(&hash);
            XXH3_128bits_update(&hash, spikes->record.digest, sizeof spikes->record.digest);
            XXH3_128bits_update(&hash, &network->step, sizeof network->step);
        }
        XXH3_128bits_update(&hash, neurons, n * sizeof(uint32_t));
        n_spikes += n;
        if (spikes->file >= 0)
            write_lines(spikes, network->step, neurons, n);
    }
    if (n_spikes) {
        XXH128_hash_t digest = XXH3_128bits_digest(&hash);
        spikes->record.digest[0] = digest.low64;
        spikes->record.digest[1] = digest.high64;
        spikes->record.n_spikes += n_spikes;
    }
}

void
spikes_digest(const struct spikes *spikes, const struct network *network, uint64_t out[2])
{
    const size_t n = network->n; /* all are in this process */
    const size_t n_traces = network->options.stdp ? n : 0;
    const size_t n_ring = (size_t)network->ring.n_slots * n;
    const struct neurons *neurons = &network->neurons;
    const struct {
        const void *data;
        size_t byte_length;
    } parts[] = {
        {&spikes->record, sizeof spikes->record},
        {&network->step, sizeof network->step},
        {&network->stimulus_generator, sizeof(struct philox)},
        {&network->background_generator, sizeof(struct philox)},
        {neurons->V_m, n * sizeof(double)},
        {neurons->g_ex, n * sizeof(double)},
        {neurons->g_in, n * sizeof(double)},
        {neurons->refractory, n * sizeof(int32_t)},
        {neurons->spike, n},
        {neurons->trace_pre, n_traces * sizeof(double)},
        {neurons->trace_post, n_traces * sizeof(double)},
        {network->intervals, n * sizeof(struct intervals)},
        {network->ring.g_ex, n_ring * sizeof(double)},
        {network->ring.g_in, n_ring * sizeof(double)},
        {network->synapses.weight, network->synapses.n_plastic * sizeof(float)},
    };
    XXH3_state_t hash;
    XXH3_128bits_reset(&hash);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        XXH3_128bits_update(&hash, parts[i].data, parts[i].byte_length);
    XXH128_hash_t digest = XXH3_128bits_digest(&hash);
    out[0] = digest.high64;
    out[1] = digest.low64;
}
