/* Lists of a host: pointers and lengths that are members of its objects, without callbacks. */
#include "host/live_list.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/hooks.h"
#include "step_clock.h"

#define N_CELLS 9u

typedef struct {
    guint32 due;
    float weight;
} Event;

typedef struct {
    guint16 n_inputs; /* of both lists */
    double *weights;  /* mV */
    guint32 *sources;
    gint32 n_spikes;
    gint32 room;
    float *spikes; /* ms */
    guint32 rival; /* an index of a cell, or none */
    guint32 n_events, events_room;
    Event *events;
} Cell;

static const struct torpor_field cell_fields[] = {
    TORPOR_LIST(Cell, weights, n_inputs, "mV"),
    TORPOR_LIST(Cell, sources, n_inputs, NULL),
    TORPOR_GROWING_LIST(Cell, spikes, n_spikes, room, "ms"),
    TORPOR_REFERENCE(Cell, rival, "cells"),
    TORPOR_GROWING_STRUCTS(Cell, events, n_events, events_room, NULL),
};

typedef struct {
    guint64 step; /* first: see step_clock.h */
    Cell *cells;
    Cell *pointers[N_CELLS];
    gboolean lists_pointers; /* layout POINTERS */
    char *folder;
    char *path;
    TorporSession *session;
} Host;

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    struct torpor_population cells = {
        TORPOR_POPULATION_INIT,
        .path = "cells",
        .type = "cell",
        .count = N_CELLS,
        .base = host->cells,
        .stride = sizeof(Cell),
        .layout = TORPOR_LAYOUT_CONTIGUOUS,
    };
    if (host->lists_pointers) {
        cells.layout = TORPOR_LAYOUT_POINTERS;
        cells.objects = (void *const *)host->pointers;
    }
    return description->add_population(description->data, &cells);
}

static const struct torpor_host table = {
    TORPOR_HOST_INIT, .name = "lists", .version = "1", STEP_CLOCK_SLOTS, .describe = describe,
};

/* Other lengths and values for each seed; some are empty. */
static void
fill(Host *host, guint seed)
{
    for (guint i = 0; i < N_CELLS; i++) {
        Cell *cell = &host->cells[i];
        cell->n_inputs = (guint16)((i * 7 + seed * 5) % 6);
        cell->weights = realloc(cell->weights, MAX(cell->n_inputs, 1) * sizeof *cell->weights);
        cell->sources = realloc(cell->sources, MAX(cell->n_inputs, 1) * sizeof *cell->sources);
        for (guint k = 0; k < cell->n_inputs; k++) {
            cell->weights[k] = seed + i + 0.25 * k;
            cell->sources[k] = seed * 100 + i * 10 + k;
        }
        cell->n_spikes = (gint32)((i * 3 + seed * 4) % 8);
        cell->room = cell->n_spikes + (gint32)(i % 3);
        cell->spikes = realloc(cell->spikes, (gsize)MAX(cell->room, 1) * sizeof *cell->spikes);
        for (gint32 k = 0; k < cell->n_spikes; k++)
            cell->spikes[k] = (float)(seed + k) / (float)(i + 1);
        cell->rival = (i + seed) % 3 == 0 ? G_MAXUINT32 : (i * seed) % N_CELLS;
        cell->n_events = cell->events_room = (i + seed) % 4;
        cell->events = realloc(cell->events, MAX(cell->events_room, 1) * sizeof(Event));
        for (guint k = 0; k < cell->n_events; k++)
            cell->events[k] = (Event){seed + k, (float)i};
    }
}

static char *
text_of(const Host *host)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < N_CELLS; i++) {
        const Cell *cell = &host->cells[i];
        g_string_append_printf(text, "%u>%u:", cell->n_inputs, cell->rival);
        for (guint k = 0; k < cell->n_inputs; k++)
            g_string_append_printf(text, " %a/%u", cell->weights[k], cell->sources[k]);
        for (gint32 k = 0; k < cell->n_spikes; k++)
            g_string_append_printf(text, " %a", (double)cell->spikes[k]);
        for (guint k = 0; k < cell->n_events; k++)
            g_string_append_printf(text, " %u@%a", cell->events[k].due,
                                   (double)cell->events[k].weight);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static void
set_up(Host *host, gconstpointer lists_pointers)
{
    g_autoptr(GError) error = NULL;
    host->lists_pointers = lists_pointers != NULL;
    host->folder = g_dir_make_tmp("torpor-test-XXXXXX", &error);
    g_assert_no_error(error);
    host->path = g_build_filename(host->folder, "x.msgpack", NULL);
    host->cells = g_new0(Cell, N_CELLS);
    for (guint i = 0; i < N_CELLS; i++)
        host->pointers[i] = &host->cells[i];
    const struct torpor_type type = {
        TORPOR_TYPE_INIT,
        .version = 1,
        .name = "cell",
        .fields = cell_fields,
        .n_fields = G_N_ELEMENTS(cell_fields),
        .object_size = sizeof(Cell),
    };
    const char *const options[] = {"fsync=no", "mode=sync", "origin=ignore"};
    host->session = torpor_session_new(&table, host, options, G_N_ELEMENTS(options), &error);
    g_assert_no_error(error);
    g_assert_true(torpor_catalogue_add_type(host->session->catalogue, &type, &error));
}

static void
tear_down(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    torpor_session_free(host->session);
    for (guint i = 0; i < N_CELLS; i++) {
        free(host->cells[i].weights);
        free(host->cells[i].sources);
        free(host->cells[i].spikes);
        free(host->cells[i].events);
    }
    g_unlink(host->path);
    g_assert_cmpint(g_rmdir(host->folder), ==, 0);
    g_free(host->path);
    g_free(host->folder);
    g_free(host->cells);
}

static void
save(Host *host)
{
    g_autoptr(GError) error = NULL;
    torpor_session_save(host->session, host->path, &error);
    g_assert_no_error(error);
}

static void
refuse_save(Host *host, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_session_save(host->session, host->path, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

/* From each state into each other: lists become longer and shorter, empty and full. */
static void
test_round_trip(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    for (guint saved = 1; saved < 5; saved++) {
        fill(host, saved);
        g_autofree char *expected = text_of(host);
        save(host);
        for (guint live = 0; live < 5; live++) {
            g_autoptr(GError) error = NULL;
            gboolean resumed;
            fill(host, live);
            torpor_session_restore(host->session, host->path, &resumed, &error);
            g_assert_no_error(error);
            g_autofree char *found = text_of(host);
            g_assert_cmpstr(found, ==, expected);
            for (guint i = 0; i < N_CELLS; i++)
                g_assert_cmpint(host->cells[i].room, >=, host->cells[i].n_spikes);
        }
        for (guint i = 0; i < N_CELLS; i++) { /* as a model that was just built */
            g_clear_pointer(&host->cells[i].weights, free);
            g_clear_pointer(&host->cells[i].sources, free);
            host->cells[i].n_inputs = 0;
        }
        gboolean resumed;
        g_assert_true(torpor_session_restore(host->session, host->path, &resumed, NULL));
        g_autofree char *found = text_of(host);
        g_assert_cmpstr(found, ==, expected);
    }
}

static void
test_not_saved(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    fill(host, 1);
    Cell *cell = &host->cells[2];
    gint32 n_spikes = cell->n_spikes;
    cell->n_spikes = -1;
    refuse_save(host, "populations/cells/spikes: object 2 has a negative length");
    cell->n_spikes = MAX(n_spikes, 1);
    float *spikes = g_steal_pointer(&cell->spikes);
    refuse_save(host, "populations/cells/spikes: object 2 has ");
    cell->spikes = spikes;
    cell->n_spikes = n_spikes;
    cell->rival = N_CELLS;
    refuse_save(host, "populations/cells/rival: object 2 refers to object 9 of population");
}

/* A file in which two lists that share a length have different ones. */
static void
test_shared_length(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    fill(host, 1);
    struct torpor_field apart[G_N_ELEMENTS(cell_fields)];
    memcpy(apart, cell_fields, sizeof apart);
    apart[1].length_offset = offsetof(Cell, n_spikes); /* other lengths than `weights` */
    apart[1].length_dtype = TORPOR_DTYPE_INT32;
    const struct torpor_type type = {
        TORPOR_TYPE_INIT,
        .version = 1,
        .name = "cell",
        .fields = apart,
        .n_fields = G_N_ELEMENTS(apart),
    };
    for (guint i = 0; i < N_CELLS; i++) {
        host->cells[i].sources = realloc(host->cells[i].sources, 8 * sizeof(guint32));
        memset(host->cells[i].sources, 0, 8 * sizeof(guint32));
    }
    TorporCatalogue *shared = host->session->catalogue;
    host->session->catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(host->session->catalogue, &type, NULL));
    save(host);
    torpor_catalogue_free(host->session->catalogue);
    host->session->catalogue = shared;
    g_autofree char *before = text_of(host);
    g_assert_false(torpor_session_restore(host->session, host->path, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(strstr(error->message, "populations/cells/sources: it shares its length with "
                                            "\"weights\""));
    g_autofree char *after = text_of(host);
    g_assert_cmpstr(before, ==, after);
}

static void
test_declared_wrong(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_field field = cell_fields[0];
    const struct torpor_type type = {
        TORPOR_TYPE_INIT, .version = 1,  .name = "wrong",
        .fields = &field, .n_fields = 1, .object_size = sizeof(Cell),
    };
    static const struct {
        guint32 length_dtype;
        guint64 length_offset;
        const char *words;
    } wrong[] = {
        {0, 0, "TORPOR_LIST"},
        {TORPOR_DTYPE_FLOAT64, 0, "whole numbers"},
        {TORPOR_DTYPE_UINT32, sizeof(Cell) - 2, "to lie within the object's"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        field.length_dtype = wrong[i].length_dtype;
        field.length_offset = wrong[i].length_offset;
        g_assert_false(torpor_catalogue_add_type(host->session->catalogue, &type, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
        g_assert_nonnull(strstr(error->message, wrong[i].words));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/list/round-trip/contiguous", Host, NULL, set_up, test_round_trip, tear_down);
    g_test_add("/list/round-trip/pointers", Host, "", set_up, test_round_trip, tear_down);
    g_test_add("/list/not-saved/negative-or-null", Host, NULL, set_up, test_not_saved, tear_down);
    g_test_add("/list/shared-length/must-agree", Host, NULL, set_up, test_shared_length, tear_down);
    g_test_add("/list/declared-wrong/named", Host, NULL, set_up, test_declared_wrong, tear_down);
    return g_test_run();
}
