#include "value/udunits.h"

#include <locale.h>
#include <math.h>
#include <string.h>
#include <udunits2.h>

static ut_system *units; /* for the life of the process */
static gboolean tried_to_load;

/* factor * 10^scale *= number. What is a power of ten but for rounding goes to the scale alone, as
 * saiunit has it for prefixed units; else 1 <= factor < 10. */
static void
multiply(TorporUnit *unit, double number)
{
    double exponent = round(log10(number));
    double factor = number / pow(10, exponent);
    if (fabs(factor - 1) < 1e-12) {
        factor = 1;
    } else if (factor < 1) {
        exponent--;
        factor = number / pow(10, exponent);
    }
    unit->scale += (gint64)exponent;
    unit->factor *= factor;
}

static ut_status
visit_product(const ut_unit *unit, int count, const ut_unit *const *basic, const int *powers,
              void *data)
{
    static const char *const names[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
    (void)unit;
    TorporUnit *out = data;
    for (int i = 0; i < count; i++) {
        const char *name = ut_get_symbol(basic[i], UT_ASCII);
        if (name == NULL)
            return UT_VISIT_ERROR;
        gboolean known = strcmp(name, "rad") == 0; /* angles have no dimension here */
        for (guint d = 0; d < G_N_ELEMENTS(names); d++) {
            if (strcmp(name, names[d]) == 0) {
                out->dim[d] += powers[i];
                known = TRUE;
            }
        }
        if (!known)
            return UT_VISIT_ERROR;
    }
    return UT_SUCCESS;
}

static ut_status
visit_basic(const ut_unit *unit, void *data)
{
    int power = 1;
    return visit_product(unit, 1, &unit, &power, data);
}

static const ut_visitor visitor;

static ut_status
visit_galilean(const ut_unit *unit, double scale, const ut_unit *underlying, double offset,
               void *data)
{
    (void)unit;
    TorporUnit *out = data;
    if (!isfinite(scale) || scale <= 0)
        return UT_VISIT_ERROR;
    multiply(out, scale);
    out->is_offset |= offset != 0;
    return ut_accept_visitor(underlying, &visitor, out);
}

static ut_status
visit_timestamp(const ut_unit *unit, const ut_unit *time, double origin, void *data)
{
    (void)unit;
    (void)time;
    (void)origin;
    (void)data;
    return UT_VISIT_ERROR; /* a date is no quantity */
}

/* A level such as decibels: no factor leads to another unit, just as with a zero point. */
static ut_status
visit_logarithmic(const ut_unit *unit, double base, const ut_unit *reference, void *data)
{
    (void)unit;
    (void)base;
    ((TorporUnit *)data)->is_offset = TRUE;
    return ut_accept_visitor(reference, &visitor, data);
}

static const ut_visitor visitor = {.visit_basic = visit_basic,
                                   .visit_product = visit_product,
                                   .visit_galilean = visit_galilean,
                                   .visit_timestamp = visit_timestamp,
                                   .visit_logarithmic = visit_logarithmic};

static gboolean
find(const char *text, TorporUnit *out)
{
    if (!tried_to_load) {
        tried_to_load = TRUE;
        units = ut_read_xml(NULL);
    }
    if (units == NULL)
        return FALSE;
    ut_unit *unit = ut_parse(units, text, UT_UTF8);
    if (unit == NULL)
        return FALSE;
    TorporUnit found = {.base = 10, .factor = 1};
    gboolean understood = ut_accept_visitor(unit, &visitor, &found) == UT_SUCCESS;
    ut_free(unit);
    if (understood)
        *out = found;
    return understood;
}

gboolean
torpor_udunits_find(const char *text, TorporUnit *out)
{
    /* The handler is the process's, the locale the thread's: both go back to what the host had. */
    ut_error_message_handler host_handler = ut_set_error_message_handler(ut_ignore);
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t host_locale = c_locale == (locale_t)0 ? c_locale : uselocale(c_locale);
    gboolean found = find(text, out);
    if (c_locale != (locale_t)0) {
        uselocale(host_locale);
        freelocale(c_locale);
    }
    ut_set_error_message_handler(host_handler);
    return found;
}

gboolean
torpor_udunits_is_available(void)
{
    return !tried_to_load || units != NULL;
}
