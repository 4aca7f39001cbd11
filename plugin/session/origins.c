#include "session/origins.h"

static void
clear(gpointer data)
{
    TorporOrigins *origins = data;
    g_clear_pointer(&origins->origin, torpor_origin_free);
    g_clear_pointer(&origins->built, torpor_origin_free);
    g_clear_pointer(&origins->candidate, torpor_origin_free);
}

TorporOrigins *
torpor_origins_new(void)
{
    return g_atomic_rc_box_new0(TorporOrigins);
}

TorporOrigins *
torpor_origins_ref(TorporOrigins *origins)
{
    return g_atomic_rc_box_acquire(origins);
}

void
torpor_origins_unref(TorporOrigins *origins)
{
    g_atomic_rc_box_release_full(origins, clear);
}
