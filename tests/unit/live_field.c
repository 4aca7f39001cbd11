#include "host/live_field.h"

#include <string.h>

#include "host/fields.h"
#include "host/reference.h"

typedef struct {
    guint8 tag;
    double x;
    float pair[2];
} Inner;

typedef struct {
    guint64 id;
    Inner inner[3];
    guint16 small;
} Outer;

#define FIELD(owner, member, element)                                                              \
    .name = #member, .dtype = element, .kind = TORPOR_FIELD_VALUE, .offset = offsetof(owner, member)

static const struct torpor_field inner_fields[] = {
    {TORPOR_FIELD_INIT, FIELD(Inner, tag, TORPOR_DTYPE_UINT8)},
    {TORPOR_FIELD_INIT, FIELD(Inner, x, TORPOR_DTYPE_FLOAT64), .unit = "mV"},
    {TORPOR_FIELD_INIT, FIELD(Inner, pair, TORPOR_DTYPE_FLOAT32), .rank = 1, .shape = {2}},
};
static const struct torpor_field outer_fields[] = {
    {TORPOR_FIELD_INIT, FIELD(Outer, id, TORPOR_DTYPE_UINT64)},
    {TORPOR_FIELD_INIT, .name = "inner", .kind = TORPOR_FIELD_NESTED, .rank = 1, .shape = {3},
     .target = "inner", .offset = offsetof(Outer, inner)},
    {TORPOR_FIELD_INIT, FIELD(Outer, small, TORPOR_DTYPE_UINT16), .flags = TORPOR_FIELD_PARAMETER},
};
static const struct torpor_type inner_type = {TORPOR_TYPE_INIT,
                                              .version = 1,
                                              .name = "inner",
                                              .fields = inner_fields,
                                              .n_fields = G_N_ELEMENTS(inner_fields),
                                              .object_size = sizeof(Inner)};
static const struct torpor_type outer_type = {TORPOR_TYPE_INIT,
                                              .version = 1,
                                              .name = "outer",
                                              .fields = outer_fields,
                                              .n_fields = G_N_ELEMENTS(outer_fields),
                                              .object_size = sizeof(Outer)};

#define N 7u
static Outer objects[N];
static Outer *pointers[N];

static void *
object_at(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
          guint64 index)
{
    return &objects[index];
}

static const struct torpor_host no_host;
static const TorporHost host = {&no_host, NULL};
static TorporCatalogue *catalogue;

/* Objects with values that tell where they are. */
static void
fill(void)
{
    for (guint i = 0; i < N; i++) {
        pointers[i] = &objects[i];
        objects[i].id = i;
        objects[i].small = (guint16)(1000 + i);
        for (guint k = 0; k < 3; k++)
            objects[i].inner[k] = (Inner){(guint8)(10 * i + k),
                                          100.0 * i + k,
                                          {(float)(i * 6 + k * 2), (float)(i * 6 + k * 2 + 1)}};
    }
}

static struct torpor_population
population_of(guint32 layout, struct torpor_column *columns)
{
    columns[0] = (struct torpor_column){&objects[0].id, sizeof(Outer)};
    columns[1] = (struct torpor_column){&objects[0].inner, sizeof(Outer)};
    columns[2] = (struct torpor_column){&objects[0].small, sizeof(Outer)};
    return (struct torpor_population){TORPOR_POPULATION_INIT,  .path = "p",
                                      .type = "outer",         .count = N,
                                      .layout = layout,        .base = objects,
                                      .stride = sizeof(Outer), .objects = (void *const *)pointers,
                                      .object_at = object_at,  .columns = columns,
                                      .n_columns = 3};
}

/* Gather a range, spoil memory, scatter it: as before. */
static void
test_gather_and_scatter(gconstpointer layout)
{
    g_autoptr(GError) error = NULL;
    struct torpor_column columns[3];
    const struct torpor_population population = population_of((guint32)(gsize)layout, columns);
    fill();
    g_autoptr(GPtrArray) live_fields =
        torpor_live_fields_new(&host, &population, &outer_type, catalogue, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(live_fields->len, ==, 5);
    const TorporLiveField *x = g_ptr_array_index(live_fields, 2);
    g_assert_cmpstr(x->path, ==, "populations/p/inner/x");
    g_assert_cmpuint(x->rank, ==, 1);
    g_assert_cmpuint(x->shape[0], ==, 3);
    g_assert_cmpuint(x->flags, ==, 0);
    const TorporLiveField *small = g_ptr_array_index(live_fields, 4);
    g_assert_cmpuint(small->flags, ==, TORPOR_FIELD_PARAMETER);
    const TorporLiveField *pair = g_ptr_array_index(live_fields, 3);
    g_assert_cmpuint(pair->rank, ==, 2);

    double gathered[2][3];
    torpor_live_field_gather(x, 4, 2, gathered, &error);
    g_assert_no_error(error);
    for (guint k = 0; k < 3; k++)
        g_assert_cmpfloat(gathered[1][k], ==, 500.0 + k);

    Outer before[N];
    memcpy(before, objects, sizeof before);
    for (guint i = 0; i < live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(live_fields, i);
        g_autofree char *column = g_malloc(N * live_field->row_bytes);
        torpor_live_field_gather(live_field, 0, N, column, &error);
        g_assert_no_error(error);
        for (guint row = 0; row < N; row++) { /* one by one gives the same */
            g_autofree char *one = g_malloc(live_field->row_bytes);
            torpor_live_field_gather(live_field, row, 1, one, &error);
            g_assert_cmpmem(one, live_field->row_bytes, column + row * live_field->row_bytes,
                            live_field->row_bytes);
        }
        g_autofree char *zeros = g_malloc0(N * live_field->row_bytes);
        g_assert_true(torpor_live_field_scatter(live_field, 0, N, zeros, &error));
        g_assert_true(memcmp(before, objects, sizeof before) != 0);
        g_assert_true(torpor_live_field_scatter(live_field, 0, 3, column, &error));
        g_assert_true(torpor_live_field_scatter(live_field, 3, N - 3,
                                                column + 3 * live_field->row_bytes, &error));
        g_assert_cmpmem(before, sizeof before, objects, sizeof objects);
    }
}

static void
test_packed(void)
{
    static guint64 ids[N];
    static Inner inner[N][3];
    static guint16 small[N];
    const struct torpor_column columns[] = {{ids, 0}, {inner, 0}, {small, 0}};
    const struct torpor_population population = {
        TORPOR_POPULATION_INIT,          .path = "p",        .type = "outer", .count = N,
        .layout = TORPOR_LAYOUT_COLUMNS, .columns = columns, .n_columns = 3};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) live_fields =
        torpor_live_fields_new(&host, &population, &outer_type, catalogue, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(torpor_live_field_packed(g_ptr_array_index(live_fields, 0)) == (char *)ids);
    g_assert_null(torpor_live_field_packed(g_ptr_array_index(live_fields, 2)));
    g_assert_true(torpor_live_field_packed(g_ptr_array_index(live_fields, 4)) == (char *)small);
}

static void
refuse(const struct torpor_population *population, const struct torpor_type *type,
       const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_live_fields_new(&host, population, type, catalogue, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

static void
test_bad_populations(void)
{
    struct torpor_column columns[3];
    struct torpor_population population = population_of(TORPOR_LAYOUT_CONTIGUOUS, columns);
    population.stride = sizeof(Outer) - 8;
    refuse(&population, &outer_type, "populations/p/small: it ends at byte");
    population.stride = 0;
    refuse(&population, &outer_type, "populations/p/id: it ends at byte 8 of an object");
    population.stride = G_MAXUINT64 / 2;
    refuse(&population, &outer_type, "are beyond the address space");
    population.stride = sizeof(Outer);
    population.count = G_MAXUINT64;
    refuse(&population, &outer_type, "beyond the address space");
    population = population_of(TORPOR_LAYOUT_CONTIGUOUS, columns);
    population.base = NULL;
    refuse(&population, &outer_type, "base is NULL");
    population = population_of(TORPOR_LAYOUT_POINTERS, columns);
    population.objects = NULL;
    refuse(&population, &outer_type, "objects is NULL");
    population = population_of(TORPOR_LAYOUT_CALLBACK, columns);
    population.object_at = NULL;
    refuse(&population, &outer_type, "object_at is NULL");
    population = population_of(TORPOR_LAYOUT_COLUMNS, columns);
    columns[2].data = NULL;
    refuse(&population, &outer_type, "populations/p/small: its memory is at NULL");
    columns[2].data = &objects[0].small;
    columns[1].stride = 8;
    refuse(&population, &outer_type, "populations/p/inner: it ends at byte");
    population.columns = NULL;
    refuse(&population, &outer_type, "columns is NULL");
    population = population_of(TORPOR_LAYOUT_COLUMNS, columns);
    population.n_columns = 2;
    refuse(&population, &outer_type, "n_columns is not the type's n_fields");
    population = population_of(TORPOR_LAYOUT_ACCESSORS, columns);
    refuse(&population, &outer_type, "layout ACCESSORS, but the field has none");
    population.layout = 99;
    refuse(&population, &outer_type, "none of TORPOR_LAYOUT");
}

/* Descriptors that the type check lets pass alone, but not at this place. */
static void
test_bad_fields(void)
{
    struct torpor_column columns[3];
    struct torpor_field field = outer_fields[0];
    struct torpor_type type = outer_type;
    struct torpor_population population = population_of(TORPOR_LAYOUT_CONTIGUOUS, columns);
    type.fields = &field;
    type.n_fields = 1;
    field.offset = G_MAXUINT64 - 3;
    refuse(&population, &type, "beyond the address space");
    field = outer_fields[0];
    field.rank = 2;
    field.shape[0] = field.shape[1] = G_MAXUINT32;
    refuse(&population, &type, "beyond the address space");
    field.rank = TORPOR_MAX_RANK + 1;
    refuse(&population, &type, "rank 9 is above 8");
    field = outer_fields[1];
    field.target = "unheard of";
    refuse(&population, &type, "nested type \"unheard of\" is not declared");
}

/* ---- references ---- */

static TorporPopulation
target_of(const struct torpor_population *listed)
{
    return (TorporPopulation){.listed = listed, .type = &outer_type};
}

static void
test_references(gconstpointer layout)
{
    g_autoptr(GError) error = NULL;
    struct torpor_column columns[3];
    const struct torpor_population listed = population_of((guint32)(gsize)layout, columns);
    const struct torpor_field field = {TORPOR_FIELD_INIT, .name = "to",
                                       .dtype = TORPOR_DTYPE_POINTER,
                                       .kind = TORPOR_FIELD_REFERENCE, .target = "p"};
    TorporLiveField live_field = {.host = &host,
                                  .field = &field,
                                  .path = (char *)"populations/p/to",
                                  .dtype = TORPOR_DTYPE_POINTER,
                                  .item_size = sizeof(void *),
                                  .row_bytes = 2 * sizeof(void *)};
    fill();
    TorporPopulation target = target_of(&listed);
    void *const good[] = {&objects[6], NULL, &objects[0], &objects[3]};
    const guint64 indices[] = {6, TORPOR_NO_OBJECT, 0, 3};
    /* Columns lie at any address in a file. */
    char room[sizeof good + 3];
    memcpy(room + 3, good, sizeof good);
    torpor_reference_prepare(&live_field, &target, &error);
    g_assert_no_error(error);
    torpor_reference_to_indices(&live_field, &target, 0, 4, room + 3, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(room + 3, sizeof good, indices, sizeof indices);
    torpor_reference_check(&live_field, &target, 0, 4, room + 3, &error);
    g_assert_no_error(error);
    torpor_reference_to_addresses(&live_field, &target, 4, room + 3);
    g_assert_cmpmem(room + 3, sizeof good, good, sizeof good);

    void *const strays[] = {&objects[0].small, &objects[N],
                            (void *)((gsize)objects - sizeof(Outer)), room};
    for (gsize i = 0; i < G_N_ELEMENTS(strays); i++) {
        void *values[] = {NULL, NULL, NULL, strays[i]};
        g_assert_false(torpor_reference_to_indices(&live_field, &target, 10, 4, values, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED);
        g_assert_true(g_str_has_prefix(error->message, "populations/p/to: object 6 points to 0x"));
        g_clear_error(&error);
    }
    const guint64 beyond[] = {0, N};
    g_assert_false(torpor_reference_check(&live_field, &target, 0, 2, beyond, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    torpor_addresses_free(target.addresses);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    catalogue = torpor_catalogue_new();
    torpor_registry_add(catalogue->types, "inner", &inner_type, FALSE, NULL);
    torpor_registry_add(catalogue->types, "outer", &outer_type, FALSE, NULL);
    static const struct {
        const char *name;
        guint32 layout;
    } layouts[] = {{"contiguous", TORPOR_LAYOUT_CONTIGUOUS},
                   {"pointers", TORPOR_LAYOUT_POINTERS},
                   {"callback", TORPOR_LAYOUT_CALLBACK},
                   {"columns", TORPOR_LAYOUT_COLUMNS}};
    for (gsize i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autofree char *path =
            g_strdup_printf("/live-field/gather-and-scatter/%s", layouts[i].name);
        g_test_add_data_func(path, (gconstpointer)(gsize)layouts[i].layout,
                             test_gather_and_scatter);
        g_autofree char *reference = g_strdup_printf("/live-field/reference/%s", layouts[i].name);
        if (layouts[i].layout != TORPOR_LAYOUT_COLUMNS)
            g_test_add_data_func(reference, (gconstpointer)(gsize)layouts[i].layout,
                                 test_references);
    }
    g_test_add_func("/live-field/packed/borrowed", test_packed);
    g_test_add_func("/live-field/bad-population/named", test_bad_populations);
    g_test_add_func("/live-field/bad-field/named", test_bad_fields);
    int failed = g_test_run();
    torpor_catalogue_free(catalogue);
    return failed;
}
