/* Elements: the values of an array as numbers and as text. */
#ifndef TORPOR_VALUE_ELEMENT_H
#define TORPOR_VALUE_ELEMENT_H

#include "value/dtype.h"

G_BEGIN_DECLS

/* The number of components of an element: 2 if it is complex, else 1; 0 if it cannot be read as a
 * number (float128, int4, ...). */
guint torpor_element_components(const TorporDtype *dtype);

/* One component of the element at `bytes` (any alignment), as the nearest double. NaN if there is
 * no such component. */
double torpor_element_real(const TorporDtype *dtype, const void *bytes, guint component);

/* Is it an integer, a bool or a date? */
gboolean torpor_element_is_integer(const TorporDtype *dtype);

/* The distance of two elements in representable numbers: 0 if they are equal (also -0 and +0), 1 if
 * they are neighbours; for integers their difference. For complex elements, the larger distance of
 * the components. G_MAXUINT64 if only one is NaN. Always 0 for a dtype without components. */
guint64 torpor_element_ulps(const TorporDtype *dtype, const void *a, const void *b);
/* The same for the bits of two float64, neither of which is NaN. */
guint64 torpor_double_ulps(guint64 a_bits, guint64 b_bits);

/* The shortest text that reads back as the same element: "0.1", "-7", "true", "(1+2j)". Transfer
 * full. */
char *torpor_element_text(const TorporDtype *dtype, const void *bytes);

G_END_DECLS

#endif
