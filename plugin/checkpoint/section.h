/* A section whose entries have paths that the host chose: "neurons/excitatory" in `populations`.
 * Each level of a path is a map. */
#ifndef TORPOR_CHECKPOINT_SECTION_H
#define TORPOR_CHECKPOINT_SECTION_H

#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* A section that is being filled. */
typedef struct {
    TorporTree *tree;    /* (not owned) */
    TorporNode *map;     /* (not owned) */
    const char *name;    /* "populations" (not owned) */
    GHashTable *entries; /* the maps of those that were added; others are levels above one */
} TorporSection;

TorporSection *torpor_section_new(TorporTree *tree, const char *name);
void torpor_section_free(TorporSection *section);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSection, torpor_section_free)

/* Add an empty map at `path`, with the levels above it.
 *
 * errors: TORPOR_STATUS_INVALID for a path with an empty level; TORPOR_STATUS_EXISTS for a path
 * that is taken, lies in another entry or has another entry in it; TORPOR_STATUS_LIMIT for one of
 * more levels than a file can have. */
TorporNode *torpor_section_add(TorporSection *section, const char *path, GError **error);

/* Where something is in the tree, as the encoder names it: in the section of this name, at the path
 * of its entry, and below that at these keys (may be NULL). Transfer full. */
char *torpor_section_path(const char *name, const char *path, char **keys);

/* The entry at `path` of a section; NULL if there is none. */
TorporNode *torpor_section_find(const TorporNode *map, const char *path);

/* Report what the section of a file (`map`) has beyond the entries of this one: each is a mismatch.
 */
gboolean torpor_section_report_rest(const TorporSection *section, const TorporNode *map,
                                    TorporReport *report, GError **error);

G_END_DECLS

#endif
