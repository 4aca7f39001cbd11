#include "host/abi_struct.h"

#include <string.h>

/* No struct of the ABI is larger; a larger struct_size was never set. */
#define SANE_SIZE 65536u

#define REACH(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* A struct, and the last member that it had in ABI 2.0, whatever was appended since. */
#define DEFINE(noun, last_member)                                                                  \
    const TorporAbiStruct torpor_abi_##noun = {                                                    \
        "struct torpor_" #noun, offsetof(struct torpor_##noun, struct_size),                       \
        REACH(struct torpor_##noun, last_member), sizeof(struct torpor_##noun)}

DEFINE(host, parallel_for);
DEFINE(collective, broadcast);
DEFINE(type, object_size);
DEFINE(field, field_data);
DEFINE(accessor, scatter);
DEFINE(ragged_accessor, scatter);
DEFINE(codec, abort);
DEFINE(migration, migrate);
DEFINE(population, n_revisions);
DEFINE(tree, abort);
DEFINE(generator, state);
DEFINE(output, rolled_back);
DEFINE(outcome, path);

static guint32
size_of(const TorporAbiStruct *known, const void *object)
{
    guint32 size;
    memcpy(&size, (const char *)object + known->size_place, sizeof size);
    return size;
}

static void
set_size(const TorporAbiStruct *known, void *object, guint32 size)
{
    memcpy((char *)object + known->size_place, &size, sizeof size);
}

static gboolean
check_size(const TorporAbiStruct *known, guint32 size, GError **error)
{
    if (size >= known->first_size && size <= SANE_SIZE)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "expected a %s with a struct_size of at least %u, found %u; set it to its sizeof, "
                "as TORPOR_..._INIT does",
                known->name, known->first_size, size);
    return FALSE;
}

gboolean
torpor_abi_import(const TorporAbiStruct *known, const void *from, void *to, GError **error)
{
    if (from == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "expected a %s, found NULL",
                    known->name);
        return FALSE;
    }
    guint32 size = size_of(known, from);
    if (!check_size(known, size, error))
        return FALSE;
    memset(to, 0, known->size);
    memcpy(to, from, MIN(size, known->size));
    set_size(known, to, known->size);
    return TRUE;
}

gboolean
torpor_abi_import_array(const TorporAbiStruct *known, const void *from, guint64 count, void *to,
                        GError **error)
{
    guint32 step = count == 0 || from == NULL ? 0 : size_of(known, from);
    for (guint64 i = 0; i < count; i++) {
        const char *element = from == NULL ? NULL : (const char *)from + i * step;
        if (!torpor_abi_import(known, element, (char *)to + i * known->size, error))
            return FALSE;
        if (size_of(known, element) == step && step % sizeof(void *) == 0)
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "expected each %s of an array to have the struct_size of the first, %u, a "
                    "multiple of %" G_GSIZE_FORMAT "; element %" G_GUINT64_FORMAT " has %u",
                    known->name, step, sizeof(void *), i, size_of(known, element));
        return FALSE;
    }
    return TRUE;
}

gboolean
torpor_abi_export(const TorporAbiStruct *known, const void *from, void *to, GError **error)
{
    guint32 size = size_of(known, to);
    if (!check_size(known, size, error))
        return FALSE;
    memcpy(to, from, MIN(size, known->size));
    set_size(known, to, size);
    return TRUE;
}

char *
torpor_abi_copy_text(GPtrArray *copies, const char *text)
{
    return text == NULL ? NULL : torpor_abi_copy_bytes(copies, text, strlen(text) + 1);
}

gpointer
torpor_abi_copy_bytes(GPtrArray *copies, const void *bytes, gsize byte_length)
{
    if (bytes == NULL || byte_length == 0)
        return NULL;
    gpointer copy = g_memdup2(bytes, byte_length);
    g_ptr_array_add(copies, copy);
    return copy;
}
