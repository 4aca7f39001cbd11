/* A host that leaves while a save is in flight, in the way that argv[2] names. argv[1]: torpor.so,
 * argv[3]: folder. Says on stderr if it is called after its end. */
#include "../loader/host.h"
#include "../loader/voltage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <torpor/loader.h>
#include <unistd.h>

struct model {
    double V_m[1000];
    uint64_t step;
};

static int has_left;

static int32_t
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    struct model *model = host_data;
    const struct torpor_population neurons = voltage_population("neurons", model->V_m, 1000);
    (void)error;
    return description->add_population(description->data, &neurons);
}

static int32_t
tell_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    const struct model *model = host_data;
    (void)error;
    out->time = (double)model->step;
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

static void
log_message(void *host_data, int32_t level, const char *message)
{
    (void)host_data;
    fprintf(stderr, "%s%d %s\n", has_left ? "CALLED AFTER THE END: " : "", level, message);
}

static void
end_of_host(void)
{
    has_left = 1;
}

static void *
exit_in_thread(void *data)
{
    exit(*(int *)data);
}

static void
leave(const char *way, struct torpor *torpor)
{
    int status = 0;
    pthread_t thread;
    if (strcmp(way, "exit") == 0)
        exit(0);
    if (strcmp(way, "_exit") == 0)
        _exit(0);
    if (strcmp(way, "quick_exit") == 0)
        quick_exit(0);
    if (strcmp(way, "abort") == 0)
        abort();
    if (strcmp(way, "thread") == 0 && pthread_create(&thread, NULL, exit_in_thread, &status) == 0)
        pthread_join(thread, NULL);
    if (strcmp(way, "fork") == 0) { /* the child has nothing to wait for: its parent waits */
        pid_t child = fork();
        if (child == 0)
            exit(0);
        waitpid(child, &status, 0);
        fprintf(stderr, "the child left with %d\n", status);
    }
    if (strcmp(way, "close") == 0 || strcmp(way, "fork") == 0)
        torpor_close(torpor, NULL);
}

int
main(int argc, char **argv)
{
    struct model model = {.step = 7};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor_host host = fine_host;
    char dir[4096];
    if (argc != 4)
        return 2;
    host.describe = describe;
    host.clock = tell_clock;
    host.log = log_message;
    snprintf(dir, sizeof dir, "dir=%s", argv[3]);
    const char *const options[] = {dir, "every_wall=off"};
    struct torpor *torpor = torpor_open_file(argv[1], &host, &model, options, 2, &error);
    if (torpor == NULL || torpor_declare_type(torpor, &voltage_type, &error) != 0 ||
        torpor_save(torpor, NULL, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 3;
    }
    atexit(end_of_host);
    leave(argv[2], torpor);
    has_left = 1;
    memset(&model, 0xee, sizeof model);
    return 0;
}
