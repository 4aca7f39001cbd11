/* The unit parser: what it reads of a text, it reads again of what it writes. */
#include "value/unit.c" /* with its caches, which an input is to find empty */

#include "check.h"
#include "limits.h"
#include "target.h"

static void
check_text(const TorporUnit *unit)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = torpor_unit_to_text(unit);
    const TorporUnit *again = torpor_unit_lookup(text, &error);
    if (again == NULL || !torpor_unit_equal(unit, again))
        fuzz_fail("\"%s\" is written as \"%s\", which %s", unit->symbol, text,
                  again == NULL ? error->message : "is another unit");
}

static void
look_up(const char *symbol)
{
    g_autoptr(GError) error = NULL;
    const TorporUnit *unit = torpor_unit_lookup(symbol, &error);
    g_assert((unit == NULL) == (error != NULL));
    if (unit == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL));
        return;
    }
    g_assert_cmpstr(unit->symbol, ==, symbol);
    check_text(unit);
    if (unit->is_offset)
        return;
    const TorporUnit *numbers =
        torpor_unit_from_numbers(unit->dim, unit->scale, unit->base, unit->factor, &error);
    if (numbers == NULL)
        fuzz_fail("\"%s\" cannot be stored: %s", symbol, error->message);
    check_text(numbers);
    double multiply;
    double divide;
    g_assert(torpor_unit_conversion(unit, numbers, &multiply, &divide, NULL));
    g_assert(multiply == divide);
}

static gboolean
free_unit(G_GNUC_UNUSED gpointer key, gpointer value, G_GNUC_UNUSED gpointer unused)
{
    TorporUnit *unit = value;
    g_free((char *)unit->symbol);
    g_free(unit);
    return TRUE;
}

static void
forget_units(void)
{
    g_hash_table_foreach_remove(by_symbol, free_unit, NULL);
    g_hash_table_foreach_remove(by_numbers, free_unit, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (by_symbol == NULL)
        torpor_unit_lookup("furlong", NULL); /* UDUNITS-2 loads its table */
    g_autofree char *symbol = g_strndup((const char *)bytes, length);
    fuzz_limits_begin(length);
    look_up(symbol);
    fuzz_limits_end();
    forget_units();
    return 0;
}
