#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/loop/book.h"
#include "common/loop/clock.h"
#include "common/loop/lab_clock.h"
#include "lab/clash.h"
#include "lab/cond.h"
#include "lab/exercise/exercise_state.h"
#include "lab/host/host_ask.h"
#include "lab/lab.h"
#include "lab/lab_time.h"
#include "lab/launch.h"
#include "lab/opts.h"
#include "lab/resolve.h"
#include "lab/view_read.h"

enum { TIMEOUT_MS = 30000, POLL_MS = 20 };

struct wish {
    struct resolve resolve;
    int64_t timeout_ms;
    bool no_wait;
};

static size_t
count_running(struct proc *procs, size_t n)
{
    size_t running = 0;

    procs_see_off(procs, n);
    for (size_t i = 0; i < n; i++)
        running += proc_look(&procs[i]) != 0;
    return running;
}

/* Where an option asks for it, from copies of the topology and its configurations. A lab that runs
 * goes on with those it has, whatever became of the originals; one that was started by other words
 * is refused: two halves of different labs would meet. */
static int
choose_topology(struct lab *lab, const struct resolve *wish, struct proc *procs)
{
    char used[TOPO_PATH], source[2 * TOPO_PATH], err[4096];
    bool same = resolve_same(lab, wish, used), runs = count_running(procs, procs_found(lab, procs));

    if (runs && !same && lab_topology(lab, used)) {
        resolve_source(lab, source, sizeof source);
        (void)fprintf(stderr,
                      "vpclab: lab \"%s\" is up already, from %s; end it first: vpclab down %s%s\n",
                      lab->name, source, lab->name,
                      wish->name || wish->net == RESOLVE_NO_NET
                          ? ""
                          : ", or give the other one a name of its own: --name NAME");
        return LAB_FAILURE;
    }
    if (resolve_asked(wish) && runs && same) {
        if (topo_load(&lab->topo, used, err, sizeof err) == 0)
            return LAB_OK;
        (void)fprintf(stderr, "%s\n", err);
        return LAB_FAILURE;
    }
    return resolve_asked(wish) ? resolve_write(lab, wish) : LAB_OK;
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
            lab_time_remind(lab);
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
launch_all(const struct lab *lab, struct proc *procs, size_t n)
{
    size_t started = 0;
    int status = launch(lab, procs, n, &started);

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

/* Nothing is started, and nothing remembered, unless all of it may be. */
static int
start_locked(struct lab *lab, const struct resolve *wish, struct proc *procs, size_t *n)
{
    int status = choose_topology(lab, wish, procs);

    *n = 0;
    if (status != LAB_OK)
        return status;
    say_warnings(lab);
    *n = procs_of(lab, procs);
    if (count_running(procs, *n) == 0) {
        host_end(lab); /* it may have read another topology */
        status = clash_check(lab, wish->net == RESOLVE_NO_NET ? 0 : wish->net);
        (void)book_drop(lab->rundir, LAB_CLOCK_FILE); /* of a lab that starts anew it is nobody's */
        (void)book_drop(lab->rundir, EXERCISE_FILE);
    }
    if (status == LAB_OK)
        status = resolve_remember(lab, wish);
    return status == LAB_OK ? launch_all(lab, procs, *n) : status;
}

/* Of a lab that was refused before it began nothing stays, unless logs of an earlier one do. */
static void
withdraw(const struct lab *lab)
{
    char path[NODE_PATH + 16];

    resolve_discard(lab);
    (void)snprintf(path, sizeof path, "%s/lab.lock", lab->rundir);
    (void)unlink(path); /* we hold it: who waits for it makes another */
    (void)rmdir(lab->rundir);
}

static int
start_all(struct lab *lab, const struct resolve *wish, struct proc *procs, size_t *n)
{
    int lock = launch_lock(lab), status;
    char used[TOPO_PATH];

    *n = 0;
    if (lock < 0)
        return LAB_FAILURE;
    status = start_locked(lab, wish, procs, n);
    if (status != LAB_OK && !lab_topology(lab, used) && count_running(procs, *n) == 0)
        withdraw(lab);
    else
        lab_event(lab, status);
    (void)close(lock); /* gives the lock back */
    return status;
}

/* The original's path, which is said again in another directory, or when it is gone. */
static int
place_file(const char *file, char out[TOPO_PATH])
{
    char full[PATH_MAX] = "", here[PATH_MAX] = "";
    int len;

    if (!realpath(file, full)) {
        if (file[0] != '/' && !getcwd(here, sizeof here - 1))
            here[0] = '\0';
        len = snprintf(full, sizeof full, "%s%s%s", here, here[0] ? "/" : "", file);
        if (len < 0 || len >= (int)sizeof full)
            memset(full, 'x', sizeof full - 1); /* longer than any: refused below */
    }
    if (strlen(full) < TOPO_PATH) {
        memcpy(out, full, strlen(full) + 1);
        return LAB_OK;
    }
    (void)fprintf(stderr, "vpclab up: %s: path longer than %d characters\n", file, TOPO_PATH - 1);
    return LAB_USAGE;
}

/* The lab of that name runs and was started by these words: then the original is not needed. */
static bool
goes_on(struct lab *lab, const struct resolve *wish)
{
    static struct proc procs[PROCS_MOST];
    char used[TOPO_PATH];

    return wish->name && lab_at(lab, wish->name) && resolve_same(lab, wish, used) &&
           count_running(procs, procs_found(lab, procs)) > 0;
}

static int
read_wish(struct wish *wish, int argc, char **argv)
{
    const struct opt opts[] = {
        {"timeout", OPT_SECONDS, &wish->timeout_ms, 0, 86400},
        {"no-wait", OPT_FLAG, &wish->no_wait, 0, 0},
        {"name", OPT_TEXT, &wish->resolve.name, 0, 0},
        {"net", OPT_NUMBER, &wish->resolve.net, 0, UINT8_MAX},
    };

    if (!opts_parse("up", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 1) {
        (void)fprintf(stderr, "usage: vpclab up FILE [--name NAME] [--net N] [--timeout S] "
                              "[--no-wait], where FILE is a topology such as "
                              "topologies/pair.json\n");
        return LAB_USAGE;
    }
    return place_file(argv[0], wish->resolve.file);
}

static int
find_lab(struct lab *lab, const struct resolve *wish, const char *file)
{
    int status;

    if (goes_on(lab, wish))
        return LAB_OK;
    status = lab_load(lab, file);
    return status == LAB_OK && wish->name ? lab_place(lab, wish->name) : status;
}

int
cmd_up(int argc, char **argv)
{
    static struct lab lab;
    static struct proc procs[PROCS_MOST];
    struct wish wish = {.resolve.net = RESOLVE_NO_NET, .timeout_ms = TIMEOUT_MS};
    int64_t began = lab_now_ms(), began_us = clock_wall_us();
    int status = read_wish(&wish, argc, argv);
    size_t n;

    if (status == LAB_OK)
        status = find_lab(&lab, &wish.resolve, argv[0]);
    if (status != LAB_OK)
        return status;
    status = start_all(&lab, &wish.resolve, procs, &n);
    if (status == LAB_OK && !wish.no_wait && is_blank(&lab))
        (void)fprintf(stderr,
                      "nothing is configured yet, so there is no pair to wait for: vpclab cli "
                      "%s\n",
                      lab.topo.instances[0].name);
    else if (status == LAB_OK && !wish.no_wait)
        status =
            judge(&lab, wait_synced(&lab, procs, n, began, wish.timeout_ms), procs, n, began_us);
    for (size_t i = 0; i < n; i++)
        proc_close(&procs[i]);
    return status;
}
