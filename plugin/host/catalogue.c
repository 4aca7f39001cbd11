#include "host/catalogue.h"

#include "host/type_check.h"

TorporCatalogue *
torpor_catalogue_new(void)
{
    TorporCatalogue *catalogue = g_new0(TorporCatalogue, 1);
    catalogue->types = torpor_registry_new("type");
    catalogue->codecs = torpor_registry_new("codec of type");
    catalogue->migrations = torpor_registry_new("migration");
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
    g_free(catalogue);
}

gboolean
torpor_catalogue_add_type(TorporCatalogue *catalogue, const struct torpor_type *type,
                          GError **error)
{
    return torpor_type_check(type, catalogue->types, error) &&
           torpor_registry_add(catalogue->types, type->name, type, FALSE, error);
}

static gboolean
refuse(GError **error, const char *what, const char *name, const char *why)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s of type \"%s\": %s", what,
                name == NULL ? "NULL" : name, why);
    return FALSE;
}

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

gboolean
torpor_catalogue_add_codec(TorporCatalogue *catalogue, const struct torpor_codec *codec,
                           GError **error)
{
    if (codec == NULL || !TORPOR_HAS(codec, struct torpor_codec, abort))
        return refuse(error, "codec", NULL, "NULL, or struct_size is below that of ABI 1.0");
    if (codec->to_state == NULL || codec->from_state == NULL || codec->commit == NULL)
        return refuse(error, "codec", codec->type,
                      "to_state, from_state and commit must not be NULL");
    return check_type_of(catalogue, "codec", codec->type, error) &&
           torpor_registry_add(catalogue->codecs, codec->type, codec,
                               (codec->flags & TORPOR_OVERRIDE) != 0, error);
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
    if (migration == NULL || !TORPOR_HAS(migration, struct torpor_migration, migrate))
        return refuse(error, "migration", NULL, "NULL, or struct_size is below that of ABI 1.0");
    if (migration->migrate == NULL)
        return refuse(error, "migration", migration->type, "migrate must not be NULL");
    if (migration->to_version <= migration->from_version)
        return refuse(error, "migration", migration->type, "to_version must be above from_version");
    if (!check_type_of(catalogue, "migration", migration->type, error))
        return FALSE;
    g_autofree char *name = migration_name(migration->type, migration->from_version);
    return torpor_registry_add(catalogue->migrations, name, migration,
                               (migration->flags & TORPOR_OVERRIDE) != 0, error);
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
