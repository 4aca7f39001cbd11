/* The checkpoints of a folder by their names: its files `ckpt-<step, 16 digits>.msgpack`. Such a
 * file may be the manifest of shards, which lie beside it, see checkpoint/shards.h; here a shard is
 * any file whose name begins as that of its manifest and goes on with ".", and belongs to it. */
#ifndef TORPOR_CHECKPOINT_LIST_H
#define TORPOR_CHECKPOINT_LIST_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint64 step;
    char *path;        /* folder and name */
    const char *name;  /* part of path */
    GPtrArray *shards; /* names of the files that belong to it; NULL: none */
} TorporCheckpoint;
void torpor_checkpoint_free(TorporCheckpoint *checkpoint);

/* "ckpt-<step>.msgpack". Transfer full. */
char *torpor_checkpoint_name(guint64 step);
/* "<folder>/ckpt-<step>.msgpack". Transfer full. */
char *torpor_checkpoint_path(const char *folder, guint64 step);

/* The step that the name of the file at `path` says. FALSE: it is not named as a checkpoint. */
gboolean torpor_checkpoint_named_step(const char *path, guint64 *step);

/* The step of the checkpoint that a shard of this name belongs to. FALSE: it is not named so. */
gboolean torpor_checkpoint_shard_step(const char *name, guint64 *step);

/* "ckpt-<step>", or in its place "ckpt-<step>.again": what the names of shards begin with. Two
 * saves at one step take turns, so that the earlier one is whole until the later one is. */
char *torpor_checkpoint_stem(guint64 step, gboolean again);

/* List the checkpoints of a folder by their names, newest first. Needs no lock. Transfer full: an
 * array of TorporCheckpoint, which are freed with it. */
GPtrArray *torpor_folder_list(const char *path, GError **error);
/* The same of the folder with this descriptor, wherever `path` leads. */
GPtrArray *torpor_folder_list_in(int folder, const char *path, GError **error);
/* The same. *orphans: the shards whose manifest is not there, an array of names for each step
 * (guint64). Transfer full. */
GPtrArray *torpor_checkpoint_list_with_orphans(int folder, const char *path, GHashTable **orphans,
                                               GError **error);

G_END_DECLS

#endif
