#include "session/misspelt.h"

#include <string.h>

#define PREFIX "TORPOR_"
#define LONGEST 32u /* no key is longer */

/* Letters to insert, remove or replace to make `b` of `a` (Levenshtein); `b` is up to LONGEST. */
static guint
edit_distance(const char *a, const char *b)
{
    guint row[LONGEST + 1];
    gsize n = strlen(b);
    for (guint j = 0; j <= n; j++)
        row[j] = j;
    for (guint i = 0; a[i] != '\0'; i++) {
        guint diagonal = row[0];
        row[0] = i + 1;
        for (guint j = 0; j < n; j++) {
            guint replaced = diagonal + (g_ascii_toupper(a[i]) != g_ascii_toupper(b[j]));
            diagonal = row[j + 1];
            row[j + 1] = MIN(replaced, MIN(row[j], row[j + 1]) + 1);
        }
    }
    return row[n];
}

const char *
torpor_misspelt_nearest(const char *name, const char *const *keys)
{
    const char *nearest = NULL;
    guint least = G_MAXUINT;
    gssize length = (gssize)strlen(name);
    for (; *keys != NULL; keys++) {
        gssize key_length = (gssize)strlen(*keys);
        gssize allowed = key_length < 5 ? 1 : 2; /* short names are like many others */
        if (key_length > LONGEST || ABS(key_length - length) > allowed)
            continue;
        guint distance = edit_distance(name, *keys);
        if (distance <= allowed && distance < least) {
            least = distance;
            nearest = *keys;
        }
    }
    return nearest;
}

const char *
torpor_misspelt_option(const char *variable, const char *const *keys)
{
    if (g_ascii_strncasecmp(variable, PREFIX, strlen(PREFIX)) != 0)
        return NULL;
    const char *name = variable + strlen(PREFIX);
    const char *nearest = torpor_misspelt_nearest(name, keys);
    g_autofree char *upper = g_ascii_strup(nearest == NULL ? "" : nearest, -1);
    gboolean is_spelt_well = strcmp(name, upper) == 0 && g_str_has_prefix(variable, PREFIX);
    return is_spelt_well ? NULL : nearest;
}
