#include "value/unit.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text_hash.h"
#include "value/udunits.h"
#include "value/unit_parse.h"
#include "value/unit_symbols.h"

#define MAX_SYMBOL_BYTES 255
#define MAX_CACHED ((guint)1 << 16) /* of each kind: a file full of units must not fill memory */
#define MAX_EXPONENT 9999           /* what torpor_unit_lookup reads as well */

/* Guards both caches and UDUNITS-2. */
static GMutex lock;
static GHashTable *by_symbol;
static GHashTable *by_numbers;
static GHashTable *usual_by_numbers; /* -> symbol */

static guint
hash_numbers(gconstpointer data)
{
    const TorporUnit *unit = data;
    guint hash = (guint)unit->scale ^ g_double_hash(&unit->factor) ^ g_double_hash(&unit->base);
    for (guint d = 0; d < G_N_ELEMENTS(unit->dim); d++)
        hash = hash * 31 + (guint)unit->dim[d];
    return hash;
}

static gboolean
same_numbers(gconstpointer a, gconstpointer b)
{
    const TorporUnit *one = a;
    const TorporUnit *other = b;
    return torpor_unit_same_dimension(one, other) && one->scale == other->scale &&
           one->base == other->base && one->factor == other->factor;
}

static void
load_caches(void)
{
    if (by_symbol != NULL)
        return;
    by_symbol = g_hash_table_new(torpor_text_hash, g_str_equal);
    by_numbers = g_hash_table_new(hash_numbers, same_numbers);
    usual_by_numbers = g_hash_table_new(hash_numbers, same_numbers);
}

static void
set_unknown(GError **error, const char *symbol, const char *unknown)
{
    if (error == NULL) /* to look for symbols that are close takes longest */
        return;
    if (unknown == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "unit \"%s\" cannot be read; expected something like \"mV\", \"nS/ms\", "
                    "\"mA/cm2\" or \"1/(mM ms)\"",
                    symbol);
        return;
    }
    g_autofree char *close = torpor_unit_symbols_close_to(unknown);
    gboolean is_part = strcmp(symbol, unknown) != 0;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT, "unknown unit \"%s\"%s%s%s%s%s%s", unknown,
                is_part ? " in \"" : "", is_part ? symbol : "", is_part ? "\"" : "",
                close != NULL ? "; known and close: " : "", close != NULL ? close : "",
                torpor_udunits_is_available()
                    ? ""
                    : "; the unit table of UDUNITS-2 is missing (install libudunits2-data or set "
                      "UDUNITS2_XML_PATH)");
}

/* Base and factor above 0, and no exponent that torpor_unit_lookup could not read again. */
static gboolean
is_valid(const TorporUnit *unit)
{
    gboolean valid = isfinite(unit->base) && unit->base > 0 && isfinite(unit->factor) &&
                     unit->factor > 0 && unit->scale >= -MAX_EXPONENT &&
                     unit->scale <= MAX_EXPONENT;
    for (guint d = 0; valid && d < G_N_ELEMENTS(unit->dim); d++)
        valid = unit->dim[d] >= -MAX_EXPONENT && unit->dim[d] <= MAX_EXPONENT;
    return valid;
}

static void
set_invalid(GError **error, const TorporUnit *unit)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                "expected a unit (base and factor above 0, exponents up to %d), found factor "
                "%g, base %g, scale %" G_GINT64_FORMAT,
                MAX_EXPONENT, unit->factor, unit->base, unit->scale);
}

/* With the lock held. */
static const TorporUnit *
read_symbol(const char *symbol, GError **error)
{
    g_autofree char *unknown = NULL;
    TorporUnit found;
    if (!torpor_unit_parse(symbol, &found, &unknown)) {
        set_unknown(error, symbol, unknown);
        return NULL;
    }
    if (!is_valid(&found)) { /* a file with it could not be read */
        set_invalid(error, &found);
        g_prefix_error(error, "unit \"%s\": ", symbol);
        return NULL;
    }
    if (g_hash_table_size(by_symbol) >= MAX_CACHED) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "unit \"%s\": more than %u different units in one process", symbol, MAX_CACHED);
        return NULL;
    }
    TorporUnit *unit = g_new(TorporUnit, 1);
    *unit = found;
    unit->symbol = g_strdup(symbol);
    g_hash_table_insert(by_symbol, (gpointer)unit->symbol, unit);
    return unit;
}

const TorporUnit *
torpor_unit_lookup(const char *symbol, GError **error)
{
    if (symbol == NULL || symbol[0] == '\0') {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "expected a unit, found an empty text; write \"1\" for a number without one");
        return NULL;
    }
    gboolean is_short = strnlen(symbol, MAX_SYMBOL_BYTES + 1) <= MAX_SYMBOL_BYTES;
    if (!is_short || !g_utf8_validate(symbol, -1, NULL)) {
        g_autofree char *start = g_strndup(symbol, 40);
        g_autofree char *shown = g_strescape(start, NULL);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "expected a unit in UTF-8 of at most %d bytes, found \"%s...\"",
                    MAX_SYMBOL_BYTES, shown);
        return NULL;
    }
    g_mutex_lock(&lock);
    load_caches();
    const TorporUnit *unit = g_hash_table_lookup(by_symbol, symbol);
    if (unit == NULL)
        unit = read_symbol(symbol, error);
    g_mutex_unlock(&lock);
    return unit;
}

const TorporUnit *
torpor_unit_from_numbers(const gint64 dim[7], gint64 scale, double base, double factor,
                         GError **error)
{
    TorporUnit wanted = {.scale = scale, .base = base, .factor = factor};
    memcpy(wanted.dim, dim, sizeof wanted.dim);
    if (!is_valid(&wanted)) {
        set_invalid(error, &wanted);
        return NULL;
    }
    g_mutex_lock(&lock);
    load_caches();
    TorporUnit *unit = g_hash_table_lookup(by_numbers, &wanted);
    if (unit == NULL && g_hash_table_size(by_numbers) < MAX_CACHED) {
        unit = g_new(TorporUnit, 1);
        *unit = wanted;
        g_hash_table_add(by_numbers, unit);
    }
    g_mutex_unlock(&lock);
    if (unit == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "more than %u different units in one process", MAX_CACHED);
    return unit;
}

void
torpor_units_hold(void)
{
    g_mutex_lock(&lock);
}

void
torpor_units_release(void)
{
    g_mutex_unlock(&lock);
}

gboolean
torpor_unit_same_dimension(const TorporUnit *a, const TorporUnit *b)
{
    return memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

/* Two offset units are the same only under the same name: their zero points are not kept. */
static gboolean
same_zero_point(const TorporUnit *a, const TorporUnit *b)
{
    if (!a->is_offset && !b->is_offset)
        return TRUE;
    return a->is_offset && b->is_offset && g_strcmp0(a->symbol, b->symbol) == 0;
}

static void
ratio(const TorporUnit *from, const TorporUnit *to, double *multiply, double *divide)
{
    double up = from->factor;
    double down = to->factor;
    if (from->base == to->base) {
        gint64 exponent = from->scale - to->scale;
        double power = pow(from->base, fabs((double)exponent));
        if (exponent > 0)
            up *= power;
        else
            down *= power;
        /* 1e-11 is the double of 10^-11, but 1e-11 * 10^11 is not 1. */
        if (exponent > 0 ? from->factor == to->factor / power : to->factor == from->factor / power)
            up = down = 1;
    } else {
        up *= pow(from->base, (double)from->scale);
        down *= pow(to->base, (double)to->scale);
    }
    if (fmod(up, down) == 0) { /* an hour is exactly 60 minutes */
        up /= down;
        down = 1;
    } else if (fmod(down, up) == 0) {
        down /= up;
        up = 1;
    }
    *multiply = up;
    *divide = down;
}

gboolean
torpor_unit_equal(const TorporUnit *a, const TorporUnit *b)
{
    if (a == b)
        return TRUE;
    if (!torpor_unit_same_dimension(a, b) || !same_zero_point(a, b))
        return FALSE;
    double multiply;
    double divide;
    ratio(a, b, &multiply, &divide);
    return multiply == divide;
}

gboolean
torpor_unit_conversion(const TorporUnit *from, const TorporUnit *to, double *multiply,
                       double *divide, GError **error)
{
    gboolean same_dimension = torpor_unit_same_dimension(from, to);
    double up = 1;
    double down = 1;
    if (same_dimension && same_zero_point(from, to)) {
        if (!from->is_offset)
            ratio(from, to, &up, &down);
        if (isfinite(up) && isfinite(down) && up > 0 && down > 0) {
            *multiply = up;
            *divide = down;
            return TRUE;
        }
    }
    g_autofree char *from_text = torpor_unit_to_text(from);
    g_autofree char *to_text = torpor_unit_to_text(to);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT, "cannot convert \"%s\" to \"%s\": %s",
                from_text, to_text,
                !same_dimension ? "their dimensions differ"
                : from->is_offset || to->is_offset
                    ? "a unit with a zero point of its own is never converted"
                    : "the factor between them is beyond what a double can hold");
    return FALSE;
}

gboolean
torpor_unit_nearly_equal(const TorporUnit *a, const TorporUnit *b)
{
    double multiply, divide;
    return torpor_unit_conversion(a, b, &multiply, &divide, NULL) &&
           fabs(divide / multiply - 1) < 1e-9;
}

/* NULL if these numbers have no usual symbol. */
static const char *
usual_symbol(const TorporUnit *unit)
{
    g_mutex_lock(&lock);
    load_caches();
    if (g_hash_table_size(usual_by_numbers) == 0) {
        for (const char *const *usual = torpor_unit_usual_symbols; *usual != NULL; usual++) {
            TorporUnit found;
            g_autofree char *unknown = NULL;
            if (torpor_unit_parse(*usual, &found, &unknown) && !found.is_offset &&
                !g_hash_table_contains(usual_by_numbers, &found))
                g_hash_table_insert(usual_by_numbers, g_memdup2(&found, sizeof found),
                                    (gpointer)*usual);
        }
    }
    const char *symbol = g_hash_table_lookup(usual_by_numbers, unit);
    g_mutex_unlock(&lock);
    return symbol;
}

/* The shortest text that reads back as this double. */
static void
append_number(GString *text, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(digits, sizeof digits, "%.15g", number);
    if (g_ascii_strtod(digits, NULL) != number)
        g_ascii_dtostr(digits, sizeof digits, number);
    g_string_append(text, digits);
}

char *
torpor_unit_to_text(const TorporUnit *unit)
{
    static const char *const names[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
    const char *symbol = unit->symbol != NULL ? unit->symbol : usual_symbol(unit);
    if (symbol != NULL)
        return g_strdup(symbol);
    GString *text = g_string_new(NULL);
    if (unit->factor != 1) {
        append_number(text, unit->factor);
        g_string_append_c(text, ' ');
    }
    if (unit->scale != 0) {
        append_number(text, unit->base);
        g_string_append_printf(text, "^%" G_GINT64_FORMAT " ", unit->scale);
    }
    for (guint d = 0; d < G_N_ELEMENTS(names); d++) {
        if (unit->dim[d] == 1)
            g_string_append_printf(text, "%s ", names[d]);
        else if (unit->dim[d] != 0)
            g_string_append_printf(text, "%s^%" G_GINT64_FORMAT " ", names[d], unit->dim[d]);
    }
    if (text->len == 0)
        g_string_append(text, "1 ");
    g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}
