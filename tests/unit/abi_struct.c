#include "host/abi_struct.h"

#include <string.h>

/* Every struct that a host hands over, or lends to be filled. */
static const TorporAbiStruct *const structs[] = {
    &torpor_abi_host,     &torpor_abi_collective,      &torpor_abi_type,      &torpor_abi_field,
    &torpor_abi_accessor, &torpor_abi_ragged_accessor, &torpor_abi_codec,     &torpor_abi_migration,
    &torpor_abi_tree,     &torpor_abi_population,      &torpor_abi_generator, &torpor_abi_output,
    &torpor_abi_outcome,
};

/* Members that a later minor appended to a struct. */
#define APPENDED 24u
#define ROOM 512u

/* A struct of `size` bytes that says so, each of its other bytes unlike any other's neighbour. */
static void
fill(const TorporAbiStruct *known, guint32 size, guint8 *bytes)
{
    for (guint i = 0; i < ROOM; i++)
        bytes[i] = (guint8)(1 + i % 251);
    memcpy(bytes + known->size_place, &size, sizeof size);
}

static guint32
size_of(const TorporAbiStruct *known, const guint8 *bytes)
{
    guint32 size;
    memcpy(&size, bytes + known->size_place, sizeof size);
    return size;
}

/* [begin, end) is equal in both, but for struct_size. */
static void
assert_same(const TorporAbiStruct *known, const guint8 *a, const guint8 *b, gsize begin, gsize end)
{
    for (gsize i = begin; i < end; i++)
        if (i < known->size_place || i >= known->size_place + sizeof(guint32))
            g_assert_cmpuint(a[i], ==, b[i]);
}

static void
test_equal(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structs); i++) {
        guint64 from[ROOM / 8], to[ROOM / 8];
        fill(structs[i], structs[i]->size, (guint8 *)from);
        g_assert_true(torpor_abi_import(structs[i], from, to, NULL));
        assert_same(structs[i], (guint8 *)from, (guint8 *)to, 0, structs[i]->size);
        g_assert_cmpuint(size_of(structs[i], (guint8 *)to), ==, structs[i]->size);
    }
}

/* This build has members that the host does not know. */
static void
test_older_host(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structs); i++) {
        TorporAbiStruct grown = *structs[i];
        grown.size += APPENDED;
        guint64 from[ROOM / 8], to[ROOM / 8];
        fill(&grown, structs[i]->size, (guint8 *)from);
        memset(to, 0xee, sizeof to);
        g_assert_true(torpor_abi_import(&grown, from, to, NULL));
        assert_same(&grown, (guint8 *)from, (guint8 *)to, 0, structs[i]->size);
        for (guint at = structs[i]->size; at < grown.size; at++)
            g_assert_cmpuint(((guint8 *)to)[at], ==, 0);
        g_assert_cmpuint(((guint8 *)to)[grown.size], ==, 0xee);
        g_assert_cmpuint(size_of(&grown, (guint8 *)to), ==, grown.size);
    }
}

/* The host has members that this build does not know. */
static void
test_newer_host(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structs); i++) {
        guint64 from[ROOM / 8], to[ROOM / 8];
        fill(structs[i], structs[i]->size + APPENDED, (guint8 *)from);
        memset(to, 0xee, sizeof to);
        g_assert_true(torpor_abi_import(structs[i], from, to, NULL));
        assert_same(structs[i], (guint8 *)from, (guint8 *)to, 0, structs[i]->size);
        g_assert_cmpuint(((guint8 *)to)[structs[i]->size], ==, 0xee);
    }
}

static void
refuse(const TorporAbiStruct *known, const void *from, const char *words)
{
    g_autoptr(GError) error = NULL;
    guint64 to[ROOM / 8];
    g_assert_false(torpor_abi_import(known, from, to, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_nonnull(strstr(error->message, known->name));
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

/* A size that ends inside the members of ABI 2.0, or was never set. */
static void
test_insane(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structs); i++) {
        guint64 from[ROOM / 8];
        const guint32 sizes[] = {0, 1, structs[i]->first_size - 1, 65537, G_MAXUINT32};
        refuse(structs[i], NULL, "found NULL");
        for (gsize k = 0; k < G_N_ELEMENTS(sizes); k++) {
            fill(structs[i], sizes[k], (guint8 *)from);
            g_autofree char *words = g_strdup_printf("struct_size of at least %u, found %u",
                                                     structs[i]->first_size, sizes[k]);
            refuse(structs[i], from, words);
            g_assert_false(torpor_abi_export(structs[i], from, from, NULL));
        }
    }
}

/* Arrays are walked by the size of their first element. */
static void
test_arrays(void)
{
    const TorporAbiStruct *known = &torpor_abi_field;
    guint32 sizes[] = {known->size, known->size + APPENDED};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree guint8 *from = g_malloc(3 * sizes[i] + ROOM);
        g_autofree guint8 *to = g_malloc(3 * known->size);
        for (guint k = 0; k < 3; k++)
            fill(known, sizes[i], from + k * sizes[i]);
        g_assert_true(torpor_abi_import_array(known, from, 3, to, NULL));
        for (guint k = 0; k < 3; k++)
            assert_same(known, from + k * sizes[i], to + k * known->size, 0, known->size);
        g_autoptr(GError) error = NULL;
        fill(known, sizes[i] + 8, from + 2 * sizes[i]);
        g_assert_false(torpor_abi_import_array(known, from, 3, to, &error));
        g_assert_nonnull(strstr(error->message, "element 2 has"));
    }
    g_assert_true(torpor_abi_import_array(known, NULL, 0, NULL, NULL));
    guint64 to[ROOM / 8];
    g_assert_false(torpor_abi_import_array(known, NULL, 1, to, NULL));
}

/* Into a struct of the host, older or newer: as far as both reach, and its struct_size stays. */
static void
test_export(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(structs); i++) {
        for (guint appended = 0; appended <= APPENDED; appended += APPENDED) {
            TorporAbiStruct grown = *structs[i];
            grown.size += APPENDED - appended;
            guint32 host_size = structs[i]->size + appended;
            guint64 from[ROOM / 8], to[ROOM / 8];
            fill(&grown, grown.size, (guint8 *)from);
            memset(to, 0xee, sizeof to);
            memcpy((guint8 *)to + grown.size_place, &host_size, sizeof host_size);
            g_assert_true(torpor_abi_export(&grown, from, to, NULL));
            assert_same(&grown, (guint8 *)from, (guint8 *)to, 0, structs[i]->size);
            g_assert_cmpuint(((guint8 *)to)[structs[i]->size], ==, 0xee);
            g_assert_cmpuint(size_of(&grown, (guint8 *)to), ==, host_size);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/abi-struct/equal", test_equal);
    g_test_add_func("/abi-struct/older-host/rest-is-zero", test_older_host);
    g_test_add_func("/abi-struct/newer-host/rest-is-left-out", test_newer_host);
    g_test_add_func("/abi-struct/insane-size/refused", test_insane);
    g_test_add_func("/abi-struct/array/by-its-own-element-size", test_arrays);
    g_test_add_func("/abi-struct/export/as-far-as-both-reach", test_export);
    return g_test_run();
}
