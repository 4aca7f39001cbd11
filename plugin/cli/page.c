#include "cli/page.h"

#include <string.h>

#include "cli/output.h"

#define MAX_TEXT_BYTES ((gsize)500)

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    /* Whatever a text might contain: the browser runs and fetches nothing. */
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    "body { font: 15px/1.45 sans-serif; color: #222; background: #fff; margin: 2em auto;\n"
    "       max-width: 90em; padding: 0 1.5em }\n"
    "h1 { font-size: 1.5em } h2 { font-size: 1.25em; margin-top: 2em }\n"
    "h3 { font-size: 1em; margin: 1.5em 0 .3em }\n"
    "table { border-collapse: collapse }\n"
    "th, td { text-align: left; vertical-align: top; padding: .15em 1em .15em 0;\n"
    "         overflow-wrap: anywhere }\n"
    "th { font-weight: normal; color: #666; min-width: 7em }\n"
    "thead th { color: #222; font-weight: bold }\n"
    "ul { margin: 0; padding-left: 1.2em }\n"
    "figure { display: inline-block; margin: .5em 1em .5em 0; width: 460px; max-width: 100% }\n"
    "figure svg { width: 100%; height: auto; border: 1px solid #ddd }\n"
    ".different { background: #fdf0e0 } .bad { color: #a11; font-weight: bold }\n"
    ".good { color: #171 } .faint { color: #666 }\n"
    "</style>\n";

void
torpor_page_text(GString *page, const char *text)
{
    gsize length = strlen(text), shown = MIN(length, MAX_TEXT_BYTES);
    while (shown < length && shown > 0 && ((guint8)text[shown] & 0xc0) == 0x80)
        shown--; /* not within a character */
    g_autofree char *printable = torpor_printable(text, shown);
    g_autofree char *escaped = g_markup_escape_text(printable, -1);
    g_string_append(page, escaped);
    if (shown < length)
        g_string_append(page, " …");
}

void
torpor_page_element(GString *page, const char *tag, const char *style, const char *text)
{
    g_string_append_printf(page, "<%s", tag);
    if (style != NULL)
        g_string_append_printf(page, " class=\"%s\"", style);
    g_string_append_c(page, '>');
    torpor_page_text(page, text);
    g_string_append_printf(page, "</%s>\n", tag);
}

GString *
torpor_page_new(const char *title)
{
    GString *page = g_string_new(head);
    torpor_page_element(page, "title", NULL, title);
    g_string_append(page, "</head>\n<body>\n");
    torpor_page_element(page, "h1", NULL, title);
    return page;
}

void
torpor_page_finish(GString *page)
{
    torpor_page_element(page, "p", "faint", "Written by torpor " TORPOR_VERSION ".");
    g_string_append(page, "</body>\n</html>\n");
}
