#include "msgpack/places.h"

TorporPlaces *
torpor_places_new(void)
{
    TorporPlaces *places = g_new(TorporPlaces, 1);
    places->paths = g_string_sized_new(256);
    places->places = g_array_sized_new(FALSE, FALSE, sizeof(guint64), 32);
    return places;
}

void
torpor_places_free(TorporPlaces *places)
{
    if (places == NULL)
        return;
    g_string_free(places->paths, TRUE);
    g_array_unref(places->places);
    g_free(places);
}

void
torpor_places_add(TorporPlaces *places, const char *path, gsize path_length, guint64 place)
{
    g_string_append_len(places->paths, path, (gssize)path_length + 1);
    g_array_append_val(places->places, place);
}

void
torpor_places_clear(TorporPlaces *places)
{
    g_string_truncate(places->paths, 0);
    g_array_set_size(places->places, 0);
}
