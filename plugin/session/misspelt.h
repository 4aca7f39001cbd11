/* What was meant to be an option of Torpor, but is spelt otherwise. */
#ifndef TORPOR_SESSION_MISSPELT_H
#define TORPOR_SESSION_MISSPELT_H

#include <glib.h>

G_BEGIN_DECLS

/* The option that this name seems to mean: "every" for evry. NULL: it is like none. keys: ends with
 * NULL. */
const char *torpor_misspelt_nearest(const char *name, const char *const *keys);
/* The option whose variable this name seems to mean: "every" for TORPOR_EVRY and Torpor_every. NULL
 * if the name is that of an option, or like none. */
const char *torpor_misspelt_option(const char *variable, const char *const *keys);

G_END_DECLS

#endif
