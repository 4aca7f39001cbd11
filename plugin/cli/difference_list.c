#include "cli/difference_list.h"

#include <string.h>

#include "host/section_names.h"

static void
line_free(gpointer data)
{
    TorporDifferenceLine *line = data;
    g_free(line->path);
    g_free(line->text);
    g_ptr_array_unref(line->rows);
    g_free(line->group);
    g_free(line);
}

void
torpor_difference_list_init(TorporDifferenceList *list)
{
    *list = (TorporDifferenceList){g_ptr_array_new_with_free_func(line_free),
                                   g_ptr_array_new_with_free_func(line_free), 0};
}

void
torpor_difference_list_clear(TorporDifferenceList *list)
{
    g_clear_pointer(&list->shown, g_ptr_array_unref);
    g_clear_pointer(&list->hidden, g_ptr_array_unref);
}

static gboolean
is_generator(const TorporDifferenceLine *line)
{
    return g_str_has_prefix(line->path, TORPOR_SECTION_GENERATORS "/");
}

/* The population, or the section. Leaves of the root are of no group. */
static char *
group_of(const TorporLayout *layout, const char *path)
{
    const char *population = torpor_layout_population(layout, path);
    if (population != NULL)
        return g_strdup(population);
    const char *slash = strchr(path, '/');
    return slash == NULL ? g_strdup("") : g_strndup(path, (gsize)(slash - path));
}

static gboolean
is_potential(const TorporDifference *difference)
{
    const TorporUnit *volt = torpor_unit_lookup("V", NULL);
    return difference->unit != NULL && volt != NULL &&
           torpor_unit_same_dimension(difference->unit, volt);
}

static void
append(GPtrArray *lines, TorporDifferenceLine *line)
{
    if (lines->len > 0) {
        const TorporDifferenceLine *last = lines->pdata[lines->len - 1];
        line->stretch = last->stretch + (strcmp(last->group, line->group) != 0);
    }
    g_ptr_array_add(lines, line);
}

void
torpor_difference_list_add(TorporDifferenceList *list, const TorporLayout *layout,
                           const TorporDifference *difference, gboolean with_ulps)
{
    g_autofree char *text = torpor_difference_to_text(difference, with_ulps);
    TorporDifferenceLine *line = g_new0(TorporDifferenceLine, 1);
    line->path = torpor_difference_path_text(difference);
    line->text = g_strdup(text + strlen(line->path) + strlen(": "));
    line->rows = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 1; i < difference->n_rows; i++)
        g_ptr_array_add(line->rows, torpor_difference_row_text(difference, i));
    line->group = group_of(layout, line->path);
    line->is_hidden = difference->is_hidden || is_generator(line);
    line->is_potential = is_potential(difference);
    list->n_generators += is_generator(line);
    append(line->is_hidden ? list->hidden : list->shown, line);
}

/* Lines that follow one another have ascending ranks. */
static gint
rank_of(const TorporDifferenceLine *line)
{
    gint rank = line->is_hidden ? 3 : 0;
    if (line->group[0] == '\0')
        return rank;
    return rank + (g_str_has_prefix(line->group, TORPOR_SECTION_POPULATIONS) ? 1 : 2);
}

/* Of a population people look for the membrane potential first: before all else of its stretch. */
static gint
compare_lines(gconstpointer a, gconstpointer b, G_GNUC_UNUSED gpointer data)
{
    const TorporDifferenceLine *one = *(TorporDifferenceLine *const *)a;
    const TorporDifferenceLine *other = *(TorporDifferenceLine *const *)b;
    gint ranks = rank_of(one) - rank_of(other);
    if (ranks != 0)
        return ranks;
    if (one->stretch != other->stretch)
        return one->stretch < other->stretch ? -1 : 1;
    return other->is_potential - one->is_potential;
}

void
torpor_difference_list_arrange(TorporDifferenceList *list, gboolean with_hidden)
{
    if (with_hidden || list->shown->len == 0) {
        g_ptr_array_extend_and_steal(list->shown, g_steal_pointer(&list->hidden));
        list->hidden = g_ptr_array_new_with_free_func(line_free);
    }
    /* This sort is stable: else, the order is that of the file. */
    g_qsort_with_data(list->shown->pdata, (gint)list->shown->len, sizeof(gpointer), compare_lines,
                      NULL);
}

const char *
torpor_difference_line_name(const TorporDifferenceLine *line)
{
    gsize length = strlen(line->group);
    return length > 0 && line->path[length] == '/' ? line->path + length + 1 : line->path;
}

char *
torpor_difference_list_rest(const TorporDifferenceList *list)
{
    guint n_fields = list->hidden->len - list->n_generators;
    if (list->hidden->len == 0)
        return NULL;
    g_autofree char *fields =
        g_strdup_printf("%u hidden value%s", n_fields, n_fields == 1 ? "" : "s");
    g_autofree char *states = g_strdup_printf("%u value%s of random generators", list->n_generators,
                                              list->n_generators == 1 ? "" : "s");
    return g_strdup_printf("%s%s%s %s", n_fields > 0 ? fields : "",
                           n_fields > 0 && list->n_generators > 0 ? " and " : "",
                           list->n_generators > 0 ? states : "",
                           list->hidden->len == 1 ? "differs" : "differ");
}
