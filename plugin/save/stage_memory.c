#include "save/stage_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/worker.h"

/* Segments are so large that they are few, and so small that the last one wastes little. */
#define SEGMENT_BYTES ((guint64)16 << 20)
/* Where the system has pages of this size, memory that begins at a multiple of it gets them. */
#define HUGE_PAGE_BYTES ((guint64)2 << 20)

struct _TorporStageMemory {
    GPtrArray *segments;
    gint n_segments;      /* atomic */
    TorporWorker *worker; /* idle, or it appends to `segments` */
    guint n_wanted;       /* by the worker */
    gint is_needed;       /* atomic: the worker ends with the segment that it is at */
};

TorporStageMemory *
torpor_stage_memory_new(void)
{
    TorporStageMemory *memory = g_new0(TorporStageMemory, 1);
    memory->segments = g_ptr_array_new();
    memory->worker = torpor_worker_new();
    return memory;
}

void
torpor_stage_memory_free(TorporStageMemory *memory)
{
    if (memory == NULL)
        return;
    g_atomic_int_set(&memory->is_needed, 1);
    torpor_worker_free(memory->worker);
    for (guint i = 0; i < memory->segments->len; i++)
        (void)munmap(g_ptr_array_index(memory->segments, i), SEGMENT_BYTES);
    g_ptr_array_unref(memory->segments);
    g_free(memory);
}

/* Have the system give all pages now. Older kernels do not know how; then each is written to. */
static gboolean
populate(guint8 *segment)
{
    if (madvise(segment, SEGMENT_BYTES, MADV_POPULATE_WRITE) == 0)
        return TRUE;
    if (errno != EINVAL)
        return FALSE;
    const guint64 page = (guint64)sysconf(_SC_PAGESIZE);
    for (guint64 place = 0; place < SEGMENT_BYTES; place += page)
        ((volatile guint8 *)segment)[place] = 0;
    return TRUE;
}

/* What is mapped beside the segment, so that it can begin at a huge page, is given back. */
static gboolean
add_segment(TorporStageMemory *memory)
{
    guint8 *room = mmap(NULL, SEGMENT_BYTES + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return FALSE;
    guint64 before = (HUGE_PAGE_BYTES - (gsize)room % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    guint8 *segment = room + before;
    if (before > 0)
        (void)munmap(room, before);
    (void)munmap(segment + SEGMENT_BYTES, HUGE_PAGE_BYTES - before);
    (void)madvise(segment, SEGMENT_BYTES, MADV_HUGEPAGE); /* where there are any */
    if (!populate(segment)) {
        (void)munmap(segment, SEGMENT_BYTES);
        return FALSE;
    }
    g_ptr_array_add(memory->segments, segment);
    g_atomic_int_inc(&memory->n_segments);
    return TRUE;
}

static gboolean
add_wanted(gpointer data, GError **error)
{
    TorporStageMemory *memory = data;
    (void)error;
    while (add_segment(memory) && memory->segments->len < memory->n_wanted &&
           !g_atomic_int_get(&memory->is_needed))
        ; /* who waits needs the first segment, too */
    return TRUE;
}

void
torpor_stage_memory_prepare(TorporStageMemory *memory, guint64 bytes)
{
    if (memory->n_wanted > 0 || memory->segments->len > 0 || bytes == 0)
        return;
    memory->n_wanted = (guint)MIN((bytes - 1) / SEGMENT_BYTES + 1, G_MAXUINT);
    torpor_worker_start(memory->worker, add_wanted, memory);
}

gboolean
torpor_stage_memory_reserve(TorporStageMemory *memory, guint64 bytes)
{
    g_atomic_int_set(&memory->is_needed, 1);
    (void)torpor_worker_wait(memory->worker, NULL);
    while (torpor_stage_memory_size(memory) < bytes)
        if (!add_segment(memory))
            return FALSE;
    return TRUE;
}

guint64
torpor_stage_memory_size(const TorporStageMemory *memory)
{
    return (guint64)g_atomic_int_get(&memory->n_segments) * SEGMENT_BYTES;
}

guint8 *
torpor_stage_memory_at(const TorporStageMemory *memory, guint64 place, guint64 *length)
{
    guint64 within = place % SEGMENT_BYTES;
    *length = MIN(*length, SEGMENT_BYTES - within);
    return (guint8 *)g_ptr_array_index(memory->segments, place / SEGMENT_BYTES) + within;
}
