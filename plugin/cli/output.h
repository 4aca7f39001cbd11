/* Text for people and JSON for programs. */
#ifndef TORPOR_CLI_OUTPUT_H
#define TORPOR_CLI_OUTPUT_H

#include <glib.h>
#include <stdio.h>

#include "value/tree.h"

G_BEGIN_DECLS

/* What was read from a file, safe for a terminal: control characters become \xNN or \uNNNN, bytes
 * that are no UTF-8 \xNN. Transfer full. */
char *torpor_printable(const char *text, gsize length);

/* Terminal codes, or "" where stdout is no capable terminal or NO_COLOR is set. */
typedef struct {
    const char *strong;
    const char *faint;
    const char *good;
    const char *bad;
    const char *plain;
} TorporColours;
const TorporColours *torpor_colours(void);

/* "1.5 MiB". Transfer full. */
char *torpor_size_to_text(guint64 bytes);

/* "[4000, 3]", "[]". Transfer full. */
char *torpor_shape_text(const TorporArray *array);

/* Flush what was printed. An error if stdout did not take all of it. */
gboolean torpor_output_flush(GError **error);

/* Write a complete file at once. TORPOR_STATUS_EXISTS without `overwrites`, if it is there. */
gboolean torpor_output_write(const char *path, gboolean overwrites, const GString *content,
                             GError **error);

/* ---- JSON, written as it comes ---- */

typedef struct {
    FILE *out; /* NULL: stdout (not owned) */
    gboolean needs_comma;
    guint depth;
    guint flat_depth; /* containers opened inline: no line breaks within */
    const char *next_key;
    gsize next_key_length;
} TorporJson;

/* The key of what comes next, which is given without: any bytes, until then. */
void torpor_json_key(TorporJson *json, const char *key, gsize length);

/* key NULL: an element of an array, or the outermost value. */
void torpor_json_begin(TorporJson *json, const char *key, char bracket);
void torpor_json_begin_flat(TorporJson *json, const char *key, char bracket);
void torpor_json_end(TorporJson *json, char bracket);
void torpor_json_text(TorporJson *json, const char *key, const char *text, gssize length);
void torpor_json_uint(TorporJson *json, const char *key, guint64 value);
void torpor_json_bool(TorporJson *json, const char *key, gboolean value);
void torpor_json_float(TorporJson *json, const char *key, double value);
/* Text that is JSON already. */
void torpor_json_raw(TorporJson *json, const char *key, const char *value);
/* End the outermost value: a line break. */
void torpor_json_finish(TorporJson *json);

/* The shortest decimal number that is read back as the same double, with a point or an exponent;
 * NaN, Infinity, -Infinity as Python's json takes them. */
#define TORPOR_FLOAT_TEXT_BYTES 40
const char *torpor_float_to_text(double value, char out[TORPOR_FLOAT_TEXT_BYTES]);

G_END_DECLS

#endif
