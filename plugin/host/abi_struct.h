/* Copies structs between a host and the plugin, whose headers may be of different versions.
 *
 * Each struct says in struct_size how long it is in the host's build. Importing copies it into a
 * struct of this build. Members that an older host does not know become 0; those that only a newer
 * host knows are left out. So the rest of the plugin sees structs of one size and needs no
 * TORPOR_HAS. */
#ifndef TORPOR_HOST_ABI_STRUCT_H
#define TORPOR_HOST_ABI_STRUCT_H

#include "base/error.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;   /* "struct torpor_population" */
    guint32 size_place; /* of its member struct_size */
    guint32 first_size; /* bytes up to the last member that it had in ABI 2.0 */
    guint32 size;       /* in this build */
} TorporAbiStruct;

extern const TorporAbiStruct torpor_abi_host;
extern const TorporAbiStruct torpor_abi_collective;
extern const TorporAbiStruct torpor_abi_type;
extern const TorporAbiStruct torpor_abi_field;
extern const TorporAbiStruct torpor_abi_accessor;
extern const TorporAbiStruct torpor_abi_ragged_accessor;
extern const TorporAbiStruct torpor_abi_codec;
extern const TorporAbiStruct torpor_abi_migration;
extern const TorporAbiStruct torpor_abi_population;
extern const TorporAbiStruct torpor_abi_tree;
extern const TorporAbiStruct torpor_abi_generator;
extern const TorporAbiStruct torpor_abi_output;
extern const TorporAbiStruct torpor_abi_outcome;

/* Copy a struct of the host into one of ours, `to`, whose struct_size becomes ours.
 * TORPOR_STATUS_INVALID for NULL and for a struct_size that no host can have meant. */
gboolean torpor_abi_import(const TorporAbiStruct *known, const void *from, void *to,
                           GError **error);
/* The same for an array, whose elements all have the struct_size of the first; `to` has room for
 * `count` structs of ours. */
gboolean torpor_abi_import_array(const TorporAbiStruct *known, const void *from, guint64 count,
                                 void *to, GError **error);
/* The other way: copy a struct of ours into one that the host lends, as far as that reaches. Its
 * struct_size stays. FALSE, with nothing written, for a struct_size as above. */
gboolean torpor_abi_export(const TorporAbiStruct *known, const void *from, void *to,
                           GError **error);

/* Copy what such structs point to. `copies`, an array whose free function is g_free, owns the copy.
 * NULL gives NULL. */
char *torpor_abi_copy_text(GPtrArray *copies, const char *text);
gpointer torpor_abi_copy_bytes(GPtrArray *copies, const void *bytes, gsize byte_length);

G_END_DECLS

#endif
