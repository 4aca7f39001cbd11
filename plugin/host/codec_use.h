/* A codec use is all the objects that one codec serves: a population, or all objects of a type that
 * is nested in it. */
#ifndef TORPOR_HOST_CODEC_USE_H
#define TORPOR_HOST_CODEC_USE_H

#include "host/host_table.h"

G_BEGIN_DECLS

typedef struct {
    const struct torpor_codec *codec;           /* (not owned) */
    const struct torpor_population *population; /* that the codec is given: the host's, or `own` */
    char **keys;   /* keys below the host's population: {}, or {"branches", "tip"} */
    char *path;    /* for messages: "populations/cells/branches/tip" */
    guint32 flags; /* of the nested fields around it */
    struct torpor_population own;
    void **objects; /* of `own`, if they do not lie at equal distances */
} TorporCodecUse;

/* A population as a whole. */
TorporCodecUse *torpor_codec_use_new(const struct torpor_codec *codec,
                                     const struct torpor_population *population);
/* Objects of a nested type: n_offsets in each object of `around`, those of the first object first.
 * base and stride: where those objects lie; base is NULL if only their layout says. The caller sets
 * path, keys and flags. TORPOR_STATUS_INVALID for an object at NULL, _NO_MEMORY, _LIMIT. */
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
