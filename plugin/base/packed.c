/* The table is numbers of eight bytes, little-endian: how many blocks, how many bytes of names, the
 * blocks with seven numbers each, then the names, each ended by a NUL. The trailer after it has the
 * form of every Torpor file's, so that older versions name the version that they do not know. */
#include "base/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read_at.h"
#include "base/xxh3.h"

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);
G_STATIC_ASSERT(sizeof(TorporBlock) == 7 * sizeof(guint64));
G_STATIC_ASSERT(sizeof(TORPOR_PACKED_HEAD) - 1 == TORPOR_PACKED_HEAD_BYTES);

typedef struct {
    guint64 n_blocks;
    guint64 names_length;
} TableHead;

#define TAIL_HEAD "\xa7trailer\xc4\x30"
#define MAGIC "TORPOR\r\n"

typedef struct {
    char magic[8];
    guint64 version;
    guint64 place;
    guint64 length; /* of table and TAIL_HEAD */
    guint64 xxh3;
    guint64 file_length;
} Trailer;

enum { TAIL_HEAD_BYTES = sizeof TAIL_HEAD - 1 };
G_STATIC_ASSERT(TAIL_HEAD_BYTES + sizeof(Trailer) == 58);

TorporBlockTable *
torpor_block_table_new(void)
{
    TorporBlockTable *table = g_new(TorporBlockTable, 1);
    table->blocks = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    table->names = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void
torpor_block_table_free(TorporBlockTable *table)
{
    if (table == NULL)
        return;
    g_array_unref(table->blocks);
    g_ptr_array_unref(table->names);
    g_free(table);
}

/* ---- encode ---- */

/* The number that each file gets among those that are used; 0: it is not. */
static guint64 *
number_used(const TorporBlockTable *table, GByteArray *names)
{
    guint64 *numbers = g_new0(guint64, table->names->len + 1);
    for (guint i = 0; i < table->blocks->len; i++)
        numbers[g_array_index(table->blocks, TorporBlock, i).file] = 1;
    numbers[0] = 0;
    guint64 next = 1;
    for (guint i = 1; i <= table->names->len; i++) {
        const char *name = table->names->pdata[i - 1];
        if (numbers[i] == 0)
            continue;
        numbers[i] = next++;
        g_byte_array_append(names, (const guint8 *)name, (guint)strlen(name) + 1);
    }
    return numbers;
}

GByteArray *
torpor_block_table_encode(const TorporBlockTable *table, guint64 place)
{
    g_autoptr(GByteArray) names = g_byte_array_new();
    g_autofree guint64 *numbers = number_used(table, names);
    const TableHead head = {table->blocks->len, names->len};
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)&head, sizeof head);
    for (guint i = 0; i < table->blocks->len; i++) {
        TorporBlock block = g_array_index(table->blocks, TorporBlock, i);
        block.file = numbers[block.file];
        g_byte_array_append(bytes, (const guint8 *)&block, sizeof block);
    }
    g_byte_array_append(bytes, names->data, names->len);
    g_byte_array_append(bytes, (const guint8 *)TAIL_HEAD, TAIL_HEAD_BYTES);
    Trailer trailer = {.version = TORPOR_PACKED_VERSION,
                       .place = place,
                       .length = bytes->len,
                       .xxh3 = torpor_xxh3(bytes->data, bytes->len),
                       .file_length = place + bytes->len + sizeof trailer};
    memcpy(trailer.magic, MAGIC, sizeof trailer.magic);
    g_byte_array_append(bytes, (const guint8 *)&trailer, sizeof trailer);
    return bytes;
}

/* ---- read ---- */

gboolean
torpor_version_is_newer(guint64 version, guint64 known)
{
    return version > known && version < 256 &&
           __builtin_popcountll(version) % 2 == __builtin_popcountll(known) % 2;
}

static gboolean
read_at(int fd, guint64 place, void *out, gsize length, const char *path, GError **error)
{
    gsize done;
    if (!torpor_read_at(fd, place, out, length, &done)) {
        torpor_error_set_errno(error, errno, "cannot read '%s' at byte %" G_GUINT64_FORMAT, path,
                               place + done);
        return FALSE;
    }
    return done == length ||
           torpor_error_set_damaged(error, path, "it ends before its table of blocks does");
}

static gboolean
read_trailer(int fd, guint64 file_length, const char *path, Trailer *trailer, GError **error)
{
    char tail[TAIL_HEAD_BYTES + sizeof *trailer];
    guint64 least = TORPOR_PACKED_HEAD_BYTES + sizeof(TableHead) + sizeof tail;
    if (file_length < least)
        return torpor_error_set_damaged(error, path, "it ends before its table of blocks");
    if (!read_at(fd, file_length - sizeof tail, tail, sizeof tail, path, error))
        return FALSE;
    memcpy(trailer, tail + TAIL_HEAD_BYTES, sizeof *trailer);
    if (memcmp(tail, TAIL_HEAD, TAIL_HEAD_BYTES) != 0 ||
        memcmp(trailer->magic, MAGIC, sizeof trailer->magic) != 0)
        return torpor_error_set_damaged(error, path, "it does not end with a trailer");
    if (torpor_version_is_newer(trailer->version, TORPOR_PACKED_VERSION)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                    "%s has format version %" G_GUINT64_FORMAT
                    ", this Torpor reads packed files of version %u; use a newer Torpor",
                    path, trailer->version, TORPOR_PACKED_VERSION);
        return FALSE;
    }
    if (trailer->version != TORPOR_PACKED_VERSION)
        return torpor_error_set_damaged(error, path,
                                        "the version in its trailer is not that of a packed file");
    guint64 before = file_length - sizeof *trailer;
    if (trailer->file_length != file_length || trailer->place > before ||
        trailer->place < TORPOR_PACKED_HEAD_BYTES || trailer->length != before - trailer->place ||
        trailer->length < sizeof(TableHead) + TAIL_HEAD_BYTES)
        return torpor_error_set_damaged(error, path,
                                        "the place of its table of blocks is impossible");
    return TRUE;
}

/* Names in the same folder, so that a file does not lead anywhere else. */
static gboolean
take_names(TorporBlockTable *table, const char *names, guint64 length)
{
    for (const char *end = names + length; names < end;) {
        const char *terminator = memchr(names, '\0', (gsize)(end - names));
        if (terminator == NULL || terminator == names || strchr(names, '/') != NULL ||
            strcmp(names, ".") == 0 || strcmp(names, "..") == 0)
            return FALSE;
        g_ptr_array_add(table->names, g_strdup(names));
        names = terminator + 1;
    }
    return TRUE;
}

static gint
compare_places(gconstpointer a, gconstpointer b)
{
    guint64 one = (*(const TorporBlock *const *)a)->place;
    guint64 other = (*(const TorporBlock *const *)b)->place;
    return (one > other) - (one < other);
}

static gboolean
blocks_are_sound(const TorporBlockTable *table, guint64 table_place)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    guint64 unpacked = 0;
    for (guint i = 0; i < table->blocks->len; i++) {
        TorporBlock *block = &g_array_index(table->blocks, TorporBlock, i);
        gboolean is_plain = block->coding == TORPOR_CODING_PLAIN;
        if (block->length == 0 || block->length > TORPOR_MAX_BLOCK_BYTES ||
            block->stored_length == 0 || block->stored_length > block->length ||
            (is_plain && block->stored_length != block->length) ||
            !torpor_coding_is_known(block->coding) || block->file > table->names->len ||
            !g_uint64_checked_add(&unpacked, unpacked, block->length))
            return FALSE;
        if (block->file == 0)
            g_ptr_array_add(own, block);
    }
    g_ptr_array_sort(own, compare_places);
    guint64 end = TORPOR_PACKED_HEAD_BYTES;
    for (guint i = 0; i < own->len; i++) {
        const TorporBlock *block = own->pdata[i];
        if (block->place != end || block->stored_length > table_place - end)
            return FALSE;
        end += block->stored_length;
    }
    return end == table_place;
}

/* The bytes up to the trailer, whose hash is right. */
static TorporBlockTable *
parse(const guint8 *bytes, guint64 length, guint64 place)
{
    g_autoptr(TorporBlockTable) table = torpor_block_table_new();
    TableHead head;
    memcpy(&head, bytes, sizeof head);
    guint64 rest = length - sizeof head - TAIL_HEAD_BYTES;
    if (head.n_blocks > MIN(rest / sizeof(TorporBlock), G_MAXUINT / sizeof(TorporBlock)) ||
        head.names_length != rest - head.n_blocks * sizeof(TorporBlock))
        return NULL;
    bytes += sizeof head;
    g_array_append_vals(table->blocks, bytes, (guint)head.n_blocks);
    bytes += head.n_blocks * sizeof(TorporBlock);
    if (!take_names(table, (const char *)bytes, head.names_length) ||
        !blocks_are_sound(table, place))
        return NULL;
    return g_steal_pointer(&table);
}

TorporBlockTable *
torpor_block_table_read(int fd, guint64 file_length, const char *path, GError **error)
{
    Trailer trailer;
    if (!read_trailer(fd, file_length, path, &trailer, error))
        return NULL;
    g_autofree guint8 *bytes = g_try_malloc(trailer.length);
    if (bytes == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the table of %s, %" G_GUINT64_FORMAT " bytes", path,
                    trailer.length);
        return NULL;
    }
    if (!read_at(fd, trailer.place, bytes, trailer.length, path, error))
        return NULL;
    if (torpor_xxh3(bytes, trailer.length) != trailer.xxh3) {
        torpor_error_set_damaged(error, path,
                                 "its table of blocks does not have the checksum of its trailer");
        return NULL;
    }
    TorporBlockTable *table = parse(bytes, trailer.length, trailer.place);
    if (table == NULL)
        torpor_error_set_damaged(error, path,
                                 "its table of blocks does not have the form of version 3");
    return table;
}

/* Of a regular file; NULL without error: it is not packed. */
static TorporBlockTable *
read_table(int fd, guint64 file_length, const char *name, GError **error)
{
    char head[TORPOR_PACKED_HEAD_BYTES];
    if (file_length < sizeof head || !read_at(fd, 0, head, sizeof head, name, error) ||
        memcmp(head, TORPOR_PACKED_HEAD, sizeof head) != 0)
        return NULL;
    return torpor_block_table_read(fd, file_length, name, error);
}

gboolean
torpor_packed_names(int folder, const char *name, GPtrArray **names, GError **error)
{
    struct stat status;
    GError *failure = NULL;
    *names = NULL;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP))
        return TRUE;
    if (fd < 0 || fstat(fd, &status) != 0) {
        torpor_error_set_errno(error, errno, "cannot open \"%s\" to see which files it needs",
                               name);
        if (fd >= 0)
            (void)close(fd);
        return FALSE;
    }
    g_autoptr(TorporBlockTable) table =
        S_ISREG(status.st_mode) ? read_table(fd, (guint64)status.st_size, name, &failure) : NULL;
    (void)close(fd);
    if (table != NULL && table->names->len > 0)
        *names = g_ptr_array_ref(table->names);
    if (failure == NULL)
        return TRUE;
    if (!g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_error_free(failure); /* nothing of it can be restored */
    return TRUE;
}
