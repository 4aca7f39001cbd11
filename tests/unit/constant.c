#include "save/constant.h"

#include <string.h>

#include "host/fields.h"

/* More objects than are walked at once, so that several threads have something to do. */
#define N 3000000u

typedef struct {
    double same;
    double last_differs;
    double middle_differs;
    guint8 flag;
} Cell;

static Cell *cells;
static guint64 fails_at = G_MAXUINT64;
static GThread *host_thread;
static gint n_from_others; /* calls from other threads */

/* Of one double at the field's offset, as an adapter that hides its memory would do it. */
static int32_t
gather_double(G_GNUC_UNUSED void *host_data,
              G_GNUC_UNUSED const struct torpor_population *population,
              const struct torpor_field *field, uint64_t first, uint64_t count, void *column,
              struct torpor_error *error)
{
    if (g_thread_self() != host_thread)
        g_atomic_int_inc(&n_from_others);
    for (guint64 i = 0; i < count; i++)
        memcpy((double *)column + i, (const char *)&cells[first + i] + field->offset,
               sizeof(double));
    if (first > fails_at || first + count <= fails_at)
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "no power", sizeof error->message);
    return error->status = TORPOR_STATUS_HOST;
}

static int32_t
no_lengths(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
           G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED uint64_t first,
           G_GNUC_UNUSED uint64_t count, G_GNUC_UNUSED uint64_t *lengths,
           G_GNUC_UNUSED struct torpor_error *error)
{
    g_assert_not_reached();
}

static int32_t
no_values(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
          G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED uint64_t first,
          G_GNUC_UNUSED uint64_t count, G_GNUC_UNUSED const uint64_t *lengths,
          G_GNUC_UNUSED void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    g_assert_not_reached();
}

static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather_double};
static const struct torpor_ragged_accessor no_accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = no_lengths, .gather = no_values};

#define BY_ADDRESS(member, type)                                                                   \
    {                                                                                              \
        TORPOR_FIELD_INIT, .name = #member, .dtype = type, .kind = TORPOR_FIELD_VALUE,             \
                           .offset = offsetof(Cell, member)                                        \
    }
#define BY_ACCESSOR(as, member)                                                                    \
    {                                                                                              \
        TORPOR_FIELD_INIT, .name = as, .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE,  \
                           .offset = offsetof(Cell, member), .accessor = &accessor                 \
    }

static const struct torpor_field fields[] = {
    BY_ADDRESS(same, TORPOR_DTYPE_FLOAT64),
    BY_ADDRESS(last_differs, TORPOR_DTYPE_FLOAT64),
    BY_ADDRESS(middle_differs, TORPOR_DTYPE_FLOAT64),
    BY_ADDRESS(flag, TORPOR_DTYPE_BOOL),
    BY_ACCESSOR("a_same", same),
    BY_ACCESSOR("a_last_differs", last_differs),
    BY_ACCESSOR("a_middle_differs", middle_differs),
    {TORPOR_FIELD_INIT, .name = "spikes", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_RAGGED, .ragged_accessor = &no_accessor},
};
enum { N_FIELDS = G_N_ELEMENTS(fields) };
static const struct torpor_type type = {TORPOR_TYPE_INIT,     .version = 1,
                                        .name = "cell",       .fields = fields,
                                        .n_fields = N_FIELDS, .object_size = sizeof(Cell)};

static void
fill(void)
{
    for (guint i = 0; i < N; i++)
        cells[i] = (Cell){0.0, 2.0, 3.0, 1};
    cells[N - 1].last_differs = 2.5;
    cells[N / 2 + 100].middle_differs = 3.5;
    fails_at = G_MAXUINT64;
    n_from_others = 0;
    host_thread = g_thread_self();
}

/* Columns that are found constant among `count` cells, as their names. */
static char *
find(guint64 count, guint32 flags, GError **error)
{
    const struct torpor_host table = {.flags = flags};
    const TorporHost host = {&table, NULL};
    const struct torpor_population population = {TORPOR_POPULATION_INIT,
                                                 .path = "cells",
                                                 .type = "cell",
                                                 .count = count,
                                                 .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                                 .base = cells,
                                                 .stride = sizeof *cells};
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(GPtrArray) views =
        torpor_live_fields_new(&host, &population, &type, catalogue, NULL, error);
    gboolean constant[N_FIELDS];
    g_assert_nonnull(views);
    if (!torpor_constant_guess(views, constant, error) ||
        !torpor_constant_confirm(views, constant, error))
        return NULL;
    GString *names = g_string_new("");
    for (guint i = 0; i < N_FIELDS; i++)
        if (constant[i])
            g_string_append_printf(names, "%s ", fields[i].name);
    return g_string_free(names, FALSE);
}

#define ASSERT_FOUND(count, flags, expected)                                                       \
    do {                                                                                           \
        GError *error_ = NULL;                                                                     \
        g_autofree char *found_ = find(count, flags, &error_);                                     \
        g_assert_no_error(error_);                                                                 \
        g_assert_cmpstr(found_, ==, expected);                                                     \
    } while (0)

static void
test_differences(void)
{
    fill();
    ASSERT_FOUND(N, TORPOR_HOST_CONCURRENT, "same flag a_same ");
    /* Rows just before those that differ. */
    ASSERT_FOUND(N - 1, TORPOR_HOST_CONCURRENT, "same last_differs flag a_same a_last_differs ");
    ASSERT_FOUND(N / 2 + 100, TORPOR_HOST_CONCURRENT,
                 "same last_differs middle_differs flag a_same a_last_differs a_middle_differs ");
    cells[0].flag = 0;
    ASSERT_FOUND(N, TORPOR_HOST_CONCURRENT, "same a_same ");
    /* Bits, not values: the zeros are equal as numbers. */
    cells[77777].same = -0.0;
    ASSERT_FOUND(N, TORPOR_HOST_CONCURRENT, "");
}

static void
test_few(void)
{
    fill();
    ASSERT_FOUND(0, TORPOR_HOST_CONCURRENT, "");
    ASSERT_FOUND(1, TORPOR_HOST_CONCURRENT, "");
    ASSERT_FOUND(2, TORPOR_HOST_CONCURRENT,
                 "same last_differs middle_differs flag a_same a_last_differs a_middle_differs ");
    for (guint64 count = 63; count < 67; count++) {
        cells[count - 1].same = 1.0;
        ASSERT_FOUND(count, TORPOR_HOST_CONCURRENT,
                     "last_differs middle_differs flag a_last_differs a_middle_differs ");
        cells[count - 1].same = 0.0;
    }
}

/* Every place of a difference is noticed, also those at the seams of stretches and shares. */
static void
test_each_place(void)
{
    fill();
    for (guint64 place = 1; place < N; place = place * 3 / 2 + 1) {
        cells[place].same = 1.0;
        ASSERT_FOUND(N, TORPOR_HOST_CONCURRENT, "flag ");
        cells[place].same = 0.0;
    }
    for (guint64 place = 4095; place < 4098; place++) {
        cells[place].flag = 0;
        ASSERT_FOUND(N, TORPOR_HOST_CONCURRENT, "same a_same ");
        cells[place].flag = 1;
    }
}

static void
test_serial(void)
{
    fill();
    ASSERT_FOUND(N, 0, "same flag a_same ");
    g_assert_cmpint(n_from_others, ==, 0);
}

static void
test_failure(void)
{
    fill();
    fails_at = 1234567;
    g_autoptr(GError) error = NULL;
    g_autofree char *found = find(N, TORPOR_HOST_CONCURRENT, &error);
    g_assert_null(found);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_nonnull(strstr(error->message, "populations/cells/a_"));
    g_assert_nonnull(strstr(error->message, "no power"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cells = g_new0(Cell, N);
    g_test_add_func("/constant/differences", test_differences);
    g_test_add_func("/constant/few-objects", test_few);
    g_test_add_func("/constant/each-place", test_each_place);
    g_test_add_func("/constant/serial-host", test_serial);
    g_test_add_func("/constant/host-fails", test_failure);
    int status = g_test_run();
    g_free(cells);
    return status;
}
