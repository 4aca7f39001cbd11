/* make-files FOLDER: two checkpoints and a tree with an index, to try the tool on. */
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "folder.h"
#include "unit.h"

#define N_LARGE 100000u

static TorporArray *
put_column(TorporTree *tree, TorporNode *map, const char *key, guint32 dtype, guint64 rows,
           const char *unit)
{
    g_autoptr(GError) error = NULL;
    const TorporUnit *found = unit != NULL ? torpor_unit_lookup(unit, &error) : NULL;
    g_assert_no_error(error);
    return torpor_map_put_array(tree, map, key, torpor_dtype_by_id(dtype), 1, &rows, found)
        ->value.array;
}

static void
put_layout(TorporTree *tree)
{
    TorporNode *layout = torpor_map_put_map(tree, torpor_tree_root(tree), "layout");
    TorporNode *population = torpor_map_put_map(tree, layout, "neurons/ex~c");
    torpor_map_put_text(tree, population, "type", "coba");
    torpor_map_put_int(tree, population, "version", 1);
    torpor_map_put_int(tree, population, "count", 4);
    torpor_map_put_text(tree, torpor_map_put_map(tree, population, "hidden"), "0", "scratch");
}

static void
put_populations(TorporTree *tree)
{
    static const double voltages[] = {-70, -65.5, -60, -0.1};
    static const double tau[] = {20};
    static const gint32 scratch[] = {1, 2, 3, 4};
    static double large[N_LARGE];
    for (guint i = 0; i < N_LARGE; i++)
        large[i] = i * 0.5;
    TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), "populations");
    map = torpor_map_put_map(tree, torpor_map_put_map(tree, map, "neurons"), "ex~c");
    put_column(tree, map, "V_m", TORPOR_DTYPE_FLOAT64, 4, "mV")->data = voltages;
    put_column(tree, map, "tau_m", TORPOR_DTYPE_FLOAT64, 1, "ms")->data = tau;
    put_column(tree, map, "scratch", TORPOR_DTYPE_INT32, 4, NULL)->data = scratch;
    map = torpor_map_put_map(tree, map, "weights");
    put_column(tree, map, "values", TORPOR_DTYPE_FLOAT64, N_LARGE, "nS")->data = large;
    static const guint64 counts[] = {N_LARGE / 4};
    put_column(tree, map, "counts", TORPOR_DTYPE_UINT64, 1, NULL)->data = counts;
}

static TorporTree *
make_checkpoint(gint64 step)
{
    TorporTree *tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *map = torpor_map_put_map(tree, root, "format");
    torpor_map_put_text(tree, map, "name", "torpor checkpoint");
    torpor_map_put_int(tree, map, "version", 1);
    map = torpor_map_put_map(tree, root, "host");
    torpor_map_put_text(tree, map, "name", "demo");
    torpor_map_put_text(tree, map, "version", "1.2");
    TorporNode *clock = torpor_node_new(tree, TORPOR_NODE_QUANTITY);
    clock->value.quantity.unit = torpor_unit_lookup("ms", NULL);
    clock->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    clock->value.quantity.mantissa->value.real = (double)step / 10;
    torpor_map_append(tree, root, "clock", -1, clock);
    torpor_map_put_int(tree, root, "step", step);
    torpor_map_put_text(tree, root, "fingerprint", "coba n=4 \033[31m");
    put_layout(tree);
    put_populations(tree);
    map = torpor_map_put_map(tree, root, "provenance");
    torpor_map_put_text(tree, map, "machine", "here");
    return tree;
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    g_autoptr(GError) error = NULL;
    const TorporEncodeOptions options = {.index = TRUE};
    for (gint64 step = 100; step <= 300; step += 100) {
        g_autoptr(TorporTree) tree = make_checkpoint(step);
        g_autofree char *path = torpor_checkpoint_path(argv[1], (guint64)step);
        torpor_file_save(path, tree, &options, FALSE, FALSE, &error);
        g_assert_no_error(error);
    }
    return 0;
}
