#include "host/parallel.h"

#include "base/thread.h"

#define MAX_THREADS 8u

typedef struct {
    TorporTaskFunc task;
    gpointer task_data;
    guint64 index;
} Task;

static gpointer
run_task(gpointer data)
{
    const Task *task = data;
    task->task(task->task_data, task->index);
    return NULL;
}

guint
torpor_parallel_threads(guint64 max_threads)
{
    return max_threads < 2 || torpor_thread_is_forbidden()
               ? 1
               : (guint)MIN(MIN(max_threads, g_get_num_processors()), MAX_THREADS);
}

void
torpor_parallel_run(const TorporHost *host, guint64 max_threads, TorporTaskFunc task,
                    gpointer task_data)
{
    guint n = torpor_parallel_threads(max_threads);
    if (n < 2) {
        task(task_data, 0);
        return;
    }
    if (host != NULL && host->table->parallel_for != NULL) {
        host->table->parallel_for(host->data, n, task, task_data);
        return;
    }
    Task tasks[MAX_THREADS];
    GThread *threads[MAX_THREADS];
    for (guint i = 1; i < n; i++) {
        tasks[i] = (Task){task, task_data, i};
        threads[i] = torpor_thread_try_new("torpor", run_task, &tasks[i], NULL);
    }
    task(task_data, 0);
    for (guint i = 1; i < n; i++)
        if (threads[i] != NULL)
            g_thread_join(threads[i]);
}
