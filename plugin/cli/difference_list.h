/* What differs between two files, in the order that people read it: what is of the complete model,
 * then the fields of each population, then the rest. What hosts hide, such as buffers, and random
 * generators come last. */
#ifndef TORPOR_CLI_DIFFERENCE_LIST_H
#define TORPOR_CLI_DIFFERENCE_LIST_H

#include "checkpoint/layout.h"
#include "compare/difference.h"

G_BEGIN_DECLS

typedef struct {
    char *path;
    char *text;      /* what follows the path: "164 of 200 differ, first in ..." */
    GPtrArray *rows; /* texts of the further rows that differ */
    char *group;     /* path of its population or section; "" for what is of the complete model */
    gboolean is_hidden;
    gboolean is_potential; /* a voltage */
    guint stretch; /* number of the lines of one group, shown or hidden, that follow one another */
} TorporDifferenceLine;

typedef struct {
    GPtrArray *shown;   /* of TorporDifferenceLine */
    GPtrArray *hidden;  /* the same */
    guint n_generators; /* lines of random generators among the hidden ones */
} TorporDifferenceList;

void torpor_difference_list_init(TorporDifferenceList *list);
void torpor_difference_list_clear(TorporDifferenceList *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporDifferenceList, torpor_difference_list_clear)

/* layout: of either file. */
void torpor_difference_list_add(TorporDifferenceList *list, const TorporLayout *layout,
                                const TorporDifference *difference, gboolean with_ulps);

/* Call once, after the last one was added. Hidden ones are shown if `with_hidden` says so, or if
 * nothing else differs. */
void torpor_difference_list_arrange(TorporDifferenceList *list, gboolean with_hidden);

/* The path as it is shown below the heading of its group. (not owned) */
const char *torpor_difference_line_name(const TorporDifferenceLine *line);

/* "35 hidden values and 5 values of random generators differ": what is not shown. NULL if all is
 * shown. Transfer full. */
char *torpor_difference_list_rest(const TorporDifferenceList *list);

G_END_DECLS

#endif
