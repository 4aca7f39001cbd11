/* Elements of arrays as numbers: for messages, comparison and conversion. */
#ifndef TORPOR_VALUE_ELEMENT_H
#define TORPOR_VALUE_ELEMENT_H

#include "value/dtype.h"

G_BEGIN_DECLS

/* Numbers in one element: 2 for complex ones, else 1. 0: not a number that we can read (float128,
 * int4, ...). */
guint torpor_element_components(const TorporDtype *dtype);

/* Component `component` of the element at `bytes` (any alignment), as the nearest double. NaN for
 * what has no components. */
double torpor_element_real(const TorporDtype *dtype, const void *bytes, guint component);

/* Is it an integer, a bool or a date? */
gboolean torpor_element_is_integer(const TorporDtype *dtype);

/* Representable numbers between two elements' components (largest of the components): 0 if equal, 1
 * if neighbours. Integers: their distance. G_MAXUINT64 if one is NaN and the other not. -0 and +0
 * are equal. */
guint64 torpor_element_ulps(const TorporDtype *dtype, const void *a, const void *b);
/* The same for the bits of two float64 that are no NaN. */
guint64 torpor_double_ulps(guint64 a_bits, guint64 b_bits);

/* The shortest text that reads back as the same element: "0.1", "-7", "true", "(1+2j)". Transfer
 * full. */
char *torpor_element_text(const TorporDtype *dtype, const void *bytes);

G_END_DECLS

#endif
