/* Memory for large arrays. Getting fresh memory is most of the cost of a load. Huge pages are
 * fastest where the system has them ready, and by far the slowest where it makes them first or a
 * virtual machine fetches them from its host. Small pages cost about the same everywhere. So the
 * kind is chosen block by block, by what the blocks before it cost. */
#ifndef TORPOR_PYTHON_MEMORY_H
#define TORPOR_PYTHON_MEMORY_H

#include "prelude.h"

/* Size of a huge page, and of the blocks for which the kind of page is chosen. */
#define HUGE_PAGE_BYTES ((guint64)2 << 20)

/* Arrays of this many bytes or more get a mapping of their own. */
#define MAPPING_BYTES ((guint64)1 << 20)

typedef enum { PAGES_HUGE, PAGES_SMALL, N_PAGES } Pages;

/* A mapping of `size` bytes as a capsule, which unmaps it in the end. *memory is aligned to huge
 * pages; its pages are small unless advised otherwise. NULL with MemoryError. */
PyObject *memory_new(guint64 size, guint8 **memory);

/* Advise the kind of the pages between `begin` and `end` that nothing was written to yet. A system
 * that does not know the advice ignores it. */
void memory_advise(guint8 *begin, guint8 *end, Pages pages);
/* Make small pages now, which costs half as much as page faults do later. */
void memory_populate(guint8 *begin, guint8 *end);

typedef struct {
    double cost[N_PAGES]; /* seconds per byte of the last block of its kind; 0: none is done */
    guint begun[N_PAGES]; /* blocks */
    guint patience;       /* blocks of small pages between two attempts at huge ones */
    guint since;          /* blocks of small pages since the last attempt */
} PageChoice;

/* The kind of the next block. *attempt: huge pages are tried for this block only, to measure what
 * they cost now. threads: one at a time. */
Pages page_choice_next(PageChoice *choice, gboolean *attempt);
void page_choice_learn(PageChoice *choice, Pages pages, double cost);

/* CPU time of this thread. In a virtual machine it includes what the host does for its memory. */
double cpu_seconds(void);

/* Make all pages of a fresh mapping, of the kind that is the cheaper at each block. Needs no GIL.
 */
void memory_populate_all(guint8 *begin, guint8 *end);

#endif
