#include "folder/newest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "folder/checkpoint_list.h"

typedef struct {
    TorporVerifyFunc verify;
    gpointer verify_data;
    GPtrArray *damaged; /* NULL: nobody asks */
} Search;

/* The newest sound one of these checkpoints; NULL without error if there are none. */
static char *
search_newest(const Search *search, int fd, const char *folder_path, const GPtrArray *all,
              GError **error)
{
    g_autoptr(GError) first_damage = NULL;
    guint n_damaged = 0;
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        g_autoptr(GError) problem = NULL;
        if (search->verify(search->verify_data, fd, checkpoint->path, &problem))
            return g_strdup(checkpoint->path);
        if (g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND))
            continue; /* another process removed it since the listing */
        if (!g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return NULL;
        }
        n_damaged++;
        if (search->damaged != NULL)
            g_ptr_array_add(search->damaged, g_strdup(problem->message));
        if (first_damage == NULL)
            first_damage = g_steal_pointer(&problem);
    }
    if (n_damaged > 0)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
            "all %u checkpoints in \"%s\" are damaged; the newest: %s; bring one back from a "
            "backup, or start afresh with resume=never, which sets these aside",
            n_damaged, folder_path, first_damage->message);
    return NULL;
}

/* NULL without error if the folder has no checkpoints, or if there is none. */
static char *
select_newest(const Search *search, int folder, const char *folder_path, GError **error)
{
    if (folder != AT_FDCWD) {
        g_autoptr(GPtrArray) all = torpor_folder_list_in(folder, folder_path, error);
        return all == NULL ? NULL : search_newest(search, folder, folder_path, all, error);
    }
    /* It is opened once, so that the files that are read are those that were listed. */
    int fd = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            torpor_error_set_errno(error, errno, "cannot read folder \"%s\"", folder_path);
        return NULL;
    }
    char *path = select_newest(search, fd, folder_path, error);
    close(fd);
    return path;
}

static char *
select_required(const Search *search, int folder, const char *folder_path, GError **error)
{
    g_autoptr(GError) problem = NULL;
    char *path = select_newest(search, folder, folder_path, &problem);
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    else if (path == NULL)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
            "there is no checkpoint in \"%s\" to resume from; resume=auto starts fresh then",
            folder_path);
    return path;
}

char *
torpor_newest_select(int folder, const char *folder_path, TorporResume resume,
                     const char *resume_path, TorporVerifyFunc verify, gpointer verify_data,
                     GPtrArray *damaged, GError **error)
{
    const Search search = {.verify = verify, .verify_data = verify_data, .damaged = damaged};
    switch (resume) {
    case TORPOR_RESUME_NEVER:
        return NULL;
    case TORPOR_RESUME_AUTO:
        return select_newest(&search, folder, folder_path, error);
    case TORPOR_RESUME_REQUIRE:
        return select_required(&search, folder, folder_path, error);
    case TORPOR_RESUME_PATH:
        break;
    }
    if (access(resume_path, F_OK) != 0 && errno == ENOENT) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "resume: expected auto, never, require, or the path of a checkpoint or of a "
                    "folder, found \"%s\", which does not exist",
                    resume_path);
        return NULL;
    }
    if (g_file_test(resume_path, G_FILE_TEST_IS_DIR))
        return select_required(&search, AT_FDCWD, resume_path, error);
    return verify(verify_data, AT_FDCWD, resume_path, error) ? g_strdup(resume_path) : NULL;
}
