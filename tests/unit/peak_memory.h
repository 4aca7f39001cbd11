/* The most memory that this process ever had. */
#ifndef TORPOR_TEST_PEAK_MEMORY_H
#define TORPOR_TEST_PEAK_MEMORY_H

#include <glib.h>
#include <sys/resource.h>

static inline glong
peak_kib(void)
{
    struct rusage usage;
    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    return usage.ru_maxrss;
}

#endif
