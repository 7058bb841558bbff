#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/lab.h"
#include "lab/launch.h"
#include "lab/opts.h"
#include "lab/proc.h"
#include "lab/view_read.h"

enum { GONE_MS = 5000 };

static int
say_cards(const struct lab *lab, int instance, const char *word)
{
    const struct topo_instance *it = &lab->topo.instances[instance];
    char card[16];

    (void)fprintf(stderr, "vpclab: %s has no card \"%s\"; it has: active-cf", it->name, word);
    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        if (it->slots[slot].type != CARD_EMPTY) {
            card_file(it->slots[slot].type, slot, card);
            (void)fprintf(stderr, " %s", card);
        }
    }
    (void)fprintf(stderr, "\n");
    return LAB_USAGE;
}

static int
active_cf(const struct lab *lab, int instance, unsigned *slot)
{
    static struct view view;

    view_read(&view, lab, VIEW_TIMEOUT_MS);
    *slot = view.instances[instance].cf;
    if (*slot)
        return LAB_OK;
    (void)fprintf(stderr, "vpclab: no active CF answers in %s; see vpclab status\n",
                  lab->topo.instances[instance].name);
    return LAB_FAILURE;
}

/* "sf4", "4" or "active-cf" as a slot. */
static int
slot_of(const struct lab *lab, int instance, const char *word, unsigned *slot)
{
    const struct topo_card *slots = lab->topo.instances[instance].slots;

    if (strcmp(word, "active-cf") == 0)
        return active_cf(lab, instance, slot);
    for (*slot = 1; *slot <= TOPO_SLOTS; ++*slot) {
        char card[16], digits[4];

        if (slots[*slot].type == CARD_EMPTY)
            continue;
        card_file(slots[*slot].type, *slot, card);
        (void)snprintf(digits, sizeof digits, "%u", *slot % 1000);
        if (strcmp(word, card) == 0 || strcmp(word, digits) == 0)
            return LAB_OK;
    }
    return say_cards(lab, instance, word);
}

/* The processes that "INSTANCE [CARD]" means; "world" is the world. */
static int
choose(const struct lab *lab, int argc, char **argv, struct proc *procs, size_t *n)
{
    static struct proc all[PROCS_MOST];
    size_t all_n = procs_of(lab, all);
    bool world = strcmp(argv[0], "world") == 0 && topo_find(&lab->topo, "world") < 0;
    int instance = world ? TOPO_INSTANCES : lab_instance(lab, argv[0]);
    unsigned slot = 0;
    int status = LAB_OK;

    *n = 0;
    if (instance < 0)
        return LAB_USAGE;
    if (argc == 2 && world) {
        (void)fprintf(stderr, "vpclab: the world has no cards\n");
        return LAB_USAGE;
    }
    if (argc == 2)
        status = slot_of(lab, instance, argv[1], &slot);
    for (size_t i = 0; status == LAB_OK && i < all_n; i++) {
        if (all[i].instance == instance && (slot == 0 || all[i].slot == slot))
            procs[(*n)++] = all[i];
    }
    return status;
}

/* All of them are hit before any is waited for: a chassis loses power at once. */
static int
kill_all(struct proc *procs, size_t n)
{
    size_t hit = 0;
    int status = LAB_OK;

    for (size_t i = 0; i < n; i++)
        hit += proc_signal(&procs[i], SIGKILL);
    if (!procs_wait_ended(procs, n, GONE_MS)) {
        (void)fprintf(stderr, "vpclab: not gone %d s after SIGKILL\n", GONE_MS / 1000);
        status = LAB_FAILURE;
    }
    for (size_t i = 0; i < n; i++) {
        if (procs[i].fd >= 0)
            (void)printf("%s %d killed\n", procs[i].name, procs[i].pid);
        proc_close(&procs[i]);
    }
    if (hit == 0) {
        (void)fprintf(stderr, "vpclab: %s%s\n", procs[0].name,
                      n == 1 ? " does not run" : " and the others do not run");
        return LAB_FAILURE;
    }
    return status;
}

/* "east/sf4", as status and events write it, in place of "east sf4": out has both words then. */
static int
split_card(int argc, char **argv, char *out[2])
{
    char *slash = argc == 1 ? strchr(argv[0], '/') : NULL;

    out[0] = argv[0];
    out[1] = argc == 2 ? argv[1] : NULL;
    if (!slash)
        return argc;
    *slash = '\0';
    out[1] = slash + 1;
    return 2;
}

static int
begin(const char *command, int argc, char **argv, struct lab *lab, struct proc *procs, size_t *n)
{
    const char *name = NULL;
    const struct opt opts[] = {{"n", OPT_TEXT, &name, 0, 0}};
    char *words[2];
    int status;

    if (!opts_parse(command, opts, 1, &argc, argv))
        return LAB_USAGE;
    if (argc < 1 || argc > 2) {
        (void)fprintf(stderr,
                      "usage: vpclab %s INSTANCE[/CARD] [-n NAME], such as: vpclab %s east/cf1 or "
                      "vpclab %s east cf1\n",
                      command, command, command);
        return LAB_USAGE;
    }
    status = lab_open(lab, name);
    argc = split_card(argc, argv, words);
    return status == LAB_OK ? choose(lab, argc, words, procs, n) : status;
}

int
cmd_kill(int argc, char **argv)
{
    static struct lab lab;
    static struct proc procs[PROCS_MOST];
    size_t n;
    int status = begin("kill", argc, argv, &lab, procs, &n);

    if (status != LAB_OK)
        return status;
    status = kill_all(procs, n);
    lab_event(&lab, status);
    return status;
}

int
cmd_start(int argc, char **argv)
{
    static struct lab lab;
    static struct proc procs[PROCS_MOST];
    size_t n, started;
    int status = begin("start", argc, argv, &lab, procs, &n), lock;

    if (status != LAB_OK)
        return status;
    lock = launch_lock(&lab);
    if (lock < 0)
        return LAB_FAILURE;
    status = launch(&lab, procs, n, &started);
    lab_event(&lab, status);
    (void)close(lock); /* gives the lock back */
    for (size_t i = 0; i < n; i++) {
        if (procs[i].fd >= 0 && status == LAB_OK)
            (void)printf("%s %d started\n", procs[i].name, procs[i].pid);
        proc_close(&procs[i]);
    }
    if (status == LAB_OK && started == 0)
        (void)fprintf(stderr,
                      n == 1 ? "vpclab: %s runs already\n" : "vpclab: all of %s runs already\n",
                      n == 1 ? procs[0].name : argv[0]);
    return status;
}
