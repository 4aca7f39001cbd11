/* The terminal that standard output is, if it is one. */
#ifndef TORPOR_CLI_TERMINAL_H
#define TORPOR_CLI_TERMINAL_H

#include <glib.h>

G_BEGIN_DECLS

/* Its width in characters; the usual one if it is no terminal, or narrow. */
guint torpor_terminal_columns(void);

G_END_DECLS

#endif
