/* A place that the host names below one map of the root: "neurons/excitatory" below `populations`.
 */
#ifndef TORPOR_CHECKPOINT_SECTION_H
#define TORPOR_CHECKPOINT_SECTION_H

#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* One map of the root that is being filled. */
typedef struct {
    TorporTree *tree;   /* (not owned) */
    TorporNode *map;    /* (not owned) */
    const char *name;   /* "populations" (not owned) */
    GHashTable *places; /* paths in use: leaves -> their map, levels above them -> NULL */
} TorporSection;

TorporSection *torpor_section_new(TorporTree *tree, const char *name);
void torpor_section_free(TorporSection *section);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSection, torpor_section_free)

/* An empty map at `path`, made with the levels above it. TORPOR_STATUS_INVALID for a path with an
 * empty level, _EXISTS for one that is taken, lies inside another or has another inside it. */
TorporNode *torpor_section_add(TorporSection *section, const char *path, GError **error);

/* The map at `path` below `map`, NULL if there is none. */
TorporNode *torpor_section_find(const TorporNode *map, const char *path);

/* Below the map of a file: what lies at no path of the section is a mismatch. */
gboolean torpor_section_report_rest(const TorporSection *section, const TorporNode *map,
                                    TorporReport *report, GError **error);

G_END_DECLS

#endif
