/* Reserves room on the disk for a file that is being written, and explains a failure where there is
 * none. */
#ifndef TORPOR_FILE_DISK_ROOM_H
#define TORPOR_FILE_DISK_ROOM_H

#include "file/target.h"

G_BEGIN_DECLS

typedef struct {
    const TorporTarget *target; /* whose file it is (not owned) */
    guint64 reserved;           /* bytes of the file that have their place on the disk */
    guint64 allowed;            /* that it was found to be allowed to have */
} TorporDiskRoom;

/* Call this before the file grows to `file_length` bytes, and to at least `expected` in the end (0:
 * not known). FALSE if the process may not write `file_length` bytes (ulimit -f). A full disk is
 * not reported here, but by the write. */
gboolean torpor_disk_room_make(TorporDiskRoom *room, guint64 file_length, guint64 expected,
                               GError **error);

/* The file is empty again. */
void torpor_disk_room_reset(TorporDiskRoom *room);

/* Set the error of a write that failed with this errno after `written` bytes, of a file that needs
 * at least `needed`. On a full disk the file is emptied first, so that the free room in the message
 * includes it. */
void torpor_disk_room_set_error(const TorporDiskRoom *room, int errno_value, guint64 written,
                                guint64 needed, GError **error);

G_END_DECLS

#endif
