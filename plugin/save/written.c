#include "save/written.h"

void
torpor_written_clear(TorporWritten *written)
{
    g_clear_pointer(&written->path, g_free);
    g_clear_pointer(&written->warning, g_free);
    g_clear_pointer(&written->note, g_free);
    *written = (TorporWritten){0};
}

double
torpor_seconds_since(gint64 begin_us)
{
    return (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
}
