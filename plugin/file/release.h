/* Files that are removed or replaced. To free a large one's pages and its place on the disk takes
 * about a tenth of the time that writing it took: no one waits for that, it is done beside. */
#ifndef TORPOR_FILE_RELEASE_H
#define TORPOR_FILE_RELEASE_H

#include <glib.h>

G_BEGIN_DECLS

/* Keep a file from being freed when its name goes. folder: a descriptor, or AT_FDCWD. Returns what
 * torpor_release takes; -1: there is no such file, or it need not be kept. */
int torpor_release_hold(int folder, const char *name);
/* Once the name is gone (if not, nothing happens): free the file, in a thread if it is large. */
void torpor_release(int held);

/* Until all files are freed that this process released: what follows may need their room. */
void torpor_release_wait(void);

G_END_DECLS

#endif
