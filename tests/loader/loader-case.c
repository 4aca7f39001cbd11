/* loader-case PLUGIN STATUS TEXT: open PLUGIN with tested_host() and earn STATUS, with TEXT in the
 * error. For status 0 the session must work, and TEXT be in its report.
 *
 * In any case: a host table that is refused is not shown to the plugin, errors may be NULL, and the
 * same call gives the same answer again. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <torpor/loader.h>

const struct torpor_host *tested_host(void);

static int n_failures;

static void
expect(int holds, const char *what, const char *found)
{
    if (holds)
        return;
    fprintf(stderr, "expected %s, found: %s\n", what, found);
    n_failures++;
}

static struct torpor *
open_plugin(const char *path, struct torpor_error *error)
{
    static const char *const options[] = {"every=1 s"};
    return torpor_open_file(path, tested_host(), NULL, options, 1, error);
}

static void
expect_session(const char *path, const char *text)
{
    struct torpor_error error = {TORPOR_ERROR_INIT, .status = -1};
    struct torpor *torpor = open_plugin(path, &error);
    if (torpor == NULL) {
        expect(0, "a session", error.message);
        return;
    }
    expect(error.status == TORPOR_STATUS_OK, "a cleared error", error.message);
    expect(torpor_step(torpor, 1, 0.1) == TORPOR_GO_ON, "to go on", "stop");
    const char *report = torpor_report(torpor);
    expect(strstr(report, text) != NULL, text, report);
    expect(torpor_close(torpor, &error) == TORPOR_STATUS_OK, "to close", error.message);
}

/* How often the plugin was attached, as it counts itself; 0 where it was never loaded. */
static int
n_attached(const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    const int *counter = handle == NULL ? NULL : dlsym(handle, "n_attached");
    return counter == NULL ? 0 : *counter;
}

static void
expect_refusal(const char *path, int32_t status, const char *text)
{
    char found[1100];
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor = open_plugin(path, &error);
    snprintf(found, sizeof found, "status %d, %s", error.status, error.message);
    expect(torpor == NULL && error.status == status && strstr(error.message, text) != NULL, text,
           found);
    if (strncmp(text, "the host's table", 16) == 0)
        expect(n_attached(path) == 0, "the plugin not to see this host", "attached");
    expect(open_plugin(path, NULL) == NULL, "a refusal without an error to fill", "a session");
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int32_t status = (int32_t)atoi(argv[2]);
    for (int i = 0; i < 2; i++) {
        if (status == TORPOR_STATUS_OK)
            expect_session(argv[1], argv[3]);
        else
            expect_refusal(argv[1], status, argv[3]);
    }
    return n_failures == 0 ? 0 : 1;
}
