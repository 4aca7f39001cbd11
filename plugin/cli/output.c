#include "cli/output.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "file/writer.h"
#include "msgpack/payload.h"

/* ---- for people ---- */

char *
torpor_printable(const char *text, gsize length)
{
    GString *out = g_string_sized_new(length);
    const char *end = text + length;
    while (text < end) {
        gunichar c = g_utf8_get_char_validated(text, end - text);
        gboolean is_valid = c != (gunichar)-1 && c != (gunichar)-2;
        /* GLib calls NUL in a text of known length invalid: it is shown as a byte as well. */
        if (!is_valid || (g_unichar_iscntrl(c) && c < 0x80)) {
            g_string_append_printf(out, "\\x%02x", (guint8)*text++);
            continue;
        }
        if (g_unichar_iscntrl(c))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
        text = g_utf8_next_char(text);
    }
    return g_string_free(out, FALSE);
}

const TorporColours *
torpor_colours(void)
{
    static const TorporColours coloured = {"\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m"};
    static const TorporColours none = {"", "", "", "", ""};
    const char *no_colour = g_getenv("NO_COLOR");
    const char *terminal = g_getenv("TERM");
    gboolean is_wanted = isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0') &&
                         g_strcmp0(terminal, "dumb") != 0;
    return is_wanted ? &coloured : &none;
}

char *
torpor_size_to_text(guint64 bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024)
        return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", bytes);
    double size = (double)bytes / 1024;
    guint unit = 0;
    for (; size >= 1000 && unit + 1 < G_N_ELEMENTS(units); unit++)
        size /= 1024;
    return g_strdup_printf("%.*f %s", size < 10 ? 2 : 1, size, units[unit]);
}

char *
torpor_shape_text(const TorporArray *array)
{
    GString *out = g_string_new("[");
    for (guint32 i = 0; i < array->rank; i++)
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", array->shape[i]);
    g_string_append_c(out, ']');
    return g_string_free(out, FALSE);
}

gboolean
torpor_output_flush(GError **error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TRUE;
    torpor_error_set_errno(error, errno != 0 ? errno : EIO, "cannot write to standard output");
    return FALSE;
}

gboolean
torpor_output_write(const char *path, gboolean overwrites, const GString *content, GError **error)
{
    TorporFileWriter *writer = torpor_file_writer_new(path, overwrites, FALSE, error);
    if (writer == NULL) {
        if (error != NULL && g_error_matches(*error, TORPOR_ERROR, TORPOR_STATUS_EXISTS))
            g_prefix_error(error, "without --force: ");
        return FALSE;
    }
    TorporSink *sink = torpor_file_writer_sink(writer);
    if (sink->klass->append(sink, content->str, content->len, error))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}

/* ---- JSON ---- */

static FILE *
out_of(const TorporJson *json)
{
    return json->out != NULL ? json->out : stdout;
}

/* Names of files need not be UTF-8; JSON must. */
static void
put_json_text(FILE *out, const char *text, gsize length)
{
    g_autofree char *valid = NULL;
    if (!torpor_utf8_is_valid(text, length)) {
        valid = g_utf8_make_valid(text, (gssize)length);
        text = valid;
        length = strlen(text);
    }
    putc('"', out);
    for (gsize i = 0; i < length; i++) {
        guint8 c = (guint8)text[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

static void
put_line_break(const TorporJson *json)
{
    if (json->flat_depth > 0)
        return;
    putc('\n', out_of(json));
    for (guint i = 0; i < json->depth; i++)
        fputs("  ", out_of(json));
}

void
torpor_json_key(TorporJson *json, const char *key, gsize length)
{
    json->next_key = key;
    json->next_key_length = length;
}

static void
begin_value(TorporJson *json, const char *key)
{
    if (key != NULL)
        torpor_json_key(json, key, strlen(key));
    if (json->needs_comma)
        fputs(json->flat_depth > 0 ? ", " : ",", out_of(json));
    if (json->depth > 0)
        put_line_break(json);
    if (json->next_key != NULL) {
        put_json_text(out_of(json), json->next_key, json->next_key_length);
        fputs(": ", out_of(json));
        json->next_key = NULL;
    }
    json->needs_comma = TRUE;
}

void
torpor_json_begin(TorporJson *json, const char *key, char bracket)
{
    begin_value(json, key);
    putc(bracket, out_of(json));
    json->needs_comma = FALSE;
    json->depth++;
    if (json->flat_depth > 0)
        json->flat_depth++;
}

void
torpor_json_begin_flat(TorporJson *json, const char *key, char bracket)
{
    torpor_json_begin(json, key, bracket);
    if (json->flat_depth == 0)
        json->flat_depth = 1;
}

void
torpor_json_end(TorporJson *json, char bracket)
{
    json->depth--;
    if (json->needs_comma) /* it is not empty */
        put_line_break(json);
    if (json->flat_depth > 0)
        json->flat_depth--;
    putc(bracket, out_of(json));
    json->needs_comma = TRUE;
}

void
torpor_json_text(TorporJson *json, const char *key, const char *text, gssize length)
{
    begin_value(json, key);
    if (text == NULL)
        fputs("null", out_of(json));
    else
        put_json_text(out_of(json), text, length < 0 ? strlen(text) : (gsize)length);
}

void
torpor_json_uint(TorporJson *json, const char *key, guint64 value)
{
    begin_value(json, key);
    fprintf(out_of(json), "%" G_GUINT64_FORMAT, value);
}

void
torpor_json_bool(TorporJson *json, const char *key, gboolean value)
{
    torpor_json_raw(json, key, value ? "true" : "false");
}

void
torpor_json_float(TorporJson *json, const char *key, double value)
{
    char text[TORPOR_FLOAT_TEXT_BYTES];
    torpor_json_raw(json, key, torpor_float_to_text(value, text));
}

void
torpor_json_raw(TorporJson *json, const char *key, const char *value)
{
    begin_value(json, key);
    fputs(value, out_of(json));
}

void
torpor_json_finish(TorporJson *json)
{
    g_assert(json->depth == 0);
    putc('\n', out_of(json));
}

const char *
torpor_float_to_text(double value, char out[TORPOR_FLOAT_TEXT_BYTES])
{
    if (isnan(value))
        return "NaN";
    if (isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(out, TORPOR_FLOAT_TEXT_BYTES, format, value);
        if (g_ascii_strtod(out, NULL) == value)
            break;
    }
    if (strpbrk(out, ".e") == NULL)
        g_strlcat(out, ".0", TORPOR_FLOAT_TEXT_BYTES);
    return out;
}
