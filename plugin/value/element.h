/* Elements of arrays as numbers: for messages, comparison and conversion. */
#ifndef TORPOR_VALUE_ELEMENT_H
#define TORPOR_VALUE_ELEMENT_H

#include "value/dtype.h"

G_BEGIN_DECLS

/* How many numbers an element has: 2 if it is complex, else 1; 0 if we cannot read it (float128,
 * int4, ...). */
guint torpor_element_parts(const TorporDtype *dtype);

/* Number `part` of the element at `bytes` (any alignment), as the nearest double. NaN for an
 * element that we cannot read. */
double torpor_element_real(const TorporDtype *dtype, const void *bytes, guint part);

/* Are its elements whole numbers? bool and dates count as such. */
gboolean torpor_element_is_integer(const TorporDtype *dtype);

/* How far apart two elements are, in units in the last place: 0 if they are equal, 1 if no other
 * number lies between them. Of complex ones, the larger distance of their parts; of integers, their
 * difference. G_MAXUINT64 if one is NaN and the other is not. -0 and +0 are equal. */
guint64 torpor_element_ulps(const TorporDtype *dtype, const void *a, const void *b);
/* The same for the bits of two float64, neither of which is NaN. */
guint64 torpor_double_ulps(guint64 a_bits, guint64 b_bits);

/* The shortest text that reads back as the same element: "0.1", "-7", "true", "(1+2j)". Transfer
 * full. */
char *torpor_element_text(const TorporDtype *dtype, const void *bytes);

G_END_DECLS

#endif
