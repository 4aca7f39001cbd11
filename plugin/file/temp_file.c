#include "file/temp_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* A temp file's name has at most so many bytes of the target's. */
#define MAX_STEM_BYTES 200
#define TEMP_MARK ".tmp-"

static char *
new_temp_name(const char *name)
{
    guint64 random = 0;
    /* Not GLib's generator: the host may draw from it. */
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (guint64)g_get_monotonic_time();
    const char *end = name + strlen(name);
    if (end - name > MAX_STEM_BYTES)
        end = g_utf8_find_prev_char(name, name + MAX_STEM_BYTES + 1);
    return g_strdup_printf(".%.*s" TEMP_MARK "%ld-%016" G_GINT64_MODIFIER "x",
                           end == NULL ? 0 : (int)(end - name), name, (long)getpid(), random);
}

static gboolean
is_temp_name(const char *name)
{
    const char *mark = g_strrstr(name, TEMP_MARK);
    if (name[0] != '.' || mark == NULL)
        return FALSE;
    const char *pid = mark + strlen(TEMP_MARK);
    gsize n_digits = strspn(pid, "0123456789");
    const char *random = pid + n_digits + 1;
    return n_digits > 0 && pid[n_digits] == '-' && strlen(random) == 16 &&
           strspn(random, "0123456789abcdef") == 16;
}

/* The file is locked from here on, until the process ends. Between open and flock, somebody who
 * removes leftovers may take this file for one; then another name is tried. On a file system
 * without locks, leftovers stay. */
static int
create_temp(int folder, const char *temp_name)
{
    int file = openat(folder, temp_name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0)
        return -1;
    struct stat status = {.st_nlink = 0};
    int failure = EEXIST;
    gboolean taken = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!taken && fstat(file, &status) != 0) {
        failure = errno;
        (void)unlinkat(folder, temp_name, 0);
    }
    if (status.st_nlink > 0)
        return file;
    (void)close(file);
    errno = failure;
    return -1;
}

char *
torpor_temp_file_create(int folder, const char *name, int *file)
{
    for (int tries = 0; tries < 100; tries++) {
        g_autofree char *temp_name = new_temp_name(name);
        *file = create_temp(folder, temp_name);
        if (*file >= 0)
            return g_steal_pointer(&temp_name);
        if (errno != EEXIST)
            break;
    }
    return NULL;
}

static gboolean
remove_if_dead(int folder, const char *name)
{
    int file = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return FALSE;
    struct stat status;
    gboolean is_removed = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                          flock(file, LOCK_EX | LOCK_NB) == 0 && unlinkat(folder, name, 0) == 0;
    (void)close(file);
    return is_removed;
}

guint
torpor_temp_file_remove_leftovers_in(int folder)
{
    int listed = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = listed < 0 ? NULL : fdopendir(listed);
    guint removed = 0;
    if (names == NULL) {
        if (listed >= 0)
            (void)close(listed);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(names)) != NULL;)
        removed += is_temp_name(entry->d_name) && remove_if_dead(folder, entry->d_name);
    (void)closedir(names);
    return removed;
}

guint
torpor_temp_file_remove_leftovers(const char *folder)
{
    int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    guint removed = opened < 0 ? 0 : torpor_temp_file_remove_leftovers_in(opened);
    if (opened >= 0)
        (void)close(opened);
    return removed;
}
