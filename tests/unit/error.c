#include "base/error.h"

#include <string.h>

static void
export_text(const char *text, struct torpor_error *out)
{
    *out = (struct torpor_error){TORPOR_ERROR_INIT};
    GError *error = g_error_new_literal(TORPOR_ERROR, TORPOR_STATUS_DAMAGED, text);
    g_assert_cmpint(torpor_error_export(error, out), ==, TORPOR_STATUS_DAMAGED);
    g_assert_cmpint(out->status, ==, TORPOR_STATUS_DAMAGED);
    g_assert_true(g_utf8_validate(out->message, -1, NULL));
}

static void
test_fits(void)
{
    struct torpor_error out;
    for (gsize length = 0; length < sizeof out.message; length++) {
        g_autofree char *text = g_strnfill(length, 'x');
        export_text(text, &out);
        g_assert_cmpstr(out.message, ==, text);
    }
}

/* Place and advice are at its ends. */
static void
test_long(void)
{
    struct torpor_error out;
    for (gsize length = sizeof out.message; length < 3 * sizeof out.message; length++) {
        g_autofree char *middle = g_strnfill(length, 'x');
        g_autofree char *text = g_strdup_printf("/run/checkpoints: %s; use resume=never", middle);
        export_text(text, &out);
        g_assert_true(g_str_has_prefix(out.message, "/run/checkpoints: xx"));
        g_assert_nonnull(strstr(out.message, "x ... x"));
        g_assert_true(g_str_has_suffix(out.message, "x; use resume=never"));
        g_assert_cmpuint(strlen(out.message), >, sizeof out.message - 4);
    }
}

static void
test_characters(void)
{
    struct torpor_error out;
    for (guint shift = 0; shift < 4; shift++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint i = 0; i < sizeof out.message; i++)
            g_string_append(text, i < shift ? "x" : "\xf0\x9f\xa7\xa0");
        export_text(text->str, &out);
        g_assert_nonnull(strstr(out.message, " ... "));
        g_assert_true(g_str_has_suffix(out.message, "\xf0\x9f\xa7\xa0"));
    }
    export_text("\xff is no character", &out);
    g_assert_true(g_str_has_suffix(out.message, " is no character"));
}

/* Callers that were built with another header lend less room, or more. */
static void
test_room(void)
{
    const guint32 begin = offsetof(struct torpor_error, message);
    const char *const text =
        "\xc3\xa9t\xc3\xa9: place, and what to do: nothing but wait for winter";
    for (guint32 room = 0; room < 80; room++) {
        union {
            struct torpor_error error;
            char bytes[sizeof(struct torpor_error)];
        } out;
        memset(&out, 0x7e, sizeof out);
        out.error.struct_size = begin + room;
        out.error.status = -1;
        GError *error = g_error_new_literal(TORPOR_ERROR, TORPOR_STATUS_DAMAGED, text);
        g_assert_cmpint(torpor_error_export(error, &out.error), ==, TORPOR_STATUS_DAMAGED);
        g_assert_cmpint(out.error.status, ==, room == 0 ? -1 : TORPOR_STATUS_DAMAGED);
        g_assert_cmpint(out.bytes[begin + room], ==, 0x7e);
        if (room > 0) {
            g_assert_cmpuint(strlen(out.error.message), <, room);
            g_assert_true(g_utf8_validate(out.error.message, -1, NULL));
            g_assert_true(g_str_has_prefix(text, out.error.message) || room >= 64);
        }
        if (room > strlen(text))
            g_assert_cmpstr(out.error.message, ==, text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/export/complete-where-it-fits", test_fits);
    g_test_add_func("/error/export/keeps-both-ends", test_long);
    g_test_add_func("/error/export/as-much-as-there-is-room-for", test_room);
    g_test_add_func("/error/export/cuts-between-characters", test_characters);
    return g_test_run();
}
