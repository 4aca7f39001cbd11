#include "base/key_sort.h"

#include <string.h>

static guint64
key_of(const guint64 *keys, guint64 number)
{
    return keys == NULL ? number : keys[number];
}

static guint64
run_end(const guint64 *numbers, guint64 begin, guint64 n, const guint64 *keys)
{
    guint64 end = begin + 1;
    while (end < n && key_of(keys, numbers[end - 1]) <= key_of(keys, numbers[end]))
        end++;
    return end;
}

static void
reverse(guint64 *numbers, guint64 n)
{
    for (guint64 i = 0; i < n / 2; i++) {
        guint64 number = numbers[i];
        numbers[i] = numbers[n - 1 - i];
        numbers[n - 1 - i] = number;
    }
}

/* Runs that descend are turned round. */
static void
turn_runs(guint64 *numbers, guint64 n, const guint64 *keys)
{
    for (guint64 begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1;
             end < n && key_of(keys, numbers[end - 1]) > key_of(keys, numbers[end]); end++)
            ;
        reverse(numbers + begin, end - begin);
    }
}

static void
merge(const guint64 *from, guint64 begin, guint64 middle, guint64 end, const guint64 *keys,
      guint64 *to)
{
    guint64 left = begin, right = middle;
    for (guint64 i = begin; i < end; i++) {
        gboolean is_left = left < middle &&
                           (right == end || key_of(keys, from[left]) <= key_of(keys, from[right]));
        to[i] = is_left ? from[left++] : from[right++];
    }
}

/* Merge each two neighbouring runs. Is all one run now? */
static gboolean
merge_pairs(const guint64 *from, guint64 n, const guint64 *keys, guint64 *to)
{
    guint64 n_merged = 0;
    for (guint64 begin = 0, end; begin < n; begin = end) {
        guint64 middle = run_end(from, begin, n, keys);
        end = middle == n ? n : run_end(from, middle, n, keys);
        merge(from, begin, middle, end, keys, to);
        n_merged++;
    }
    return n_merged <= 1;
}

gboolean
torpor_key_sort(guint64 *numbers, guint64 n, const guint64 *keys)
{
    turn_runs(numbers, n, keys);
    if (n == 0 || run_end(numbers, 0, n, keys) == n)
        return TRUE;
    g_autofree guint64 *room = g_try_new(guint64, n);
    if (room == NULL)
        return FALSE;
    guint64 *from = numbers, *to = room;
    for (gboolean is_one = FALSE; !is_one;) {
        is_one = merge_pairs(from, n, keys, to);
        guint64 *merged = to;
        to = from;
        from = merged;
    }
    if (from != numbers)
        memcpy(numbers, from, n * sizeof *numbers);
    return TRUE;
}
