/* replay MUTATIONS FILE|FOLDER...: a fuzz target without a fuzzer. Each file as it is, then so many
 * changes of files, the same ones at every run: half of them by the target's own mutator, if it has
 * one. Each input has memory of exactly its size, so that a sanitizer sees what reaches beyond. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "limits.h"
#include "seal.h"
#include "target.h"

#define MAX_BYTES 16384u

#pragma weak LLVMFuzzerCustomMutator

static GPtrArray *corpus;
static GRand *random_numbers;

static void
run(const GByteArray *input)
{
    uint8_t *exact = malloc(input->len > 0 ? input->len : 1);
    if (exact == NULL)
        abort();
    if (input->len > 0)
        memcpy(exact, input->data, input->len);
    LLVMFuzzerTestOneInput(exact, input->len);
    free(exact);
}

static guint
below(GRand *random, guint end)
{
    return end == 0 ? 0 : g_rand_int(random) % end;
}

static void
insert(GByteArray *input, guint place, const guint8 *bytes, guint length)
{
    guint before = input->len;
    if (length == 0) /* then bytes may be NULL, and so may the input's */
        return;
    g_byte_array_set_size(input, before + length);
    memmove(input->data + place + length, input->data + place, before - place);
    memcpy(input->data + place, bytes, length);
}

static void
mutate(GByteArray *input)
{
    GRand *random = random_numbers;
    static const guint8 headers[] = {0x00, 0x80, 0x85, 0x86, 0x93, 0xa0, 0xc0, 0xc1, 0xc4,
                                     0xc7, 0xc9, 0xcb, 0xcf, 0xd4, 0xdb, 0xdd, 0xdf, 0xff};
    guint place = below(random, input->len);
    guint length = below(random, MIN(input->len - place, 64) + 1);
    switch (below(random, 6)) {
    case 0:
        if (input->len > 0)
            input->data[place] ^= (guint8)(1u << below(random, 8));
        break;
    case 1:
        if (input->len > 0)
            input->data[place] = headers[below(random, G_N_ELEMENTS(headers))];
        break;
    case 2:
        g_byte_array_set_size(input, place);
        break;
    case 3:
        g_byte_array_remove_range(input, place, length);
        break;
    case 4: {
        const GByteArray *other = corpus->pdata[below(random, corpus->len)];
        guint from = below(random, other->len);
        insert(input, place, other->data + from, MIN(other->len - from, 200));
        break;
    }
    default:
        for (guint i = 0; i < 4 && place + i < input->len; i++)
            input->data[place + i] = (guint8)g_rand_int(random);
    }
}

/* What libFuzzer offers to a target's own mutator. */
size_t
LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t max_length)
{
    g_autoptr(GByteArray) input = g_byte_array_new();
    g_byte_array_append(input, bytes, (guint)length);
    mutate(input);
    size_t changed = MIN(input->len, max_length);
    if (changed > 0)
        memcpy(bytes, input->data, changed);
    return changed;
}

static void
mutate_as_target(GByteArray *input)
{
    guint length = input->len;
    g_byte_array_set_size(input, 2 * MAX_BYTES);
    length =
        (guint)LLVMFuzzerCustomMutator(input->data, length, input->len, g_rand_int(random_numbers));
    g_byte_array_set_size(input, length);
}

static gboolean
take(const char *path)
{
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        if (!take(inside))
            return FALSE;
    }
    if (names != NULL)
        return TRUE;
    char *bytes;
    gsize length;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        fprintf(stderr, "replay: %s\n", error->message);
        return FALSE;
    }
    g_autoptr(GByteArray) input = g_byte_array_new_take((guint8 *)bytes, length);
    run(input);
    if (length <= MAX_BYTES)
        g_ptr_array_add(corpus, g_byte_array_ref(input));
    return TRUE;
}

int
main(int argc, char **argv)
{
    corpus = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    random_numbers = g_rand_new_with_seed(20240229);
    for (int i = 2; i < argc; i++)
        if (!take(argv[i]))
            return 2;
    if (corpus->len == 0) {
        fprintf(stderr, "usage: replay MUTATIONS FILE|FOLDER...\n");
        return 2;
    }
    guint64 n_mutations = g_ascii_strtoull(argv[1], NULL, 10);
    for (guint64 n = 0; n < n_mutations; n++) {
        const GByteArray *original = corpus->pdata[below(random_numbers, corpus->len)];
        g_autoptr(GByteArray) input = g_byte_array_new();
        g_byte_array_append(input, original->data, original->len);
        if (LLVMFuzzerCustomMutator != NULL && n % 2 == 0)
            mutate_as_target(input);
        else
            for (guint changes = 1 + below(random_numbers, 4); changes > 0; changes--)
                mutate(input);
        run(input);
    }
    printf("%u files, %" G_GUINT64_FORMAT " changes; at most %.0f bytes of memory per byte\n",
           corpus->len, n_mutations, fuzz_limits_most_memory());
    g_rand_free(random_numbers);
    g_ptr_array_unref(corpus);
    return 0;
}
