/* A page of HTML, complete in itself: no script, and nothing is fetched. All texts that are put on
 * it are escaped, and cut if they are long. */
#ifndef TORPOR_CLI_PAGE_H
#define TORPOR_CLI_PAGE_H

#include <glib.h>

G_BEGIN_DECLS

GString *torpor_page_new(const char *title);
/* End the page. */
void torpor_page_finish(GString *page);

void torpor_page_text(GString *page, const char *text);
/* <tag class="style">text</tag>; style NULL: no class. The two are constants, and no texts from a
 * file. */
void torpor_page_element(GString *page, const char *tag, const char *style, const char *text);

G_END_DECLS

#endif
