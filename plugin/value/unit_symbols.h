/* The unit symbols of neuroscience and what they mean. */
#ifndef TORPOR_VALUE_UNIT_SYMBOLS_H
#define TORPOR_VALUE_UNIT_SYMBOLS_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The unit of a symbol of the table, with or without a metric prefix: "V", "mV", "min". `out` has
 * no symbol. FALSE if the table does not have it. threads: any. */
gboolean torpor_unit_symbol_find(const char *symbol, gsize length, TorporUnit *out);

/* Symbols and compounds in the usual notation, NULL-terminated. Of those that mean the same, the
 * preferred one comes first. */
extern const char *const torpor_unit_usual_symbols[];

/* Up to three usual symbols that look like this one, as a text for messages: "mV", "MV". NULL if
 * there are none. Transfer full. */
char *torpor_unit_symbols_close_to(const char *symbol);

G_END_DECLS

#endif
