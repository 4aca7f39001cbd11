/* The parts of a file that is made of several: a few of them are open at a time. */
#ifndef TORPOR_BASE_FILE_PARTS_H
#define TORPOR_BASE_FILE_PARTS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporFile TorporFile; /* see base/file.h */
typedef struct torpor_parts TorporParts;

/* Opens a part. threads: any, one at a time. */
typedef TorporFile *(*TorporOpenPartFunc)(gpointer open_data, guint part, GError **error);

/* How many descriptors a part has that is open. */
typedef guint (*TorporCountPartFunc)(const TorporFile *part);

TorporParts *torpor_parts_new(guint n, TorporOpenPartFunc open, GFreeFunc close,
                              TorporCountPartFunc count, gpointer open_data);
void torpor_parts_free(TorporParts *parts);

/* A part by itself, which is open until it is given back. (not owned) threads: any. */
TorporFile *torpor_parts_borrow(TorporParts *parts, guint part, GError **error);
void torpor_parts_give_back(TorporParts *parts, guint part);

G_END_DECLS

#endif
