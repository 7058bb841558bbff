#include "lab/caller/stats.h"

static void
swap(int64_t *a, int64_t *b)
{
    int64_t held = *a;

    *a = *b;
    *b = held;
}

/* The value that would stand at `rank` if they were sorted: quickselect, with the middle
 * one as pivot, so sorted input is no worst case; equal values are split evenly. */
static int64_t
select_rank(int64_t *values, size_t n, size_t rank)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        int64_t pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;

        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            swap(&values[i++], &values[j--]);
        }
        /* all of [low, j] <= pivot <= all of [j + 1, high] */
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[low];
}

int64_t
stats_permille(int64_t *values, size_t n, unsigned permille)
{
    size_t rank;

    if (n == 0)
        return 0;
    rank = (n * permille + 999) / 1000;
    if (rank > n)
        rank = n;
    return select_rank(values, n, rank ? rank - 1 : 0);
}
