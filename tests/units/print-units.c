/* What torpor_unit_lookup makes of unit symbols: those on standard input, one per line, or with the
 * argument `usual` all usual ones. One line each, tabs between: symbol, seven exponents, scale,
 * base, factor, is_offset; for an unknown one the symbol alone. */
#include <stdio.h>
#include <string.h>

#include "value/unit.h"
#include "value/unit_symbols.h"

static void
print(const char *symbol)
{
    const TorporUnit *unit = torpor_unit_lookup(symbol, NULL);
    printf("%s", symbol);
    if (unit != NULL) {
        for (guint d = 0; d < G_N_ELEMENTS(unit->dim); d++)
            printf("\t%" G_GINT64_FORMAT, unit->dim[d]);
        printf("\t%" G_GINT64_FORMAT "\t%.17g\t%.17g\t%d", unit->scale, unit->base, unit->factor,
               unit->is_offset);
    }
    puts("");
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "usual") == 0) {
        for (const char *const *usual = torpor_unit_usual_symbols; *usual != NULL; usual++)
            print(*usual);
        return 0;
    }
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL)
        print(g_strchomp(line));
    return 0;
}
