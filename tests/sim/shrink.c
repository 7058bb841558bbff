/* A failing schedule is made shorter as long as the same invariant breaks: halves first,
 * then quarters, down to single disturbances. Each trial runs in a process of its own, since
 * what is sought may be a crash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

enum { TRIALS = 400 };

static struct sim_verdict *shared;

static bool
still_breaks(const struct sim_options *options, const struct schedule *schedule,
             enum invariant invariant)
{
    struct sim_options trial = *options;
    int status = 0;
    pid_t pid;

    trial.use = schedule;
    trial.verbose = false;
    *shared = (struct sim_verdict){0};
    (void)fflush(stdout);
    pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0) {
        sim_run(&trial, shared);
        _exit(0);
    }
    (void)waitpid(pid, &status, 0);
    return status == 0 && shared->broken == invariant;
}

/* The same without items [from, from + n). */
static struct schedule
without(const struct schedule *schedule, size_t from, size_t n)
{
    struct schedule less = {.n = 0};

    for (size_t i = 0; i < schedule->n; i++)
        if (i < from || i >= from + n)
            less.items[less.n++] = schedule->items[i];
    return less;
}

void
sim_shrink(const struct sim_options *options, struct sim_verdict *verdict)
{
    struct schedule best = verdict->schedule;
    struct sim_verdict found = *verdict;
    int trials = 0;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return;
    /* what comes after the failure has no part in it */
    for (size_t i = 0; i < best.n;) {
        if (best.items[i].phase == SRP_SETTLED &&
            best.items[i].at_us > verdict->at.us + 2 * US_PER_S)
            best = without(&best, i, 1);
        else
            i++;
    }
    for (size_t step = (best.n + 1) / 2; step > 0; step = step > 1 ? (step + 1) / 2 : 0) {
        bool shorter = true;

        while (shorter && trials < TRIALS) {
            shorter = false;
            for (size_t from = 0; from < best.n && trials < TRIALS;) {
                struct schedule less = without(&best, from, step);

                trials++;
                if (still_breaks(options, &less, verdict->broken)) {
                    best = less;
                    found = *shared;
                    shorter = true;
                } else {
                    from += step;
                }
            }
        }
        if (step == 1)
            break;
    }
    (void)munmap(shared, sizeof *shared);
    *verdict = found;
    verdict->schedule = best;
}
