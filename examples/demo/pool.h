/* pool.h: threads that take one step together, some ten thousand times a second. */
#ifndef DEMO_POOL_H
#define DEMO_POOL_H

#include <stdint.h>

struct pool;

typedef void (*pool_task)(void *data, uint32_t thread);

/* n_threads counts the caller, too. NULL if the system has no more threads. */
struct pool *pool_new(uint32_t n_threads);
void pool_free(struct pool *pool);

/* Run task(data, i) for i in [0, n_threads), number 0 on the caller; returns when all are done. */
void pool_run(struct pool *pool, pool_task task, void *data);

uint32_t pool_size(const struct pool *pool);

/* Cores that this process may use. */
uint32_t pool_cores(void);

#endif
