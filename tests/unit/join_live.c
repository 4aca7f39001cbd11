/* checkpoint/join.c: of shards, one rank of a host takes what it lists. */
#include "join_case.h"

static const Live one_of_two = {.rank = 0, .n_ranks = 2, .cells = "3 0"};
static const Live other_of_three = {.rank = 1, .n_ranks = 3, .cells = "3 0"};
static const Live interleaved = {.n_ranks = 3, .cells = "2 0 3 1"};
static const Live ascending = {.n_ranks = 3, .cells = "0 3"};
static const Live no_path = {.n_ranks = 3, .has_no_path = TRUE};
static const Live unknown = {.n_ranks = 3, .cells = "3 9"};
static const Live single = {.n_ranks = 1, .cells = "0 1 2 3", .lacks_keys = TRUE};
static const Live without_keys = {.n_ranks = 3, .cells = "3 0", .lacks_keys = TRUE};
static const Live nothing = {.n_ranks = 3};
static const Live second_of_two = {.rank = 1, .n_ranks = 2};
static const Live second_of_three = {.rank = 1, .n_ranks = 3};
static const Live of_rank = {.n_ranks = 2, .cells = "1", .is_of_rank = TRUE, .tree = "t"};
static const Live of_other_rank = {.n_ranks = 3, .cells = "1", .is_of_rank = TRUE, .tree = "t"};
static const Live links_and_cells = {.n_ranks = 3, .cells = "0 1", .links = "1 0"};
static const Live links_and_other = {.n_ranks = 3, .cells = "2 3", .links = "1 0"};
static const Live only_links = {.n_ranks = 3, .links = "1 0"};
static const Live some_slots = {.n_ranks = 3, .slots = "3 0", .n_rows = 3};
static const Live no_rows = {.n_ranks = 3, .slots = "3 0", .n_rows = 0};
static const Live tree = {.n_ranks = 3, .tree = "t"};
static const Live tree_of_two = {.rank = 1, .n_ranks = 2, .tree = "t"};
static const Live tree_of_three = {.rank = 1, .n_ranks = 3, .tree = "t"};
static const Live same_tree = {.n_ranks = 3, .tree = "t", .second_tree = "t"};
static const Live generator = {.n_ranks = 3, .generator = "g"};

static const Case cases[] = {
    {"live", .live = &other_of_three,
     .expected = ID "uint32(3 0);" V "float64(30 0)mV;"
                    "layout/cells/count=2;layout/cells/key='id;host/ranks=3;host/rank=1"},
    {"live/same-number", .live = &one_of_two, .expected = ID "uint32(3 0);" V "float64(30 0)mV"},
    {"live/interleaved", .live = &interleaved, .expected = V "float64(20 0 30 10)mV"},
    {"live/key-of-last", .of = {NULL, ID "5"}, .live = &other_of_three, MISMATCH,
     .words = "its key is no column of integers"},
    {"live/unknown-key", .live = &unknown, MISMATCH,
     .words = "the object of key 9 is not in the checkpoint"},
    {"live/twice", 3, .of = {[2] = ID "uint32(3 0)"}, .live = &unknown, DAMAGED,
     .words = "populations/cells: the object of key 3 is there twice, on ranks 1 and 2"},
    {"live/one-rank", .live = &single, .expected = V "float64(0 10 20 30)mV;populations/cells/id!"},
    {"live/without-key", .live = &without_keys, MISMATCH,
     .words = "the host lists it without a key"},
    {"live/saved-without", .all = NO_KEY, .live = &other_of_three, REFUSED,
     .words = "it was saved without keys"},
    {"live/numbers", 1,
     .all = NO_KEY ";layout/cells/count=4;populations/cells/id!;" V "float64(9 8 7 6)mV",
     .live = &other_of_three, .expected = V "float64(6 9)mV;" ID "uint32(3 0)"},
    {"live/ascending-numbers", 1,
     .all = NO_KEY ";layout/cells/count=4;populations/cells/id!;" V "float64(9 8 7 6)mV",
     .live = &ascending, .expected = V "float64(9 6)mV"},
    {"live/fewer-numbers", 1, .all = NO_KEY, .live = &other_of_three, MISMATCH,
     .words = "the object of key 3 is not in the checkpoint"},
    {"live/axis", .all = ID "uint32(1x2: 1 0)", .live = &other_of_three, MISMATCH,
     .words = "its key is not what it was"},
    {"live/slots", .of = {SLOTS_0, SLOTS_1}, .live = &some_slots,
     .expected = "populations/slots/g=float64(3x2: 3 0 13 10 23 20);"
                 "populations/slots/of=uint32(1x2: 3 0);populations/cells!"},
    {"live/slots-of-one", 1,
     .all = SLOTS "layout/slots/key!;"
                  "populations/slots/g=float64(3x4: 0 1 2 3 10 11 12 13 20 21 22 23)",
     .live = &some_slots,
     .expected = "populations/slots/g=float64(3x2: 3 0 13 10 23 20);"
                 "populations/slots/of=uint32(1x2: 3 0)"},
    {"live/no-rows", .of = {SLOTS_0, SLOTS_1}, .live = &no_rows},
    {"live/nothing", .live = &nothing, .expected = "layout={};populations={}"},
    {"live/of-rank", .all = NO_KEY ";trees/t=1", .of = {NULL, "trees/t=2"}, .live = &of_rank,
     .expected = V "float64(10 0)mV;trees/t=1"},
    {"live/of-other-rank", .all = NO_KEY ";trees/t=1", .of = {NULL, "trees/t=2"},
     .live = &of_other_rank, .expected = "populations={};trees={}"},
    {"live/of-rank-of-some", .all = NO_KEY, .of = {NO_CELLS}, .live = &of_rank,
     .expected = V "float64(30 20)mV"},
    {"live/links", .of = {LINKS_0, LINKS_1}, .live = &links_and_cells,
     .expected = "populations/links/to=uint32(0 1)"},
    {"live/links-elsewhere", .of = {LINKS_0, LINKS_1}, .live = &links_and_other, MISMATCH,
     .words = "which is now on another rank"},
    {"live/links-to-nothing", .of = {LINKS_0, LINKS_1}, .live = &only_links, MISMATCH,
     .words = "it refers to a population that the host does not list"},
    {"live/tree", .all = "trees/t/a=1", .live = &tree, .expected = "trees/t/a=1"},
    {"live/tree-of-some", .of = {NULL, "trees/t/a=1"}, .live = &tree, .expected = "trees/t/a=1"},
    {"live/no-tree", .all = "trees/u=1", .live = &tree, .expected = "trees={}"},
    {"live/no-trees", .live = &tree, .expected = "trees!"},
    {"live/other-trees", .of = {"trees/t=1", "trees/t=2"}, .live = &tree, REFUSED,
     .is_strict = TRUE, .words = "trees/t: it is not the same"},
    {"live/own-tree", .of = {"trees/t=1", "trees/t=2"}, .live = &tree_of_two,
     .expected = "trees/t=2"},
    {"live/own-tree-of-three", 3, .of = {"trees/t=1", NULL, "trees/t=2"}, .live = &tree_of_two,
     .is_strict = TRUE, REFUSED, .words = "not the same on the 3 ranks"},
    {"live/tree-of-others", 3, .of = {"trees/t=1", NULL, "trees/t=2"}, .live = &tree_of_three,
     .is_strict = TRUE, REFUSED, .words = "not the same on the 3 ranks"},
    {"live/same-tree", .all = "trees/t=1", .live = &same_tree, .status = TORPOR_STATUS_EXISTS,
     .words = "listed already"},
    {"live/generator", .all = "generators/g=1", .live = &generator, .expected = "generators/g=1"},
    {"live/other-generators", .of = {"generators/g=1", "generators/g=2"}, .live = &generator,
     .is_strict = TRUE, REFUSED, .words = "generators/g: it is not the same"},
    {"live/no-path", .all = "generators/g=1", .live = &no_path, .expected = "generators={}"},
    {"live/no-generators", .live = &generator, .expected = "generators!"},
    {"live/outputs", .of = {"outputs/o=1"}, .live = &nothing, .expected = "outputs/o=1"},
    {"live/outputs-of-first", .of = {"outputs/o=1"}, .live = &second_of_three,
     .expected = "outputs!"},
    {"live/no-outputs", .of = {"outputs/o=1", "outputs={}"}, .live = &nothing,
     .expected = "outputs/o=1"},
    {"live/own-outputs", .of = {"outputs/o=1", "outputs/p=1"}, .live = &second_of_two,
     .expected = "outputs/p=1;outputs/o!"},
    {"live/outputs-of-other", .of = {"outputs/o=1", "outputs/p=1"}, .live = &nothing, REFUSED,
     .words = "outputs/p: rank 1 wrote this file"},
};

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases(cases, G_N_ELEMENTS(cases));
    return g_test_run();
}
