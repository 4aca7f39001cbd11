/* Finds the plugin's file on disk. */
#ifndef TORPOR_HOST_SEARCH_H
#define TORPOR_HOST_SEARCH_H

#include <torpor/host.h>

/* The first of these that exists, as an absolute path without links (caller frees):
 *   1. TORPOR_PLUGIN_PATH, files or folders separated by ':' (not in a set-uid program)
 *   2. the install prefix: <libdir>/torpor
 *   3. the folder that this code was loaded from, its torpor/, and ../lib/torpor beside it
 *   4. torpor/ in each folder where the program's libraries are searched
 * A warning names what TORPOR_PLUGIN_PATH says and what is not there.
 * NULL with TORPOR_STATUS_NOT_FOUND: `error` says what to do and lists the places; where the list
 * is longer than an error, the host's log (may be NULL) gets all of it. */
char *torpor_search_plugin(const struct torpor_host *host, void *host_data,
                           struct torpor_error *error);

/* `path` without links, absolute (caller frees). NULL: not an existing file; `error` is set. */
char *torpor_search_resolve(const char *path, struct torpor_error *error);

#endif
