/* Memory of large arrays. Fresh memory is most of the cost of a load. Huge pages are the fastest
 * way to it where free memory lies in large pieces, and by far the slowest where these have to be
 * made first, or fetched from the machine that a virtual one runs on; small ones cost about the
 * same everywhere. So the kind is chosen block by block, by what the blocks before it cost. */
#ifndef TORPOR_PYTHON_MEMORY_H
#define TORPOR_PYTHON_MEMORY_H

#include "prelude.h"

/* The bytes of a huge page, and of the blocks that are worth choosing for. */
#define HUGE_PAGE_BYTES ((guint64)2 << 20)

/* Arrays in the file of so many bytes or more get a mapping of their own. */
#define MAPPING_BYTES ((guint64)1 << 20)

typedef enum { PAGES_HUGE, PAGES_SMALL, N_PAGES } Pages;

/* A mapping of `size` bytes as a capsule, which unmaps it when it goes; *memory is aligned to huge
 * pages, and will be small ones if nothing else is advised. NULL with MemoryError. */
PyObject *memory_new(guint64 size, guint8 **memory);

/* What pages of the memory between `begin` and `end` that nothing was written to will be. Only
 * advice: what the system does not know, it does not do. */
void memory_advise(guint8 *begin, guint8 *end, Pages pages);
/* Make small pages of it at once: half the cost of a fault for each. */
void memory_populate(guint8 *begin, guint8 *end);

typedef struct {
    double cost[N_PAGES]; /* seconds per byte of the last block of its kind; 0: none is done */
    guint begun[N_PAGES]; /* blocks */
    guint patience;       /* blocks of small pages between two attempts at huge ones */
    guint since;          /* blocks of small pages since the last attempt */
} PageChoice;

/* threads: one at a time. *attempt: huge pages for this block only, to see what they cost now. */
Pages page_choice_next(PageChoice *choice, gboolean *attempt);
void page_choice_learn(PageChoice *choice, Pages pages, double cost);

/* Of this thread; what a host has to do for a virtual machine's memory counts too. */
double cpu_seconds(void);

/* All pages of a fresh mapping, each kind while it is the cheaper. Needs no GIL. */
void memory_populate_all(guint8 *begin, guint8 *end);

#endif
