/* Finds in which of many paths another one lies. It takes about as long for a set of many paths as
 * for one of a few, however many keys a path has: files may have been made to keep us busy. */
#ifndef TORPOR_BASE_PATH_SET_H
#define TORPOR_BASE_PATH_SET_H

#include <glib.h>

G_BEGIN_DECLS

/* Is `path` this place, or below it? */
gboolean torpor_path_lies_in(const char *path, const char *place);

typedef struct _TorporPathSet TorporPathSet;

/* paths: of char; the set takes them, and sorts them. */
TorporPathSet *torpor_path_set_new(GPtrArray *paths);
void torpor_path_set_free(TorporPathSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPathSet, torpor_path_set_free)

/* The innermost one that `path` lies in; NULL: none. (not owned) */
const char *torpor_path_set_find(const TorporPathSet *set, const char *path);
/* The same of those that `path` lies below. */
const char *torpor_path_set_find_above(const TorporPathSet *set, const char *path);

G_END_DECLS

#endif
