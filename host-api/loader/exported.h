/* What loader.h declares is what the library exports: all else in it is hidden. */
#ifndef TORPOR_HOST_EXPORTED_H
#define TORPOR_HOST_EXPORTED_H

#pragma GCC visibility push(default)
#include <torpor/loader.h>
#pragma GCC visibility pop

#endif
