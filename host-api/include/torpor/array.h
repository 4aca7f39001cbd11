/* torpor/array.h: memory that holds values, with their element type, shape and unit.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_ARRAY_H
#define TORPOR_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#define TORPOR_MAX_RANK 8u /* of one object's value; a column has one more dimension, in front */

#define TORPOR_DTYPE_BOOL 1u /* one byte, 0 or 1 */
#define TORPOR_DTYPE_INT8 2u
#define TORPOR_DTYPE_INT16 3u
#define TORPOR_DTYPE_INT32 4u
#define TORPOR_DTYPE_INT64 5u
#define TORPOR_DTYPE_UINT8 6u
#define TORPOR_DTYPE_UINT16 7u
#define TORPOR_DTYPE_UINT32 8u
#define TORPOR_DTYPE_UINT64 9u
#define TORPOR_DTYPE_FLOAT16 10u
#define TORPOR_DTYPE_FLOAT32 11u
#define TORPOR_DTYPE_FLOAT64 12u
#define TORPOR_DTYPE_COMPLEX64 13u  /* re, im */
#define TORPOR_DTYPE_COMPLEX128 14u /* re, im */
#define TORPOR_DTYPE_BFLOAT16 15u
#define TORPOR_DTYPE_POINTER 64u /* references only: an object's address; its index is stored */

/* Borrowed memory, in C order; only the first dimension may have gaps. Other structs contain this
 * one, so no member is ever appended to it. */
struct torpor_array {
    void *data;
    const char *unit; /* UTF-8 symbol such as "mV" or "nS"; "1": a dimensionless quantity; NULL:
                         plain numbers */
    uint32_t dtype;
    uint32_t rank;                   /* 0: one scalar */
    uint64_t shape[TORPOR_MAX_RANK]; /* the first `rank` are used */
    uint64_t stride; /* bytes from one row (first dimension) to the next; 0: packed */
};

#endif /* TORPOR_ARRAY_H */
