/* PKWARE's APPNOTE 6.3: local header, bytes and data descriptor (the checksum is known only then)
 * for each member; the central directory at the end. Dates are the format's first day, so that the
 * same members are the same bytes. */
#include "cli/zip.h"

#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/text_hash.h"

#define LOCAL_SIGNATURE 0x04034b50u
#define DESCRIPTOR_SIGNATURE 0x08074b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END64_SIGNATURE 0x06064b50u
#define LOCATOR64_SIGNATURE 0x07064b50u
#define END_SIGNATURE 0x06054b50u

#define FLAGS 0x0808u /* data descriptors; names are UTF-8 */
#define VERSION 20u   /* needed to read */
#define VERSION_ZIP64 45u
#define FIRST_DAY 0x0021u /* 1980-01-01 */
#define MODE (0100644u << 16)
#define ZIP64_EXTRA 0x0001u
#define BEYOND 0xffffffffu /* look into the extra field */

struct _TorporZip {
    TorporSink *sink;
    GByteArray *central;
    GHashTable *names;
    guint64 n_members;
    /* The open member: */
    char *name; /* (not owned) */
    guint64 place;
    guint64 length;
    guint64 written;
    guint32 crc;
};

TorporZip *
torpor_zip_new(TorporSink *sink)
{
    TorporZip *zip = g_new0(TorporZip, 1);
    zip->sink = sink;
    zip->central = g_byte_array_new();
    zip->names = g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, NULL);
    return zip;
}

void
torpor_zip_free(TorporZip *zip)
{
    if (zip == NULL)
        return;
    g_byte_array_unref(zip->central);
    g_hash_table_unref(zip->names);
    g_free(zip);
}

/* ---- numbers, little-endian ---- */

static void
put16(GByteArray *to, guint value)
{
    guint16 bytes = GUINT16_TO_LE((guint16)value);
    g_byte_array_append(to, (const guint8 *)&bytes, sizeof bytes);
}

static void
put32(GByteArray *to, guint64 value)
{
    guint32 bytes = GUINT32_TO_LE((guint32)value);
    g_byte_array_append(to, (const guint8 *)&bytes, sizeof bytes);
}

static void
put64(GByteArray *to, guint64 value)
{
    guint64 bytes = GUINT64_TO_LE(value);
    g_byte_array_append(to, (const guint8 *)&bytes, sizeof bytes);
}

static gboolean
write_out(TorporZip *zip, const GByteArray *bytes, GError **error)
{
    return zip->sink->klass->append(zip->sink, bytes->data, bytes->len, error);
}

/* ---- members ---- */

static gboolean
is_large(const TorporZip *zip)
{
    return zip->length >= BEYOND;
}

gboolean
torpor_zip_begin(TorporZip *zip, const char *name, guint64 length, GError **error)
{
    gsize name_length = strlen(name);
    if (name_length > G_MAXUINT16) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "the name %.60s... is longer than a zip archive can have (65535 bytes)", name);
        return FALSE;
    }
    zip->name = g_strdup(name);
    if (!g_hash_table_add(zip->names, zip->name)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS, "two members would be called '%s'",
                    name);
        return FALSE;
    }
    zip->place = zip->sink->place;
    zip->length = length;
    zip->written = 0;
    zip->crc = (guint32)crc32(0, NULL, 0);
    g_autoptr(GByteArray) header = g_byte_array_new();
    put32(header, LOCAL_SIGNATURE);
    put16(header, is_large(zip) ? VERSION_ZIP64 : VERSION);
    put16(header, FLAGS);
    put16(header, 0); /* stored */
    put16(header, 0); /* midnight */
    put16(header, FIRST_DAY);
    put32(header, 0); /* the checksum follows */
    put32(header, is_large(zip) ? BEYOND : 0);
    put32(header, is_large(zip) ? BEYOND : 0);
    put16(header, (guint)name_length);
    put16(header, is_large(zip) ? 20 : 0);
    g_byte_array_append(header, (const guint8 *)name, (guint)name_length);
    if (is_large(zip)) {
        put16(header, ZIP64_EXTRA);
        put16(header, 16);
        put64(header, 0); /* lengths follow too */
        put64(header, 0);
    }
    return write_out(zip, header, error);
}

gboolean
torpor_zip_append(TorporZip *zip, const void *bytes, gsize length, GError **error)
{
    g_return_val_if_fail(length <= zip->length - zip->written, FALSE);
    if (length == 0)
        return TRUE;
    zip->crc = (guint32)crc32_z(zip->crc, bytes, length);
    zip->written += length;
    return zip->sink->klass->append_payload(zip->sink, bytes, length, error);
}

static void
add_to_central(TorporZip *zip)
{
    GByteArray *to = zip->central;
    gboolean is_far = zip->place >= BEYOND;
    guint extra = (is_large(zip) ? 16 : 0) + (is_far ? 8 : 0);
    gsize name_length = strlen(zip->name);
    put32(to, CENTRAL_SIGNATURE);
    put16(to, 3u << 8 | VERSION_ZIP64); /* made on Unix */
    put16(to, extra > 0 ? VERSION_ZIP64 : VERSION);
    put16(to, FLAGS);
    put16(to, 0);
    put16(to, 0);
    put16(to, FIRST_DAY);
    put32(to, zip->crc);
    put32(to, is_large(zip) ? BEYOND : zip->length);
    put32(to, is_large(zip) ? BEYOND : zip->length);
    put16(to, (guint)name_length);
    put16(to, extra > 0 ? extra + 4 : 0);
    put16(to, 0); /* comment */
    put16(to, 0); /* disk */
    put16(to, 0);
    put32(to, MODE);
    put32(to, is_far ? BEYOND : zip->place);
    g_byte_array_append(to, (const guint8 *)zip->name, (guint)name_length);
    if (extra > 0) {
        put16(to, ZIP64_EXTRA);
        put16(to, extra);
    }
    if (is_large(zip)) {
        put64(to, zip->length);
        put64(to, zip->length);
    }
    if (is_far)
        put64(to, zip->place);
}

gboolean
torpor_zip_end(TorporZip *zip, GError **error)
{
    g_return_val_if_fail(zip->written == zip->length, FALSE);
    g_autoptr(GByteArray) descriptor = g_byte_array_new();
    void (*put_length)(GByteArray *, guint64) = is_large(zip) ? put64 : put32;
    put32(descriptor, DESCRIPTOR_SIGNATURE);
    put32(descriptor, zip->crc);
    put_length(descriptor, zip->length);
    put_length(descriptor, zip->length);
    add_to_central(zip);
    zip->n_members++;
    return write_out(zip, descriptor, error);
}

/* ---- the end ---- */

gboolean
torpor_zip_finish(TorporZip *zip, GError **error)
{
    guint64 place = zip->sink->place;
    guint64 length = zip->central->len;
    GByteArray *to = zip->central;
    if (zip->n_members >= G_MAXUINT16 || place >= BEYOND || length >= BEYOND) {
        put32(to, END64_SIGNATURE);
        put64(to, 44); /* bytes that follow */
        put16(to, 3u << 8 | VERSION_ZIP64);
        put16(to, VERSION_ZIP64);
        put32(to, 0); /* this disk, and that of the directory */
        put32(to, 0);
        put64(to, zip->n_members);
        put64(to, zip->n_members);
        put64(to, length);
        put64(to, place);
        put32(to, LOCATOR64_SIGNATURE);
        put32(to, 0);
        put64(to, place + length);
        put32(to, 1); /* disks */
    }
    put32(to, END_SIGNATURE);
    put32(to, 0);
    put16(to, (guint)MIN(zip->n_members, G_MAXUINT16));
    put16(to, (guint)MIN(zip->n_members, G_MAXUINT16));
    put32(to, MIN(length, BEYOND));
    put32(to, MIN(place, BEYOND));
    put16(to, 0); /* comment */
    return write_out(zip, to, error);
}
