#include <stdio.h>

#include "lab/cond.h"
#include "lab/lab.h"
#include "lab/opts.h"
#include "lab/view_read.h"

enum { TIMEOUT_MS = 30000, POLL_MS = 20, CONDS_MOST = 32 };

static void
say_forms(const struct lab *lab, const char *text)
{
    (void)fprintf(
        stderr,
        "vpclab wait: \"%s\" is no condition. The forms are:\n"
        "  sync                   one Active, one Standby, all session managers synchronised\n"
        "  INSTANCE.chassis=STATE init, standby, active, pending-active, pending-standby, absent\n"
        "  INSTANCE.cf=SLOT       slot of the active CF, or none\n"
        "  INSTANCE.cardN=dead    or alive\n"
        "  INSTANCE.route=best    or announced, none\n"
        "  sessions>=N            on every instance that answers; = >= <= > <\n"
        "  INSTANCE.sessions>=N   also active.sessions, standby.sessions\n"
        "INSTANCE is one of:",
        text);
    for (size_t i = 0; i < lab->topo.instance_n; i++)
        (void)fprintf(stderr, " %s", lab->topo.instances[i].name);
    (void)fprintf(stderr, "\n");
}

static bool
all_hold(const struct cond *conds, int n, const struct view *view)
{
    for (int i = 0; i < n; i++) {
        if (!cond_holds(&conds[i], view))
            return false;
    }
    return true;
}

static void
say_missing(const struct cond *conds, char **texts, int n, const struct view *view)
{
    char value[256];

    for (int i = 0; i < n; i++) {
        if (cond_holds(&conds[i], view))
            continue;
        cond_value(&conds[i], view, value, sizeof value);
        (void)fprintf(stderr, "vpclab wait: %s does not hold: %s\n", texts[i], value);
    }
}

static int
wait_for(const struct lab *lab, const struct cond *conds, char **texts, int n, int64_t timeout_ms)
{
    static struct view view;
    int64_t deadline = lab_now_ms() + timeout_ms;

    for (;;) {
        view_read(&view, lab, VIEW_TIMEOUT_MS);
        if (all_hold(conds, n, &view))
            return LAB_OK;
        if (lab_now_ms() >= deadline) {
            say_missing(conds, texts, n, &view);
            return LAB_FAILURE;
        }
        lab_sleep_ms(POLL_MS);
    }
}

int
cmd_wait(int argc, char **argv)
{
    static struct lab lab;
    struct cond conds[CONDS_MOST];
    int64_t timeout_ms = TIMEOUT_MS;
    const char *name = NULL;
    const struct opt opts[] = {
        {"timeout", OPT_SECONDS, &timeout_ms, 0, 86400},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status;

    if (!opts_parse("wait", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc < 1 || argc > CONDS_MOST) {
        (void)fprintf(stderr, "usage: vpclab wait CONDITION... [--timeout S] [-n NAME], such as: "
                              "vpclab wait sync west.chassis=active\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    for (int i = 0; i < argc; i++) {
        if (!cond_parse(&conds[i], argv[i], &lab.topo)) {
            say_forms(&lab, argv[i]);
            return LAB_USAGE;
        }
    }
    return wait_for(&lab, conds, argv, argc, timeout_ms);
}
