/* Where outputs are. A host may name them relative to its working directory, and change that later:
 * a name leads from the directory in which it was first asked for, also if that is moved. */
#ifndef TORPOR_CHECKPOINT_OUTPUT_PLACES_H
#define TORPOR_CHECKPOINT_OUTPUT_PLACES_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporOutputPlaces TorporOutputPlaces;

TorporOutputPlaces *torpor_output_places_new(void);
void torpor_output_places_free(TorporOutputPlaces *places);

/* The path that the output `name` of the host has now (transfer full). */
char *torpor_output_places_find(TorporOutputPlaces *places, const char *name);
/* Forget all names but these: from then on they are new ones. */
void torpor_output_places_keep_only(TorporOutputPlaces *places, GHashTable *names);

G_END_DECLS

#endif
