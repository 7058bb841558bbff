#include "explore.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore_world.h"

/* Breadth first, so that the first path to a broken promise is a shortest one. A state is kept
 * as its parent and the step from there, and made again when its turn comes: neighbours share
 * most of their paths. */

#define NO_PARENT UINT32_MAX

enum {
    DEEPEST = 64,
    MOST_STATES = 6 * 1000 * 1000, /* of one round, for the memory they take */
    FAIR_ALL = 4,                  /* to this depth each state has its fair run */
    FAIR_EACH = 100,               /* beyond it, one in so many */
    ROUNDS = 5,                    /* rounds[] */
    KINDS = 8,                     /* of broken promises to print */
};

struct node {
    uint32_t parent;
    uint8_t action; /* of a root: enum xroot */
};

/* The more faults, the more paths: what else may happen is less then. */
static const struct round {
    struct xbudget budget;
    unsigned roots;
    double seconds; /* unless a depth is given */
} rounds[ROUNDS] = {
    {{0, 2, 1}, XR_N, 8},          {{1, 1, 0}, XR_N, 10},         {{1, 0, 1}, XR_N, 10},
    {{2, 1, 0}, XR_READY + 1, 14}, {{3, 1, 0}, XR_READY + 1, 14},
};

struct search {
    const struct round *round;
    enum xplant plant;
    struct node *node;
    size_t n, room;
    size_t level[DEEPEST + 3]; /* nodes of depth d begin here */
    unsigned depth;            /* of the nodes that are expanded */
    struct xset seen;
    uint32_t path[DEEPEST + 1]; /* nodes whose worlds are kept, the root first */
    struct xworld world[DEEPEST + 1];
    size_t kept;
    uint64_t steps, fair, violations;
    const char *promise[KINDS]; /* printed already */
    char why[KINDS][X_TEXT];
    size_t printed;
    bool silent;
    double began, until;
    const char *ended;
};

static double
wall_s(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- telling ------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
} steps_told[XS_N] = {
#define X(name, text) [name] = {#name, text},
    X_STEPS(X)
#undef X
};

static const struct {
    const char *name, *breaks;
} plants[XP_N] = {
#define X(name, text, promise) [name] = {text, promise},
    X_PLANTS(X)
#undef X
};

static void
tell_core(const struct xworld *w, int i)
{
    const struct srp *srp = &w->core[i];

    if (!w->alive[i]) {
        (void)printf("  %c down", "AB"[i]);
        return;
    }
    (void)printf("  %c %s %s epoch %" PRIu64 " modifier %u%s%s%s", "AB"[i],
                 chassis_state_name(srp->state), srp_phase_name(srp->phase), srp -> epoch,
                 srp -> rank.route_modifier, w->stopped[i] ? " stopped" : "",
                 w->mute[i] ? " mute" : "", srp->peer_known ? "" : " hears-nobody");
}

static unsigned told;
static mono_t told_from;

static void
tell(const struct xworld *w, unsigned action)
{
    char who[8] = "";

    if (action / 2 != XS_TIME && action / 2 != XS_LINK)
        (void)snprintf(who, sizeof who, "%c: ", "AB"[action % 2]);
    (void)printf("  %3u. %6.3f s  %s%s\n                  ", ++told,
                 (double)mono_between(told_from, w->now) / 1e6, who, steps_told[action / 2].text);
    tell_core(w, 0);
    tell_core(w, 1);
    (void)printf("  in flight %zu>B %zu>A%s\n", w->to[1].n, w->to[0].n,
                 w->link ? "" : ", link down");
}

/* ---- worlds along a path --------------------------------------------------------------------- */

/* Make the world of a node; what the last one had in common is still there. */
static struct xworld *
visit(struct search *s, uint32_t node, unsigned depth)
{
    uint32_t path[DEEPEST + 1];
    size_t d = depth + 1;

    for (uint32_t at = node; at != NO_PARENT; at = s->node[at].parent)
        path[--d] = at;
    while (d < s->kept && d <= depth && s->path[d] == path[d])
        d++;
    for (; d <= depth; d++) {
        const struct node *n = &s->node[path[d]];

        s->path[d] = path[d];
        if (d == 0) {
            xworld_begin(&s->world[0], (enum xroot)n->action, &s->round->budget, s->plant);
        } else {
            s->world[d] = s->world[d - 1];
            (void)xworld_step(&s->world[d], n->action);
        }
    }
    s->kept = depth + 1;
    return &s->world[depth];
}

static bool
is_news(struct search *s, const struct xworld *w)
{
    for (size_t i = 0; i < s->printed; i++)
        if (s->promise[i] == w->broken && strcmp(s->why[i], w->why) == 0)
            return false;
    if (s->printed == KINDS)
        return false;
    s->promise[s->printed] = w->broken;
    memcpy(s->why[s->printed++], w->why, sizeof w->why);
    return true;
}

/* A step from the node `depth` deep on the kept path broke a promise; or, without a step, the
 * fair run from there did. */
static void
report(struct search *s, const struct xworld *broken, unsigned depth, int action)
{
    s->violations++;
    if (!is_news(s, broken) || s->silent)
        return;
    (void)printf("%s broken: %s\n   from: %s\n", broken->broken, broken->why,
                 xroot_text((enum xroot)s->node[s->path[0]].action));
    told = 0;
    told_from = s->world[0].now;
    for (unsigned d = 1; d <= depth; d++)
        tell(&s->world[d], s->node[s->path[d]].action);
    if (action >= 0)
        tell(broken, (unsigned)action);
    if (depth == 0 && s->world[0].broken)
        (void)printf("   on the way there\n");
    if (action >= 0 || s->world[0].broken)
        return;

    struct xworld w = s->world[depth];

    (void)printf("   then all faults end, and everything happens in order:\n");
    xworld_fair(&w, tell);
}

/* An assertion of the core failed: the path there is worth more than the core dump. Nothing
 * else runs, so that printing is safe enough. */
static const struct search *running;
static unsigned running_depth, running_action;

static void
tell_abort(int sig)
{
    const struct search *s = running;

    (void)signal(sig, SIG_DFL);
    if (!s)
        return;
    (void)printf("the core gave up; from: %s\n",
                 xroot_text((enum xroot)s->node[s->path[0]].action));
    told = 0;
    told_from = s->world[0].now;
    for (unsigned d = 1; d <= running_depth; d++)
        tell(&s->world[d], s->node[s->path[d]].action);
    if (running_action < XA_N)
        (void)printf("  %3u. %c: %s\n", told + 1, "AB"[running_action % 2],
                     steps_told[running_action / 2].text);
    else
        (void)printf("   then all faults end, and everything happens in order\n");
    (void)fflush(stdout);
}

/* ---- breadth first -------------------------------------------------------------------------- */

static void
push(struct search *s, uint32_t parent, unsigned action)
{
    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 1 << 16;
        s->node = realloc(s->node, s->room * sizeof *s->node);
        if (!s->node)
            abort();
    }
    s->node[s->n++] = (struct node){.parent = parent, .action = (uint8_t)action};
}

static void
run_fairly(struct search *s, uint32_t node, unsigned depth, const struct xworld *w)
{
    struct xworld fair = *w;

    if (depth > FAIR_ALL && node % FAIR_EACH != 0)
        return;
    s->fair++;
    xworld_fair(&fair, NULL);
    if (fair.broken)
        report(s, &fair, depth, -1);
}

static void
expand(struct search *s, uint32_t node, unsigned depth, bool leaves)
{
    struct xworld *w = visit(s, node, depth);

    running_depth = depth;
    running_action = XA_N;
    run_fairly(s, node, depth, w);
    if (leaves)
        return;
    s->kept = depth + 1;
    for (unsigned action = 0, used = true; action < XA_N; action++) {
        struct xworld *next = &s->world[depth + 1];

        if (used)
            *next = *w;
        running_action = action;
        used = xworld_step(next, action);
        if (!used)
            continue;
        s->steps++;
        if (next->broken)
            report(s, next, depth, (int)action);
        else if (xset_add(&s->seen, xworld_hash(next)))
            push(s, node, action);
    }
}

static bool
must_end(struct search *s)
{
    if (s->n >= MOST_STATES)
        s->ended = "number of states";
    else if (s->steps % 64 == 0 && wall_s() > s->until)
        s->ended = "time";
    return s->ended;
}

static void
begin(struct search *s)
{
    for (enum xroot root = 0; root < s->round->roots; root++) {
        struct xworld *w = &s->world[0];

        s->kept = 0;
        xworld_begin(w, root, &s->round->budget, s->plant);
        push(s, NO_PARENT, root);
        s->path[0] = (uint32_t)s->n - 1;
        if (w->broken)
            report(s, w, 0, -1);
        (void)xset_add(&s->seen, xworld_hash(w));
    }
    s->level[1] = s->n;
}

static void
search(struct search *s, unsigned most)
{
    uint32_t node = 0;

    begin(s);
    running = s;
    (void)signal(SIGABRT, tell_abort);
    for (unsigned depth = 0; depth <= most && !s->ended; depth++) {
        s->depth = depth;
        for (; node < s->level[depth + 1] && !must_end(s); node++)
            expand(s, node, depth, depth == most);
        if (node == s->n && !s->ended)
            s->ended = depth == most ? "depth" : "nothing new is left";
        s->level[depth + 2] = s->n;
    }
}

static void
fini(struct search *s)
{
    running = NULL;
    free(s->node);
    xset_fini(&s->seen);
}

/* One round: all paths with at most so many faults. Violations. */
static uint64_t
round_of(const struct round *round, unsigned depth, double seconds, enum xplant plant,
         const char **caught)
{
    static struct search s; /* worlds of a whole path: too much for a stack */
    uint64_t violations;

    memset(&s, 0, sizeof s);
    s.round = round;
    s.plant = plant;
    s.silent = caught;
    s.began = wall_s();
    s.until = s.began + seconds;
    xset_init(&s.seen);
    search(&s, depth);
    violations = s.violations;
    if (caught) {
        for (size_t i = 0; i < s.printed; i++)
            if (strcmp(s.promise[i], plants[plant].breaks) == 0 && !*caught)
                *caught = plants[plant].breaks;
    } else {
        (void)printf("%u faults, %u switchovers, %u monitors: %zu states, %" PRIu64
                     " steps, depth %u, %" PRIu64 " fair runs, %" PRIu64
                     " violations, %.1f s, ended by %s\n",
                     round->budget.faults, round->budget.switches, round->budget.monitors, s.n,
                     s.steps, s.depth, s.fair, s.violations, wall_s() - s.began, s.ended);
        (void)fflush(stdout);
    }
    fini(&s);
    return violations;
}

/* Each fault costs depth, so that the rounds take about as long. */
static unsigned
depth_of(const struct round *round, unsigned depth)
{
    unsigned most = depth / (round->budget.faults + 1u);

    return depth == 0 || most > DEEPEST ? DEEPEST : most;
}

int
explore_main(unsigned depth, const char *plant)
{
    enum xplant planted = XP_NONE;
    uint64_t violations = 0;
    double began = wall_s();
    char cells[X_TEXT];

    while (plant && planted < XP_N && strcmp(plants[planted].name, plant) != 0)
        planted++;
    if (planted == XP_N) {
        (void)fprintf(stderr, "explore: no plant %s; there are:", plant);
        for (planted = 0; planted < XP_N; planted++)
            (void)fprintf(stderr, " %s", plants[planted].name);
        (void)fprintf(stderr, "\n");
        return 2;
    }
    for (unsigned i = 0; i < ROUNDS; i++)
        violations += round_of(&rounds[i], depth_of(&rounds[i], depth),
                               depth ? 1e9 : rounds[i].seconds, planted, NULL);
    xcheck_coverage(cells);
    (void)printf("%s cells of the SRP tables executed, %" PRIu64 " violations, %.1f s\n", cells,
                 violations, wall_s() - began);
    return violations ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The shortest way to the promise that the planted bug breaks, with as few faults as will do. */
static bool
is_caught(enum xplant plant)
{
    enum { DEPTH = 14, SECONDS = 20 };

    for (unsigned i = 0; i < ROUNDS; i++)
        for (unsigned depth = 1; depth <= DEPTH; depth++) {
            const char *caught = NULL;

            (void)round_of(&rounds[i], depth, SECONDS, plant, &caught);
            if (caught) {
                (void)printf("%s: caught by %s, %u faults, within %u steps\n", plants[plant].name,
                             caught, rounds[i].budget.faults, depth);
                return true;
            }
        }
    (void)printf("%s: NOT CAUGHT by %s\n", plants[plant].name, plants[plant].breaks);
    return false;
}

int
explore_plants(void)
{
    bool missed = false;

    for (enum xplant plant = XP_NONE + 1; plant < XP_N; plant++) {
        missed |= !is_caught(plant);
        (void)fflush(stdout);
    }
    return missed ? EXIT_FAILURE : EXIT_SUCCESS;
}
