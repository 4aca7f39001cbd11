#include "host/description.h"

#include "host/abi_struct.h"
#include "host/section_names.h"

/* More entries in an array of one population than any type has fields: it was never set. */
#define MAX_ENTRIES ((guint64)1 << 20)

void
torpor_description_free(TorporDescription *description)
{
    if (description == NULL)
        return;
    g_ptr_array_unref(description->populations);
    g_ptr_array_unref(description->trees);
    g_ptr_array_unref(description->generators);
    g_ptr_array_unref(description->outputs);
    g_ptr_array_unref(description->notes);
    g_ptr_array_unref(description->copies);
    g_clear_error(&description->failure);
    g_free(description);
}

/* ---- what the host adds ---- */

static gint32
status_of(const TorporDescription *description)
{
    return description->failure == NULL ? TORPOR_STATUS_OK : description->failure->code;
}

/* A copy of what the host added as number `list->len` of its kind; NULL after a failure. */
static gpointer
take(TorporDescription *description, const TorporAbiStruct *known, const void *added,
     GPtrArray *list)
{
    if (description->failure != NULL)
        return NULL;
    gpointer copy = g_malloc(known->size);
    g_ptr_array_add(description->copies, copy);
    if (!torpor_abi_import(known, added, copy, &description->failure)) {
        g_prefix_error(&description->failure,
                       "the host's describe, number %u of its kind: ", list->len + 1);
        return NULL;
    }
    g_ptr_array_add(list, copy);
    return copy;
}

/* `count` entries of a population's array, or a failure. */
static gpointer
copy_entries(TorporDescription *description, const struct torpor_population *population,
             const char *what, const void *entries, guint64 count, gsize entry_size)
{
    if (entries != NULL && count <= MAX_ENTRIES)
        return torpor_abi_copy_bytes(description->copies, entries, count * entry_size);
    if (entries != NULL)
        g_set_error(&description->failure, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "populations/%s: n_%s is %" G_GUINT64_FORMAT ", beyond %" G_GUINT64_FORMAT,
                    population->path == NULL ? "NULL" : population->path, what, count, MAX_ENTRIES);
    return NULL;
}

/* What later versions may give a meaning is refused now. */
static void
check_population_flags(TorporDescription *description, const struct torpor_population *population)
{
    const char *path = population->path == NULL ? "NULL" : population->path;
    if ((population->flags & ~TORPOR_POPULATION_OF_RANK) != 0)
        g_set_error(&description->failure, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    TORPOR_SECTION_POPULATIONS
                    "/%s: expected the flag TORPOR_POPULATION_OF_RANK or none, found 0x%x",
                    path, population->flags);
    else if (population->flags != 0 && population->key != NULL)
        g_set_error(&description->failure, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    TORPOR_SECTION_POPULATIONS
                    "/%s: expected no key beside TORPOR_POPULATION_OF_RANK, found \"%s\"",
                    path, population->key);
}

static gint32
add_population(void *data, const struct torpor_population *added)
{
    TorporDescription *description = data;
    GPtrArray *copies = description->copies;
    struct torpor_population *population =
        take(description, &torpor_abi_population, added, description->populations);
    if (population == NULL)
        return status_of(description);
    population->path = torpor_abi_copy_text(copies, population->path);
    population->type = torpor_abi_copy_text(copies, population->type);
    population->key = torpor_abi_copy_text(copies, population->key);
    population->columns = copy_entries(description, population, "columns", population->columns,
                                       population->n_columns, sizeof *population->columns);
    population->revisions =
        copy_entries(description, population, "revisions", population->revisions,
                     population->n_revisions, sizeof *population->revisions);
    if (description->failure == NULL)
        check_population_flags(description, population);
    return status_of(description);
}

static void
check_origin_flags(TorporDescription *description, const char *section, const char *path,
                   guint32 flags)
{
    guint32 known = TORPOR_ORIGIN_PARAMETER | TORPOR_ORIGIN_STATE | TORPOR_ORIGIN_NONE;
    if ((flags & ~known) == 0 && (flags & (flags - 1)) == 0)
        return;
    g_set_error(&description->failure, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "%s/%s: expected one of the flags TORPOR_ORIGIN_... or none, found 0x%x", section,
                path == NULL ? "NULL" : path, flags);
}

static gint32
add_tree(void *data, const struct torpor_tree *added)
{
    TorporDescription *description = data;
    struct torpor_tree *tree = take(description, &torpor_abi_tree, added, description->trees);
    if (tree == NULL)
        return status_of(description);
    tree->path = torpor_abi_copy_text(description->copies, tree->path);
    check_origin_flags(description, TORPOR_SECTION_TREES, tree->path,
                       tree->flags & ~TORPOR_TREE_OF_RANK);
    return status_of(description);
}

static gint32
add_generator(void *data, const struct torpor_generator *added)
{
    TorporDescription *description = data;
    GPtrArray *copies = description->copies;
    struct torpor_generator *generator =
        take(description, &torpor_abi_generator, added, description->generators);
    if (generator == NULL)
        return status_of(description);
    generator->path = torpor_abi_copy_text(copies, generator->path);
    generator->algorithm = torpor_abi_copy_text(copies, generator->algorithm);
    generator->state.unit = torpor_abi_copy_text(copies, generator->state.unit);
    check_origin_flags(description, TORPOR_SECTION_GENERATORS, generator->path, generator->flags);
    return status_of(description);
}

static gint32
add_output(void *data, const struct torpor_output *added)
{
    TorporDescription *description = data;
    struct torpor_output *output =
        take(description, &torpor_abi_output, added, description->outputs);
    if (output != NULL)
        output->path = torpor_abi_copy_text(description->copies, output->path);
    return status_of(description);
}

static gint32
add_note(void *data, const char *key, const char *value)
{
    TorporDescription *description = data;
    if (description->failure != NULL)
        return status_of(description);
    TorporNote *note = g_new0(TorporNote, 1);
    g_ptr_array_add(description->copies, note);
    note->key = torpor_abi_copy_text(description->copies, key);
    note->value = torpor_abi_copy_text(description->copies, value);
    g_ptr_array_add(description->notes, note);
    return TORPOR_STATUS_OK;
}

/* ---- asking ---- */

TorporDescription *
torpor_description_new(const TorporHost *host, GError **error)
{
    g_autoptr(TorporDescription) description = g_new0(TorporDescription, 1);
    description->populations = g_ptr_array_new();
    description->trees = g_ptr_array_new();
    description->generators = g_ptr_array_new();
    description->outputs = g_ptr_array_new();
    description->notes = g_ptr_array_new();
    description->copies = g_ptr_array_new_with_free_func(g_free);
    const struct torpor_description sink = {.struct_size = sizeof sink,
                                            .data = description,
                                            .add_population = add_population,
                                            .add_tree = add_tree,
                                            .add_generator = add_generator,
                                            .add_output = add_output,
                                            .add_note = add_note};
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->describe(host->data, &sink, &failure);
    if (description->failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&description->failure));
        return NULL;
    }
    if (!torpor_host_result(status, &failure, error, "the host's describe"))
        return NULL;
    return g_steal_pointer(&description);
}
