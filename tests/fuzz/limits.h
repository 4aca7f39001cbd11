/* What one input may cost: memory in proportion to its length, and time that grows with it. Every
 * target asserts both. */
#ifndef TORPOR_FUZZ_LIMITS_H
#define TORPOR_FUZZ_LIMITS_H

#include <stddef.h>

/* From here on, more memory or processor time than an input of `length` bytes may cost aborts,
 * and says how much it was. */
void fuzz_limits_begin(size_t length);
void fuzz_limits_end(void);

/* The most memory that an input needed, in bytes per byte of it, beyond what is free of charge. */
double fuzz_limits_most_memory(void);

#endif
