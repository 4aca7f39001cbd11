/* A save: what `layout` of a checkpoint says of its populations. checkpoint/layout.h reads it. */
#ifndef TORPOR_SAVE_LAYOUT_PUT_H
#define TORPOR_SAVE_LAYOUT_PUT_H

#include "host/population.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Put `layout` into the root: for each population its type, version, number of objects, codec,
 * types inside types, hidden fields, and which population each reference points into. */
void torpor_layout_put(TorporTree *tree, const TorporPopulations *populations,
                       const TorporCatalogue *catalogue);

G_END_DECLS

#endif
