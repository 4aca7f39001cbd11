#include "checkpoint/provenance.h"

#include "file/save_tree.h"
#include "msgpack/decode.h"

#include "round.h"

/* The round's file, encoded again after a text in it was replaced (NULL: taken out). */
static void
alter(Round *round, const char *section, const char *key, const char *value)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(round->path, &bytes, &length, NULL));
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes, length, "altered", &error);
    g_assert_no_error(error);
    TorporNode *map = torpor_tree_lookup(tree, section, &error);
    g_assert_no_error(error);
    TorporNode *node = torpor_map_find(map, key, strlen(key));
    g_assert_cmpint(node->kind, ==, TORPOR_NODE_TEXT);
    if (value == NULL) {
        node->key = "something else";
        node->key_length = (guint32)strlen(node->key);
    } else {
        node->value.bytes.data = value;
        node->value.bytes.length = strlen(value);
    }
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(round->path, tree, &options, TRUE, FALSE, &error);
    g_assert_no_error(error);
}

/* Resumed all the same, with one line in the report and one warning in the log for each. */
static void
test_other_machine(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    static const char *const words[] = {
        "host/version: saved with 0.9, resumed with 1: bit-identity is no longer promised\n",
        "provenance/cpu: saved with Cray-1, resumed with ",
        "provenance/libc: saved with an unknown one, resumed with glibc ",
    };
    model_advance(round->model, 3, NULL);
    round_save_fine(round);
    g_autofree char *at_save = model_digest(round->model);
    alter(round, "host", "version", "0.9");
    alter(round, "provenance", "cpu", "Cray-1");
    alter(round, "provenance", "libc", NULL);
    for (gint32 mismatch = 0; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++) {
        model_advance(round->model, 2, NULL);
        g_string_truncate(round->model->log, 0);
        round_restore(round, 0, mismatch, &error);
        g_assert_no_error(error);
        g_autofree char *restored = model_digest(round->model);
        g_assert_cmpstr(at_save, ==, restored);
        g_auto(GStrv) lines = g_strsplit(round->report, "\n", -1);
        if (g_strv_length(lines) != G_N_ELEMENTS(words) + 1)
            g_error("%s", round->report);
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
            g_assert_nonnull(strstr(round->report, words[i]));
            g_autofree char *warning =
                g_strdup_printf("%d restore: %s", TORPOR_LOG_WARNING, words[i]);
            g_assert_nonnull(strstr(round->model->log->str, warning));
        }
    }
}

static void
test_same_machine(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    round_save_fine(round);
    /* What does not decide the bits of results. */
    alter(round, "provenance", "machine", "another");
    alter(round, "provenance", "command", "another");
    alter(round, "provenance", "compiler", "another");
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(round->report, ==, "");
}

static void
test_texts(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const texts[] = {"torpor", "compiler", "libc",   "cpu",
                                        "time",   "machine",  "command"};
    g_autoptr(GError) error = NULL;
    round_save_fine(round);
    g_autoptr(TorporFile) file = torpor_file_open(round->path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strdup_printf("provenance/%s", texts[i]);
        const TorporNode *node = torpor_tree_lookup(tree, path, &error);
        g_assert_no_error(error);
        g_assert_cmpint(node->kind, ==, TORPOR_NODE_TEXT);
        g_assert_cmpstr(node->value.bytes.data, !=, "");
    }
    const TorporNode *command = torpor_tree_lookup(tree, "provenance/command", NULL);
    g_assert_nonnull(strstr(command->value.bytes.data, "unit-provenance"));
    const TorporNode *note = torpor_tree_lookup(tree, "provenance/notes/model", NULL);
    g_assert_cmpstr(note->value.bytes.data, ==, "a test");
}

static void
add(const char *path, void (*test)(Round *, gconstpointer))
{
    g_test_add(path, Round, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/provenance/other-machine/warned-of", test_other_machine);
    add("/provenance/same-machine/nothing-said", test_same_machine);
    add("/provenance/texts/all-there", test_texts);
    return g_test_run();
}
