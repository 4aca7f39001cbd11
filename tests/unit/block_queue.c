#include "file/block_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "msgpack/sink.h"

/* A file without a name. */
static int
open_file(void)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("torpor-queue-XXXXXX", &path, NULL);
    g_assert_cmpint(file, >=, 0);
    g_assert_cmpint(g_unlink(path), ==, 0);
    return file;
}

/* Blocks of odd lengths, alternately the queue's own and the caller's, are all where they belong,
 * however many bytes were expected. */
static void
test_in_order(gconstpointer expected)
{
    const guint n_blocks = 40;
    int file = open_file();
    TorporBlockQueue *queue = torpor_block_queue_new(file, TRUE);
    torpor_block_queue_expect(queue, GPOINTER_TO_SIZE(expected));
    g_autofree guint8 *mine = g_malloc(TORPOR_BLOCK_BYTES);
    guint64 place = 0;
    for (guint i = 0; i < n_blocks; i++) {
        gsize length = i % 3 == 0 ? TORPOR_BLOCK_BYTES : 1 + (gsize)i * 7919;
        guint8 *block = i % 2 == 0 ? torpor_block_queue_open_block(queue) : mine;
        g_assert_nonnull(block);
        memset(block, (int)i + 1, length);
        g_assert_true(torpor_block_queue_push(queue, place, block, length));
        if (block == mine)
            g_assert_true(torpor_block_queue_drain(queue));
        place += length;
    }
    g_assert_true(torpor_block_queue_drain(queue));
    guint64 written;
    g_assert_cmpint(torpor_block_queue_failure(queue, &written), ==, 0);
    g_assert_cmpuint(written, ==, place);
    torpor_block_queue_free(queue);

    g_assert_cmpint(lseek(file, 0, SEEK_END), ==, (off_t)place);
    place = 0;
    for (guint i = 0; i < n_blocks; i++) {
        gsize length = i % 3 == 0 ? TORPOR_BLOCK_BYTES : 1 + (gsize)i * 7919;
        g_assert_cmpint(pread(file, mine, length, (off_t)place), ==, (gssize)length);
        for (gsize j = 0; j < length; j++)
            if (mine[j] != i + 1)
                g_error("block %u differs at byte %zu", i, j);
        place += length;
    }
    (void)close(file);
}

static gboolean
push_block(TorporBlockQueue *queue, guint number)
{
    return torpor_block_queue_push(queue, number * TORPOR_BLOCK_BYTES,
                                   torpor_block_queue_open_block(queue), TORPOR_BLOCK_BYTES);
}

/* What several threads write at once, between what is pushed. */
typedef struct {
    TorporBlockQueue *queue;
    guint64 first;
} Writing;

enum { WRITTEN_BYTES = 70001, N_WRITTEN = 200 };

static gpointer
write_every_second(gpointer data)
{
    const Writing *writing = data;
    g_autofree guint8 *bytes = g_malloc(WRITTEN_BYTES);
    for (guint64 i = writing->first; i < N_WRITTEN; i += 2) {
        memset(bytes, (int)(i % 251) + 1, WRITTEN_BYTES);
        if (!torpor_block_queue_write(writing->queue, i * WRITTEN_BYTES, bytes, WRITTEN_BYTES))
            return NULL;
    }
    return data;
}

static void
test_beside_each_other(void)
{
    int file = open_file();
    TorporBlockQueue *queue = torpor_block_queue_new(file, TRUE);
    guint8 after[3] = {9, 9, 9};
    const guint64 end = (guint64)N_WRITTEN * WRITTEN_BYTES;
    g_assert_true(torpor_block_queue_push(queue, end, after, sizeof after));
    Writing writing[] = {{queue, 0}, {queue, 1}};
    GThread *other = g_thread_new("write", write_every_second, &writing[1]);
    g_assert_nonnull(write_every_second(&writing[0]));
    g_assert_nonnull(g_thread_join(other));
    g_assert_true(torpor_block_queue_drain(queue));
    guint64 written;
    g_assert_cmpint(torpor_block_queue_failure(queue, &written), ==, 0);
    g_assert_cmpuint(written, ==, end + sizeof after);
    torpor_block_queue_free(queue);

    g_autofree guint8 *bytes = g_malloc(WRITTEN_BYTES);
    for (guint64 i = 0; i < N_WRITTEN; i++) {
        g_assert_cmpint(pread(file, bytes, WRITTEN_BYTES, (off_t)(i * WRITTEN_BYTES)), ==,
                        WRITTEN_BYTES);
        for (guint j = 0; j < WRITTEN_BYTES; j++)
            g_assert_cmpuint(bytes[j], ==, i % 251 + 1);
    }
    g_assert_cmpint(pread(file, bytes, 4, (off_t)end), ==, sizeof after);
    g_assert_cmpint(memcmp(bytes, after, sizeof after), ==, 0);
    (void)close(file);
}

/* The failure of a write that runs beside reaches whoever pushes or drains next, and stays. */
static void
test_failure_is_reported(void)
{
    int file = open_file();
    TorporBlockQueue *queue = torpor_block_queue_new(file, FALSE);
    guint64 written;
    for (guint i = 0; i < 2; i++)
        g_assert_true(push_block(queue, i));
    g_assert_true(torpor_block_queue_drain(queue));
    int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(dup2(read_only, file), ==, file);
    for (guint i = 0; i < 6; i++)
        (void)push_block(queue, 2 + i);
    g_assert_false(torpor_block_queue_drain(queue));
    g_assert_false(push_block(queue, 8));
    g_assert_false(torpor_block_queue_write(queue, 0, "abc", 3));
    g_assert_cmpint(torpor_block_queue_failure(queue, &written), ==, EBADF);
    g_assert_cmpuint(written, ==, 2 * TORPOR_BLOCK_BYTES);
    torpor_block_queue_free(queue);
    torpor_block_queue_free(NULL);
    (void)close(read_only);
    (void)close(file);
}

/* The queue's thread is gone when the queue is. */
static guint
count_threads(void)
{
    guint n = 0;
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    while (g_dir_read_name(tasks) != NULL)
        n++;
    return n;
}

static void
test_no_thread_stays(void)
{
    int file = open_file();
    guint before = count_threads();
    for (guint i = 0; i < 20; i++) {
        TorporBlockQueue *queue = torpor_block_queue_new(file, FALSE);
        for (guint j = 0; j < 3; j++)
            g_assert_true(push_block(queue, j));
        g_assert_cmpuint(count_threads(), >, before);
        torpor_block_queue_free(queue);
    }
    /* A joined thread may still be on the list for a moment. */
    while (count_threads() > before)
        g_usleep(1000);
    (void)close(file);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/block-queue/in-order/small", GSIZE_TO_POINTER(5000000), test_in_order);
    g_test_add_data_func("/block-queue/in-order/large", GSIZE_TO_POINTER(1 << 30), test_in_order);
    g_test_add_func("/block-queue/beside-each-other", test_beside_each_other);
    g_test_add_func("/block-queue/failure/is-reported", test_failure_is_reported);
    g_test_add_func("/block-queue/no-thread-stays", test_no_thread_stays);
    return g_test_run();
}
