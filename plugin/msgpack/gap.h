/* Gaps are room in a sink for arrays whose values come after the rest of the tree is encoded. The
 * encoder notes where each gap is; whoever has the values fills it, in any order. A gap that an
 * earlier file fills needs no values. */
#ifndef TORPOR_MSGPACK_GAP_H
#define TORPOR_MSGPACK_GAP_H

#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* The room of one array. */
typedef struct {
    const TorporArray *array; /* (not owned) */
    guint64 range_bytes;      /* the array is filled in ranges of so many bytes */
    GArray *extents;          /* TorporExtent: its room in the sink; noted by the encoder */
    char *path;               /* of the array in the tree; noted by the encoder */
    GArray *blocks;           /* TorporBlock: of an earlier file, one for each range; NULL: none */
    guint n_appended;         /* of these */
} TorporGap;

typedef struct _TorporGaps TorporGaps;

TorporGaps *torpor_gaps_new(void);
void torpor_gaps_free(TorporGaps *gaps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporGaps, torpor_gaps_free)

/* Let the values of this array come later. If it has a gap already, only range_bytes changes. The
 * gap belongs to `gaps`. */
TorporGap *torpor_gaps_add(TorporGaps *gaps, const TorporArray *array, guint64 range_bytes);
/* The values of this array are in an earlier file, in these blocks. */
void torpor_gaps_add_stored(TorporGaps *gaps, const TorporArray *array, GArray *blocks);
/* The gap of an array, NULL if it has none. */
TorporGap *torpor_gaps_find(const TorporGaps *gaps, const TorporArray *array);
/* Before the tree is encoded again: forget where the gaps were. */
void torpor_gaps_forget_extents(TorporGaps *gaps);

/* For the encoder: leave room for the next `length` bytes of the array, all or those of a chunk. */
gboolean torpor_gap_append(TorporGap *gap, TorporSink *sink, guint64 length, GError **error);

/* Fill bytes [begin, end) of the array, which are one of its ranges. TORPOR_STATUS_INVALID for
 * bools that are neither 0 nor 1. threads: any, on different ranges, while nothing is appended to
 * the sink. */
gboolean torpor_gap_fill(const TorporGap *gap, TorporSink *sink, guint64 begin, guint64 end,
                         const void *bytes, GError **error);

G_END_DECLS

#endif
