/* The field's own unit symbols and what they mean. */
#ifndef TORPOR_VALUE_UNIT_SYMBOLS_H
#define TORPOR_VALUE_UNIT_SYMBOLS_H

#include "value/unit.h"

G_BEGIN_DECLS

/* Look up a symbol, with or without a metric prefix: "V", "mV", "min". FALSE if the table does not
 * have it. The symbol of `out` is NULL. threads: any. */
gboolean torpor_unit_symbol_find(const char *symbol, gsize length, TorporUnit *out);

/* Usual symbols, also compound ones; of those that mean the same, the preferred one comes first.
 * NULL-terminated. */
extern const char *const torpor_unit_usual_symbols[];

/* Up to three usual symbols that look like this one, as a text for messages: "mV", "MV". NULL if
 * there are none. Transfer full. */
char *torpor_unit_symbols_close_to(const char *symbol);

G_END_DECLS

#endif
