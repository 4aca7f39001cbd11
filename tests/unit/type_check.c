#include "host/type_check.h"

#include <string.h>

#include "host/type_copy.h"

static int32_t
gather(void *host_data, const struct torpor_population *population,
       const struct torpor_field *field, uint64_t first, uint64_t count, void *column,
       struct torpor_error *error)
{
    (void)host_data, (void)population, (void)field, (void)first, (void)count, (void)column;
    (void)error;
    return TORPOR_STATUS_OK;
}

static int32_t
scatter(void *host_data, const struct torpor_population *population,
        const struct torpor_field *field, uint64_t first, uint64_t count, const void *column,
        struct torpor_error *error)
{
    (void)host_data, (void)population, (void)field, (void)first, (void)count, (void)column;
    (void)error;
    return TORPOR_STATUS_OK;
}

static int32_t
lengths(void *host_data, const struct torpor_population *population,
        const struct torpor_field *field, uint64_t first, uint64_t count, uint64_t *out,
        struct torpor_error *error)
{
    (void)host_data, (void)population, (void)field, (void)first, (void)count, (void)out;
    (void)error;
    return TORPOR_STATUS_OK;
}

static int32_t
gather_ragged(void *host_data, const struct torpor_population *population,
              const struct torpor_field *field, uint64_t first, uint64_t count,
              const uint64_t *each, void *values, struct torpor_error *error)
{
    (void)host_data, (void)population, (void)field, (void)first, (void)count, (void)each;
    (void)values, (void)error;
    return TORPOR_STATUS_OK;
}

static const struct torpor_accessor empty = {TORPOR_ACCESSOR_INIT};
static const struct torpor_accessor reads = {TORPOR_ACCESSOR_INIT, .gather = gather};
static const struct torpor_accessor plain = {TORPOR_ACCESSOR_INIT, .gather = gather,
                                             .scatter = scatter};
static const struct torpor_ragged_accessor ragged_reads = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = lengths, .gather = gather_ragged};
static const struct torpor_ragged_accessor ragged_none = {TORPOR_RAGGED_ACCESSOR_INIT};
static const struct torpor_accessor short_accessor = {.struct_size = 16, .gather = gather};
static const struct torpor_type synapse = {TORPOR_TYPE_INIT, .version = 1, .name = "synapse",
                                           .object_size = 24};
static const double zero = 0;

/* Two good fields and one that each case makes wrong. */
typedef struct {
    struct torpor_field fields[3];
    struct torpor_type type;
    TorporRegistry *types;
} Fixture;

static void
set_up(Fixture *fixture)
{
    *fixture = (Fixture){
        .fields =
            {
                {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT64,
                 .kind = TORPOR_FIELD_VALUE},
                {TORPOR_FIELD_INIT, .name = "incoming", .dtype = TORPOR_DTYPE_POINTER,
                 .kind = TORPOR_FIELD_REFERENCE, .offset = 8, .target = "neurons"},
                {TORPOR_FIELD_INIT, .name = "g", .unit = "nS", .dtype = TORPOR_DTYPE_FLOAT64,
                 .kind = TORPOR_FIELD_VALUE, .offset = 16, .rank = 2, .shape = {2, 3}},
            },
        .type = {TORPOR_TYPE_INIT, .version = 1, .name = "neuron", .n_fields = 3,
                 .object_size = 64},
    };
    fixture->type.fields = fixture->fields;
    fixture->types = torpor_registry_new("type");
    torpor_registry_add(fixture->types, "synapse", &synapse, FALSE, NULL);
}

/* As a session takes it in: copied, then checked. */
static gboolean
check(const struct torpor_type *type, const TorporRegistry *types, GError **error)
{
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    const struct torpor_type *copy = torpor_type_copy(type, copies, error);
    return copy != NULL && torpor_type_check(copy, types, error);
}

static void
assert_refused(Fixture *fixture, gint status, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(check(&fixture->type, fixture->types, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    if (strstr(error->message, said) == NULL)
        g_error("\"%s\" is not said in: %s", said, error->message);
    torpor_registry_free(fixture->types);
}

static void
assert_accepted(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(check(&fixture->type, fixture->types, &error));
    g_assert_no_error(error);
    torpor_registry_free(fixture->types);
}

/* One member of the third field (or of the type) set to a wrong value. */
#define REFUSED(place, value, status, said)                                                        \
    do {                                                                                           \
        Fixture fixture;                                                                           \
        set_up(&fixture);                                                                          \
        fixture.place = value;                                                                     \
        assert_refused(&fixture, status, said);                                                    \
    } while (0)

static void
test_good(void)
{
    Fixture fixture;
    set_up(&fixture);
    g_assert_cmpuint(torpor_field_byte_length(&fixture.fields[1]), ==, sizeof(void *));
    g_assert_cmpuint(torpor_field_byte_length(&fixture.fields[2]), ==, 48);
    assert_accepted(&fixture);
    set_up(&fixture); /* codec only */
    fixture.type.n_fields = 0;
    fixture.type.fields = NULL;
    fixture.type.base = "synapse";
    assert_accepted(&fixture);
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_RAGGED;
    fixture.fields[2].flags = TORPOR_FIELD_CONSTANT;
    fixture.fields[2].ragged_accessor = &ragged_reads;
    assert_accepted(&fixture);
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_NESTED;
    fixture.fields[2].unit = NULL;
    fixture.fields[2].target = "synapse";
    fixture.fields[2].shape[1] = 1;
    assert_accepted(&fixture);
    set_up(&fixture);
    fixture.fields[2].flags = TORPOR_FIELD_OPTIONAL | TORPOR_FIELD_PARAMETER;
    fixture.fields[2].default_value = &zero;
    fixture.fields[2].accessor = &plain;
    fixture.fields[2].offset = UINT64_MAX; /* unused */
    assert_accepted(&fixture);
}

static void
test_bad_type(void)
{
    REFUSED(type.struct_size, 40, TORPOR_STATUS_INVALID, "struct_size");
    REFUSED(type.name, NULL, TORPOR_STATUS_INVALID, "NULL");
    REFUSED(type.version, 0, TORPOR_STATUS_INVALID, "version");
    REFUSED(type.base, "cell", TORPOR_STATUS_NOT_FOUND, "base \"cell\"");
    REFUSED(type.fields, NULL, TORPOR_STATUS_INVALID, "expected 3 fields, found NULL");
    REFUSED(fields[0].struct_size, 100, TORPOR_STATUS_INVALID, "struct torpor_field with a struct");
    REFUSED(fields[0].struct_size, sizeof(struct torpor_field) + 1, TORPOR_STATUS_INVALID,
            "multiple");
    REFUSED(fields[2].struct_size, sizeof(struct torpor_field) + 8, TORPOR_STATUS_INVALID,
            "element 2 has");
    REFUSED(type.object_size, 63, TORPOR_STATUS_INVALID, "within the object's 63 bytes");
    g_autoptr(GError) error = NULL;
    g_assert_false(check(NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
}

static void
test_bad_field(void)
{
    const char *const named = "type \"neuron\", field \"g\": ";
    REFUSED(fields[2].name, NULL, TORPOR_STATUS_INVALID, "type \"neuron\", field 2: expected");
    REFUSED(fields[2].name, "V_m", TORPOR_STATUS_EXISTS, "field \"V_m\"");
    REFUSED(fields[2].kind, 0, TORPOR_STATUS_INVALID, named);
    REFUSED(fields[2].kind, 6, TORPOR_STATUS_INVALID, "found 6");
    REFUSED(fields[2].dtype, 0, TORPOR_STATUS_INVALID, named);
    REFUSED(fields[2].dtype, TORPOR_DTYPE_POINTER, TORPOR_STATUS_INVALID, "found 64");
    REFUSED(fields[2].dtype, 128, TORPOR_STATUS_INVALID, "found 128");
    REFUSED(fields[2].flags, 32, TORPOR_STATUS_UNSUPPORTED, "0x20");
    REFUSED(fields[2].unit, "nSS", TORPOR_STATUS_UNIT, "\"nS\"");
    REFUSED(fields[2].rank, 9, TORPOR_STATUS_INVALID, "found 9");
    REFUSED(fields[2].shape[0], UINT64_MAX / 2, TORPOR_STATUS_LIMIT, "64-bit");
    REFUSED(fields[2].offset, 17, TORPOR_STATUS_INVALID, "offset 17 and 48 bytes");
    REFUSED(fields[2].offset, UINT64_MAX - 7, TORPOR_STATUS_INVALID, named);
    REFUSED(fields[2].default_value, &zero, TORPOR_STATUS_INVALID, "TORPOR_FIELD_OPTIONAL");
    REFUSED(fields[2].accessor, &empty, TORPOR_STATUS_INVALID, "have gather");
    REFUSED(fields[2].accessor, &reads, TORPOR_STATUS_INVALID, "have scatter");
    REFUSED(fields[2].accessor, &short_accessor, TORPOR_STATUS_INVALID, "struct_size");
    REFUSED(fields[2].ragged_accessor, &ragged_reads, TORPOR_STATUS_INVALID, "no ragged_accessor");
    REFUSED(fields[1].target, NULL, TORPOR_STATUS_INVALID, "population referred to");
    REFUSED(fields[1].dtype, TORPOR_DTYPE_INT32, TORPOR_STATUS_INVALID, "reference of dtype");
    REFUSED(fields[1].unit, "mV", TORPOR_STATUS_INVALID, "no unit");
}

static void
test_bad_ragged(void)
{
    Fixture fixture;
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_RAGGED;
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "expected a ragged_accessor");
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_RAGGED;
    fixture.fields[2].accessor = &plain;
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "expected no accessor: a ragged");
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_RAGGED;
    fixture.fields[2].ragged_accessor = &ragged_none;
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "ragged_accessor to have lengths");
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_RAGGED;
    fixture.fields[2].ragged_accessor = &ragged_reads;
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "have set_lengths");
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_BLOB;
    fixture.fields[2].ragged_accessor = &ragged_reads;
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "blob of dtype TORPOR_DTYPE_UINT8");
}

static void
test_bad_nested(void)
{
    Fixture fixture;
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_NESTED;
    fixture.fields[2].unit = NULL;
    fixture.fields[2].target = "synapse"; /* 6 of 24 bytes do not fit */
    assert_refused(&fixture, TORPOR_STATUS_INVALID, "offset 16 and 144 bytes");
    set_up(&fixture);
    fixture.fields[2].kind = TORPOR_FIELD_NESTED;
    fixture.fields[2].unit = NULL;
    fixture.fields[2].target = "neuron"; /* itself */
    assert_refused(&fixture, TORPOR_STATUS_NOT_FOUND, "nests type \"neuron\"");
}

/* A host compiled against a later header has longer fields. */
static void
test_stride(void)
{
    struct {
        struct torpor_field field;
        guint64 later[3];
    } fields[2] = {
        {.field = {.name = "a", .dtype = TORPOR_DTYPE_INT32, .kind = TORPOR_FIELD_VALUE}},
        {.field = {
             .name = "b", .dtype = TORPOR_DTYPE_INT32, .kind = TORPOR_FIELD_VALUE, .offset = 4}}};
    fields[0].field.struct_size = fields[1].field.struct_size = sizeof fields[0];
    struct torpor_type type = {TORPOR_TYPE_INIT,           .version = 1,  .name = "later",
                               .fields = &fields[0].field, .n_fields = 2, .object_size = 8};
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    const struct torpor_type *copy = torpor_type_copy(&type, copies, NULL);
    g_assert_cmpstr(copy->fields[1].name, ==, "b");
    g_assert_cmpuint(copy->fields[1].struct_size, ==, sizeof(struct torpor_field));
}

/* What the host handed over may be gone afterwards. */
static void
test_copied(void)
{
    char name[] = "neuron", field_name[] = "g", unit[] = "nS";
    struct torpor_accessor accessor = plain;
    struct torpor_field field = {TORPOR_FIELD_INIT, .name = field_name, .unit = unit,
                                 .accessor = &accessor};
    const struct torpor_type type = {TORPOR_TYPE_INIT, .name = name, .fields = &field,
                                     .n_fields = 1};
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    const struct torpor_type *copy = torpor_type_copy(&type, copies, NULL);
    name[0] = field_name[0] = unit[0] = '?';
    field = (struct torpor_field){0};
    accessor = empty;
    g_assert_cmpstr(copy->name, ==, "neuron");
    g_assert_cmpstr(copy->fields[0].name, ==, "g");
    g_assert_cmpstr(copy->fields[0].unit, ==, "nS");
    g_assert_true(copy->fields[0].accessor->gather == gather);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/type/good/accepted", test_good);
    g_test_add_func("/type/bad/named", test_bad_type);
    g_test_add_func("/type/bad-field/named", test_bad_field);
    g_test_add_func("/type/ragged/accessor-complete", test_bad_ragged);
    g_test_add_func("/type/nested/declared-and-fitting", test_bad_nested);
    g_test_add_func("/type/fields/stride-of-the-host", test_stride);
    g_test_add_func("/type/copied/nothing-borrowed", test_copied);
    return g_test_run();
}
