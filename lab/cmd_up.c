#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"
#include "lab/cond.h"
#include "lab/lab.h"
#include "lab/launch.h"
#include "lab/opts.h"
#include "lab/view_read.h"

enum { TIMEOUT_MS = 30000, POLL_MS = 20 };

static bool
any_runs(const struct proc *procs, size_t n)
{
    size_t running = 0;

    for (size_t i = 0; i < n; i++)
        running += procs[i].pid != 0;
    return running > 0;
}

/* Remember the topology, so that all other commands need but the name. Refused while the
 * lab runs from another one: two halves of different labs would meet. */
static int
remember(const struct lab *lab, const struct proc *procs, size_t n)
{
    char path[NODE_PATH + 16], before[TOPO_PATH];
    FILE *f;

    if (any_runs(procs, n) && lab_topology(lab, before) && strcmp(before, lab->topo.file) != 0) {
        (void)fprintf(stderr,
                      "vpclab: lab \"%s\" is up already, from %s; end it first: vpclab "
                      "down %s\n",
                      lab->name, before, lab->name);
        return LAB_FAILURE;
    }
    lab_topology_path(lab, path);
    f = fopen(path, "we");
    if (!f || fprintf(f, "%s\n", lab->topo.file) < 0 || fclose(f) != 0) {
        perror(path);
        return LAB_FAILURE;
    }
    return LAB_OK;
}

/* Does the router send calls to the active chassis? In a lab without a world nobody asks. */
static bool
is_reachable(const struct lab *lab, const struct view *view)
{
    const struct view_instance *active = view_in_state(view, "active");

    return lab->topo.access != TOPO_ACCESS_WORLD ||
           (active && view_same_word(active->route, "best"));
}

static void
describe(const struct lab *lab, const struct view *view, char *out, size_t room)
{
    const struct cond sync = {.kind = COND_SYNC};
    size_t len;

    cond_value(&sync, view, out, room);
    len = strlen(out);
    if (view_synced(view) && !is_reachable(lab, view))
        (void)snprintf(out + len, room - len, ", no route to the Active yet");
}

/* Wait for the pair, saying each change of its state once. */
static int
wait_synced(const struct lab *lab, const struct proc *procs, size_t n, int64_t began,
            int64_t timeout_ms)
{
    static struct view view;
    char said[256] = "", now[256];

    for (;;) {
        view_read(&view, lab, VIEW_TIMEOUT_MS);
        describe(lab, &view, now, sizeof now);

        double elapsed = (double)(lab_now_ms() - began) / 1000;

        if (strcmp(said, now) != 0)
            (void)fprintf(stderr, "%7.2f s  %s\n", elapsed, now);
        memcpy(said, now, sizeof said);
        if (view_synced(&view) && is_reachable(lab, &view)) {
            (void)fprintf(stderr, "lab \"%s\" is up and synchronised after %.2f s\n", lab->name,
                          elapsed);
            return LAB_OK;
        }
        if (launch_lost_one(procs, n))
            return LAB_FAILURE;
        if (elapsed * 1000 >= (double)timeout_ms) {
            (void)fprintf(stderr, "vpclab: not ready within %.1f s: %s\n",
                          (double)timeout_ms / 1000, now);
            return LAB_FAILURE;
        }
        lab_sleep_ms(POLL_MS);
    }
}

/* A lab that came up, but whose processes report errors (a port that is taken), is not what
 * was asked for; one that did not come up has said why in its logs. */
static int
judge(const struct lab *lab, int status, const struct proc *procs, size_t n, int64_t began_us)
{
    if (!launch_complaints(procs, n, began_us))
        return status;
    (void)fprintf(stderr,
                  "vpclab: the lines above are from the logs; the lab is left running, "
                  "vpclab down %s ends it\n",
                  lab->name);
    return LAB_FAILURE;
}

/* What is accepted, but probably was not meant. */
static void
say_warnings(const struct lab *lab)
{
    static struct conf conf;
    static char text[16384];

    for (size_t i = 0; i < lab->topo.instance_n; i++) {
        char *rest = text;

        if (topo_load_conf(&lab->topo.instances[i], &conf, text, sizeof text) != 0 ||
            conf_warnings(&conf, text, sizeof text) == 0)
            continue;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            (void)fprintf(stderr, "%s: %s\n", lab->topo.instances[i].config, line);
    }
}

/* Has no chassis a peer, by its file? */
static bool
is_blank(const struct lab *lab)
{
    static struct conf conf;
    static char err[4096];

    for (size_t i = 0; i < lab->topo.instance_n; i++)
        if (topo_load_conf(&lab->topo.instances[i], &conf, err, sizeof err) != 0 ||
            conf.srp.configured)
            return false;
    return lab->topo.instance_n > 1;
}

static int
start_locked(const struct lab *lab, struct proc *procs, size_t n)
{
    size_t started = 0;
    int status;

    for (size_t i = 0; i < n; i++)
        (void)proc_look(&procs[i]);
    status = remember(lab, procs, n);
    if (status != LAB_OK)
        return status;
    if (!any_runs(procs, n)) /* the clock of a lab that starts anew is nobody's */
        (void)book_drop(lab->rundir, LAB_CLOCK_FILE);
    status = launch(lab, procs, n, &started);
    if (status == LAB_OK)
        (void)fprintf(stderr, "lab \"%s\": %zu processes started, %zu ran already\n", lab->name,
                      started, n - started);
    else
        (void)fprintf(stderr,
                      "vpclab: lab \"%s\" is not complete; mend it and run the same command again, "
                      "or end it: vpclab down %s\n",
                      lab->name, lab->name);
    return status;
}

static int
start_all(const struct lab *lab, struct proc *procs, size_t n)
{
    int lock = launch_lock(lab), status;

    if (lock < 0)
        return LAB_FAILURE;
    status = start_locked(lab, procs, n);
    (void)close(lock); /* gives the lock back */
    return status;
}

int
cmd_up(int argc, char **argv)
{
    static struct lab lab;
    static struct proc procs[PROCS_MOST];
    int64_t timeout_ms = TIMEOUT_MS, began = lab_now_ms(), began_us = clock_wall_us();
    bool no_wait = false;
    const struct opt opts[] = {
        {"timeout", OPT_SECONDS, &timeout_ms, 0, 86400},
        {"no-wait", OPT_FLAG, &no_wait, 0, 0},
    };
    int status;
    size_t n;

    if (!opts_parse("up", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 1) {
        (void)fprintf(stderr, "usage: vpclab up FILE [--timeout S] [--no-wait], where FILE is a "
                              "topology such as topologies/pair.json\n");
        return LAB_USAGE;
    }
    status = lab_load(&lab, argv[0]);
    if (status != LAB_OK)
        return status;
    say_warnings(&lab);
    n = procs_of(&lab, procs);
    status = start_all(&lab, procs, n);
    if (status == LAB_OK && !no_wait && is_blank(&lab))
        (void)fprintf(stderr,
                      "nothing is configured yet, so there is no pair to wait for: vpclab cli "
                      "%s\n",
                      lab.topo.instances[0].name);
    else if (status == LAB_OK && !no_wait)
        status = judge(&lab, wait_synced(&lab, procs, n, began, timeout_ms), procs, n, began_us);
    for (size_t i = 0; i < n; i++)
        proc_close(&procs[i]);
    return status;
}
