#define XXH_INLINE_ALL
#include "base/xxh3.h"

enum { LENGTH = 20000, N_PLACES = 64 };

/* Against the library, for lengths around each of its limits, at each alignment. */
static void
test_lengths(void)
{
    static guint8 bytes[LENGTH + N_PLACES];
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i * 2654435761u >> 13);
    for (gsize length = 0; length <= LENGTH; length += length < 600 ? 1 : 97) {
        const guint8 *from = bytes + length % N_PLACES;
        XXH3_state_t state;
        XXH3_64bits_reset(&state);
        for (gsize place = 0, piece = 1; place < length; place += piece, piece += 7) {
            piece = MIN(piece, length - place);
            torpor_xxh3_update(&state, from + place, piece);
        }
        guint64 expected = XXH3_64bits(from, length);
        g_assert_cmpuint(torpor_xxh3(from, length), ==, expected);
        g_assert_cmpuint(XXH3_64bits_digest(&state), ==, expected);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xxh3/lengths", test_lengths);
    return g_test_run();
}
