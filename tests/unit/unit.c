#include "value/unit.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "value/unit_symbols.h"

static const TorporUnit *
lookup(const char *symbol)
{
    g_autoptr(GError) error = NULL;
    const TorporUnit *unit = torpor_unit_lookup(symbol, &error);
    g_assert_no_error(error);
    g_assert_nonnull(unit);
    g_assert_cmpstr(unit->symbol, ==, symbol);
    return unit;
}

static void
assert_numbers(const char *symbol, const char *in_si, gint64 scale, double factor)
{
    const TorporUnit *unit = lookup(symbol);
    const TorporUnit *si = lookup(in_si);
    g_assert_true(torpor_unit_same_dimension(unit, si));
    g_assert_cmpint(unit->scale, ==, scale);
    g_assert_cmpfloat(unit->factor, ==, factor);
    g_assert_cmpfloat(unit->base, ==, 10);
}

static void
test_field_names(void)
{
    const gint64 voltage[7] = {2, 1, -3, -1, 0, 0, 0};
    const TorporUnit *millivolt = lookup("mV");
    g_assert_cmpmem(millivolt->dim, sizeof millivolt->dim, voltage, sizeof voltage);
    assert_numbers("mV", "m^2 kg s^-3 A^-1", -3, 1);
    assert_numbers("min", "s", 1, 6);
    assert_numbers("h", "s", 3, 3.6);
    assert_numbers("a", "s", 7, 3.15576);
    assert_numbers("d", "s", 4, 8.64);
    assert_numbers("M", "mol/m^3", 3, 1);
    assert_numbers("mM", "mol/m^3", 0, 1);
    assert_numbers("mm", "m", -3, 1);
    assert_numbers("MM", "mol/m^3", 9, 1);
    assert_numbers("mho", "S", 0, 1);
    assert_numbers("mmho", "S", -3, 1);
    assert_numbers("S/cm2", "S m^-2", 4, 1);
    assert_numbers("mS/cm2", "S m^-2", 1, 1);
    assert_numbers("mA/cm2", "A m^-2", 1, 1);
    assert_numbers("MOhm", "ohm", 6, 1);
    assert_numbers("mohm", "ohm", -3, 1);
    assert_numbers("u", "kg", -27, 1.66053906892);
    assert_numbers("spikes/s", "Hz", 0, 1);
    assert_numbers("kg", "kg", 0, 1);
    assert_numbers("Pa", "N/m2", 0, 1);
    assert_numbers("cd", "cd", 0, 1);
    assert_numbers("µm", "m", -6, 1); /* micro sign */
    assert_numbers("μm", "m", -6, 1); /* Greek mu */
    assert_numbers("MΩ", "ohm", 6, 1);
    assert_numbers("1", "1", 0, 1);
    assert_numbers("%", "1", -2, 1);
}

static void
test_expressions(void)
{
    const char *const same[][2] = {
        {"mA/cm2", "mA/cm^2"},    {"mA/cm2", "mA cm-2"},  {"mA/cm2", "mA*cm**-2"},
        {"mA/cm2", "mA / cm^2"},  {"mA/cm2", "mA·cm⁻²"},  {"mA/cm2", "(mA)/(cm)^2"},
        {"ohm-cm", "ohm cm"},     {"ohm-cm", "ohm.cm"},   {"1/ms", "kHz"},
        {"1/(mM ms)", "1/mM/ms"}, {"mM/ms", "mol/m3/ms"}, {"10 ms", "cs"},
        {"1e-3 V", "mV"},         {"mV/ms", "V/s"},       {"ms^-1", "1/ms"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(same); i++)
        g_assert_true(torpor_unit_equal(lookup(same[i][0]), lookup(same[i][1])));
    assert_numbers("m/min", "m/s", -1, 1.0 / 6.0);
    assert_numbers("min^2", "s^2", 2, 36);
}

static void
test_udunits_names(void)
{
    assert_numbers("millivolt", "V", -3, 1);
    assert_numbers("siemens/centimeter^2", "S/m2", 4, 1);
    assert_numbers("second", "s", 0, 1);
    assert_numbers("furlong", "m", 2, lookup("furlong")->factor);
    g_assert_cmpfloat_with_epsilon(lookup("furlong")->factor, 2.01168, 1e-5);
}

static void
test_offset(void)
{
    const char *const offset[] = {"degC", "°C", "celsius", "degF"};
    for (guint i = 0; i < G_N_ELEMENTS(offset); i++)
        g_assert_true(lookup(offset[i])->is_offset);
    g_assert_false(lookup("K")->is_offset);
    g_assert_false(lookup("J/degC")->is_offset);
    g_assert_false(lookup("1/degC")->is_offset);
    double multiply = 0;
    double divide = 0;
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_unit_conversion(lookup("degC"), lookup("K"), &multiply, &divide, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
    g_assert_nonnull(strstr(error->message, "\"degC\" to \"K\""));
    g_assert_false(torpor_unit_equal(lookup("degC"), lookup("K")));
    g_assert_false(torpor_unit_equal(lookup("degC"), lookup("degF")));
    g_assert_true(torpor_unit_conversion(lookup("degF"), lookup("degF"), &multiply, &divide, NULL));
    g_assert_cmpfloat(multiply, ==, 1);
    g_assert_cmpfloat(divide, ==, 1);
}

static void
test_unknown(void)
{
    const struct {
        const char *symbol;
        const char *said;
    } bad[] = {
        {"mVV", "\"mV\""},
        {"Mv", "\"mV\""},
        {"foo", "unknown unit \"foo\""},
        {"pA/foo", "in \"pA/foo\""},
        {"", "empty"},
        {"mV/", "cannot be read"},
        {"mV**", "cannot be read"},
        {"(mV", "cannot be read"},
        {"mV)", "cannot be read"},
        {"/ms", "cannot be read"},
        {"mV^", "cannot be read"},
        {"V^0.5", "cannot be read"},
        {"-3 mV", "cannot be read"},
        {"m^99999", "cannot be read"},
        {".2/e1111", "unit \".2/e1111\": expected a unit"}, /* no file could have it */
        {"0 m", "cannot be read"},
        {"\xff\xfe", "UTF-8"},
        {"days since 1970-01-01", "since"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        if (torpor_unit_lookup(bad[i].symbol, &error) != NULL)
            g_error("\"%s\" is taken for a unit", bad[i].symbol);
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
        if (strstr(error->message, bad[i].said) == NULL)
            g_error("\"%s\" is not said in: %s", bad[i].said, error->message);
    }
    g_autofree char *long_symbol = g_strnfill(100000, 'm');
    g_assert_null(torpor_unit_lookup(long_symbol, NULL));
    g_autofree char *deep = g_strnfill(200, '(');
    g_assert_null(torpor_unit_lookup(deep, NULL));
}

static void
assert_conversion(const char *from, const char *to, double multiply, double divide)
{
    double up = 0;
    double down = 0;
    g_autoptr(GError) error = NULL;
    g_assert_true(torpor_unit_conversion(lookup(from), lookup(to), &up, &down, &error));
    g_assert_cmpfloat(up, ==, multiply);
    g_assert_cmpfloat(down, ==, divide);
}

static void
test_conversion(void)
{
    assert_conversion("mV", "V", 1, 1e3);
    assert_conversion("V", "mV", 1e3, 1);
    assert_conversion("mV", "mV", 1, 1);
    assert_conversion("min", "ms", 6e4, 1);
    assert_conversion("ms", "min", 1, 6e4);
    assert_conversion("h", "min", 60, 1);
    assert_conversion("S/cm2", "mS/cm2", 1e3, 1);
    assert_conversion("fA", "kA", 1, 1e18);
    double up = 0;
    double down = 0;
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_unit_conversion(lookup("mV"), lookup("pA"), &up, &down, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
    g_assert_nonnull(strstr(error->message, "\"mV\" to \"pA\""));
    /* -70 mV is the double nearest to -0.07 V; multiplying by 0.001 would miss it. */
    g_assert_true(torpor_unit_conversion(lookup("mV"), lookup("V"), &up, &down, NULL));
    for (int millivolts = -1000; millivolts <= 1000; millivolts++) {
        g_autofree char *text = g_strdup_printf("%de-3", millivolts);
        g_assert_cmpfloat(millivolts * up / down, ==, g_ascii_strtod(text, NULL));
    }
}

static void
test_from_numbers(void)
{
    g_autoptr(GError) error = NULL;
    const TorporUnit *symbol = lookup("nS");
    const TorporUnit *unit = torpor_unit_from_numbers(symbol->dim, -9, 10, 1, &error);
    g_assert_no_error(error);
    g_assert_null(unit->symbol);
    g_assert_true(torpor_unit_equal(unit, symbol));
    g_assert_true(torpor_unit_from_numbers(symbol->dim, -9, 10, 1, NULL) == unit);
    g_assert_true(torpor_unit_from_numbers(symbol->dim, -8, 10, 1, NULL) != unit);
    const TorporUnit *binary = torpor_unit_from_numbers(symbol->dim, 10, 2, 1, NULL);
    double up = 0;
    double down = 0;
    g_assert_true(torpor_unit_conversion(binary, lookup("S"), &up, &down, NULL));
    g_assert_cmpfloat(up / down, ==, 1024);
    const double bad[][2] = {{0, 1}, {-10, 1}, {NAN, 1}, {10, 0}, {10, -1}, {10, INFINITY}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_clear_error(&error);
        g_assert_null(torpor_unit_from_numbers(symbol->dim, 0, bad[i][0], bad[i][1], &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
    }
    g_assert_null(torpor_unit_from_numbers(symbol->dim, G_MAXINT64, 10, 1, NULL));
    const gint64 wild[7] = {G_MININT64, 0, 0, 0, 0, 0, 0};
    g_assert_null(torpor_unit_from_numbers(wild, 0, 10, 1, NULL));
}

static void
assert_text(const char *symbol, const char *expected)
{
    const TorporUnit *unit = lookup(symbol);
    const TorporUnit *nameless =
        torpor_unit_from_numbers(unit->dim, unit->scale, unit->base, unit->factor, NULL);
    g_autofree char *text = torpor_unit_to_text(nameless);
    g_assert_cmpstr(text, ==, expected);
    const TorporUnit *again = lookup(text);
    g_assert_cmpmem(again->dim, sizeof again->dim, unit->dim, sizeof unit->dim);
    g_assert_cmpint(again->scale, ==, unit->scale);
    g_assert_cmpfloat(again->factor, ==, unit->factor);
}

static void
test_text(void)
{
    assert_text("millivolt", "mV");
    assert_text("1/s", "Hz");
    assert_text("60 s", "60 s");
    assert_text("minute", "min");
    assert_text("6 10^1 kg", "6 10^1 kg");
    assert_text("mV/us2", "10^9 m^2 kg s^-5 A^-1");
    assert_text("0.1 pA/m4", "10^-13 m^-4 A");
    assert_text("0.3 pA/m4", "0.3 10^-12 m^-4 A");
    assert_text("spikes", "1");
    g_autofree char *kept = torpor_unit_to_text(lookup("mvolt"));
    g_assert_cmpstr(kept, ==, "mvolt");
}

static void
test_usual(void)
{
    guint n = 0;
    for (const char *const *usual = torpor_unit_usual_symbols; *usual != NULL; usual++, n++)
        lookup(*usual);
    g_assert_cmpuint(n, >=, 150);
}

static void
test_locale(void)
{
    const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    gboolean set = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(commas) && !set; i++)
        set = setlocale(LC_ALL, commas[i]) != NULL;
    assert_numbers("1.5 us", "s", -6, 1.5);
    assert_numbers("inch", "m", -2, lookup("inch")->factor);
    g_assert_cmpfloat_with_epsilon(lookup("inch")->factor, 2.54, 1e-12);
    g_autofree char *text =
        torpor_unit_to_text(torpor_unit_from_numbers(lookup("m4")->dim, 0, 10, 1.5, NULL));
    g_assert_cmpstr(text, ==, "1.5 m^4");
    setlocale(LC_ALL, "C");
    if (!set)
        g_test_skip("no locale with a decimal comma on this machine");
}

static gpointer
look_up_many(gpointer data)
{
    const char *const symbols[] = {"mV", "furlong", "pA/ms", "degF", "nosuchunit", "mM"};
    for (guint round = 0; round < 200; round++) {
        for (guint i = 0; i < G_N_ELEMENTS(symbols); i++) {
            const TorporUnit *unit = torpor_unit_lookup(symbols[i], NULL);
            g_assert_true((unit == NULL) == (i == 4));
            if (unit != NULL)
                g_free(torpor_unit_to_text(torpor_unit_from_numbers(
                    unit->dim, unit->scale, unit->base, unit->factor, NULL)));
        }
    }
    return data;
}

static void
test_threads(void)
{
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("units", look_up_many, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unit/threads/agree", test_threads); /* first: loads UDUNITS-2 in a race */
    g_test_add_func("/unit/symbol/field-names", test_field_names);
    g_test_add_func("/unit/symbol/expressions", test_expressions);
    g_test_add_func("/unit/symbol/udunits-names", test_udunits_names);
    g_test_add_func("/unit/symbol/unknown-named-with-close-ones", test_unknown);
    g_test_add_func("/unit/symbol/usual-ones-known", test_usual);
    g_test_add_func("/unit/offset/never-converted", test_offset);
    g_test_add_func("/unit/conversion/exact", test_conversion);
    g_test_add_func("/unit/numbers/interned", test_from_numbers);
    g_test_add_func("/unit/text/reads-back", test_text);
    g_test_add_func("/unit/locale/decimal-comma", test_locale);
    return g_test_run();
}
