/* What a codec writes is one value for all objects of a rank: it goes on on as many ranks, with the
 * same objects on each, and is refused by name on others. */
#include "ranks.h"

#include "run.h"

/* What from_state has read, of each rank. */
static Link pending[MAX_RANKS][2 * N_CELLS];

static gint32
to_state(void *codec_data, void *host_data, const struct torpor_population *population,
         const struct torpor_tree_writer *writer, struct torpor_error *error)
{
    Cells *cells = host_data;
    const struct torpor_array sums = {.data = &cells->links[0].sum,
                                      .dtype = TORPOR_DTYPE_FLOAT64,
                                      .rank = 1,
                                      .shape = {population->count},
                                      .stride = sizeof(Link),
                                      .unit = "mV"};
    const struct torpor_array targets = {.data = &cells->links[0].to,
                                         .dtype = TORPOR_DTYPE_UINT32,
                                         .rank = 1,
                                         .shape = {population->count},
                                         .stride = sizeof(Link)};
    gint32 status = writer->put_array(writer->data, "sums", &sums);
    (void)codec_data, (void)error;
    return status != 0 || cells->nests ? status : writer->put_array(writer->data, "to", &targets);
}

static gint32
from_state(void *codec_data, void *host_data, const struct torpor_population *population,
           const struct torpor_tree_reader *reader, int32_t mismatch, struct torpor_error *error)
{
    const Cells *cells = host_data;
    Link *links = pending[cells->seat.rank];
    const struct torpor_array sums = {.data = &links[0].sum,
                                      .dtype = TORPOR_DTYPE_FLOAT64,
                                      .rank = 1,
                                      .shape = {population->count},
                                      .stride = sizeof(Link),
                                      .unit = "mV"};
    const struct torpor_array targets = {.data = &links[0].to,
                                         .dtype = TORPOR_DTYPE_UINT32,
                                         .rank = 1,
                                         .shape = {population->count},
                                         .stride = sizeof(Link)};
    gint32 status = reader->read_array(reader->data, "sums", &sums, error);
    (void)codec_data, (void)mismatch;
    return status != 0 || cells->nests ? status
                                       : reader->read_array(reader->data, "to", &targets, error);
}

static gint32
commit(void *codec_data, void *host_data, const struct torpor_population *population,
       struct torpor_error *error)
{
    Cells *cells = host_data;
    const Link *links = pending[cells->seat.rank];
    (void)codec_data, (void)error;
    for (guint64 i = 0; i < population->count; i++) {
        cells->links[i].sum = links[i].sum;
        cells->links[i].to = cells->nests ? cells->links[i].to : links[i].to;
    }
    return TORPOR_STATUS_OK;
}

static const struct torpor_codec of_links = {TORPOR_CODEC_INIT, .type = "link",
                                             .to_state = to_state, .from_state = from_state,
                                             .commit = commit};
static const struct torpor_codec of_sums = {TORPOR_CODEC_INIT, .type = "sum", .to_state = to_state,
                                            .from_state = from_state, .commit = commit};

static void
give_codec_of_links(Rank *rank)
{
    rank->cells.codec = &of_links;
    rank->cells.lacks_keys = TRUE;
}

static void
give_codec_of_keyed_links(Rank *rank)
{
    rank->cells.codec = &of_links;
}

static void
give_codec_of_sums(Rank *rank)
{
    rank->cells.codec = &of_sums;
    rank->cells.nests = TRUE;
}

/* Runs of three ranks go on; on `n` ranks they do not, for this reason. */
static void
check(void (*before)(Rank *rank), guint n, Dealing dealing, const char *words)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = before;
    run->until = 47;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    run_clear(run);
    *run = run_new(dir, n, dealing);
    run->before = before;
    assert_refused(run, TORPOR_STATUS_UNSUPPORTED, words);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = before;
    run_start(run);
    g_assert_true(run->ranks[0].resumed);
    assert_equals_straight(run);
}

static void
test_population(void)
{
    check(
        give_codec_of_links, 2, ONE_BY_ONE,
        "populations/links: it is not the same on the 3 ranks that saved it, and has no key, so it "
        "can be restored on 3 ranks only");
}

static void
test_nested(void)
{
    static const char words[] =
        "populations/links: a codec wrote a part of it, as one value for all objects of a rank, so "
        "it can be restored on the same number of ranks only, with the same objects on each; it "
        "was saved on 3";
    check(give_codec_of_sums, 2, ONE_BY_ONE, words);
    check(give_codec_of_sums, 3, IN_BLOCKS, words);
}

/* A codec writes no field that could be a key. */
static void
test_key(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = give_codec_of_keyed_links;
    assert_refused(run, TORPOR_STATUS_INVALID,
                   "populations/links: key: the codec of type \"link\" writes its "
                   "objects, so no field can be their key, found \"id\"");
}

void
add_codec_tests(void)
{
    g_test_add_func("/ranks/codec/population", test_population);
    g_test_add_func("/ranks/codec/nested", test_nested);
    g_test_add_func("/ranks/codec/key", test_key);
}
