/* A place that the host names below one map of the root: "neurons/excitatory" below `populations`.
 */
#ifndef TORPOR_CORE_BRANCH_H
#define TORPOR_CORE_BRANCH_H

#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* One map of the root that is being filled. */
typedef struct {
    TorporTree *tree;   /* (not owned) */
    TorporNode *map;    /* (not owned) */
    const char *name;   /* "populations" (not owned) */
    GHashTable *places; /* paths in use: leaves -> their map, levels above them -> NULL */
} TorporBranch;

TorporBranch *torpor_branch_new(TorporTree *tree, const char *name);
void torpor_branch_free(TorporBranch *branch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporBranch, torpor_branch_free)

/* An empty map at `path`, made with the levels above it. TORPOR_STATUS_INVALID for a path with an
 * empty level, _EXISTS for one that is taken, lies inside another or has another inside it. */
TorporNode *torpor_branch_add(TorporBranch *branch, const char *path, GError **error);

/* The map at `path` below `map`, NULL if there is none. */
TorporNode *torpor_branch_find(const TorporNode *map, const char *path);

/* Below the map of a file: what lies at no path of the branch is a mismatch. */
gboolean torpor_branch_report_rest(const TorporBranch *branch, const TorporNode *map,
                                   TorporReport *report, GError **error);

G_END_DECLS

#endif
