#include "file/share.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/read_at.h"

/* Of the disk. File systems with larger ones refuse what does not suit. */
#define DISK_BLOCK_BYTES ((guint64)4096)

typedef struct {
    int file;
    int folder;
    GArray *sources; /* int: a descriptor of each of the earlier names; -1: not open */
    guint8 *room;    /* for two blocks */
    gboolean is_over;
} Sharing;

static int
source_of(Sharing *sharing, const TorporEarlier *earlier, guint64 number)
{
    const GPtrArray *names = torpor_earlier_names(earlier);
    while (sharing->sources->len < names->len) {
        const int none = -1;
        g_array_append_val(sharing->sources, none);
    }
    int *source = &g_array_index(sharing->sources, int, number - 1);
    if (*source < 0)
        *source = torpor_open_to_read(sharing->folder, names->pdata[number - 1]);
    return *source;
}

static gboolean
are_same(const Sharing *sharing, int source, const struct file_clone_range *range)
{
    guint8 *other = sharing->room + TORPOR_MAX_BLOCK_BYTES;
    gsize done, other_done;
    return torpor_read_at(source, range->src_offset, sharing->room, range->src_length, &done) &&
           torpor_read_at(sharing->file, range->dest_offset, other, range->src_length,
                          &other_done) &&
           done == range->src_length && other_done == range->src_length &&
           memcmp(sharing->room, other, range->src_length) == 0;
}

/* The whole blocks of the disk in a range: none if the two places lie otherwise in them. */
static guint64
share(Sharing *sharing, int source, guint64 place, const TorporBlock *block)
{
    guint64 before = (DISK_BLOCK_BYTES - place % DISK_BLOCK_BYTES) % DISK_BLOCK_BYTES;
    if (source < 0 || block->length < before + DISK_BLOCK_BYTES ||
        place % DISK_BLOCK_BYTES != block->place % DISK_BLOCK_BYTES)
        return 0;
    guint64 length = (block->length - before) / DISK_BLOCK_BYTES * DISK_BLOCK_BYTES;
    struct file_clone_range range = {.src_fd = source,
                                     .src_offset = block->place + before,
                                     .src_length = length,
                                     .dest_offset = place + before};
    if (!are_same(sharing, source, &range))
        return 0;
    if (ioctl(sharing->file, FICLONERANGE, &range) == 0)
        return length;
    sharing->is_over = errno != EINVAL; /* else this place does not suit */
    return 0;
}

guint64
torpor_share_blocks(int file, guint64 length, int folder, const TorporEarlier *earlier)
{
    guint64 shared = 0;
    g_autofree guint8 *room = g_try_malloc(2 * TORPOR_MAX_BLOCK_BYTES);
    g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(int));
    Sharing sharing = {file, folder, sources, room, room == NULL};
    const TorporBlock *block;
    guint64 place;
    for (guint i = 0; !sharing.is_over && (block = torpor_earlier_nth(earlier, i, &place)); i++)
        if (block->coding == TORPOR_CODING_PLAIN && place + block->length <= length)
            shared += share(&sharing, source_of(&sharing, earlier, block->file), place, block);
    for (guint i = 0; i < sources->len; i++)
        if (g_array_index(sources, int, i) >= 0)
            (void)close(g_array_index(sources, int, i));
    return shared;
}
