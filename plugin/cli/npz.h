/* A file's leaves as numpy's .npz: a zip archive with one .npy per leaf. */
#ifndef TORPOR_CLI_NPZ_H
#define TORPOR_CLI_NPZ_H

#include "cli/command.h"
#include "cli/progress.h"
#include "msgpack/sink.h"

G_BEGIN_DECLS

/* Each leaf under its path (`root` if there is nothing else):
 *
 *   numbers  an array; rows that are stored once are repeated. A quantity's unit is a text
 *            under `<path>.unit`. bfloat16 becomes float32; elements that numpy does not
 *            know become void, with the name of their dtype under `<path>.dtype`
 *   text     an array without dimensions, of dtype U
 *   bytes    uint8 [n]; extensions too
 *   nil      float64 [0]
 *
 * Empty maps and lists are left out. Errors name the path. */
gboolean torpor_npz_write(const TorporOpened *opened, TorporSink *sink, TorporProgress *progress,
                          GError **error);

G_END_DECLS

#endif
