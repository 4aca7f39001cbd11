/* What a codec serves: all objects of a population, or all objects of a type that is nested in it.
 */
#ifndef TORPOR_HOST_CODEC_USE_H
#define TORPOR_HOST_CODEC_USE_H

#include "host/host_table.h"

G_BEGIN_DECLS

typedef struct {
    const struct torpor_codec *codec; /* (not owned) */
    const struct torpor_population
        *population; /* that the codec is told of: the host's, or `own` */
    char **keys;     /* place below the host's population: {}, or {"branches", "tip"} */
    char *path;      /* for messages: "populations/cells/branches/tip" */
    guint32 flags;   /* of the nested fields around it */
    struct torpor_population own;
    void **objects; /* of `own` where they are not evenly apart */
} TorporCodecUse;

/* A population as a whole. */
TorporCodecUse *torpor_codec_use_new(const struct torpor_codec *codec,
                                     const struct torpor_population *population);
/* Objects of a nested type: n_offsets in each object of `around`, those of the first object first.
 * base and stride: of a layout that has them. Path, keys and flags are the caller's to set.
 * TORPOR_STATUS_INVALID for an object at NULL, _NO_MEMORY. */
TorporCodecUse *torpor_codec_use_new_nested(const TorporHost *host,
                                            const struct torpor_codec *codec,
                                            const struct torpor_population *around,
                                            const char *type, const char *base, guint64 stride,
                                            guint64 n_offsets, const guint64 *offsets,
                                            GError **error);
void torpor_codec_use_free(TorporCodecUse *use);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCodecUse, torpor_codec_use_free)

G_END_DECLS

#endif
