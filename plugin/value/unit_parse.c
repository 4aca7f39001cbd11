/* expression = power {("/" | product sign | nothing) power}
 * power      = ("(" expression ")" | number | name) [exponent]
 *
 * By recursive descent; `at` is the place in the text. */
#include "value/unit_parse.h"

#include <math.h>
#include <string.h>

#include "value/udunits.h"
#include "value/unit_symbols.h"

#define MAX_EXPONENT 9999
#define MAX_DEPTH 16

typedef struct {
    const char *at;
    guint depth;
    char *unknown;
} Parser;

static gboolean parse_expression(Parser *parser, TorporUnit *out);

static gboolean
skip(Parser *parser, const char *token)
{
    gsize length = strlen(token);
    gboolean found = strncmp(parser->at, token, length) == 0;
    if (found)
        parser->at += length;
    return found;
}

static void
skip_blanks(Parser *parser)
{
    while (skip(parser, " ") || skip(parser, "\t"))
        ;
}

/* Bytes of the name that begins here: letters, and the signs that stand for units. */
static gsize
name_length(const char *text)
{
    const char *c = text;
    for (; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (!g_unichar_isalpha(letter) && letter != '_' && letter != '%' && letter != 0xb0 &&
            letter != '\'' && letter != '"')
            break;
    }
    return (gsize)(c - text);
}

static gboolean
parse_integer(Parser *parser, gint64 *out)
{
    gint64 sign = skip(parser, "-") ? -1 : 1;
    if (sign > 0)
        skip(parser, "+");
    if (!g_ascii_isdigit(*parser->at))
        return FALSE;
    gint64 value = 0;
    for (; g_ascii_isdigit(*parser->at) && value <= MAX_EXPONENT; parser->at++)
        value = value * 10 + (*parser->at - '0');
    *out = sign * value;
    return value <= MAX_EXPONENT;
}

/* ⁻¹ and the like. FALSE: there is none, or it is too large. */
static gboolean
parse_superscript(Parser *parser, gint64 *out)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const char *start = parser->at;
    gint64 sign = skip(parser, "⁻") ? -1 : 1;
    const char *first = parser->at;
    gint64 value = 0;
    for (guint digit = 0; digit < G_N_ELEMENTS(digits) && value <= MAX_EXPONENT;) {
        if (skip(parser, digits[digit])) {
            value = value * 10 + digit;
            digit = 0;
        } else {
            digit++;
        }
    }
    if (parser->at == first || value > MAX_EXPONENT) {
        parser->at = start;
        return FALSE;
    }
    *out = sign * value;
    return TRUE;
}

/* FALSE: an exponent is announced but missing or too large. */
static gboolean
parse_exponent(Parser *parser, gboolean after_number, gint64 *out)
{
    *out = 1;
    const char *start = parser->at;
    skip_blanks(parser);
    if (skip(parser, "^") || skip(parser, "**")) {
        skip_blanks(parser);
        return parse_integer(parser, out);
    }
    parser->at = start;
    if (parse_superscript(parser, out))
        return TRUE;
    const char *digit = parser->at + (*parser->at == '-' || *parser->at == '+' ? 1 : 0);
    return after_number || !g_ascii_isdigit(*digit) || parse_integer(parser, out);
}

static void
multiply_power(TorporUnit *out, const TorporUnit *term, gint64 exponent)
{
    for (guint d = 0; d < G_N_ELEMENTS(out->dim); d++)
        out->dim[d] += exponent * term->dim[d];
    out->scale += exponent * term->scale;
    if (exponent < 0) /* as saiunit divides, to the last bit */
        out->factor /= pow(term->factor, (double)-exponent);
    else
        out->factor *= pow(term->factor, (double)exponent);
}

static gboolean
parse_number(Parser *parser, TorporUnit *out)
{
    char *end = NULL;
    double number = g_ascii_strtod(parser->at, &end);
    if (end == parser->at || !isfinite(number) || number <= 0)
        return FALSE;
    parser->at = end;
    double exponent = round(log10(number));
    gboolean is_power_of_ten =
        fabs(exponent) <= 22 &&
        number == (exponent >= 0 ? pow(10, exponent) : 1 / pow(10, -exponent)); /* exact so far */
    *out = (TorporUnit){.base = 10,
                        .factor = is_power_of_ten ? 1 : number,
                        .scale = is_power_of_ten ? (gint64)exponent : 0};
    return TRUE;
}

static gboolean
parse_name(Parser *parser, TorporUnit *out)
{
    gsize length = name_length(parser->at);
    if (length == 0)
        return FALSE;
    g_autofree char *name = g_strndup(parser->at, length);
    if (!torpor_unit_symbol_find(name, length, out) && !torpor_udunits_find(name, out)) {
        parser->unknown = g_steal_pointer(&name);
        return FALSE;
    }
    parser->at += length;
    return TRUE;
}

static gboolean
parse_power(Parser *parser, TorporUnit *out, gint64 *exponent)
{
    gboolean is_number = g_ascii_isdigit(*parser->at) || *parser->at == '.';
    if (skip(parser, "(")) {
        if (!parse_expression(parser, out))
            return FALSE;
        skip_blanks(parser);
        if (!skip(parser, ")"))
            return FALSE;
    } else if (!(is_number ? parse_number(parser, out) : parse_name(parser, out))) {
        return FALSE;
    }
    return parse_exponent(parser, is_number, exponent);
}

static gboolean
parse_expression(Parser *parser, TorporUnit *out)
{
    if (++parser->depth > MAX_DEPTH)
        return FALSE;
    *out = (TorporUnit){.base = 10, .factor = 1};
    guint n_terms = 0;
    gboolean has_offset = FALSE;
    gint64 sign = 1;
    gboolean more = TRUE;
    while (more) {
        TorporUnit term;
        gint64 exponent;
        skip_blanks(parser);
        if (!parse_power(parser, &term, &exponent))
            return FALSE;
        multiply_power(out, &term, sign * exponent);
        has_offset |= term.is_offset && sign * exponent == 1;
        n_terms++;
        if (*parser->at == '.' && g_ascii_isdigit(parser->at[1])) /* "V^0.5": no such dimension */
            return FALSE;
        skip_blanks(parser);
        sign = skip(parser, "/") ? -1 : 1;
        more = sign < 0 || skip(parser, "*") || skip(parser, "·") || skip(parser, ".") ||
               skip(parser, "-") || (*parser->at != '\0' && *parser->at != ')');
    }
    /* "J/degC" speaks of differences of temperature, which have no zero point. */
    out->is_offset = has_offset && n_terms == 1;
    parser->depth--;
    return isfinite(out->factor) && out->factor > 0;
}

gboolean
torpor_unit_parse(const char *text, TorporUnit *out, char **unknown)
{
    Parser parser = {.at = text};
    gboolean understood = parse_expression(&parser, out) && *parser.at == '\0';
    *unknown = parser.unknown;
    return understood;
}
