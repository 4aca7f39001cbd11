#include "session/options.h"

#include <math.h>
#include <string.h>

#include "session/misspelt.h"
#include "session/signals.h"

/* A word that an option accepts. */
typedef struct {
    const char *name;
    gint value;
} Choice;

typedef struct {
    const char *key;
    const char *fallback; /* its default */
    /* Sets the option. Its errors say only what is expected. */
    gboolean (*parse)(TorporOptions *options, const char *value, GError **error);
} OptionKey;

static gboolean
expect(GError **error, const char *expected)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "expected %s", expected);
    return FALSE;
}

static gboolean
parse_choice(const Choice *choices, const char *value, gint *out, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (const Choice *choice = choices; choice->name != NULL; choice++) {
        if (strcmp(choice->name, value) == 0) {
            *out = choice->value;
            return TRUE;
        }
        g_string_append_printf(names, "%s%s", names->len > 0 ? " or " : "", choice->name);
    }
    return expect(error, names->str);
}

static gboolean
parse_count(const char *value, guint64 *out, GError **error)
{
    return g_ascii_string_to_unsigned(value, 10, 1, G_MAXUINT32, out, NULL) ||
           expect(error, "a number, 1 or more");
}

static gboolean
parse_duration(const char *value, TorporDuration *out, GError **error)
{
    static const char *const expected = "a time above 0 with its unit, such as \"500 ms\", or off";
    if (strcmp(value, "off") == 0) {
        *out = (TorporDuration){0};
        return TRUE;
    }
    char *unit_text = NULL;
    double number = g_ascii_strtod(value, &unit_text);
    if (unit_text == value || !isfinite(number) || number <= 0)
        return expect(error, expected);
    while (g_ascii_isspace(*unit_text))
        unit_text++;
    if (*unit_text == '\0')
        return expect(error, expected);
    const TorporUnit *unit = torpor_unit_lookup(unit_text, error);
    if (unit == NULL)
        return FALSE;
    TorporDuration duration = {.value = number, .unit = unit};
    double seconds = 0;
    if (!torpor_duration_in(&duration, torpor_unit_lookup("s", NULL), &seconds, error))
        return FALSE;
    *out = duration;
    return TRUE;
}

static gboolean
parse_dir(TorporOptions *options, const char *value, GError **error)
{
    if (value[0] == '\0')
        return expect(error, "a folder");
    g_free(options->dir);
    options->dir = g_canonicalize_filename(value, NULL);
    return TRUE;
}

static gboolean
parse_every(TorporOptions *options, const char *value, GError **error)
{
    return parse_duration(value, &options->every, error);
}

static gboolean
parse_every_wall(TorporOptions *options, const char *value, GError **error)
{
    options->every_wall_auto = strcmp(value, "auto") == 0;
    options->every_wall_is_default = FALSE;
    if (options->every_wall_auto)
        return TRUE;
    return parse_duration(value, &options->every_wall, error);
}

static gboolean
parse_mtbf(TorporOptions *options, const char *value, GError **error)
{
    if (strcmp(value, "off") == 0)
        return expect(error, "a time above 0 with its unit, such as \"24 h\"");
    return parse_duration(value, &options->mtbf, error);
}

static gboolean
parse_keep(TorporOptions *options, const char *value, GError **error)
{
    return parse_count(value, &options->keep, error);
}

static gboolean
parse_keep_every(TorporOptions *options, const char *value, GError **error)
{
    if (strcmp(value, "off") != 0)
        return parse_count(value, &options->keep_every, error);
    options->keep_every = 0;
    return TRUE;
}

static gboolean
parse_maxh(TorporOptions *options, const char *value, GError **error)
{
    if (strcmp(value, "off") == 0) {
        options->maxh = (TorporDuration){0};
        return TRUE;
    }
    char *end = NULL;
    double hours = g_ascii_strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(hours) || hours <= 0)
        return expect(error, "a number of hours above 0, or off");
    options->maxh = (TorporDuration){.value = hours, .unit = torpor_unit_lookup("h", error)};
    return options->maxh.unit != NULL;
}

static gboolean
parse_signals(TorporOptions *options, const char *value, GError **error)
{
    GArray *numbers = torpor_signals_parse(value, error);
    if (numbers == NULL)
        return FALSE;
    g_clear_pointer(&options->signals, g_array_unref);
    options->signals = numbers;
    return TRUE;
}

static gboolean
parse_resume(TorporOptions *options, const char *value, GError **error)
{
    static const Choice words[] = {{"auto", TORPOR_RESUME_AUTO},
                                   {"never", TORPOR_RESUME_NEVER},
                                   {"require", TORPOR_RESUME_REQUIRE},
                                   {NULL, 0}};
    g_clear_pointer(&options->resume_path, g_free);
    gint word = TORPOR_RESUME_PATH;
    if (value[0] == '\0')
        return expect(error, "auto, never, require or a path");
    if (!parse_choice(words, value, &word, NULL))
        options->resume_path = g_canonicalize_filename(value, NULL);
    options->resume = (TorporResume)word;
    return TRUE;
}

static gboolean
parse_mode(TorporOptions *options, const char *value, GError **error)
{
    static const Choice modes[] = {{"sync", TORPOR_MODE_SYNC},
                                   {"async", TORPOR_MODE_ASYNC},
                                   {"fork", TORPOR_MODE_FORK},
                                   {NULL, 0}};
    gint mode = 0;
    gboolean known = parse_choice(modes, value, &mode, error);
    options->mode = (TorporMode)mode;
    return known;
}

static gboolean
parse_policy(const char *value, gint32 *out, GError **error)
{
    static const Choice policies[] = {{"error", TORPOR_MISMATCH_ERROR},
                                      {"warn", TORPOR_MISMATCH_WARN},
                                      {"ignore", TORPOR_MISMATCH_IGNORE},
                                      {NULL, 0}};
    return parse_choice(policies, value, out, error);
}

static gboolean
parse_mismatch(TorporOptions *options, const char *value, GError **error)
{
    return parse_policy(value, &options->mismatch, error);
}

static gboolean
parse_origin(TorporOptions *options, const char *value, GError **error)
{
    return parse_policy(value, &options->origin, error);
}

static gboolean
parse_fingerprint(TorporOptions *options, const char *value, GError **error)
{
    return parse_policy(value, &options->fingerprint, error);
}

static gboolean
parse_compress(TorporOptions *options, const char *value, GError **error)
{
    return torpor_pack_options_parse(value, &options->packing) ||
           expect(error, TORPOR_COMPRESS_EXPECTED);
}

static gboolean
parse_incremental(TorporOptions *options, const char *value, GError **error)
{
    static const Choice answers[] = {{"no", TORPOR_INCREMENTAL_NO},
                                     {"compare", TORPOR_INCREMENTAL_COMPARE},
                                     {"yes", TORPOR_INCREMENTAL_YES},
                                     {"check", TORPOR_INCREMENTAL_CHECK},
                                     {NULL, 0}};
    gint answer = 0;
    if (!parse_choice(answers, value, &answer, error))
        return FALSE;
    options->incremental = (TorporIncremental)answer;
    return TRUE;
}

static gboolean
parse_full_every(TorporOptions *options, const char *value, GError **error)
{
    return parse_count(value, &options->full_every, error);
}

static gboolean
parse_writers(TorporOptions *options, const char *value, GError **error)
{
    if (strcmp(value, "all") != 0)
        return parse_count(value, &options->writers, error);
    options->writers = 0;
    return TRUE;
}

static gboolean
parse_answer(const char *value, gboolean *out, GError **error)
{
    static const Choice answers[] = {{"yes", TRUE}, {"no", FALSE}, {NULL, 0}};
    return parse_choice(answers, value, out, error);
}

static gboolean
parse_fsync(TorporOptions *options, const char *value, GError **error)
{
    return parse_answer(value, &options->fsync, error);
}

static gboolean
parse_checkpoints(TorporOptions *options, const char *value, GError **error)
{
    return parse_answer(value, &options->checkpoints, error);
}

static const OptionKey keys[] = {
    {"checkpoints", "yes", parse_checkpoints},
    {"dir", "checkpoints", parse_dir},
    {"every", "off", parse_every},
    {"every_wall", "15 min", parse_every_wall},
    {"mtbf", "24 h", parse_mtbf},
    {"keep", "3", parse_keep},
    {"keep_every", "off", parse_keep_every},
    {"maxh", "off", parse_maxh},
    {"signals", "TERM,USR1,INT", parse_signals},
    {"resume", "auto", parse_resume},
    {"mode", "async", parse_mode},
    {"mismatch", "error", parse_mismatch},
    {"origin", "error", parse_origin},
    {"fingerprint", "error", parse_fingerprint},
    {"compress", "none", parse_compress},
    {"incremental", "no", parse_incremental},
    {"full_every", "16", parse_full_every},
    {"writers", "all", parse_writers},
    {"fsync", "yes", parse_fsync},
};

/* Of all options, and the NULL at their end. */
#define N_NAMES (G_N_ELEMENTS(keys) + 1)

static void
list_names(const char *names[N_NAMES])
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        names[i] = keys[i].key;
    names[N_NAMES - 1] = NULL;
}

static const OptionKey *
find_key(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].key, name) == 0)
            return &keys[i];
    return NULL;
}

/* source: its name in messages, "option every=5" or "environment variable TORPOR_EVERY=5". */
static gboolean
set_option(TorporOptions *options, const OptionKey *key, const char *value, const char *source,
           GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (key->parse(options, value, &cause)) {
        guint at = (guint)(key - keys);
        g_free(options->effective[at]);
        options->effective[at] = g_strdup_printf("%s=%s", key->key, value);
        return TRUE;
    }
    gboolean says_found = cause->code != TORPOR_STATUS_INVALID;
    g_set_error(error, TORPOR_ERROR, says_found ? cause->code : TORPOR_STATUS_INVALID,
                "%s: %s%s%s%s", source, cause->message, says_found ? "" : ", found \"",
                says_found ? "" : value, says_found ? "" : "\"");
    return FALSE;
}

static gboolean
set_given(TorporOptions *options, const char *text, GError **error)
{
    const char *equals = text == NULL ? NULL : strchr(text, '=');
    if (equals == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "expected an option as key=value, found %s", text == NULL ? "NULL" : text);
        return FALSE;
    }
    g_autofree char *name = g_strstrip(g_strndup(text, (gsize)(equals - text)));
    g_autofree char *value = g_strstrip(g_strdup(equals + 1));
    const OptionKey *key = find_key(name);
    if (key == NULL) {
        const char *names[N_NAMES];
        list_names(names);
        const char *meant = torpor_misspelt_nearest(name, names);
        g_autofree char *known = g_strjoinv(", ", (char **)names);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "unknown option \"%s\"; %s%s%sexpected one of %s", name,
                    meant == NULL ? "" : "did you mean ", meant == NULL ? "" : meant,
                    meant == NULL ? "" : "? ", known);
        return FALSE;
    }
    g_autofree char *source = g_strdup_printf("option %s=%s", name, value);
    return set_option(options, key, value, source, error);
}

static gboolean
set_from_environment(TorporOptions *options, const OptionKey *key, GError **error)
{
    g_autofree char *upper = g_ascii_strup(key->key, -1);
    g_autofree char *name = g_strdup_printf("TORPOR_%s", upper);
    g_autofree char *value = g_strdup(g_getenv(name));
    if (value == NULL || g_strstrip(value)[0] == '\0')
        return TRUE;
    g_autofree char *source = g_strdup_printf("environment variable %s=%s", name, value);
    return set_option(options, key, value, source, error);
}

/* Warn of variables that would have been options, had they been spelt so. */
static void
look_for_misspelt(TorporOptions *options)
{
    const char *names[N_NAMES];
    list_names(names);
    options->warnings = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) variables = g_listenv();
    for (char **variable = variables; *variable != NULL; variable++) {
        const char *meant = torpor_misspelt_option(*variable, names);
        if (meant == NULL)
            continue;
        g_autofree char *upper = g_ascii_strup(meant, -1);
        g_ptr_array_add(options->warnings,
                        g_strdup_printf("the environment variable %s is no option of Torpor, and "
                                        "changes nothing; did you mean TORPOR_%s?",
                                        *variable, upper));
    }
}

static void
switch_off(TorporOptions *options)
{
    options->every_wall = options->maxh = (TorporDuration){0};
    options->every_wall_auto = FALSE;
    options->resume = TORPOR_RESUME_NEVER;
    g_array_set_size(options->signals, 0);
}

TorporOptions *
torpor_options_parse(const char *const *options, guint64 n_options, GError **error)
{
    g_autoptr(TorporOptions) parsed = g_new0(TorporOptions, 1);
    parsed->effective = g_new0(char *, G_N_ELEMENTS(keys) + 1);
    if (options == NULL && n_options > 0) {
        expect(error, "options, found NULL");
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (!set_option(parsed, &keys[i], keys[i].fallback, keys[i].key, error))
            return NULL;
    parsed->every_wall_is_default = TRUE;
    for (guint64 i = 0; i < n_options; i++)
        if (!set_given(parsed, options[i], error))
            return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (!set_from_environment(parsed, &keys[i], error))
            return NULL;
    look_for_misspelt(parsed);
    if (!parsed->checkpoints)
        switch_off(parsed);
    return g_steal_pointer(&parsed);
}

void
torpor_options_free(TorporOptions *options)
{
    if (options == NULL)
        return;
    g_clear_pointer(&options->signals, g_array_unref);
    g_clear_pointer(&options->warnings, g_ptr_array_unref);
    g_strfreev(options->effective);
    g_free(options->resume_path);
    g_free(options->dir);
    g_free(options);
}

gboolean
torpor_duration_in(const TorporDuration *duration, const TorporUnit *unit, double *out,
                   GError **error)
{
    double multiply;
    double divide;
    if (!torpor_unit_conversion(duration->unit, unit, &multiply, &divide, error))
        return FALSE;
    *out = duration->value * multiply / divide;
    return TRUE;
}
