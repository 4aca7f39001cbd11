/* Files that this process holds with a lock (flock) for as long as it uses them. A lock of flock
 * belongs to all processes that share the open file. Were a forked child to outlive a killed run,
 * nobody could go on with it; so children let go at once. */
#ifndef TORPOR_BASE_HELD_FILE_H
#define TORPOR_BASE_HELD_FILE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporHeldFile TorporHeldFile;

/* Try to lock an open file. Returns 0; EWOULDBLOCK if somebody else holds it; ENOLCK if its file
 * system has no locks; or another errno. */
int torpor_file_try_lock(int fd);

/* Take the descriptor, and with it the lock. */
TorporHeldFile *torpor_held_file_new(int fd);
/* Closes the descriptor, which ends the lock. */
void torpor_held_file_free(TorporHeldFile *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporHeldFile, torpor_held_file_free)
/* The descriptor; -1 in a forked child. */
int torpor_held_file_fd(const TorporHeldFile *held);

/* Who holds the lock of an open file, as far as this machine tells. */
typedef enum {
    TORPOR_HOLDER_OTHER, /* another process, or another user of Torpor in this one */
    TORPOR_HOLDER_HOST,  /* code of this process that is not Torpor's */
} TorporHolder;
TorporHolder torpor_file_holder(int fd);
/* The number of that process; 0 if it is not known here. */
int torpor_file_holder_process(int fd);

G_END_DECLS

#endif
