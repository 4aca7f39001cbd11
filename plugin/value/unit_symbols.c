/* Symbols mean here what they mean in neuroscience, and their scale and factor are saiunit's
 * (UDUNITS-2 has no M or mho, reads `a` as 100 m2, and has older values for u and eV). */
#include "value/unit_symbols.h"

#include <string.h>

typedef struct {
    const char *symbol;
    gint8 dim[7]; /* m, kg, s, A, K, mol, cd */
    gint16 scale;
    double factor;
    gboolean prefixed; /* takes metric prefixes */
    gboolean is_offset;
} UnitSymbol;

#define ONE                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }
#define LENGTH                                                                                     \
    {                                                                                              \
        1                                                                                          \
    }
#define AREA                                                                                       \
    {                                                                                              \
        2                                                                                          \
    }
#define VOLUME                                                                                     \
    {                                                                                              \
        3                                                                                          \
    }
#define MASS                                                                                       \
    {                                                                                              \
        0, 1                                                                                       \
    }
#define TIME                                                                                       \
    {                                                                                              \
        0, 0, 1                                                                                    \
    }
#define RATE                                                                                       \
    {                                                                                              \
        0, 0, -1                                                                                   \
    }
#define TEMPERATURE                                                                                \
    {                                                                                              \
        0, 0, 0, 0, 1                                                                              \
    }
#define CURRENT                                                                                    \
    {                                                                                              \
        0, 0, 0, 1                                                                                 \
    }
#define AMOUNT                                                                                     \
    {                                                                                              \
        0, 0, 0, 0, 0, 1                                                                           \
    }
#define LIGHT                                                                                      \
    {                                                                                              \
        0, 0, 0, 0, 0, 0, 1                                                                        \
    }
#define VOLTAGE                                                                                    \
    {                                                                                              \
        2, 1, -3, -1                                                                               \
    }
#define CONDUCTANCE                                                                                \
    {                                                                                              \
        -2, -1, 3, 2                                                                               \
    }
#define RESISTANCE                                                                                 \
    {                                                                                              \
        2, 1, -3, -2                                                                               \
    }
#define CAPACITANCE                                                                                \
    {                                                                                              \
        -2, -1, 4, 2                                                                               \
    }
#define CHARGE                                                                                     \
    {                                                                                              \
        0, 0, 1, 1                                                                                 \
    }
#define CONCENTRATION                                                                              \
    {                                                                                              \
        -3, 0, 0, 0, 0, 1                                                                          \
    }
#define FORCE                                                                                      \
    {                                                                                              \
        1, 1, -2                                                                                   \
    }
#define PRESSURE                                                                                   \
    {                                                                                              \
        -1, 1, -2                                                                                  \
    }
#define ENERGY                                                                                     \
    {                                                                                              \
        2, 1, -2                                                                                   \
    }
#define POWER                                                                                      \
    {                                                                                              \
        2, 1, -3                                                                                   \
    }
#define DOSE                                                                                       \
    {                                                                                              \
        2, 0, -2                                                                                   \
    }

#define DEGREE 0.017453292519943295

static const UnitSymbol symbols[] = {
    {"1", ONE, 0, 1, FALSE, FALSE},
    {"%", ONE, -2, 1, FALSE, FALSE},
    {"spikes", ONE, 0, 1, FALSE, FALSE},
    {"spike", ONE, 0, 1, FALSE, FALSE},
    {"events", ONE, 0, 1, FALSE, FALSE},
    {"event", ONE, 0, 1, FALSE, FALSE},
    {"counts", ONE, 0, 1, FALSE, FALSE},
    {"count", ONE, 0, 1, FALSE, FALSE},
    {"rad", ONE, 0, 1, TRUE, FALSE},
    {"sr", ONE, 0, 1, TRUE, FALSE},
    {"deg", ONE, 0, DEGREE, FALSE, FALSE},
    {"degree", ONE, 0, DEGREE, FALSE, FALSE},
    {"degrees", ONE, 0, DEGREE, FALSE, FALSE},
    {"°", ONE, 0, DEGREE, FALSE, FALSE},
    {"arcmin", ONE, -4, 2.908882086657216, FALSE, FALSE},
    {"arcsec", ONE, -6, 4.84813681109536, FALSE, FALSE},

    {"V", VOLTAGE, 0, 1, TRUE, FALSE},
    {"A", CURRENT, 0, 1, TRUE, FALSE},
    {"S", CONDUCTANCE, 0, 1, TRUE, FALSE},
    {"mho", CONDUCTANCE, 0, 1, TRUE, FALSE},
    {"ohm", RESISTANCE, 0, 1, TRUE, FALSE},
    {"Ohm", RESISTANCE, 0, 1, TRUE, FALSE},
    {"Ω", RESISTANCE, 0, 1, TRUE, FALSE},      /* Greek omega */
    {"\u2126", RESISTANCE, 0, 1, TRUE, FALSE}, /* ohm sign */
    {"F", CAPACITANCE, 0, 1, TRUE, FALSE},
    {"C", CHARGE, 0, 1, TRUE, FALSE},
    {"M", CONCENTRATION, 3, 1, TRUE, FALSE},
    {"molar", CONCENTRATION, 3, 1, TRUE, FALSE},
    {"mol", AMOUNT, 0, 1, TRUE, FALSE},
    {"Wb", {2, 1, -2, -1}, 0, 1, TRUE, FALSE},
    {"T", {0, 1, -2, -1}, 0, 1, TRUE, FALSE},
    {"H", {2, 1, -2, -2}, 0, 1, TRUE, FALSE},
    {"kat", {0, 0, -1, 0, 0, 1}, 0, 1, TRUE, FALSE},

    {"s", TIME, 0, 1, TRUE, FALSE},
    {"min", TIME, 1, 6, FALSE, FALSE},
    {"h", TIME, 3, 3.6, FALSE, FALSE},
    {"hr", TIME, 3, 3.6, FALSE, FALSE},
    {"d", TIME, 4, 8.64, FALSE, FALSE},
    {"wk", TIME, 5, 6.048, FALSE, FALSE},
    {"mon", TIME, 6, 2.629746, FALSE, FALSE},
    {"yr", TIME, 7, 3.1556952, FALSE, FALSE},
    {"a", TIME, 7, 3.15576, FALSE, FALSE}, /* Julian year, as astronomers and UCUM have it */
    {"Hz", RATE, 0, 1, TRUE, FALSE},
    {"Bq", RATE, 0, 1, TRUE, FALSE},

    {"m", LENGTH, 0, 1, TRUE, FALSE},
    {"in", LENGTH, 0, 0.0254, FALSE, FALSE},
    {"ft", LENGTH, 0, 0.3048, FALSE, FALSE},
    {"yd", LENGTH, 0, 0.9144, FALSE, FALSE},
    {"mi", LENGTH, 3, 1.609344, FALSE, FALSE},
    {"mil", LENGTH, 0, 2.54e-5, FALSE, FALSE},
    {"nmi", LENGTH, 3, 1.852, FALSE, FALSE},
    {"angstrom", LENGTH, -10, 1, FALSE, FALSE},
    {"Å", LENGTH, -10, 1, FALSE, FALSE},
    {"micron", LENGTH, -6, 1, FALSE, FALSE},
    {"AU", LENGTH, 11, 1.495978707, FALSE, FALSE},
    {"ly", LENGTH, 15, 9.4607304725808, FALSE, FALSE},
    {"pc", LENGTH, 16, 3.085677581491367, FALSE, FALSE},
    {"ha", AREA, 4, 1, FALSE, FALSE},
    {"acre", AREA, 3, 4.0468564224, FALSE, FALSE},
    {"l", VOLUME, -3, 1, TRUE, FALSE},
    {"L", VOLUME, -3, 1, TRUE, FALSE},
    {"gal", VOLUME, -3, 3.785411784, FALSE, FALSE},
    {"bbl", VOLUME, -1, 1.58987294928, FALSE, FALSE},
    {"mph", {1, 0, -1}, -1, 4.4704, FALSE, FALSE},

    {"g", MASS, -3, 1, TRUE, FALSE},
    {"t", MASS, 3, 1, FALSE, FALSE},
    {"u", MASS, -27, 1.66053906892, FALSE, FALSE},
    {"Da", MASS, -27, 1.66053906892, TRUE, FALSE},
    {"lb", MASS, 0, 0.45359237, FALSE, FALSE},
    {"oz", MASS, -2, 2.8349523125, FALSE, FALSE},
    {"ct", MASS, -4, 2, FALSE, FALSE},
    {"slug", MASS, 1, 1.459390294, FALSE, FALSE},

    {"N", FORCE, 0, 1, TRUE, FALSE},
    {"dyn", FORCE, -5, 1, FALSE, FALSE},
    {"lbf", FORCE, 0, 4.4482216152605, FALSE, FALSE},
    {"kgf", FORCE, 0, 9.80665, FALSE, FALSE},
    {"Pa", PRESSURE, 0, 1, TRUE, FALSE},
    {"bar", PRESSURE, 5, 1, TRUE, FALSE},
    {"atm", PRESSURE, 5, 1.01325, FALSE, FALSE},
    {"mmHg", PRESSURE, 2, 1.3332236842105263, FALSE, FALSE},
    {"torr", PRESSURE, 2, 1.3332236842105263, FALSE, FALSE},
    {"psi", PRESSURE, 3, 6.894757293168361, FALSE, FALSE},
    {"J", ENERGY, 0, 1, TRUE, FALSE},
    {"eV", ENERGY, -19, 1.602176634, TRUE, FALSE},
    {"cal", ENERGY, 0, 4.184, TRUE, FALSE},
    {"erg", ENERGY, -7, 1, FALSE, FALSE},
    {"Btu", ENERGY, 3, 1.05505585262, FALSE, FALSE},
    {"W", POWER, 0, 1, TRUE, FALSE},
    {"hp", POWER, 2, 7.4569987158227022, FALSE, FALSE},
    {"Gy", DOSE, 0, 1, TRUE, FALSE},
    {"Sv", DOSE, 0, 1, TRUE, FALSE},

    {"K", TEMPERATURE, 0, 1, TRUE, FALSE},
    {"degC", TEMPERATURE, 0, 1, FALSE, TRUE},
    {"°C", TEMPERATURE, 0, 1, FALSE, TRUE},
    {"\u2103", TEMPERATURE, 0, 1, FALSE, TRUE}, /* one character for °C */
    {"cd", LIGHT, 0, 1, TRUE, FALSE},
    {"lm", LIGHT, 0, 1, TRUE, FALSE},
    {"lx", {-2, 0, 0, 0, 0, 0, 1}, 0, 1, TRUE, FALSE},
};

static const struct {
    const char *prefix;
    gint16 scale;
} prefixes[] = {
    {"da", 1}, /* before d */
    {"y", -24}, {"z", -21}, {"a", -18}, {"f", -15},     {"p", -12},     {"n", -9}, {"u", -6},
    {"m", -3},  {"c", -2},  {"d", -1},  {"\u00b5", -6}, {"\u03bc", -6}, {"h", 2},  {"k", 3},
    {"M", 6},   {"G", 9},   {"T", 12},  {"P", 15},      {"E", 18},      {"Z", 21}, {"Y", 24},
};

const char *const torpor_unit_usual_symbols[] = {
    "1", "%",
    /* voltage, current, conductance, resistance, capacitance, charge */
    "V", "mV", "uV", "nV", "kV", "A", "mA", "uA", "nA", "pA", "fA", "kA", "S", "mS", "uS", "nS",
    "pS", "fS", "ohm", "mohm", "kohm", "Mohm", "Gohm", "MOhm", "F", "mF", "uF", "nF", "pF", "fF",
    "C", "mC", "uC", "nC", "pC", "fC", "mho", "Wb", "T", "mT", "H", "mH",
    /* time and rates */
    "s", "ms", "us", "ns", "ps", "min", "h", "d", "Hz", "mHz", "kHz", "MHz", "GHz", "spikes/s",
    "1/s", "1/ms", "1/us", "1/min", "1/h", "ms2", "s2",
    /* space */
    "m", "cm", "mm", "um", "nm", "pm", "km", "m2", "cm2", "mm2", "um2", "nm2", "m3", "cm3", "mm3",
    "um3", "l", "ml", "ul", "nl", "pl", "fl", "1/m", "1/cm", "1/um", "1/m2", "1/cm2", "1/um2",
    "1/m3", "1/cm3", "1/um3", "m/s", "cm/s", "um/ms", "um2/ms", "cm2/s", "m/s2",
    /* amounts and concentrations */
    "mol", "mmol", "umol", "nmol", "pmol", "M", "mM", "uM", "nM", "pM", "mol/m3", "mol/cm3",
    "mM/ms", "1/(mM ms)", "mol/cm2", "1/mol", "C/mol", "J/(mol K)",
    /* densities over membrane */
    "S/cm2", "mS/cm2", "uS/cm2", "S/m2", "mA/cm2", "uA/cm2", "nA/cm2", "A/m2", "uF/cm2", "nF/cm2",
    "F/m2", "pF/um2", "pS/um2", "nS/um2", "pA/um2", "ohm cm2", "kohm cm2", "ohm m2", "ohm cm",
    "ohm-cm", "ohm m", "S/m", "mS/cm",
    /* what models multiply */
    "mV/ms", "V/s", "mV/s", "mV ms", "nA/ms", "pA/ms", "A/s", "nS/ms", "nS mV", "pA/mV", "nS/mV",
    "pA ms", "1/mV", "1/V", "mV2", "V2", "V/m", "mV/mm", "1/(mV ms)", "pA/mV2", "1/pA", "Hz/pA",
    /* mass, force, energy, temperature, light, angle */
    "kg", "g", "mg", "ug", "ng", "pg", "N", "mN", "uN", "nN", "pN", "Pa", "hPa", "kPa", "MPa",
    "bar", "mmHg", "J", "mJ", "uJ", "nJ", "pJ", "kJ", "eV", "keV", "W", "mW", "uW", "nW", "kW",
    "W/m2", "mW/mm2", "K", "mK", "degC", "J/K", "cd", "lm", "lx", "rad", "mrad", "deg", NULL};

static gboolean
find_symbol(const char *symbol, gsize length, gboolean after_prefix, TorporUnit *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(symbols); i++) {
        const UnitSymbol *candidate = &symbols[i];
        if (candidate->symbol[0] != symbol[0] || strlen(candidate->symbol) != length ||
            memcmp(candidate->symbol, symbol, length) != 0)
            continue;
        if (after_prefix && !candidate->prefixed)
            return FALSE;
        *out = (TorporUnit){.scale = candidate->scale,
                            .base = 10,
                            .factor = candidate->factor,
                            .is_offset = candidate->is_offset};
        for (guint d = 0; d < G_N_ELEMENTS(out->dim); d++)
            out->dim[d] = candidate->dim[d];
        return TRUE;
    }
    return FALSE;
}

gboolean
torpor_unit_symbol_find(const char *symbol, gsize length, TorporUnit *out)
{
    if (find_symbol(symbol, length, FALSE, out)) /* so that "min" is no milli-inch */
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        gsize prefix_length = strlen(prefixes[i].prefix);
        if (length > prefix_length && memcmp(symbol, prefixes[i].prefix, prefix_length) == 0 &&
            find_symbol(symbol + prefix_length, length - prefix_length, TRUE, out)) {
            out->scale += prefixes[i].scale;
            return TRUE;
        }
    }
    return FALSE;
}

/* Edits (insert, delete, replace) between two short texts; a change of case is half an edit, hence
 * twice the number is returned. */
static guint
twice_distance(const char *a, const char *b)
{
    gsize length = strlen(b);
    g_autofree guint *row = g_new(guint, length + 1);
    for (gsize j = 0; j <= length; j++)
        row[j] = (guint)(2 * j);
    for (gsize i = 0; a[i] != '\0'; i++) {
        guint diagonal = row[0];
        row[0] += 2;
        for (gsize j = 0; j < length; j++) {
            guint change = a[i] == b[j]                                     ? 0
                           : g_ascii_tolower(a[i]) == g_ascii_tolower(b[j]) ? 1
                                                                            : 2;
            guint replaced = diagonal + change;
            diagonal = row[j + 1];
            row[j + 1] = MIN(replaced, MIN(diagonal, row[j]) + 2);
        }
    }
    return row[length];
}

/* If it is more than the limit, any number that is. Most lengths differ too much. */
static guint
distance_up_to(guint limit, const char *a, gssize a_length, const char *b)
{
    gssize difference = ABS((gssize)strlen(b) - a_length);
    return 2 * difference > (gssize)limit ? G_MAXUINT : twice_distance(a, b);
}

char *
torpor_unit_symbols_close_to(const char *symbol)
{
    enum { N_BEST = 3 };
    if (strlen(symbol) > 32)
        return NULL;
    gssize length = (gssize)strlen(symbol);
    guint limit = length <= 2 ? 2 : 4;
    guint distances[G_N_ELEMENTS(torpor_unit_usual_symbols) - 1]; /* without the NULL */
    for (guint i = 0; i < G_N_ELEMENTS(distances); i++)
        distances[i] = distance_up_to(limit, symbol, length, torpor_unit_usual_symbols[i]);
    GString *text = g_string_new(NULL);
    guint n_found = 0;
    for (guint distance = 0; distance <= limit; distance++) {
        for (guint i = 0; i < G_N_ELEMENTS(distances) && n_found < N_BEST; i++) {
            if (distances[i] == distance)
                g_string_append_printf(text, "%s\"%s\"", n_found++ > 0 ? ", " : "",
                                       torpor_unit_usual_symbols[i]);
        }
    }
    return g_string_free(text, n_found == 0);
}
