/* Speed of `torpor diff` on two equal files, against comparing as many bytes in memory. Rows of
 * bench.json on stdout.
 *
 * usage: bench-diff [--small] FOLDER */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file/save_tree.h"
#include "holder.h"
#include "measure.h"

#define N_PAIRS 9
#define N_ARRAYS 10
#define MAX_THREADS 64

struct files {
    char *tool;
    char *a;
    char *b;
    char *memory[2];
    uint64_t byte_length;
};

static void
fail(const char *what)
{
    fprintf(stderr, "bench-diff: %s\n", what);
    exit(1);
}

static double
diff(void *data)
{
    const struct files *files = data;
    char *words[] = {files->tool, "diff", files->a, files->b, NULL};
    g_autofree char *told = NULL;
    int status = 0;
    double begin = bench_now();
    if (!g_spawn_sync(NULL, words, NULL, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL, &told, NULL,
                      &status, NULL))
        fail("cannot run the tool");
    double seconds = bench_now() - begin;
    if (status != 0 || strcmp(told, "equal\n") != 0)
        fail("the files are not equal");
    return seconds;
}

struct part {
    const char *a;
    const char *b;
    uint64_t byte_length;
};

static gpointer
compare_part(gpointer data)
{
    const struct part *part = data;
    return GINT_TO_POINTER(memcmp(part->a, part->b, part->byte_length));
}

/* As fast as memory gives it: on all processors. */
static double
compare_in_memory(void *data)
{
    const struct files *files = data;
    struct part parts[MAX_THREADS];
    GThread *threads[MAX_THREADS];
    uint64_t n = MIN(g_get_num_processors(), MAX_THREADS), length = files->byte_length / n;
    int differs = 0;
    double begin = bench_now();
    for (uint64_t i = 0; i < n; i++) {
        parts[i] =
            (struct part){files->memory[0] + i * length, files->memory[1] + i * length, length};
        threads[i] = g_thread_new("compare", compare_part, &parts[i]);
    }
    for (uint64_t i = 0; i < n; i++)
        differs |= GPOINTER_TO_INT(g_thread_join(threads[i]));
    double seconds = bench_now() - begin;
    if (differs)
        fail("memory is not equal");
    return seconds;
}

static void
write_file(const struct files *files, const char *path, gboolean with_index)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    const uint64_t n_values = files->byte_length / N_ARRAYS / 8;
    for (uint64_t i = 0; i < N_ARRAYS; i++) {
        g_autofree char *key = g_strdup_printf("a%d", (int)i);
        TorporNode *node =
            torpor_map_put_array(tree, torpor_tree_root(tree), key,
                                 torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &n_values, NULL);
        node->value.array->data = files->memory[0] + i * n_values * 8;
    }
    const TorporEncodeOptions options = {.index = with_index};
    if (!torpor_file_save(path, tree, &options, TRUE, TRUE, &error))
        fail(error->message);
}

static void
rows(struct files *files)
{
    static const char *const names[] = {"diff of two equal 1 GiB files without index",
                                        "diff of two equal 1 GiB files, every byte checked"};
    for (int with_index = 0; with_index <= 1; with_index++) {
        write_file(files, files->a, with_index);
        write_file(files, files->b, with_index);
        bench_row_pair(names[with_index], "memcmp of as much in memory, all processors",
                       bench_run_pair(diff, compare_in_memory, files, N_PAIRS), 2);
    }
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench-diff [--small] FOLDER\n");
        return 2;
    }
    const char *folder = argv[argc - 1];
    uint64_t divide = bench_divisor(argv);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *binaries = g_path_get_dirname(self != NULL ? self : argv[0]);
    struct files files = {.tool = g_build_filename(binaries, "torpor", NULL),
                          .a = g_build_filename(folder, "a.msgpack", NULL),
                          .b = g_build_filename(folder, "b.msgpack", NULL),
                          .byte_length = ((uint64_t)1 << 30) / divide};
    for (int i = 0; i < 2; i++)
        files.memory[i] = holder_allocate(files.byte_length);
    rows(&files);
    for (int i = 0; i < 2; i++)
        free(files.memory[i]);
    remove(files.a);
    remove(files.b);
    g_free(files.tool);
    g_free(files.a);
    g_free(files.b);
    return 0;
}
