/* sim.c - runs seeds of the two-chassis simulation and counts broken invariants
 *
 * usage: sim --seeds N [--start S] [--minutes M] [--plant NAME] [--hash] [--verbose]
 *            [--coverage] [--require-coverage] [--no-shrink] [--only N,N...]
 *        sim --scenario FILE [--verbose] [--plant NAME] [--scenario-out FILE]
 *        sim --start S [--only N,N...] --scenario-out FILE
 *        sim --plants [--minutes M]
 *        sim --twice N [--start S]
 *        sim --explore [DEPTH] [--plant NAME] | --explore-plants
 *
 * Exit status 1 when an invariant was broken (with --plants: when a planted bug was not
 * caught by its own checker), 2 for a wrong command line.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"
#include "sim.h"

enum { WORKERS = 2, SHRINKS = 3 };
#define TAIL_US (30 * US_PER_S)

struct request {
    uint64_t seeds, start, twice, depth;
    unsigned minutes;
    enum plant plant;
    bool hash, verbose, plants, coverage, require_coverage, no_shrink, explore, explore_plants;
    const char *plant_name, *only, *scenario, *scenario_out;
};

/* Shared with the workers. */
struct tally {
    uint64_t seed; /* being run */
    uint64_t seeds, violations, steps, takeovers, planned, refused, recovered, opened, faults,
        acked, lost, shrunk, audits, compared, differed;
    struct coverage coverage;
};

static int
usage(const char *why)
{
    (void)fprintf(stderr,
                  "sim: %s\nusage: sim --seeds N [--start S] [--minutes M] [--plant NAME] [--hash] "
                  "[--verbose]\n               [--coverage] [--require-coverage] [--no-shrink] "
                  "[--only N,N...]\n"
                  "       sim --scenario FILE [--verbose] [--plant NAME] [--scenario-out FILE]\n"
                  "       sim --start S [--only N,N...] --scenario-out FILE\n"
                  "       sim --plants | --twice N | --explore [DEPTH] [--plant NAME] | "
                  "--explore-plants\n",
                  why);
    return 2;
}

/* ---- command line ---- */

static bool
number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;

    unsigned long long n = text ? strtoull(text, &end, 10) : 0;

    if (!text || errno || end == text || *end || *text == '-' || n > most)
        return false;
    *value = n;
    return true;
}

/* Of a schedule, leave the disturbances with these numbers; false: it is no list of numbers. */
static bool
only(const char *list, struct schedule *schedule)
{
    struct schedule less = {.n = 0};

    while (*list) {
        char *end;
        unsigned long n = strtoul(list, &end, 10);

        if (end == list || (*end && *end != ','))
            return false;
        for (size_t i = 0; i < schedule->n; i++)
            if (schedule->items[i].number == n)
                less.items[less.n++] = schedule->items[i];
        list = *end ? end + 1 : end;
    }
    *schedule = less;
    return true;
}

static int
unknown_plant(void)
{
    (void)fputs("sim: --plant wants one of", stderr);
    for (enum plant p = 0; p < PLANT_N; p++)
        (void)fprintf(stderr, " %s", sim_plant_name(p));
    (void)fputc('\n', stderr);
    return 2;
}

static bool
read_plant(const char *name, struct request *r)
{
    for (r->plant = 0; r->plant < PLANT_N; r->plant++)
        if (name && strcmp(name, sim_plant_name(r->plant)) == 0)
            return true;
    return false;
}

static int
read_switch(const char *arg, struct request *r)
{
    const struct {
        const char *name;
        bool *flag;
    } switches[] = {
        {"--hash", &r->hash},
        {"--verbose", &r->verbose},
        {"--plants", &r->plants},
        {"--coverage", &r->coverage},
        {"--explore-plants", &r->explore_plants},
        {"--no-shrink", &r->no_shrink},
        {"--require-coverage", &r->require_coverage},
    };

    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (strcmp(arg, switches[i].name) == 0) {
            *switches[i].flag = true;
            return 1;
        }
    }
    return 0;
}

static int
read_value(const char *name, const char *value, struct request *r)
{
    uint64_t n = 0;

    if (strcmp(name, "--plant") == 0) {
        r->plant_name = value; /* the exploration has plants of its own */
        return r->explore || read_plant(value, r) ? 0 : unknown_plant();
    }
    if (strcmp(name, "--only") == 0) {
        r->only = value;
        return value && only(value, &(struct schedule){.n = 0})
                   ? 0
                   : usage("--only wants numbers: 3,17");
    }
    if (strcmp(name, "--scenario") == 0) {
        r->scenario = value;
        return 0;
    }
    if (strcmp(name, "--scenario-out") == 0) {
        r->scenario_out = value;
        return 0;
    }
    if (strcmp(name, "--seeds") == 0)
        return number(value, UINT32_MAX, &r->seeds) ? 0 : usage("--seeds wants a number");
    if (strcmp(name, "--start") == 0)
        return number(value, UINT64_MAX / 2, &r->start) ? 0 : usage("--start wants a number");
    if (strcmp(name, "--twice") == 0)
        return number(value, UINT32_MAX, &r->twice) ? 0 : usage("--twice wants a number");
    if (strcmp(name, "--explore") == 0) {
        r->explore = true;
        return number(value, 1000, &r->depth) ? 0 : usage("--explore wants a depth");
    }
    if (strcmp(name, "--minutes") == 0) {
        if (!number(value, 10000, &n) || n < 8)
            return usage("--minutes wants a number from 8");
        r->minutes = (unsigned)n;
        return 0;
    }
    return usage(name);
}

static int
read_arguments(char **argv, struct request *r)
{
    for (char **arg = argv + 1; *arg; arg++) {
        const char *name = *arg;
        int status;

        if (read_switch(name, r))
            continue;
        if (strcmp(name, "--explore") == 0 && (!arg[1] || arg[1][0] == '-')) {
            r->explore = true;
            continue;
        }
        if (!arg[1])
            return usage(name);
        status = read_value(name, *++arg, r);
        if (status)
            return status;
    }
    return 0;
}

/* ---- one failing seed ---- */

static void
again_line(char *line, size_t room, const struct request *r, uint64_t seed)
{
    char plant[64] = "", minutes[32] = "";

    if (r->plant)
        (void)snprintf(plant, sizeof plant, " --plant %s", sim_plant_name(r->plant));
    if (r->minutes != 10)
        (void)snprintf(minutes, sizeof minutes, " --minutes %u", r->minutes);
    (void)snprintf(line, room, "scripts/sim --seeds 1 --start %" PRIu64 "%s%s --verbose", seed,
                   minutes, plant);
}

/* The shortest schedule that still breaks it, and the end of its transcript. */
static void
shrink(const struct sim_options *options, const struct sim_verdict *v, const char *again_text)
{
    struct sim_verdict less = *v, again;
    struct sim_options last = *options;
    struct schedule schedule;

    last.verbose = false;
    sim_shrink(&last, &less);
    schedule = less.schedule;
    (void)printf("  %zu of %zu disturbances are enough:\n", schedule.n, v->schedule.n);
    for (size_t i = 0; i < schedule.n; i++)
        sim_print_disturbance(&schedule.items[i]);
    (void)printf("  again: %s --only ", again_text);
    for (size_t i = 0; i < schedule.n; i++)
        (void)printf("%s%u", i ? "," : "", schedule.items[i].number);
    (void)putchar('\n');
    last.use = &schedule;
    last.verbose = true;
    last.tail_us = less.at.us > TAIL_US ? less.at.us - TAIL_US : 0;
    (void)printf("  last %d virtual seconds, east left, west right:\n", (int)(TAIL_US / US_PER_S));
    sim_run(&last, &again);
}

static void
report(const struct request *r, const struct sim_options *options, const struct sim_verdict *v,
       struct tally *tally)
{
    char again[200];

    again_line(again, sizeof again, r, options->seed);
    (void)printf("seed %" PRIu64 ": invariant %s broken at %.3f s: %s\n    (%s)\n    again: %s\n",
                 options->seed, sim_invariant_name(v->broken), (double)v->at.us / 1e6, v->text,
                 sim_invariant_text(v->broken), again);
    if (!r->no_shrink && !r->verbose && tally->shrunk++ < SHRINKS) {
        sim_print_options(options);
        shrink(options, v, again);
    }
    (void)fflush(stdout);
}

/* ---- many seeds ---- */

static void
work(const struct request *r, uint64_t first, uint64_t step, struct tally *tally)
{
    coverage_now = &tally->coverage;
    for (uint64_t i = first; i < r->seeds; i += step) {
        struct sim_options options = {
            .seed = r->start + i, .minutes = r->minutes, .plant = r->plant, .verbose = r->verbose};
        struct schedule schedule;
        struct sim_verdict v;

        if (r->only) {
            sim_schedule(&options, &schedule);
            (void)only(r->only, &schedule);
            options.use = &schedule;
        }
        tally->seed = options.seed;
        if (r->verbose)
            sim_print_options(&options);
        sim_run(&options, &v);
        tally->seeds++;
        tally->violations += v.broken != INV_NONE;
        tally->steps += v.steps;
        tally->takeovers += v.takeovers;
        tally->planned += v.planned;
        tally->refused += v.refused;
        tally->recovered += v.recovered;
        tally->opened += v.opened;
        tally->faults += v.faults;
        tally->acked += v.acked;
        tally->lost += v.lost;
        tally->audits += v.audits;
        tally->compared += v.compared;
        tally->differed += v.differed;
        if (v.broken)
            report(r, &options, &v, tally);
        if (r->hash) {
            (void)printf("seed %" PRIu64 " hash %016" PRIx64 "\n", options.seed, v.hash);
            (void)fflush(stdout);
        }
    }
}

static void
add_up(struct tally *sum, const struct tally *one)
{
    sum->seeds += one->seeds;
    sum->violations += one->violations;
    sum->steps += one->steps;
    sum->takeovers += one->takeovers;
    sum->planned += one->planned;
    sum->refused += one->refused;
    sum->recovered += one->recovered;
    sum->opened += one->opened;
    sum->faults += one->faults;
    sum->acked += one->acked;
    sum->lost += one->lost;
    sum->audits += one->audits;
    sum->compared += one->compared;
    sum->differed += one->differed;
    coverage_add(&sum->coverage, &one->coverage);
}

/* Two workers share the seeds; one that dies has found something as well. */
static struct tally
run_all(const struct request *r)
{
    struct tally *tallies = mmap(NULL, WORKERS * sizeof *tallies, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct tally sum = {0};
    pid_t pids[WORKERS];
    unsigned workers = r->seeds > 1 && !r->verbose ? WORKERS : 1;

    if (tallies == MAP_FAILED)
        abort();
    (void)fflush(stdout);
    for (unsigned w = 0; w < workers; w++) {
        pids[w] = fork();
        if (pids[w] < 0)
            abort();
        if (pids[w] == 0) {
            work(r, w, workers, &tallies[w]);
            (void)fflush(stdout);
            exit(0); /* through the leak checker */
        }
    }
    for (unsigned w = 0; w < workers; w++) {
        int status = 0;

        (void)waitpid(pids[w], &status, 0);
        if (status != 0) {
            (void)printf("seed %" PRIu64 ": the simulation died (wait status %#x)\n"
                         "    again: scripts/sim --seeds 1 --start %" PRIu64 " --verbose\n",
                         tallies[w].seed, (unsigned)status, tallies[w].seed);
            sum.violations++;
        }
        add_up(&sum, &tallies[w]);
    }
    (void)munmap(tallies, WORKERS * sizeof *tallies);
    return sum;
}

static int
write_scenario(const struct request *r)
{
    struct sim_options options = {.seed = r->start, .minutes = r->minutes, .plant = r->plant};
    struct schedule schedule;

    if (r->only) {
        sim_schedule(&options, &schedule);
        (void)only(r->only, &schedule);
        options.use = &schedule;
    }
    return sim_scenario_out(r->scenario_out, &options);
}

static double
seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    struct request r = {.minutes = 10};
    double began = seconds();
    bool complete = true;
    struct tally sum;
    int status = read_arguments(argv, &r);

    (void)argc;
    if (status)
        return status;
    if (r.explore)
        return explore_main((unsigned)r.depth, r.plant_name);
    if (r.explore_plants)
        return explore_plants();
    if (r.plants)
        return sim_plants(r.minutes);
    if (r.twice)
        return sim_twice(r.start, r.twice, r.minutes);
    if (r.scenario)
        return sim_scenario(r.scenario,
                            &(struct sim_options){.verbose = r.verbose, .plant = r.plant},
                            r.scenario_out);
    if (r.scenario_out)
        return write_scenario(&r);
    if (r.seeds == 0)
        return usage("--seeds is missing");
    sum = run_all(&r);
    (void)printf("%" PRIu64 " steps, %" PRIu64 " disturbances, %" PRIu64 " takeovers (%" PRIu64
                 " planned), %" PRIu64 " refused, %" PRIu64 " sessions opened, %" PRIu64
                 " recovered, %" PRIu64 " of them acknowledged before, %" PRIu64 " lost\n",
                 sum.steps, sum.faults, sum.takeovers, sum.planned, sum.refused, sum.opened,
                 sum.recovered, sum.acked, sum.lost);
    (void)printf("%" PRIu64 " audits completed; %" PRIu64
                 " of session managers judged, of which %" PRIu64 " found what differed\n",
                 sum.audits, sum.compared, sum.differed);
    if (r.coverage || r.require_coverage || r.seeds >= 100)
        complete = coverage_report(&sum.coverage, r.coverage || r.require_coverage);
    (void)printf("%" PRIu64 " seeds, %" PRIu64 " violations, %.1f s\n", sum.seeds, sum.violations,
                 seconds() - began);
    return sum.violations || (r.require_coverage && !complete) ? EXIT_FAILURE : EXIT_SUCCESS;
}
