/* Implements struct torpor_tree_reader: the host reads a map of a tree, and arrays in its file. */
#ifndef TORPOR_HOST_TREE_READER_H
#define TORPOR_HOST_TREE_READER_H

#include "base/error.h"
#include "base/file.h"
#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct {
    struct torpor_tree_reader slots; /* hand &slots to the callback */
    const TorporFile *file;          /* NULL: all is in memory (not owned) */
    const TorporNode *map;           /* "" of the reader (not owned) */
    TorporChildren *children;        /* of maps and lists that the host walked */
    char *path;                      /* of the map, for messages */
    GPtrArray *texts;                /* that were read for the host */
    TorporReport *report;            /* (optional) learns of converted units (not owned) */
    guint64 column_count; /* rows that a column shows, though it may be stored as one; 0: none */
} TorporTreeReader;

/* Not to be moved afterwards. */
void torpor_tree_reader_init(TorporTreeReader *reader, const TorporFile *file,
                             const TorporNode *map, const char *path, TorporReport *report);
void torpor_tree_reader_clear(TorporTreeReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporTreeReader, torpor_tree_reader_clear)

/* For torpor_tree_writer.copy: the node at a path of a reader. */
const TorporNode *torpor_tree_reader_find(const TorporTreeReader *reader, const char *path,
                                          GError **error);

G_END_DECLS

#endif
