/* A host program that holds the loader as an archive: prints where it found the plugin. */
#include "host.h"

#include <stdio.h>
#include <torpor/loader.h>

int
main(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor = torpor_open(tested_host(), NULL, NULL, 0, &error);
    if (torpor == NULL) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    puts(torpor_plugin_path(torpor));
    return torpor_close(torpor, NULL);
}
