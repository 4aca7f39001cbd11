#include "read_arrays.h"

#include <string.h>

#include "base/error.h"
#include "file/verify.h"
#include "hooks.h"
#include "host/parallel.h"
#include "memory.h"
#include "msgpack/stored.h"

#define BLOCK_BYTES HUGE_PAGE_BYTES /* without an index */
#define THREAD_BYTES ((guint64)32 << 20)

typedef struct {
    PendingRead *read;
    guint64 offset; /* in its array */
    gsize length;
    guint8 *out;
    const TorporRange *range; /* NULL: there is no checksum */
} Block;

typedef struct {
    const TorporFile *file;
    GArray *blocks;
    GMutex lock; /* of what follows */
    guint next;
    PageChoice choice;
    gboolean is_damaged;
    GError *error;
} Reader;

/* ---- ranges of one array only ---- */

/* The ranges that partition an extent; NULL if it shares a range with others. */
static const TorporRange *
own_ranges(const TorporIndex *index, const TorporExtent *extent, gsize *n_ranges)
{
    gsize low = 0;
    for (gsize high = index->n_ranges; low < high;) {
        gsize middle = low + (high - low) / 2;
        if (index->ranges[middle].place < extent->place)
            low = middle + 1;
        else
            high = middle;
    }
    guint64 end = extent->place;
    gsize i = low;
    while (i < index->n_ranges && index->ranges[i].place == end &&
           end < extent->place + extent->length)
        end += index->ranges[i++].length;
    *n_ranges = i - low;
    return i > low && end == extent->place + extent->length ? &index->ranges[low] : NULL;
}

static void
mark_own_ranges(const TorporIndex *index, const TorporNode *node, guint8 *is_own)
{
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    if (node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST)
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            mark_own_ranges(index, child, is_own);
    if (node->kind != TORPOR_NODE_ARRAY || node->value.array->data != NULL)
        return;
    const TorporArray *array = node->value.array;
    for (guint32 i = 0; i < array->n_extents; i++) {
        gsize n_ranges;
        const TorporRange *own = own_ranges(index, &array->extents[i], &n_ranges);
        if (own != NULL)
            memset(is_own + (own - index->ranges), 1, n_ranges);
    }
}

gboolean
verify_but_arrays(const TorporFile *file, const TorporIndex *index, TorporTree *tree,
                  guint n_threads)
{
    g_autofree guint8 *is_own = g_try_malloc0(index->n_ranges + 1);
    g_autofree TorporRange *others = g_try_new(TorporRange, index->n_ranges + 1);
    if (is_own == NULL || others == NULL)
        return FALSE;
    mark_own_ranges(index, torpor_tree_root(tree), is_own);
    TorporIndex rest = *index;
    rest.ranges = others;
    rest.n_ranges = 0;
    for (gsize i = 0; i < index->n_ranges; i++)
        if (!is_own[i])
            others[rest.n_ranges++] = index->ranges[i];
    return torpor_file_verify(file, &rest, n_threads, NULL, NULL, NULL, NULL);
}

/* ---- blocks ---- */

static void
add_extent(GArray *blocks, const TorporIndex *index, PendingRead *read, const TorporExtent *extent,
           guint64 offset)
{
    gsize n_ranges = 0;
    const TorporRange *ranges = index == NULL ? NULL : own_ranges(index, extent, &n_ranges);
    for (guint64 done = 0; done < extent->length;) {
        guint64 length = ranges != NULL ? ranges->length : MIN(extent->length - done, BLOCK_BYTES);
        Block block = {read, offset + done, (gsize)length, read->out + offset + done, ranges};
        g_array_append_val(blocks, block);
        done += length;
        if (ranges != NULL)
            ranges++;
    }
}

static GArray *
blocks_of(const TorporIndex *index, const GArray *pending)
{
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(Block));
    for (guint i = 0; i < pending->len; i++) {
        PendingRead *read = &g_array_index(pending, PendingRead, i);
        guint64 offset = 0;
        const TorporExtent joined = {.length = read->array->byte_length};
        if (read->array->n_extents == 0) /* of several files */
            add_extent(blocks, NULL, read, &joined, 0);
        for (guint32 j = 0; j < read->array->n_extents; j++) {
            add_extent(blocks, index, read, &read->array->extents[j], offset);
            offset += read->array->extents[j].length;
        }
    }
    return blocks;
}

/* ---- reading ---- */

/* Whether there is a choice of pages. */
static gboolean
has_choice(const Block *block)
{
    return block->read->is_mapping && block->length >= HUGE_PAGE_BYTES;
}

/* The block that a thread reads next, and how. */
typedef struct {
    Block block;
    Pages pages;
    guint8 *advised; /* these pages are advised up to here; NULL: no advice is needed */
} Turn;

/* The next block that no thread has taken; FALSE at the end or after a failure. madvise waits for
 * the pages that other threads are making, so it is called only where the advice changes. */
static gboolean
next_turn(Reader *reader, Turn *turn)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reader->lock);
    if (reader->error != NULL || reader->is_damaged || reader->next == reader->blocks->len)
        return FALSE;
    const Block *block = &g_array_index(reader->blocks, Block, reader->next++);
    *turn = (Turn){.block = *block, .pages = PAGES_SMALL};
    if (!has_choice(block))
        return TRUE;
    PendingRead *read = block->read;
    gboolean attempt;
    turn->pages = page_choice_next(&reader->choice, &attempt);
    if (turn->pages == read->pages)
        return TRUE;
    turn->advised = attempt ? block->out + block->length : read->out + read->array->byte_length;
    if (!attempt)
        read->pages = turn->pages;
    return TRUE;
}

static void
finish_turn(Reader *reader, const Turn *turn, double seconds, guint64 hash, GError *error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reader->lock);
    const TorporRange *range = turn->block.range;
    if (has_choice(&turn->block))
        page_choice_learn(&reader->choice, turn->pages, seconds / (double)turn->block.length);
    if (error != NULL && reader->error == NULL)
        reader->error = error;
    else if (error != NULL)
        g_error_free(error);
    else if (range != NULL && range->xxh3 != hash)
        reader->is_damaged = TRUE;
}

static void
read_blocks(gpointer data, G_GNUC_UNUSED guint64 thread)
{
    Reader *reader = data;
    for (Turn turn; next_turn(reader, &turn);) {
        const Block *block = &turn.block;
        GError *error = NULL;
        guint64 hash = 0;
        if (turn.advised != NULL)
            memory_advise(block->out, turn.advised, turn.pages);
        double begin = cpu_seconds();
        if (block->read->is_mapping && turn.pages == PAGES_SMALL)
            memory_populate(block->out, block->out + block->length);
        (void)torpor_array_read_hashed(reader->file, block->read->array, block->offset,
                                       block->length, block->out,
                                       block->range == NULL ? NULL : &hash, &error);
        finish_turn(reader, &turn, cpu_seconds() - begin, hash, error);
    }
}

static void
run_threads(Reader *reader, guint n_threads)
{
    guint64 total = 0;
    for (guint i = 0; i < reader->blocks->len; i++)
        total += g_array_index(reader->blocks, Block, i).length;
    torpor_parallel_run(NULL, MIN(n_threads, 1 + total / THREAD_BYTES), read_blocks, reader);
}

/* The system may make huge pages of small ones, in time, as it may for numpy's own arrays. */
static void
advise_huge_pages(const GArray *pending)
{
    for (guint i = 0; i < pending->len; i++) {
        const PendingRead *read = &g_array_index(pending, PendingRead, i);
        if (read->is_mapping)
            memory_advise(read->out, read->out + read->array->byte_length, PAGES_HUGE);
    }
}

/* The index names the damaged place; other errors are only what the damage led to. */
static void
explain_failure(Reader *reader, const TorporIndex *index, guint n_threads)
{
    GError *damage = NULL;
    if (index != NULL &&
        !torpor_file_verify(reader->file, index, n_threads, NULL, NULL, NULL, &damage)) {
        g_clear_error(&reader->error);
        reader->error = damage;
    }
    if (reader->error == NULL)
        g_set_error(&reader->error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' was changed while it was read; load it again", reader->file->path);
}

gboolean
read_arrays(const TorporFile *file, const TorporIndex *index, GArray *pending, guint n_threads)
{
    g_autoptr(GArray) blocks = blocks_of(index, pending);
    Reader reader = {.file = file, .blocks = blocks};
    g_mutex_init(&reader.lock);
    Py_BEGIN_ALLOW_THREADS;
    run_threads(&reader, n_threads);
    advise_huge_pages(pending);
    if (reader.error != NULL || reader.is_damaged)
        explain_failure(&reader, index, n_threads);
    Py_END_ALLOW_THREADS;
    g_mutex_clear(&reader.lock);
    if (reader.error != NULL)
        raise_core_error(reader.error);
    return reader.error == NULL;
}
