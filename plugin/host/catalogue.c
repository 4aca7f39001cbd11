#include "host/catalogue.h"

#include "host/abi_struct.h"
#include "host/type_check.h"
#include "host/type_copy.h"

TorporCatalogue *
torpor_catalogue_new(void)
{
    TorporCatalogue *catalogue = g_new0(TorporCatalogue, 1);
    catalogue->types = torpor_registry_new("type");
    catalogue->codecs = torpor_registry_new("codec of type");
    catalogue->migrations = torpor_registry_new("migration");
    catalogue->declarations = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    return catalogue;
}

void
torpor_catalogue_free(TorporCatalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    torpor_registry_free(catalogue->types);
    torpor_registry_free(catalogue->codecs);
    torpor_registry_free(catalogue->migrations);
    g_ptr_array_unref(catalogue->declarations);
    g_free(catalogue);
}

gboolean
torpor_catalogue_add_type(TorporCatalogue *catalogue, const struct torpor_type *type,
                          GError **error)
{
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    const struct torpor_type *copy = torpor_type_copy(type, copies, error);
    if (copy == NULL || !torpor_type_check(copy, catalogue->types, error) ||
        !torpor_registry_add(catalogue->types, copy->name, copy, FALSE, error))
        return FALSE;
    g_ptr_array_add(catalogue->declarations, g_steal_pointer(&copies));
    return TRUE;
}

static gboolean
refuse(GError **error, const char *what, const char *name, const char *why)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s of type \"%s\": %s", what,
                name == NULL ? "NULL" : name, why);
    return FALSE;
}

#define CODEC_ORIGIN_FLAGS (TORPOR_ORIGIN_PARAMETER | TORPOR_ORIGIN_STATE | TORPOR_ORIGIN_NONE)

/* Codecs and migrations serve types that were declared. */
static gboolean
check_type_of(const TorporCatalogue *catalogue, const char *what, const char *name, GError **error)
{
    if (torpor_registry_find(catalogue->types, name) != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                "%s of type \"%s\": that type is not declared; declare the type first", what,
                name == NULL ? "NULL" : name);
    return FALSE;
}

/* A codec or a migration, copied into `copies`; NULL with an error. */
static gpointer
copy_declaration(const TorporAbiStruct *known, const void *from, GPtrArray *copies, GError **error)
{
    gpointer copy = g_malloc(known->size);
    g_ptr_array_add(copies, copy);
    return torpor_abi_import(known, from, copy, error) ? copy : NULL;
}

gboolean
torpor_catalogue_add_codec(TorporCatalogue *catalogue, const struct torpor_codec *codec,
                           GError **error)
{
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    struct torpor_codec *copy = copy_declaration(&torpor_abi_codec, codec, copies, error);
    if (copy == NULL)
        return FALSE;
    copy->type = torpor_abi_copy_text(copies, copy->type);
    if (copy->to_state == NULL || copy->from_state == NULL || copy->commit == NULL)
        return refuse(error, "codec", copy->type,
                      "to_state, from_state and commit must not be NULL");
    guint32 origin = copy->flags & ~TORPOR_OVERRIDE;
    if ((origin & ~CODEC_ORIGIN_FLAGS) != 0 || (origin & (origin - 1)) != 0)
        return refuse(error, "codec", copy->type,
                      "expected the flag TORPOR_OVERRIDE, one of TORPOR_ORIGIN_..., or none");
    if (!check_type_of(catalogue, "codec", copy->type, error) ||
        !torpor_registry_add(catalogue->codecs, copy->type, copy,
                             (copy->flags & TORPOR_OVERRIDE) != 0, error))
        return FALSE;
    g_ptr_array_add(catalogue->declarations, g_steal_pointer(&copies));
    return TRUE;
}

static char *
migration_name(const char *type, guint32 from_version)
{
    return g_strdup_printf("%s from version %u", type, from_version);
}

gboolean
torpor_catalogue_add_migration(TorporCatalogue *catalogue, const struct torpor_migration *migration,
                               GError **error)
{
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
    struct torpor_migration *copy =
        copy_declaration(&torpor_abi_migration, migration, copies, error);
    if (copy == NULL)
        return FALSE;
    copy->type = torpor_abi_copy_text(copies, copy->type);
    if (copy->migrate == NULL)
        return refuse(error, "migration", copy->type, "migrate must not be NULL");
    if (copy->to_version <= copy->from_version)
        return refuse(error, "migration", copy->type, "to_version must be above from_version");
    if (!check_type_of(catalogue, "migration", copy->type, error))
        return FALSE;
    g_autofree char *name = migration_name(copy->type, copy->from_version);
    if (!torpor_registry_add(catalogue->migrations, name, copy,
                             (copy->flags & TORPOR_OVERRIDE) != 0, error))
        return FALSE;
    g_ptr_array_add(catalogue->declarations, g_steal_pointer(&copies));
    return TRUE;
}

const struct torpor_codec *
torpor_catalogue_codec(const TorporCatalogue *catalogue, const struct torpor_type *type)
{
    const struct torpor_codec *codec = NULL;
    while (type != NULL && codec == NULL) {
        codec = torpor_registry_find(catalogue->codecs, type->name);
        type = torpor_registry_find(catalogue->types, type->base);
    }
    return codec;
}

const struct torpor_migration *
torpor_catalogue_migration(const TorporCatalogue *catalogue, const char *type, guint32 from_version)
{
    g_autofree char *name = migration_name(type, from_version);
    return torpor_registry_find(catalogue->migrations, name);
}
