#include "session/schedule.h"

#include <math.h>
#include <string.h>

static gint64 fake_now_ns;

static gint64
fake_clock(void)
{
    return fake_now_ns;
}

static TorporSchedule *
new_schedule(const char *every, const char *every_wall, const char *clock_unit)
{
    g_autofree char *first = g_strdup_printf("every=%s", every);
    g_autofree char *second = g_strdup_printf("every_wall=%s", every_wall);
    const char *const options[] = {first, second};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOptions) parsed = torpor_options_parse(options, 2, &error);
    g_assert_no_error(error);
    TorporSchedule *schedule = torpor_schedule_new(parsed, clock_unit, &error);
    g_assert_no_error(error);
    torpor_schedule_set_clock(schedule, fake_clock);
    return schedule;
}

/* Steps at which a run from `first` to `last` saves; time is `dt` added up step by step, as many
 * simulators do, or a product. */
static GArray *
run(TorporSchedule *schedule, guint64 first, guint64 last, double dt, gboolean adds_up)
{
    GArray *saved = g_array_new(FALSE, FALSE, sizeof(guint64));
    double time = 0;
    for (guint64 step = 0; step <= last; step++) {
        if (step == first)
            torpor_schedule_begin(schedule, step, time);
        if (step >= first && torpor_schedule_due(schedule, step, time)) {
            torpor_schedule_saved(schedule, step);
            g_array_append_val(saved, step);
        }
        time = adds_up ? time + dt : (double)(step + 1) * dt;
    }
    return saved;
}

static void
test_multiples(void)
{
    const double dts[] = {0.1, 0.025, 1, 0.01, 0.3};
    for (guint i = 0; i < G_N_ELEMENTS(dts); i++) {
        for (gint adds_up = 0; adds_up <= 1; adds_up++) {
            g_autoptr(TorporSchedule) schedule = new_schedule("100 ms", "off", "ms");
            guint64 n_steps = (guint64)(5050 / dts[i]);
            g_autoptr(GArray) saved = run(schedule, 0, n_steps, dts[i], adds_up);
            g_assert_cmpuint(saved->len, ==, 50);
            for (guint k = 0; k < saved->len; k++) {
                double time = (double)g_array_index(saved, guint64, k) * dts[i];
                g_assert_cmpfloat(fabs(time - 100.0 * (k + 1)), <=, dts[i] / 2 + 1e-6);
            }
        }
    }
}

static void
test_resume(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("7.3 ms", "off", "ms");
    g_autoptr(GArray) uncut = run(schedule, 0, 20000, 0.1, TRUE);
    g_assert_cmpuint(uncut->len, ==, 273);
    for (guint64 cut = 1; cut < 3000; cut += 7) {
        g_autoptr(TorporSchedule) resumed = new_schedule("7.3 ms", "off", "ms");
        g_autoptr(GArray) rest = run(resumed, cut, 20000, 0.1, TRUE);
        guint offset = uncut->len - rest->len;
        g_assert_cmpmem(rest->data, rest->len * sizeof(guint64),
                        &g_array_index(uncut, guint64, offset), rest->len * sizeof(guint64));
        g_assert_cmpuint(g_array_index(rest, guint64, 0), >, cut);
        if (offset > 0)
            g_assert_cmpuint(g_array_index(uncut, guint64, offset - 1), <=, cut);
    }
    /* Resumed from each of its own checkpoints: the next one is the next of the uncut run. */
    for (guint k = 0; k + 1 < uncut->len; k += 11) {
        guint64 next = g_array_index(uncut, guint64, k + 1);
        g_autoptr(TorporSchedule) resumed = new_schedule("7.3 ms", "off", "ms");
        g_autoptr(GArray) rest = run(resumed, g_array_index(uncut, guint64, k), next, 0.1, TRUE);
        g_assert_cmpuint(rest->len, ==, 1);
        g_assert_cmpuint(g_array_index(rest, guint64, 0), ==, next);
    }
}

static void
test_units(void)
{
    g_autoptr(TorporSchedule) seconds = new_schedule("500 ms", "off", "s");
    torpor_schedule_begin(seconds, 0, 0);
    g_assert_false(torpor_schedule_due(seconds, 1, 0.1));
    g_assert_true(torpor_schedule_due(seconds, 5, 0.5));
    g_assert_false(torpor_schedule_due(seconds, 6, 0.6));
    const char *const options[] = {"every=500 ms"};
    g_autoptr(TorporOptions) parsed = torpor_options_parse(options, 1, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_schedule_new(parsed, "mV", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
    g_assert_nonnull(strstr(error->message, "\"ms\" to \"mV\""));
    g_clear_error(&error);
    g_assert_null(torpor_schedule_new(parsed, "fortnights?", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
}

/* A host that calls the hook once in many steps: the first call at or after the boundary. */
static void
test_rare_hooks(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("100 ms", "off", "ms");
    torpor_schedule_begin(schedule, 0, 0);
    guint n_saved = 0;
    for (guint64 step = 15; step < 100000; step += 15) {
        double time = (double)step * 0.1;
        if (!torpor_schedule_due(schedule, step, time))
            continue;
        n_saved++;
        g_assert_cmpfloat(fmod(time + 0.05, 100), <, 1.5);
    }
    g_assert_cmpuint(n_saved, ==, 99);
    /* Every step, where `every` is shorter than one. */
    g_autoptr(TorporSchedule) dense = new_schedule("0.01 ms", "off", "ms");
    g_autoptr(GArray) saved = run(dense, 0, 100, 0.1, TRUE);
    g_assert_cmpuint(saved->len, ==, 100);
}

#define SECOND G_GINT64_CONSTANT(1000000000)

/* Is a checkpoint due at this step, to which the run took so long? */
static gboolean
due_after(TorporSchedule *schedule, gint64 ns, guint64 step)
{
    fake_now_ns += ns;
    return torpor_schedule_due(schedule, step, (double)step * 0.1);
}

static void
test_wall(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("off", "2 s", "ms");
    torpor_schedule_begin(schedule, 0, 0);
    g_assert_false(due_after(schedule, 2 * SECOND - 2000001, 1));
    g_assert_false(due_after(schedule, 2000000, 2));
    g_assert_true(due_after(schedule, 2000000, 3));
    torpor_schedule_saved(schedule, 3);
    g_assert_false(due_after(schedule, 0, 3));
    g_assert_false(due_after(schedule, SECOND, 4));
    torpor_schedule_saved(schedule, 4); /* by hand: the wait begins again */
    g_assert_false(due_after(schedule, 3 * SECOND / 2, 5));
    g_assert_true(due_after(schedule, SECOND / 2, 6));
    torpor_schedule_set_wall(schedule, 0);
    g_assert_false(due_after(schedule, 1000 * SECOND, 7));
}

static void
test_short_steps(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("off", "2 s", "ms");
    fake_now_ns = 0;
    torpor_schedule_begin(schedule, 0, 0);
    torpor_schedule_set_clock(schedule, fake_clock);
    guint64 step = 0;
    while (!due_after(schedule, 1000, ++step))
        g_assert_cmpint(fake_now_ns, <, 2 * SECOND + 8 * 1000);
    g_assert_cmpint(fake_now_ns, >=, 2 * SECOND);
    torpor_schedule_saved(schedule, step);
    for (guint i = 0; i < 1000; i++)
        g_assert_false(due_after(schedule, 1000, ++step));
    guint n_slow = 0;
    while (!due_after(schedule, SECOND, ++step)) /* steps turn slow */
        n_slow++;
    g_assert_cmpuint(n_slow, <, 8);
}

static void
test_never_twice(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("1 ms", "1 s", "ms");
    torpor_schedule_begin(schedule, 0, 0);
    g_assert_true(due_after(schedule, 5 * SECOND, 10)); /* both are due: one save */
    torpor_schedule_saved(schedule, 10);
    g_assert_false(due_after(schedule, 5 * SECOND, 10));
    torpor_schedule_saved(schedule, 20); /* by hand, before the hook */
    g_assert_false(due_after(schedule, 5 * SECOND, 20));
    g_assert_true(due_after(schedule, 0, 30));
    /* Back in time, as after a restore: nothing is due where it lands. */
    torpor_schedule_saved(schedule, 30);
    g_assert_false(due_after(schedule, 0, 10));
    g_assert_true(due_after(schedule, 0, 20));
}

/* The same steps are found by a host that looks ahead and calls the hook only where it must. */
static void
test_looking_ahead(void)
{
    const char *const intervals[] = {"7.3 ms",  "0.1 ms",  "0.01 ms", "100 ms",
                                     "3.33 ms", "7.35 ms", "off"};
    for (guint i = 0; i < G_N_ELEMENTS(intervals); i++) {
        for (guint64 first = 0; first < 200; first += 67) {
            g_autoptr(TorporSchedule) plain = new_schedule(intervals[i], "off", "ms");
            g_autoptr(GArray) uncut = run(plain, first, 5000, 0.1, FALSE);
            g_autoptr(TorporSchedule) schedule = new_schedule(intervals[i], "off", "ms");
            g_autoptr(GArray) saved = g_array_new(FALSE, FALSE, sizeof(guint64));
            torpor_schedule_begin(schedule, first, (double)first * 0.1);
            gboolean must_call = TRUE;
            guint n_calls = 0;
            for (guint64 step = first + 1; step <= 5000; step++) {
                double time = (double)step * 0.1;
                if (must_call && torpor_schedule_due(schedule, step, time)) {
                    torpor_schedule_saved(schedule, step);
                    g_array_append_val(saved, step);
                }
                n_calls += must_call;
                must_call = torpor_schedule_due_next(schedule, step, time, step + 1,
                                                     (double)(step + 1) * 0.1);
            }
            g_assert_cmpuint(n_calls, <=, saved->len + 1);
            g_assert_cmpmem(saved->data, saved->len * sizeof(guint64), uncut->data,
                            uncut->len * sizeof(guint64));
        }
    }
}

static gboolean
due_next_after(TorporSchedule *schedule, gint64 ns, guint64 step)
{
    fake_now_ns += ns;
    return torpor_schedule_due_next(schedule, step, (double)step * 0.1, step + 1,
                                    (double)(step + 1) * 0.1);
}

static void
test_looking_ahead_by_the_wall_clock(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("off", "2 s", "ms");
    torpor_schedule_begin(schedule, 0, 0);
    for (guint64 step = 1; step < 40; step += 2) {
        g_assert_false(due_next_after(schedule, SECOND, step));
        g_assert_true(due_next_after(schedule, SECOND, step + 1));
        /* It is due there, though the clock is not read at each step. */
        g_assert_true(torpor_schedule_due(schedule, step + 2, (double)(step + 2) * 0.1));
        torpor_schedule_saved(schedule, step + 2);
    }
    /* The last save must begin in time, two steps later. */
    g_autoptr(TorporSchedule) ends = new_schedule("off", "off", "ms");
    torpor_schedule_begin(ends, 0, 0);
    torpor_schedule_set_deadline(ends, 10);
    for (guint64 step = 1; step < 8; step++)
        g_assert_false(due_next_after(ends, SECOND, step));
    g_assert_true(due_next_after(ends, SECOND, 8));
    g_assert_true(torpor_schedule_due(ends, 9, 0.9));
    g_assert_true(torpor_schedule_is_late(ends));
}

/* What a step is to other runs, the way to the next multiple of `every` is here. */
static void
test_deadline_of_a_run_that_waits(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("1 ms", "off", "ms");
    torpor_schedule_wait_for_every(schedule);
    torpor_schedule_begin(schedule, 0, 0);
    torpor_schedule_set_deadline(schedule, 25);
    for (guint64 step = 1; step < 10; step++)
        g_assert_false(due_after(schedule, SECOND, step));
    g_assert_true(due_after(schedule, SECOND, 10));
    g_assert_false(torpor_schedule_is_late(schedule)); /* at 20 s there is another one */
    torpor_schedule_saved(schedule, 10);
    for (guint64 step = 11; step < 20; step++)
        g_assert_false(due_after(schedule, SECOND, step));
    g_assert_true(due_after(schedule, SECOND, 20));
    g_assert_true(torpor_schedule_is_late(schedule));
}

static void
test_due_time(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("0.1 ms", "off", "ms");
    double time = 0;
    for (guint i = 1; i < 100000; i++) {
        double due = torpor_schedule_due_time(schedule, time);
        g_assert_cmpfloat(due, >, time);
        g_assert_cmpfloat(fabs(due - 0.1 * i), <, 1e-9);
        time = due;
    }
    g_assert_cmpfloat(torpor_schedule_due_time(schedule, 0.05), ==, 0.1);
    g_autoptr(TorporSchedule) off = new_schedule("off", "1 s", "ms");
    g_assert_true(isinf(torpor_schedule_due_time(off, 7)));
}

static void
test_off(void)
{
    g_autoptr(TorporSchedule) schedule = new_schedule("off", "off", "ms");
    g_autoptr(GArray) saved = run(schedule, 0, 100000, 0.1, TRUE);
    g_assert_cmpuint(saved->len, ==, 0);
}

static void
count(gpointer n)
{
    ++*(guint *)n;
}

/* Half of the way, from where the run began; or all but half a minute. Once. */
static void
test_near(void)
{
    guint n = 0;
    g_autoptr(TorporSchedule) simulated = new_schedule("100 ms", "off", "ms");
    torpor_schedule_on_near(simulated, count, &n);
    torpor_schedule_begin(simulated, 400, 40);
    for (guint64 step = 401; step < 700; step++)
        g_assert_false(torpor_schedule_due(simulated, step, (double)step * 0.1));
    g_assert_cmpuint(n, ==, 0);
    for (guint64 step = 700; step < 2500; step++) {
        gboolean is_next = torpor_schedule_due_next(simulated, step, (double)step * 0.1, step + 1,
                                                    (double)(step + 1) * 0.1);
        g_assert_cmpint(is_next, ==, step + 1 == 1000 || step + 1 == 2000);
        g_assert_cmpuint(n, ==, 1);
        if (!is_next)
            continue;
        step++;
        g_assert_true(torpor_schedule_due(simulated, step, (double)step * 0.1));
    }
    for (gint64 wall = 20; wall <= 900; wall += 880) {
        n = 0;
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT " s", wall);
        g_autoptr(TorporSchedule) schedule = new_schedule("off", text, "ms");
        torpor_schedule_on_near(schedule, count, &n);
        torpor_schedule_begin(schedule, 0, 0);
        const gint64 before = MIN(30, wall / 2);
        g_assert_false(due_after(schedule, (wall - before) * SECOND - 2000000, 1));
        g_assert_cmpuint(n, ==, 0);
        g_assert_false(due_after(schedule, 3000000, 2));
        g_assert_false(due_after(schedule, 3000000, 3));
        g_assert_cmpuint(n, ==, 1);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/every/multiples-within-half-a-step", test_multiples);
    g_test_add_func("/schedule/every/same-steps-after-a-resume", test_resume);
    g_test_add_func("/schedule/every/unit-of-the-clock", test_units);
    g_test_add_func("/schedule/every/hooks-many-steps-apart", test_rare_hooks);
    g_test_add_func("/schedule/wall/since-the-last-save", test_wall);
    g_test_add_func("/schedule/wall/short-steps-read-the-clock-less", test_short_steps);
    g_test_add_func("/schedule/both/never-twice-at-one-step", test_never_twice);
    g_test_add_func("/schedule/every/looking-ahead", test_looking_ahead);
    g_test_add_func("/schedule/wall/looking-ahead", test_looking_ahead_by_the_wall_clock);
    g_test_add_func("/schedule/every/deadline-of-a-run-that-waits",
                    test_deadline_of_a_run_that_waits);
    g_test_add_func("/schedule/every/due-time", test_due_time);
    g_test_add_func("/schedule/near/half-of-the-way-or-half-a-minute", test_near);
    g_test_add_func("/schedule/off/never-due", test_off);
    return g_test_run();
}
