/* Workers wait for the next task first by spinning, since a step of a small network lasts only some
 * microseconds, then by yielding, and at last by sleeping, e.g. while a checkpoint is written. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define N_SPINS 2000
#define N_YIELDS 64

struct worker {
    struct pool *pool;
    pthread_t thread;
    uint32_t number;
};

struct pool {
    uint32_t n_threads;
    uint32_t n_spins; /* none if there are more threads than cores */
    pool_task task;
    void *data;
    atomic_uint generation; /* of the task; workers run each generation once */
    atomic_uint n_running;
    atomic_uint n_sleeping;
    pthread_mutex_t lock;
    pthread_cond_t new_generation;
    uint32_t n_started; /* of workers[] */
    struct worker workers[];
};

static inline void
pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void
wait_for_generation_after(struct pool *pool, uint32_t seen)
{
    for (uint32_t i = 0; i < pool->n_spins; i++) {
        if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen)
            return;
        pause_cpu();
    }
    for (uint32_t i = 0; i < N_YIELDS; i++) {
        if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen)
            return;
        sched_yield();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->n_sleeping,
                     1); /* before the look at generation: see start_generation */
    while (atomic_load(&pool->generation) == seen)
        pthread_cond_wait(&pool->new_generation, &pool->lock);
    atomic_fetch_sub(&pool->n_sleeping, 1);
    pthread_mutex_unlock(&pool->lock);
}

static void *
work(void *data)
{
    struct worker *worker = data;
    struct pool *pool = worker->pool;
    for (uint32_t seen = 0;; seen++) {
        wait_for_generation_after(pool, seen);
        if (!pool->task)
            return NULL;
        pool->task(pool->data, worker->number);
        atomic_fetch_sub_explicit(&pool->n_running, 1, memory_order_release);
    }
}

static void
start_generation(struct pool *pool, pool_task task, void *data)
{
    pool->task = task;
    pool->data = data;
    atomic_store_explicit(&pool->n_running, pool->n_started, memory_order_relaxed);
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->n_sleeping)) { /* either we see the sleeper, or it sees the generation */
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->new_generation);
        pthread_mutex_unlock(&pool->lock);
    }
}

struct pool *
pool_new(uint32_t n_threads)
{
    struct pool *pool = calloc(1, sizeof *pool + n_threads * sizeof(struct worker));
    if (!pool)
        return NULL;
    pool->n_threads = n_threads;
    pool->n_spins = n_threads <= pool_cores() ? N_SPINS : 0;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->new_generation, NULL);
    while (pool->n_started + 1 < n_threads) {
        struct worker *worker = &pool->workers[pool->n_started];
        *worker = (struct worker){.pool = pool, .number = pool->n_started + 1};
        if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
            pool_free(pool);
            return NULL;
        }
        pool->n_started++;
    }
    return pool;
}

void
pool_free(struct pool *pool)
{
    if (!pool)
        return;
    start_generation(pool, NULL, NULL);
    for (uint32_t i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->new_generation);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void
pool_run(struct pool *pool, pool_task task, void *data)
{
    if (pool->n_started)
        start_generation(pool, task, data);
    task(data, 0);
    for (uint32_t i = 0; atomic_load_explicit(&pool->n_running, memory_order_acquire); i++) {
        if (i < pool->n_spins)
            pause_cpu();
        else
            sched_yield();
    }
}

uint32_t
pool_size(const struct pool *pool)
{
    return pool->n_threads;
}

uint32_t
pool_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return (uint32_t)CPU_COUNT(&set);
}
