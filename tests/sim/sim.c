/* sim.c - runs seeds of the two-chassis simulation and counts broken promises
 *
 * usage: sim --seeds N [--start S] [--minutes M] [--plant NAME] [--hash] [--verbose]
 *        sim --plants
 *
 * Exit status 1 when a promise was broken (with --plants: when a planted bug was not
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

#include "sim.h"

enum { WORKERS = 2, PLANT_SEEDS = 200 };

struct request {
    uint64_t seeds, start;
    unsigned minutes;
    enum plant plant;
    bool hash, verbose, plants;
};

/* Shared with the workers. */
struct tally {
    uint64_t seed; /* being run */
    uint64_t seeds, violations, steps, takeovers, recovered, opened, faults, acked;
};

static int
usage(const char *why)
{
    (void)fprintf(stderr,
                  "sim: %s\nusage: sim --seeds N [--start S] [--minutes M] [--plant NAME] "
                  "[--hash] [--verbose] | --plants\n",
                  why);
    return 2;
}

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

static int
read_arguments(char **argv, struct request *r)
{
    uint64_t n;

    for (char **arg = argv + 1; *arg; arg++) {
        if (strcmp(*arg, "--hash") == 0) {
            r->hash = true;
        } else if (strcmp(*arg, "--verbose") == 0) {
            r->verbose = true;
        } else if (strcmp(*arg, "--plants") == 0) {
            r->plants = true;
        } else if (strcmp(*arg, "--seeds") == 0) {
            if (!number(*++arg, UINT32_MAX, &r->seeds))
                return usage("--seeds wants a number");
        } else if (strcmp(*arg, "--start") == 0) {
            if (!number(*++arg, UINT64_MAX / 2, &r->start))
                return usage("--start wants a number");
        } else if (strcmp(*arg, "--minutes") == 0) {
            if (!number(*++arg, 10000, &n) || n < 6)
                return usage("--minutes wants a number from 6");
            r->minutes = (unsigned)n;
        } else if (strcmp(*arg, "--plant") == 0) {
            arg++;
            for (r->plant = 0; r->plant < PLANT_N; r->plant++)
                if (*arg && strcmp(*arg, sim_plant_name(r->plant)) == 0)
                    break;
            if (r->plant == PLANT_N)
                return usage(
                    "--plant wants none, deaf-active, deaf-cards, twin-chassis, early-ack, "
                    "lost-delete, two-owners, endless-pending, forgetful-cf, stuck-route or "
                    "no-resync");
        } else {
            return usage(*arg);
        }
        if (!*arg)
            return usage("value missing");
    }
    return 0;
}

static void
report(const struct request *r, uint64_t seed, const struct sim_verdict *v)
{
    char line[512], plant[64] = "", minutes[32] = "";

    if (r->plant)
        (void)snprintf(plant, sizeof plant, " --plant %s", sim_plant_name(r->plant));
    if (r->minutes != 10)
        (void)snprintf(minutes, sizeof minutes, " --minutes %u", r->minutes);
    (void)snprintf(line, sizeof line,
                   "seed %" PRIu64 ": invariant %u broken at %.3f s: %s\n"
                   "    again: scripts/sim --seeds 1 --start %" PRIu64 "%s%s --verbose\n",
                   seed, v->invariant, (double)v->at.us / 1e6, v->text, seed, minutes, plant);
    (void)fputs(line, stdout); /* one write a report: the buffer is flushed here only */
    (void)fflush(stdout);
}

static void
work(const struct request *r, uint64_t first, uint64_t step, struct tally *tally)
{
    for (uint64_t i = first; i < r->seeds; i += step) {
        struct sim_options options = {
            .seed = r->start + i, .minutes = r->minutes, .plant = r->plant, .verbose = r->verbose};
        struct sim_verdict v;

        tally->seed = options.seed;
        sim_run(&options, &v);
        tally->seeds++;
        tally->violations += v.invariant != 0;
        tally->steps += v.steps;
        tally->takeovers += v.takeovers;
        tally->recovered += v.recovered;
        tally->opened += v.opened;
        tally->faults += v.faults;
        tally->acked += v.acked;
        if (v.invariant)
            report(r, options.seed, &v);
        if (r->hash) {
            (void)printf("seed %" PRIu64 " hash %016" PRIx64 "\n", options.seed, v.hash);
            (void)fflush(stdout);
        }
    }
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
        sum.seeds += tallies[w].seeds;
        sum.violations += tallies[w].violations;
        sum.steps += tallies[w].steps;
        sum.takeovers += tallies[w].takeovers;
        sum.recovered += tallies[w].recovered;
        sum.opened += tallies[w].opened;
        sum.faults += tallies[w].faults;
        sum.acked += tallies[w].acked;
    }
    (void)munmap(tallies, WORKERS * sizeof *tallies);
    return sum;
}

/* Every planted bug must be found, by the checker of the promise it breaks. */
static int
run_plants(unsigned minutes)
{
    int missed = 0;

    for (enum plant p = PLANT_NONE + 1; p < PLANT_N; p++) {
        struct sim_verdict v = {0};
        uint64_t seed = 0;

        for (; seed < PLANT_SEEDS && v.invariant != sim_plant_invariant(p); seed++) {
            struct sim_options options = {.seed = seed, .minutes = minutes, .plant = p};

            sim_run(&options, &v);
        }
        if (v.invariant == sim_plant_invariant(p)) {
            (void)printf("%s: caught by invariant %u with seed %" PRIu64 ": %s\n",
                         sim_plant_name(p), v.invariant, seed - 1, v.text);
        } else {
            (void)printf("%s: NOT CAUGHT in %d seeds\n", sim_plant_name(p), PLANT_SEEDS);
            missed++;
        }
    }
    return missed ? EXIT_FAILURE : EXIT_SUCCESS;
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
    struct request r = {.seeds = 0, .minutes = 10};
    double began = seconds();

    (void)argc;
    if (read_arguments(argv, &r))
        return 2;
    if (r.plants)
        return run_plants(r.minutes);
    if (r.seeds == 0)
        return usage("--seeds is missing");

    struct tally sum = run_all(&r);

    (void)printf("%" PRIu64 " steps, %" PRIu64 " faults, %" PRIu64 " takeovers, %" PRIu64
                 " sessions opened, %" PRIu64 " recovered, %" PRIu64
                 " of them acknowledged before\n",
                 sum.steps, sum.faults, sum.takeovers, sum.opened, sum.recovered, sum.acked);
    (void)printf("%" PRIu64 " seeds, %" PRIu64 " violations, %.1f s\n", sum.seeds, sum.violations,
                 seconds() - began);
    return sum.violations ? EXIT_FAILURE : EXIT_SUCCESS;
}
