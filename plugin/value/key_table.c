#include "value/key_table.h"

#include "base/text_hash.h"

/* The slot of the entry with this key, or the free one where it belongs. */
static TorporNode **
slot_of(const TorporKeyTable *table, const char *key, gsize key_length)
{
    gsize last = table->n_slots - 1;
    for (gsize i = torpor_bytes_hash(key, key_length) & last;; i = (i + 1) & last)
        if (table->slots[i] == NULL || torpor_node_has_key(table->slots[i], key, key_length))
            return &table->slots[i];
}

static void
put(TorporKeyTable *table, TorporNode *entry)
{
    TorporNode **slot = slot_of(table, entry->key, entry->key_length);
    if (*slot == NULL)
        *slot = entry;
    else if (table->duplicate == NULL)
        table->duplicate = entry;
}

void
torpor_key_table_fill(TorporKeyTable *table, const TorporNode *map)
{
    g_free(table->slots);
    table->n_slots = 16;
    while (table->n_slots < 2 * map->value.map.count)
        table->n_slots *= 2;
    table->slots = g_try_new0(TorporNode *, table->n_slots);
    table->duplicate = NULL;
    for (TorporNode *entry = map->value.map.first; entry != NULL && table->slots != NULL;
         entry = entry->next)
        put(table, entry);
}

void
torpor_key_table_add(TorporKeyTable *table, const TorporNode *map, TorporNode *entry)
{
    if (table->slots == NULL || table->n_slots < 2 * map->value.map.count)
        torpor_key_table_fill(table, map);
    else
        put(table, entry);
}

TorporNode *
torpor_key_table_find(const TorporKeyTable *table, const char *key, gsize key_length)
{
    return *slot_of(table, key, key_length);
}
