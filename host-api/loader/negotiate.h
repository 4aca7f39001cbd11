/* Checks before a table of the host or the plugin is used: its version, its size and its required
 * slots. Errors name what was expected and what was found. */
#ifndef TORPOR_HOST_NEGOTIATE_H
#define TORPOR_HOST_NEGOTIATE_H

#include <torpor/plugin.h>

/* Before the plugin sees the host's table. `register_hooks` may be NULL: the loader has its own. */
int32_t torpor_negotiate_host(const struct torpor_host *host, struct torpor_error *error);

int32_t torpor_negotiate_plugin(const struct torpor_plugin *plugin, const char *path,
                                struct torpor_error *error);

/* What the plugin registers during attach. */
int32_t torpor_negotiate_hooks(const struct torpor_hooks *hooks, const char *path,
                               struct torpor_error *error);

#endif
