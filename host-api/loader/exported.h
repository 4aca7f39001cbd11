/* Include this instead of loader.h: the library exports what it declares, and hides all else. */
#ifndef TORPOR_HOST_EXPORTED_H
#define TORPOR_HOST_EXPORTED_H

#pragma GCC visibility push(default)
#include <torpor/loader.h>
#pragma GCC visibility pop

#endif
