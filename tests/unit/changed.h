/* A round whose types are other ones at the restore than they were at the save. */
#ifndef TORPOR_TEST_CHANGED_H
#define TORPOR_TEST_CHANGED_H

#include "round.h"

/* A type of the model that a test may change before the restore. */
typedef struct {
    struct torpor_field fields[16];
    struct torpor_type type;
} Changed;

G_GNUC_UNUSED static Changed
change(const struct torpor_type *type)
{
    Changed changed = {.type = *type};
    memcpy(changed.fields, type->fields, type->n_fields * sizeof *type->fields);
    return changed;
}

G_GNUC_UNUSED static struct torpor_field *
field_of(Changed *changed, const char *name)
{
    for (guint i = 0; i < changed->type.n_fields; i++)
        if (g_str_equal(changed->fields[i].name, name))
            return &changed->fields[i];
    g_assert_not_reached();
}

G_GNUC_UNUSED static void
remove_field(Changed *changed, const char *name)
{
    struct torpor_field *field = field_of(changed, name);
    memmove(field, field + 1,
            (gsize)(changed->fields + changed->type.n_fields - (field + 1)) * sizeof *field);
    changed->type.n_fields--;
}

/* The catalogue again, with the changed type in place of the model's. */
G_GNUC_UNUSED static void
declare(Round *round, Changed *changed)
{
    changed->type.fields = changed->fields;
    torpor_catalogue_free(round->catalogue);
    round->catalogue = torpor_catalogue_new();
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++) {
        gboolean is_changed = g_str_equal(model_types[i]->name, changed->type.name);
        GError *error = NULL;
        torpor_catalogue_add_type(round->catalogue, is_changed ? &changed->type : model_types[i],
                                  &error);
        g_assert_no_error(error);
    }
}

/* Save, let the live state differ, then demand that `warn` and `ignore` restore all but what
 * differs, and report it. */
G_GNUC_UNUSED static void
accept(Round *round, const char *words)
{
    for (gint32 mismatch = TORPOR_MISMATCH_WARN; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++) {
        g_autoptr(GError) error = NULL;
        g_string_truncate(round->model->log, 0);
        model_advance(round->model, 1, NULL);
        round_restore(round, 0, mismatch, &error);
        g_assert_no_error(error);
        if (strstr(round->report, words) == NULL)
            g_error("expected \"%s\" in: %s", words, round->report);
        gboolean warns = strstr(round->model->log->str, "2 restore: ") != NULL;
        g_assert_cmpint(warns, ==, mismatch == TORPOR_MISMATCH_WARN);
    }
}

G_GNUC_UNUSED static void
set_up_saved(Round *round, gconstpointer data)
{
    set_up(round, data);
    model_advance(round->model, 4, NULL);
    round_save_fine(round);
    model_advance(round->model, 4, NULL);
}

#endif
