#include "base/registry.h"

#include <string.h>

#define MAX_NAME_BYTES 255

TorporRegistry *
torpor_registry_new(const char *what)
{
    TorporRegistry *registry = g_new0(TorporRegistry, 1);
    registry->what = what;
    /* Plain strings, not quarks, which would keep a file's words for the life of the process. */
    registry->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    registry->in_order = g_ptr_array_new();
    registry->names = g_ptr_array_new();
    return registry;
}

void
torpor_registry_free(TorporRegistry *registry)
{
    if (registry == NULL)
        return;
    g_ptr_array_unref(registry->names);
    g_ptr_array_unref(registry->in_order);
    g_hash_table_unref(registry->by_name);
    g_free(registry);
}

gboolean
torpor_name_check(const char *what, const char *name, GError **error)
{
    if (name == NULL || name[0] == '\0') {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s: expected a name, found %s",
                    what, name == NULL ? "NULL" : "an empty one");
        return FALSE;
    }
    if (strnlen(name, MAX_NAME_BYTES + 1) > MAX_NAME_BYTES) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: expected a name of at most %d bytes, found a longer one", what,
                    MAX_NAME_BYTES);
        return FALSE;
    }
    gboolean valid = g_utf8_validate(name, -1, NULL);
    for (const char *c = name; valid && *c != '\0'; c = g_utf8_next_char(c))
        valid = !g_unichar_iscntrl(g_utf8_get_char(c));
    if (!valid) {
        g_autofree char *shown = g_strescape(name, NULL);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: expected a name in UTF-8 without control characters, found \"%s\"", what,
                    shown);
    }
    return valid;
}

gboolean
torpor_registry_add(TorporRegistry *registry, const char *name, gconstpointer descriptor,
                    gboolean override, GError **error)
{
    g_return_val_if_fail(descriptor != NULL, FALSE);
    if (!torpor_name_check(registry->what, name, error))
        return FALSE;
    gpointer mutable = (gpointer)descriptor; /* GLib's containers know no const */
    gpointer taken = NULL;
    gpointer old = NULL;
    if (!g_hash_table_lookup_extended(registry->by_name, name, &taken, &old)) {
        char *key = g_strdup(name);
        g_hash_table_insert(registry->by_name, key, mutable);
        g_ptr_array_add(registry->in_order, mutable);
        g_ptr_array_add(registry->names, key);
        return TRUE;
    }
    if (!override) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                    "%s \"%s\" is declared already; give it another name or ask for override",
                    registry->what, name);
        return FALSE;
    }
    guint place = 0;
    if (g_ptr_array_find(registry->names, taken, &place))
        registry->in_order->pdata[place] = mutable;
    g_hash_table_insert(registry->by_name, g_strdup(name), mutable); /* keeps the old key */
    return TRUE;
}

gconstpointer
torpor_registry_find(const TorporRegistry *registry, const char *name)
{
    return name == NULL ? NULL : g_hash_table_lookup(registry->by_name, name);
}
