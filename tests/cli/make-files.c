/* make-files FOLDER: three checkpoints, and two of a larger network that differ, to try the tool
 * on.
 */
#include <stdio.h>
#include <string.h>

#include "file/save_tree.h"
#include "folder/folder.h"
#include "value/unit.h"

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

#define N_NODES 12500u
#define N_SYNAPSES 200000u

static TorporNode *
put_population(TorporTree *tree, TorporNode *layout, TorporNode *populations, const char *family,
               const char *model, guint64 count)
{
    g_autofree char *path = g_strdup_printf("%s/%s", family, model);
    TorporNode *entry = torpor_map_put_map(tree, layout, path);
    torpor_map_put_text(tree, entry, "type", model);
    torpor_map_put_uint(tree, entry, "count", count);
    TorporNode *map = torpor_map_find(populations, family, strlen(family));
    if (map == NULL)
        map = torpor_map_put_map(tree, populations, family);
    return torpor_map_put_map(tree, map, model);
}

/* Network B: three voltages, one weight and one spike are others; a column that A has once is there
 * in full, and the values of one that it has once as well differ. */
static void
save_network(const char *path, gboolean is_b)
{
    static double V_m[N_NODES], tau_m[N_NODES], weights[N_SYNAPSES], spikes[2 * N_NODES];
    static guint64 counts[N_NODES];
    static double V_th[1];
    static gint32 delays[N_SYNAPSES];
    for (guint i = 0; i < N_NODES; i++) {
        V_m[i] = -65 - i * 1e-3;
        tau_m[i] = 20;
        counts[i] = i % 5;
        spikes[2 * i] = spikes[2 * i + 1] = i * 0.1;
    }
    for (guint i = 0; i < N_SYNAPSES; i++) {
        weights[i] = i % 97 * 0.25;
        delays[i] = (gint32)(i % 15);
    }
    V_th[0] = is_b ? -50 : -55;
    if (is_b) {
        V_m[17] += 1e-3;
        V_m[400] += 0.5;
        V_m[12499] += 1e-9;
        weights[150000] += 1;
        spikes[21] += 0.05; /* of neuron 12 */
    }
    g_autoptr(TorporTree) tree = make_checkpoint(400);
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *layout = torpor_map_find(root, "layout", 6);
    TorporNode *populations = torpor_map_find(root, "populations", 11);
    TorporNode *map = put_population(tree, layout, populations, "nodes", "iaf_psc_alpha", N_NODES);
    put_column(tree, map, "V_m", TORPOR_DTYPE_FLOAT64, N_NODES, "mV")->data = V_m;
    put_column(tree, map, "tau_m", TORPOR_DTYPE_FLOAT64, is_b ? N_NODES : 1, "ms")->data = tau_m;
    put_column(tree, map, "V_th", TORPOR_DTYPE_FLOAT64, 1, "mV")->data = V_th;
    TorporNode *ragged = torpor_map_put_map(tree, map, "spikes");
    put_column(tree, ragged, "values", TORPOR_DTYPE_FLOAT64, (guint64)2 * N_NODES, "ms")->data =
        spikes;
    put_column(tree, ragged, "counts", TORPOR_DTYPE_UINT64, N_NODES, NULL)->data = counts;
    map = put_population(tree, layout, populations, "connections", "static_synapse", N_SYNAPSES);
    put_column(tree, map, "weight", TORPOR_DTYPE_FLOAT64, N_SYNAPSES, NULL)->data = weights;
    put_column(tree, map, "delay", TORPOR_DTYPE_INT32, N_SYNAPSES, NULL)->data = delays;
    TorporNode *labels =
        torpor_map_put_map(tree, torpor_map_put_map(tree, root, "trees"), "labels");
    labels = torpor_map_put_map(tree, labels, "connections/static_synapse");
    TorporNode *runs = torpor_map_put_map(tree, labels, "source");
    static const guint32 sources[] = {31, 4}, n_synapses[] = {149000, N_SYNAPSES - 149000};
    put_column(tree, runs, "values", TORPOR_DTYPE_UINT32, 2, NULL)->data = sources;
    put_column(tree, runs, "counts", TORPOR_DTYPE_UINT32, 2, NULL)->data = n_synapses;
    torpor_map_put_text(tree, labels, "steps", "delay");
    if (is_b)
        torpor_map_put_text(tree, torpor_map_find(root, "provenance", 10), "day", "another");
    g_autoptr(GError) error = NULL;
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(path, tree, &options, FALSE, FALSE, &error);
    g_assert_no_error(error);
}

/* The checkpoint of step 300 with another buffer, which its host hides, and another generator. */
static void
save_hidden(const char *path)
{
    static const gint32 scratch[] = {1, 2, 30, 4};
    static const guint64 state[] = {1, 2};
    g_autoptr(TorporTree) tree = make_checkpoint(300);
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *map = torpor_map_put_map(tree, root, "generators");
    put_column(tree, map, "noise", TORPOR_DTYPE_UINT64, 2, NULL)->data = state;
    torpor_tree_lookup(tree, "populations/neurons/ex~0c/scratch", NULL)->value.array->data =
        scratch;
    g_autoptr(GError) error = NULL;
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(path, tree, &options, FALSE, FALSE, &error);
    g_assert_no_error(error);
}

#define N_RECORDERS 3u

static TorporNode *
put_ragged(TorporTree *tree, TorporNode *map, const char *key, guint32 dtype, guint64 n,
           const void *values, const guint64 *counts, const char *unit)
{
    map = torpor_map_put_map(tree, map, key);
    put_column(tree, map, "values", dtype, n, unit)->data = values;
    put_column(tree, map, "counts", TORPOR_DTYPE_UINT64, N_RECORDERS, NULL)->data = counts;
    return map;
}

#define N_EVENTS 300u
#define N_OTHERS 10u

/* Three recorders: node 900 has an event each 0.5 ms, of senders 1 to 50 in turn; node 901 has ten
 * of sender 70. Node 902 is a multimeter, of senders 1 and 2 each 1 ms: the voltage of 1 rises,
 * that of 2 stays. B has a hundred events and samples more, and voltages in V. */
static void
save_events(const char *path, gboolean is_b)
{
    static double times[2 * N_EVENTS + N_OTHERS], voltages[N_EVENTS];
    static gint64 senders[2 * N_EVENTS + N_OTHERS];
    static guint64 counts[N_RECORDERS], n_voltages[N_RECORDERS];
    static const guint32 nodes[] = {900, 901, 902};
    guint64 n = is_b ? N_EVENTS : N_EVENTS - 100;
    for (guint i = 0; i < n + N_OTHERS; i++) {
        times[i] = i < n ? i * 0.5 : (double)(i - n);
        senders[i] = i < n ? 1 + i % 50 : 70;
    }
    for (guint i = 0; i < n; i++) {
        times[n + N_OTHERS + i] = i / 2;
        senders[n + N_OTHERS + i] = 1 + i % 2;
        voltages[i] = (i % 2 == 0 ? -70 + i * 0.1 : -50) / (is_b ? 1000 : 1);
    }
    counts[0] = n;
    counts[1] = N_OTHERS;
    counts[2] = n_voltages[2] = n;
    g_autoptr(TorporTree) tree = make_checkpoint(500);
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *map = put_population(tree, torpor_map_find(root, "layout", 6),
                                     torpor_map_find(root, "populations", 11), "recorders",
                                     "memory", N_RECORDERS);
    put_ragged(tree, map, "senders", TORPOR_DTYPE_INT64, 2 * n + N_OTHERS, senders, counts, NULL);
    put_ragged(tree, map, "times", TORPOR_DTYPE_FLOAT64, 2 * n + N_OTHERS, times, counts, "ms");
    put_ragged(tree, map, "V_m", TORPOR_DTYPE_FLOAT64, n, voltages, n_voltages, is_b ? "V" : "mV");
    map = torpor_map_put_map(tree, torpor_map_put_map(tree, root, "trees"), "labels");
    map = torpor_map_put_map(tree, map, "recorders/memory");
    put_column(tree, map, "node", TORPOR_DTYPE_UINT32, N_RECORDERS, NULL)->data = nodes;
    g_autoptr(GError) error = NULL;
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(path, tree, &options, FALSE, FALSE, &error);
    g_assert_no_error(error);
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
    g_autofree char *a = g_build_filename(argv[1], "network-a.msgpack", NULL);
    g_autofree char *b = g_build_filename(argv[1], "network-b.msgpack", NULL);
    g_autofree char *hidden = g_build_filename(argv[1], "hidden.msgpack", NULL);
    save_hidden(hidden);
    save_network(a, FALSE);
    g_autofree char *events_a = g_build_filename(argv[1], "events-a.msgpack", NULL);
    g_autofree char *events_b = g_build_filename(argv[1], "events-b.msgpack", NULL);
    save_events(events_a, FALSE);
    save_events(events_b, TRUE);
    save_network(b, TRUE);
    return 0;
}
