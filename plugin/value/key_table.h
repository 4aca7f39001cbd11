/* Finds the entries of a map by key, in a time that does not grow with the map. */
#ifndef TORPOR_VALUE_KEY_TABLE_H
#define TORPOR_VALUE_KEY_TABLE_H

#include "value/node.h"

G_BEGIN_DECLS

struct _TorporKeyTable {
    TorporKeyTable *next;        /* of the same tree */
    gsize n_slots;               /* a power of two, at least twice the number of entries */
    TorporNode **slots;          /* NULL: there was no memory, and the table cannot be used */
    const TorporNode *duplicate; /* the first entry that has the key of an earlier one, or NULL */
};

/* Look at all entries of the map again. */
void torpor_key_table_fill(TorporKeyTable *table, const TorporNode *map);

/* Add an entry that was just appended to the map. */
void torpor_key_table_add(TorporKeyTable *table, const TorporNode *map, TorporNode *entry);

/* The first entry with this key; NULL if there is none. */
TorporNode *torpor_key_table_find(const TorporKeyTable *table, const char *key, gsize key_length);

G_END_DECLS

#endif
