#include "host/object_layout.h"

char *
torpor_population_object(const TorporHost *host, const struct torpor_population *population,
                         guint64 index)
{
    switch (population->layout) {
    case TORPOR_LAYOUT_CONTIGUOUS:
        return (char *)population->base + index * population->stride;
    case TORPOR_LAYOUT_POINTERS:
        return population->objects[index];
    case TORPOR_LAYOUT_CALLBACK:
        return population->object_at(host->data, population, index);
    default:
        return NULL;
    }
}

gboolean
torpor_population_has_objects(const struct torpor_population *population)
{
    return population->layout == TORPOR_LAYOUT_CONTIGUOUS ||
           population->layout == TORPOR_LAYOUT_POINTERS ||
           population->layout == TORPOR_LAYOUT_CALLBACK;
}

gboolean
torpor_population_is_strided(const struct torpor_population *population)
{
    return population->layout == TORPOR_LAYOUT_CONTIGUOUS ||
           population->layout == TORPOR_LAYOUT_COLUMNS;
}
