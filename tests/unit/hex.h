/* MessagePack written as hexadecimal digits, to be decoded from memory and from a file. */
#ifndef TORPOR_TEST_HEX_H
#define TORPOR_TEST_HEX_H

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "msgpack/decode.h"

#define DIM_MV                                                                                     \
    "c743019391 07a5696e743634 c438"                                                               \
    "0200000000000000 0100000000000000 fdffffffffffffff ffffffffffffffff"                          \
    "0000000000000000 0000000000000000 0000000000000000"
#define UNIT_MV                                                                                    \
    "a57363616c65 fd a462617365 cb4024000000000000 a364696d" DIM_MV                                \
    "a6666163746f72 cb3ff0000000000000"
#define MANTISSA "a86d616e7469737361"
#define CHUNKED "b95f5f6d73677061636b5f6368756e6b65645f61727261795f5f c3"

/* ---- bytes to decode ---- */

static GByteArray *
from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        guint8 byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
        hex++;
    }
    return bytes;
}

static void
append_zeros(GByteArray *bytes, guint length)
{
    guint before = bytes->len;
    g_byte_array_set_size(bytes, before + length);
    memset(bytes->data + before, 0, length);
}

static TorporFile *
as_file(const GByteArray *bytes)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("torpor-decode-XXXXXX", &path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(write(fd, bytes->data, bytes->len), ==, (gssize)bytes->len);
    close(fd);
    TorporFile *file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_unlink(path);
    return file;
}

static TorporTree *
decode_hex(const char *hex)
{
    g_autoptr(GByteArray) bytes = from_hex(hex);
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    TorporTree *tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    return tree;
}

/* Refused from memory and from a file, with this status and a text that has this in it. */
static void
assert_bytes_refused(const GByteArray *bytes, int status, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_null(tree);
    if (strstr(error->message, text) == NULL || strstr(error->message, "bytes") == NULL)
        g_error("expected \"%s\" in: %s", text, error->message);
    g_clear_error(&error);
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(TorporTree) again = torpor_decode_file(file, &error);
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_nonnull(strstr(error->message, text));
    g_assert_nonnull(strstr(error->message, file->path));
}

static void
assert_refused(const char *hex, const char *text)
{
    g_autoptr(GByteArray) bytes = from_hex(hex);
    assert_bytes_refused(bytes, TORPOR_STATUS_DAMAGED, text);
}

G_GNUC_UNUSED static TorporNode *
lookup(TorporTree *tree, const char *path)
{
    g_autoptr(GError) error = NULL;
    TorporNode *node = torpor_tree_lookup(tree, path, &error);
    g_assert_no_error(error);
    return node;
}

#endif
