/* What the commands of the tool share. One command per file; main.c has the table. */
#ifndef TORPOR_CLI_COMMAND_H
#define TORPOR_CLI_COMMAND_H

#include <glib.h>

#include "checkpoint/whole_file.h"

G_BEGIN_DECLS

#define TORPOR_EXIT_FINE 0
#define TORPOR_EXIT_FAILED 1 /* differs, damaged, not found */
#define TORPOR_EXIT_USAGE 2

/* argv[0] is the command's name. Each returns the exit status. */
int torpor_command_convert(int argc, char **argv);
int torpor_command_diff(int argc, char **argv);
int torpor_command_get(int argc, char **argv);
int torpor_command_info(int argc, char **argv);
int torpor_command_latest(int argc, char **argv);
int torpor_command_ls(int argc, char **argv);
int torpor_command_plot(int argc, char **argv);
int torpor_command_prune(int argc, char **argv);
int torpor_command_report(int argc, char **argv);
int torpor_command_verify(int argc, char **argv);

/* Parse the options and remove them from argv; min to max operands (max 0: any number) are left,
 * from argv[1] on. --help prints and exits. FALSE: wrong usage, which has been reported. Values of
 * options are bytes: use G_OPTION_ARG_FILENAME for texts. */
gboolean torpor_command_parse(const char *operands, const char *summary,
                              const GOptionEntry *entries, int *argc, char ***argv, int min,
                              int max);

/* Print the error, free it, and return the exit status. */
int torpor_command_fail(GError *error);
/* Report wrong usage, with a hint at the command's --help. Returns TORPOR_EXIT_USAGE. */
G_GNUC_PRINTF(2, 3)
int torpor_command_misuse(const char *command, const char *format, ...);

/* FALSE with an error if there is a folder at this path. */
gboolean torpor_command_refuse_folder(const char *path, GError **error);
/* A file and its tree, which are freed together. That of a manifest is the whole checkpoint. */
typedef TorporWholeFile TorporOpened;
gboolean torpor_opened_init(TorporOpened *opened, const char *path, GError **error);
/* The same for a copy of it: what differs between ranks and has no key is refused. */
gboolean torpor_opened_init_to_copy(TorporOpened *opened, const char *path, GError **error);
#define torpor_opened_clear torpor_whole_file_clear
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporOpened, torpor_opened_clear)
/* The node at a path; "" and "/" are the root. */
const TorporNode *torpor_opened_lookup(const TorporOpened *opened, const char *path,
                                       GError **error);

/* Read and check a complete file, and the shards that it names: every byte if it has an index
 * (*indexed), else its structure. */
gboolean torpor_check_file(const char *path, gboolean *indexed, GError **error);
/* A TorporVerifyFunc: has this file an index, and is every byte intact? */
gboolean torpor_check_checkpoint(gpointer unused, int folder, const char *path, GError **error);

G_END_DECLS

#endif
