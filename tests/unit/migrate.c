#include "restore/migrate.h"

#include "changed.h"
#include "text_tree.h"

/* ---- neurons: 1 -> 2 -> 3 ---- */

/* Version 2 calls the potential V, counts spikes in 64 bits, and knows a threshold. */
/* At once, since what a migration makes is read before anything is written. */
static gint32
copy_wide(void *gather_data, void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    memcpy(values, gather_data, N_NEURONS * sizeof(guint64));
    return TORPOR_STATUS_OK;
}

static gint32
to_version_2(G_GNUC_UNUSED void *migration_data, const char *population_path, guint64 count,
             const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
             struct torpor_error *error)
{
    static const char *const kept[] = {"g",       "is_refractory", "compartments",
                                       "nearest", "tau",           "left_out"};
    guint32 n_spikes[N_NEURONS];
    guint64 wide[N_NEURONS];
    double threshold[N_NEURONS];
    struct torpor_array view = {
        .data = n_spikes, .dtype = TORPOR_DTYPE_UINT32, .rank = 1, .shape = {count}};
    g_assert_cmpstr(population_path, ==, "neurons");
    g_assert_cmpuint(count, ==, N_NEURONS);
    to->copy(to->data, "V", from->data, "V_m");
    for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
        to->copy(to->data, kept[i], from->data, kept[i]);
    gint32 status = from->read_array(from->data, "n_spikes", &view, error);
    for (guint i = 0; i < N_NEURONS; i++) {
        wide[i] = n_spikes[i];
        threshold[i] = -50;
    }
    view.data = NULL;
    view.dtype = TORPOR_DTYPE_UINT64;
    if (status == 0)
        status = to->put_late(to->data, "n_spikes", &view, copy_wide, wide);
    view.data = threshold;
    view.dtype = TORPOR_DTYPE_FLOAT64;
    view.unit = "mV";
    return status == 0 ? to->put_array(to->data, "V_th", &view) : status;
}

/* Version 3 has no left_out, and has no use for the threshold that version 2 brought. */
static gint32
to_version_3(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
             G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
             const struct torpor_tree_writer *to, struct torpor_error *error)
{
    guint64 n_keys = 0;
    gint32 status = from->n_keys(from->data, "", &n_keys, error);
    for (guint64 i = 0; i < n_keys && status == 0; i++) {
        const char *key = NULL;
        status = from->key_at(from->data, "", i, &key, error);
        if (status == 0 && !g_str_equal(key, "left_out") && !g_str_equal(key, "V_th"))
            status = to->copy(to->data, key, from->data, key);
    }
    return status;
}

#define MIGRATION(what, from, to, function)                                                        \
    {                                                                                              \
        TORPOR_MIGRATION_INIT, .type = what, .from_version = from, .to_version = to,               \
                               .migrate = function                                                 \
    }
static const struct torpor_migration neurons_to_2 = MIGRATION("neuron", 1, 2, to_version_2);
static const struct torpor_migration neurons_to_3 = MIGRATION("neuron", 2, 3, to_version_3);

static void
add_migration(Round *round, const struct torpor_migration *migration)
{
    g_autoptr(GError) error = NULL;
    torpor_catalogue_add_migration(round->catalogue, migration, &error);
    g_assert_no_error(error);
}

/* The neuron of version 3: renamed, in another unit, wider, and one field less. */
static Changed
version_3(void)
{
    Changed changed = change(&neuron_type);
    changed.type.version = 3;
    field_of(&changed, "V_m")->unit = "V";
    field_of(&changed, "V_m")->name = "V";
    field_of(&changed, "n_spikes")->dtype = TORPOR_DTYPE_UINT64; /* over left_out's bytes */
    remove_field(&changed, "left_out");
    return changed;
}

static void
test_two_links(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_autofree Neuron *saved = g_memdup2(round->model->neurons, sizeof round->model->neurons);
    Changed changed = version_3();
    for (gsize memory_bytes = 0; memory_bytes < 2; memory_bytes++) {
        model_advance(round->model, 3, NULL);
        declare(round, &changed);
        add_migration(round, &neurons_to_2);
        add_migration(round, &neurons_to_3);
        round_restore(round, memory_bytes, TORPOR_MISMATCH_ERROR, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < N_NEURONS; i++) {
            guint64 n_spikes;
            Neuron *live = &round->model->neurons[i];
            memcpy(&n_spikes, &live->n_spikes, sizeof n_spikes);
            g_assert_cmpuint(n_spikes, ==, saved[i].n_spikes);
            g_assert_cmpfloat(live->V_m, ==, saved[i].V_m / 1000);
            live->V_m = saved[i].V_m;
            live->left_out = saved[i].left_out;
            g_assert_true(memcmp(live, &saved[i], sizeof *live) == 0);
        }
        g_assert_cmpstr(
            round->report, ==,
            "populations/neurons: migrated from version 1 of type \"neuron\" to 2\n"
            "populations/neurons/V: was V_m before version 2\n"
            "populations/neurons/n_spikes: rewritten by the migration to version 2\n"
            "populations/neurons/V_th: new in version 2: made by the migration\n"
            "populations/neurons: migrated from version 2 of type \"neuron\" to 3\n"
            "populations/neurons/left_out: left out by the migration to version 3\n"
            "populations/neurons/V_th: left out by the migration to version 3\n"
            "populations/neurons/V: converted from mV to V: the run is not bit-identical from here "
            "on\n");
    }
}

/* Named, and under a lenient policy the population keeps its live values. */
static void
refuse_version(Round *round, const char *words)
{
    g_autoptr(GError) error = NULL;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_VERSION, words);
    for (gint32 mismatch = TORPOR_MISMATCH_WARN; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++) {
        model_advance(round->model, 1, NULL);
        guint64 live_step = round->model->step;
        g_autofree Neuron *live = g_memdup2(round->model->neurons, sizeof round->model->neurons);
        round_restore(round, 0, mismatch, &error);
        g_assert_no_error(error);
        g_assert_true(memcmp(live, round->model->neurons, sizeof round->model->neurons) == 0);
        g_assert_nonnull(strstr(round->report, words));
        g_assert_cmpuint(round->model->step, <, live_step);
    }
}

static void
test_missing_link(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = version_3();
    declare(round, &changed);
    refuse_version(round, "populations/neurons: expected version 3 of type \"neuron\", found "
                          "version 1, and no migration leads on from there");
    add_migration(round, &neurons_to_2);
    refuse_version(round, "populations/neurons: expected version 3 of type \"neuron\", found "
                          "version 2, and no migration leads on from there");
    /* One that leads too far is none either. */
    static const struct torpor_migration too_far = MIGRATION("neuron", 2, 4, to_version_3);
    add_migration(round, &too_far);
    refuse_version(round, "expected version 3 of type \"neuron\", found version 2");
}

static void
test_newer_than_known(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    changed.type.version = 7;
    declare(round, &changed);
    round_save_fine(round);
    changed.type.version = 3;
    declare(round, &changed);
    add_migration(round, &neurons_to_2);
    refuse_version(round, "populations/neurons: expected version 3 of type \"neuron\", found "
                          "version 7: it was saved by a newer version of this host");
}

/* ---- a column that is stored as one row ---- */

static gint32
scatter_same(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
             guint64 count, const struct torpor_tree_reader *from,
             const struct torpor_tree_writer *to, struct torpor_error *error)
{
    double same[2 * N_SYNAPSES] = {0};
    struct torpor_array found = {0};
    gint32 status = from->describe(from->data, "same", &found, error);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(found.rank, ==, 1);
    g_assert_cmpuint(found.shape[0], ==, count);
    struct torpor_array view = {.data = same,
                                .dtype = TORPOR_DTYPE_FLOAT64,
                                .rank = 1,
                                .shape = {count},
                                .stride = 2 * sizeof *same};
    status = from->read_array(from->data, "same", &view, error);
    for (guint i = 0; i < N_SYNAPSES; i++) {
        g_assert_cmpfloat(same[2 * i], ==, 3.5);
        g_assert_cmpfloat(same[2 * i + 1], ==, 0);
        same[2 * i] += i;
    }
    to->copy(to->data, "weight", from->data, "weight");
    to->copy(to->data, "target", from->data, "target");
    return status == 0 ? to->put_array(to->data, "same", &view) : status;
}

static void
test_column_stored_once(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const struct torpor_migration scattered = MIGRATION("synapse", 1, 2, scatter_same);
    g_autoptr(GError) error = NULL;
    Changed changed = change(&synapse_type);
    changed.type.version = 2;
    declare(round, &changed);
    add_migration(round, &scattered);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_assert_cmpfloat(round->model->synapses[i]->same, ==, 3.5 + i);
}

static gint32
copy_synapse(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
             G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
             const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    to->copy(to->data, "same", from->data, "same");
    to->copy(to->data, "weight", from->data, "weight");
    return to->copy(to->data, "target", from->data, "target");
}

/* The layout is that of the older version: so nothing says what the indices count in. */
static void
test_unknown_target(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const struct torpor_migration copied = MIGRATION("synapse", 1, 2, copy_synapse);
    Changed changed = change(&synapse_type);
    changed.type.version = 2;
    field_of(&changed, "target")->target = "nowhere";
    declare(round, &changed);
    add_migration(round, &copied);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_NOT_FOUND,
                 "it refers to population \"nowhere\", which the host does not list");
}

/* Values of a ragged field are no column, however few they are. */
static gint32
look_at_times(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
              guint64 count, const struct torpor_tree_reader *from,
              const struct torpor_tree_writer *to, struct torpor_error *error)
{
    struct torpor_array values = {0}, counts = {0};
    gint32 status = from->describe(from->data, "times/values", &values, error);
    if (status == 0)
        status = from->describe(from->data, "times/counts", &counts, error);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(values.shape[0], ==, 1);
    g_assert_cmpstr(values.unit, ==, "ms");
    g_assert_cmpuint(counts.shape[0], ==, count);
    return to->copy(to->data, "spikes", from->data, "times");
}

static void
test_ragged(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const struct torpor_migration renamed = MIGRATION("train", 1, 2, look_at_times);
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < N_NEURONS; i++)
        round->model->trains[i].n = i == 7;
    round->model->trains[7].times = g_renew(double, round->model->trains[7].times, 1);
    round->model->trains[7].times[0] = 1.5;
    round_save_fine(round);
    round->model->trains[7].times[0] = 0;
    Changed changed = change(&train_type);
    changed.type.version = 2;
    field_of(&changed, "times")->name = "spikes";
    declare(round, &changed);
    add_migration(round, &renamed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->trains[7].times[0], ==, 1.5);
}

/* ---- a map of any entries: what became of each ---- */

typedef struct {
    TorporTree *tree;
    guint n_notes;
    gboolean is_cut;
} Before;

/* After the first note on an entry, nobody can go from entry to entry any more. */
static void
cut_after_note(void *host_data, G_GNUC_UNUSED gint32 level, G_GNUC_UNUSED const char *message)
{
    Before *before = host_data;
    if (before->is_cut && before->n_notes++ == 1)
        torpor_tree_root(before->tree)->value.map.first->next = NULL;
}

static const struct torpor_host noting_host = {TORPOR_HOST_INIT, .name = "h", .version = "1",
                                               .log = cut_after_note};

/* What the report says of this migration. */
static void
migrate_map(Before *before,
            gint32 (*migrate)(void *, const char *, guint64, const struct torpor_tree_reader *,
                              const struct torpor_tree_writer *, struct torpor_error *),
            const char *expected)
{
    const struct torpor_migration migration = MIGRATION("cell", 1, 2, migrate);
    const struct torpor_type cell = {TORPOR_TYPE_INIT, .name = "cell", .version = 2};
    const TorporHost host = {&noting_host, before};
    const TorporCheckpointFile checkpoint = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporReport) report = torpor_report_new(&host, TORPOR_MISMATCH_ERROR);
    g_autoptr(TorporTree) after = torpor_tree_new();
    TorporMigrator migrator = {.catalogue = catalogue,
                               .checkpoint = &checkpoint,
                               .report = report,
                               .tree = after,
                               .population_path = "c",
                               .count = 1};
    g_assert_true(torpor_catalogue_add_type(catalogue, &cell, &error));
    torpor_catalogue_add_migration(catalogue, &migration, &error);
    g_assert_no_error(error);
    torpor_map_index(before->tree, torpor_tree_root(before->tree));
    g_assert_nonnull(
        torpor_migrate(&migrator, &cell, 1, "", torpor_tree_root(before->tree), &error));
    g_assert_no_error(error);
    g_assert_cmpstr(report->text->str, ==, expected);
}

static gint32
to_other_keys(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
              G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
              const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    to->copy(to->data, "same", from->data, "same");
    to->copy(to->data, "moved", from->data, "same");
    to->put_text(to->data, "rewritten", "b");
    to->put_int(to->data, "number", 2);
    return to->put_int(to->data, "new", 1);
}

/* `first` and `same` share their bytes: of two such entries the one with the same key is meant,
 * else the first. Numbers cannot be recognised. */
static void
test_what_became_of_each(void)
{
    g_autoptr(TorporTree) tree =
        text_tree_new("number=1;first='a;same='a;rewritten='a;gone='a;gone_number=1");
    Before before = {.tree = tree};
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_get(root, "same")->value = torpor_map_get(root, "first")->value;
    migrate_map(&before, to_other_keys,
                "populations/c: migrated from version 1 of type \"cell\" to 2\n"
                "populations/c/moved: was first before version 2\n"
                "populations/c/rewritten: rewritten by the migration to version 2\n"
                "populations/c/new: new in version 2: made by the migration\n"
                "populations/c/gone: left out by the migration to version 2\n"
                "populations/c/gone_number: left out by the migration to version 2\n");
}

#define N_TEXTS 20

static gint32
rename_texts(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
             G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
             const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    gint32 status = to->put_text(to->data, "old 0", "rewritten");
    for (guint i = 1; i < N_TEXTS; i++) {
        g_autofree char *key = g_strdup_printf("new %u", i), *old = g_strdup_printf("old %u", i);
        status = to->copy(to->data, key, from->data, old);
    }
    return status;
}

/* The entries are not walked again for each that has no namesake with the same bytes. */
static void
test_walked_once(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    Before before = {.tree = tree, .is_cut = TRUE};
    g_autoptr(GString) expected =
        g_string_new("populations/c: migrated from version 1 of type \"cell\" to 2\n"
                     "populations/c/old 0: rewritten by the migration to version 2\n");
    for (guint i = 0; i < N_TEXTS; i++) {
        g_autofree char *key = g_strdup_printf("old %u", i);
        torpor_map_put_text(tree, torpor_tree_root(tree), key, "text");
        if (i > 0)
            g_string_append_printf(expected, "populations/c/new %u: was old %u before version 2\n",
                                   i, i);
    }
    migrate_map(&before, rename_texts, expected->str);
    g_assert_cmpuint(before.n_notes, ==, N_TEXTS + 1);
}

/* ---- migrations that fail, in every way ---- */

typedef struct {
    const char *way;
    gint32 status;
    const char *words;
} Failure;

static const Failure failures[] = {
    {"reports", TORPOR_STATUS_HOST, "asked to fail"},
    {"reports nothing", TORPOR_STATUS_REFUSED, "status 16 and no text"},
    {"missing path", TORPOR_STATUS_NOT_FOUND, "there is no \"V\""},
    {"wrong kind", TORPOR_STATUS_MISMATCH, "expected text, found array"},
    {"wrong shape", TORPOR_STATUS_MISMATCH, "expected uint32 [3], found uint32 [300]"},
    {"wrong unit", TORPOR_STATUS_UNIT, "V_m"},
    {"twice", TORPOR_STATUS_EXISTS, "populations/neurons/g: its map has that key already"},
    {"no key", TORPOR_STATUS_INVALID, "a key is NULL"},
    {"not ended", TORPOR_STATUS_ORDER, "populations/neurons/soma: this map was begun"},
    {"not begun", TORPOR_STATUS_ORDER, "end_map without begin_map"},
    {"no unit", TORPOR_STATUS_UNIT, "smoots"},
    {"no memory", TORPOR_STATUS_INVALID, "its bytes are at NULL"},
};

static gint32
fail_somehow(void *migration_data, G_GNUC_UNUSED const char *population_path, guint64 count,
             const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
             struct torpor_error *error)
{
    const char *way = ((const Failure *)migration_data)->way;
    double values[N_NEURONS] = {0};
    const char *text;
    struct torpor_array view = {
        .data = values, .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {count}};
    to->copy(to->data, "g", from->data, "g");
    if (g_str_equal(way, "reports")) {
        g_strlcpy(error->message, "asked to fail", sizeof error->message);
        return TORPOR_STATUS_HOST;
    }
    if (g_str_equal(way, "reports nothing"))
        return TORPOR_STATUS_REFUSED;
    if (g_str_equal(way, "missing path"))
        to->copy(to->data, "V", from->data, "V");
    else if (g_str_equal(way, "wrong kind"))
        return from->get_text(from->data, "n_spikes", &text, error);
    else if (g_str_equal(way, "wrong shape"))
        return from->read_array(
            from->data, "n_spikes",
            &(struct torpor_array){
                .data = values, .dtype = TORPOR_DTYPE_UINT32, .rank = 1, .shape = {3}},
            error);
    else if (g_str_equal(way, "wrong unit"))
        return from->read_array(from->data, "V_m", &view, error);
    else if (g_str_equal(way, "twice"))
        to->put_float(to->data, "g", 1);
    else if (g_str_equal(way, "no key"))
        to->put_float(to->data, NULL, 1);
    else if (g_str_equal(way, "not ended"))
        to->begin_map(to->data, "soma");
    else if (g_str_equal(way, "not begun"))
        to->end_map(to->data);
    else if (g_str_equal(way, "no memory"))
        to->put_bytes(to->data, "b", NULL, 4);
    view.unit = "smoots";
    if (g_str_equal(way, "no unit"))
        to->put_array(to->data, "V", &view);
    return TORPOR_STATUS_OK; /* what reader and writer refused is not forgotten */
}

/* Whatever the policy: a migration is the host's, and it failed. */
static void
test_failures(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    changed.type.version = 2;
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        struct torpor_migration migration = MIGRATION("neuron", 1, 2, fail_somehow);
        migration.migration_data = (void *)&failures[i];
        declare(round, &changed);
        add_migration(round, &migration);
        for (gint32 mismatch = 0; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++) {
            g_autofree Neuron *live =
                g_memdup2(round->model->neurons, sizeof round->model->neurons);
            round_refuse(round, mismatch, failures[i].status, failures[i].words);
            round_refuse(round, mismatch, failures[i].status,
                         "migration of type \"neuron\" from version 1 to 2: ");
            g_assert_true(memcmp(live, round->model->neurons, sizeof round->model->neurons) == 0);
        }
    }
}

static void
add(const char *path, void (*test)(Round *, gconstpointer))
{
    g_test_add(path, Round, NULL, set_up_saved, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/migrate/two-links/each-column-reported", test_two_links);
    add("/migrate/missing-link/named", test_missing_link);
    add("/migrate/newer-than-known/named", test_newer_than_known);
    add("/migrate/column-stored-once/all-rows-seen", test_column_stored_once);
    add("/migrate/ragged/values-are-no-column", test_ragged);
    add("/migrate/reference/unknown-target", test_unknown_target);
    g_test_add_func("/migrate/map/what-became-of-each", test_what_became_of_each);
    g_test_add_func("/migrate/map/walked-once", test_walked_once);
    add("/migrate/failure/leaves-state", test_failures);
    return g_test_run();
}
