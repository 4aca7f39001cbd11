#include "search.h"

#include "fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN_FILE "torpor.so"

/* A search under way: what was tried, as one text, and what was found. */
struct search {
    char *tried; /* "a:b:c:"; NULL: nothing yet, or no memory for it */
    char *found;
};

static int
was_tried(const struct search *search, const char *place)
{
    size_t length = strlen(place);
    const char *next = search->tried;
    while (next != NULL && *next != '\0') {
        const char *end = strchr(next, ':');
        if ((size_t)(end - next) == length && memcmp(next, place, length) == 0)
            return 1;
        next = end + 1;
    }
    return 0;
}

static void
remember(struct search *search, const char *place)
{
    char *longer = NULL;
    if (asprintf(&longer, "%s%s:", search->tried == NULL ? "" : search->tried, place) < 0)
        return; /* the list only explains an error; it may be short of one place */
    free(search->tried);
    search->tried = longer;
}

static int
is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int
is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Take `path` if the plugin is there, unless an earlier place had it; else remember `place`. */
static void
take(struct search *search, const char *path, const char *place)
{
    if (search->found != NULL || was_tried(search, place))
        return;
    if (is_file(path))
        search->found = realpath(path, NULL);
    if (search->found == NULL)
        remember(search, place);
}

/* Look for the plugin in <base>/<sub>. */
static void
look_under(struct search *search, const char *base, const char *sub)
{
    char *folder = NULL, *path = NULL;
    if (asprintf(&folder, "%s%s", base, sub) < 0)
        return;
    if (asprintf(&path, "%s/" PLUGIN_FILE, folder) >= 0) {
        take(search, path, folder);
        free(path);
    }
    free(folder);
}

static void
look_in_environment(struct search *search)
{
    const char *places = secure_getenv("TORPOR_PLUGIN_PATH");
    char *copy = places == NULL ? NULL : strdup(places);
    if (copy == NULL)
        return;
    char *rest = NULL;
    for (char *place = strtok_r(copy, ":", &rest); place != NULL;
         place = strtok_r(NULL, ":", &rest)) {
        if (is_folder(place))
            look_under(search, place, "");
        else
            take(search, place, place);
    }
    free(copy);
}

/* The object that holds this code (caller frees): libtorpor-host.so, or the program or library that
 * took it in as an archive. NULL on failure. */
static char *
own_file(void)
{
    static const char here; /* any address in this object */
    Dl_info info;
    char *path = NULL;
    if (dladdr(&here, &info) != 0 && info.dli_fname != NULL && strchr(info.dli_fname, '/') != NULL)
        path = realpath(info.dli_fname, NULL);
    if (path == NULL) /* a program found through PATH: only the kernel knows where */
        path = realpath("/proc/self/exe", NULL);
    return path;
}

/* The run path of the program: where its libraries are is where Torpor is, too. The package of
 * CMake and pkg-config's line put it there, also for the archive, which knows no place of its own.
 */
static void
look_in_run_path(struct search *search)
{
    Dl_serinfo size, *folders;
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program == NULL)
        return;
    if (dlinfo(program, RTLD_DI_SERINFOSIZE, &size) == 0 &&
        (folders = calloc(1, size.dls_size)) != NULL) {
        folders->dls_size = size.dls_size;
        folders->dls_cnt = size.dls_cnt;
        if (dlinfo(program, RTLD_DI_SERINFO, folders) == 0)
            for (unsigned int i = 0; i < folders->dls_cnt; i++)
                look_under(search, folders->dls_serpath[i].dls_name, "/torpor");
        free(folders);
    }
    dlclose(program);
}

static void
look_beside_loader(struct search *search)
{
    char *folder = own_file();
    if (folder == NULL)
        return;
    *strrchr(folder, '/') = '\0';
    look_under(search, folder, "");
    look_under(search, folder, "/torpor");
    char *parent_end = strrchr(folder, '/');
    if (parent_end != NULL)
        *parent_end = '\0';
    look_under(search, folder, "/lib/torpor");
    look_under(search, folder, "/" TORPOR_LIBDIR "/torpor");
    free(folder);
}

/* To the host's log; without one as the plugin does it. */
static void
warn(const struct torpor_host *host, void *host_data, const char *text)
{
    if (TORPOR_HAS(host, struct torpor_host, log) && host->log != NULL)
        host->log(host_data, TORPOR_LOG_WARNING, text);
    else
        fprintf(stderr, "torpor: warning: %s\n", text);
}

/* What TORPOR_PLUGIN_PATH named was not there, and another plugin was found instead. */
static void
warn_of_missing(const struct torpor_host *host, void *host_data, const char *missing,
                const char *found)
{
    char *text = NULL;
    if (asprintf(&text,
                 "TORPOR_PLUGIN_PATH: there is no " PLUGIN_FILE " at %.*s; %s is used instead",
                 (int)strlen(missing) - 1, missing, found) < 0)
        return;
    warn(host, host_data, text);
    free(text);
}

char *
torpor_search_plugin(const struct torpor_host *host, void *host_data, struct torpor_error *error)
{
    static const char advice[] = "no " PLUGIN_FILE " found; set TORPOR_PLUGIN_PATH to the file or "
                                 "its folder, or install Torpor. Searched: ";
    struct search search = {NULL, NULL};
    look_in_environment(&search);
    char *missing = search.tried == NULL ? NULL : strdup(search.tried);
    if (TORPOR_INSTALL_FULL_LIBDIR[0] != '\0') /* else: there is no prefix */
        look_under(&search, TORPOR_INSTALL_FULL_LIBDIR, "/torpor");
    look_beside_loader(&search);
    look_in_run_path(&search);
    if (search.found == NULL) {
        const char *tried = search.tried == NULL ? "" : search.tried;
        torpor_error_set(error, TORPOR_STATUS_NOT_FOUND, "%s%s", advice, tried);
        char *whole = NULL;
        if (strlen(advice) + strlen(tried) >= torpor_fail_room(error) &&
            TORPOR_HAS(host, struct torpor_host, log) && host->log != NULL &&
            asprintf(&whole, "%s%s", advice, tried) >= 0) {
            host->log(host_data, TORPOR_LOG_ERROR, whole);
            free(whole);
        }
    }
    if (search.found != NULL && missing != NULL)
        warn_of_missing(host, host_data, missing, search.found);
    free(missing);
    free(search.tried);
    return search.found;
}

char *
torpor_search_resolve(const char *path, struct torpor_error *error)
{
    if (path == NULL) {
        torpor_error_set(error, TORPOR_STATUS_INVALID, "the path of the plugin is NULL");
        return NULL;
    }
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) {
        int32_t status = errno == ENOMEM ? TORPOR_STATUS_NO_MEMORY : TORPOR_STATUS_NOT_FOUND;
        torpor_error_set(error, status, "plugin %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!is_file(resolved)) {
        torpor_error_set(error, TORPOR_STATUS_NOT_FOUND, "plugin %s: not a file", path);
        free(resolved);
        return NULL;
    }
    return resolved;
}
