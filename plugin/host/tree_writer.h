/* Implements struct torpor_tree_writer: the host's nested map becomes nodes of a tree. */
#ifndef TORPOR_HOST_TREE_WRITER_H
#define TORPOR_HOST_TREE_WRITER_H

#include "base/error.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct {
    struct torpor_tree_writer slots; /* hand &slots to the callback */
    TorporTree *tree;                /* (not owned) */
    GPtrArray *late;                 /* TorporArray: gathered later; NULL: gather at once */
    char *path;                      /* of the outermost map, for messages */
    GPtrArray *maps;                 /* open ones, the outermost first */
    GError *failure;                 /* the first one */
} TorporTreeWriter;

/* Values go into `map`. `path` begins the messages. Arrays of put_late are added to `late`, for the
 * caller to ask for their values before save_end, and until then bytes that are lent stay the
 * host's; with NULL, both are taken at once. The writer must not be moved afterwards. */
void torpor_tree_writer_init(TorporTreeWriter *writer, TorporTree *tree, TorporNode *map,
                             const char *path, GPtrArray *late);
/* Call this after the callback, with its status and error. FALSE if it failed, if a slot that it
 * called did (that error is reported, since it came first), or if a map was left open. */
gboolean torpor_tree_writer_finish(TorporTreeWriter *writer, gint32 status,
                                   const struct torpor_error *from, GError **error);
void torpor_tree_writer_clear(TorporTreeWriter *writer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporTreeWriter, torpor_tree_writer_clear)

G_END_DECLS

#endif
