/* Memory of large arrays: its pages, and which kind of them is the cheaper now. */
#include "memory.h"

#include <sys/mman.h>
#include <time.h>

#define PAGE_BYTES ((guintptr)4096)
#define MAX_PATIENCE 1024u

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; unknown before, which is fine */
#endif

typedef struct {
    void *begin;
    guint64 length;
} Mapping;

#define MAPPING_NAME "torpor.mapping"

static void
destroy_mapping(PyObject *capsule)
{
    Mapping *mapping = PyCapsule_GetPointer(capsule, MAPPING_NAME);
    munmap(mapping->begin, mapping->length);
    g_free(mapping);
}

PyObject *
memory_new(guint64 size, guint8 **memory)
{
    guint64 length = size + HUGE_PAGE_BYTES;
    void *mapped = length < size ? MAP_FAILED
                                 : mmap(NULL, length, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        PyErr_Format(PyExc_MemoryError, "no memory for an array of %llu bytes",
                     (unsigned long long)size);
        return NULL;
    }
    Mapping *mapping = g_new(Mapping, 1);
    *mapping = (Mapping){.begin = mapped, .length = length};
    PyObject *capsule = PyCapsule_New(mapping, MAPPING_NAME, destroy_mapping);
    if (capsule == NULL) {
        munmap(mapped, length);
        g_free(mapping);
        return NULL;
    }
    *memory = (guint8 *)(((guintptr)mapped + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1));
    memory_advise(mapped, (guint8 *)mapped + length, PAGES_SMALL);
    return capsule;
}

/* Of the pages that begin in the range. */
static void
advise(guint8 *begin, guint8 *end, int advice)
{
    guintptr first = ((guintptr)begin + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    guintptr last = ((guintptr)end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    if (first < last)
        (void)madvise((void *)first, last - first, advice);
}

void
memory_advise(guint8 *begin, guint8 *end, Pages pages)
{
    advise(begin, end, pages == PAGES_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void
memory_populate(guint8 *begin, guint8 *end)
{
    advise(begin, end, MADV_POPULATE_WRITE);
}

/* ---- choice ---- */

Pages
page_choice_next(PageChoice *choice, gboolean *attempt)
{
    const double *cost = choice->cost;
    gboolean is_known = cost[PAGES_HUGE] > 0 && cost[PAGES_SMALL] > 0;
    gboolean is_cheaper = is_known && cost[PAGES_HUGE] <= cost[PAGES_SMALL];
    *attempt = !is_cheaper &&
               (is_known ? choice->since >= choice->patience : choice->begun[PAGES_HUGE] == 0);
    Pages pages = is_cheaper || *attempt ? PAGES_HUGE : PAGES_SMALL;
    choice->begun[pages]++;
    choice->since = pages == PAGES_HUGE ? 0 : choice->since + 1;
    return pages;
}

void
page_choice_learn(PageChoice *choice, Pages pages, double cost)
{
    choice->cost[pages] = cost;
    if (pages == PAGES_HUGE && cost <= choice->cost[PAGES_SMALL])
        choice->patience = 0;
    else if (pages == PAGES_HUGE)
        choice->patience = MIN(MAX(1, 4 * choice->patience), MAX_PATIENCE);
}

/* ---- filling in ---- */

double
cpu_seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void
memory_populate_all(guint8 *begin, guint8 *end)
{
    PageChoice choice = {0};
    Pages advised = PAGES_SMALL;
    memory_advise(begin, end, advised);
    for (guint8 *block = begin; block < end;) {
        guint8 *next = block + MIN((gsize)(end - block), HUGE_PAGE_BYTES);
        gboolean attempt;
        Pages pages = page_choice_next(&choice, &attempt);
        if (pages != advised)
            memory_advise(block, attempt ? next : end, pages);
        if (!attempt)
            advised = pages;
        double seconds = cpu_seconds();
        memory_populate(block, next);
        for (volatile guint8 *page = block; page < next; page += PAGE_BYTES)
            *page = 0; /* where the system could not be asked */
        page_choice_learn(&choice, pages, (cpu_seconds() - seconds) / (double)(next - block));
        block = next;
    }
    memory_advise(begin, end, PAGES_HUGE); /* the system may make them of small ones, in time */
}
