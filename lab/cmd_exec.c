#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/mgmt.h"
#include "lab/lab.h"
#include "lab/opts.h"
#include "lab/view_read.h"

enum { ANSWER_MS = 10000 };

/* It asked whether we are sure: a person answers here, a script says -noconfirm. */
static bool
is_sure(const char *question)
{
    char answer[16] = "";

    if (!isatty(STDIN_FILENO)) {
        (void)fprintf(stderr, "Failure: this command asks for confirmation; add -noconfirm\n");
        return false;
    }
    (void)fputs(question, stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int
print_answer(const char *endpoint, const char *line, bool json, const char *who)
{
    char *text = NULL;
    char sure[MGMT_LINE];
    int status = LAB_FAILURE, rc = mgmt_ask(endpoint, line, json, ANSWER_MS, &text, &status);
    size_t len = text ? strlen(text) : 0;

    if (rc != 0) {
        (void)fprintf(stderr, "vpclab: %s does not answer: %s; see vpclab status\n", who,
                      rc == DI_EAGAIN      ? "nothing came within 10 s"
                      : rc == DI_ENOTFOUND ? "it does not run"
                      : rc == DI_EGONE     ? "it ended before it answered"
                                           : di_strerror(rc));
        return LAB_FAILURE;
    }
    if (status == MGMT_CONFIRM) {
        bool yes = is_sure(text);

        free(text);
        if (!yes || snprintf(sure, sizeof sure, "%s -noconfirm", line) >= (int)sizeof sure)
            return LAB_FAILURE;
        return print_answer(endpoint, sure, json, who);
    }
    (void)fprintf(status == LAB_OK ? stdout : stderr, "%s%s", text,
                  len && text[len - 1] != '\n' ? "\n" : "");
    free(text);
    return status;
}

static int
ask_world(const struct lab *lab, const char *line, bool json)
{
    char endpoint[NODE_PATH];

    endpoint_world_mgmt(lab->rundir, endpoint);
    return print_answer(endpoint, line, json, "the world");
}

int
cmd_exec(int argc, char **argv)
{
    static struct lab lab;
    static struct view view;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    char endpoint[NODE_PATH], who[NODE_NAME];
    int status, instance;

    if (!opts_parse("exec", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 2 || !argv[1][0]) {
        (void)fprintf(stderr, "usage: vpclab exec INSTANCE 'COMMAND' [--json] [-n NAME], such as: "
                              "vpclab exec east 'show srp info'\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    if (strcmp(argv[0], "world") == 0 && topo_find(&lab.topo, "world") < 0)
        return ask_world(&lab, argv[1], json);
    instance = lab_instance(&lab, argv[0]);
    if (instance < 0)
        return LAB_USAGE;
    view_read(&view, &lab, VIEW_TIMEOUT_MS);
    if (!view.instances[instance].cf) {
        (void)fprintf(stderr, "vpclab: no active CF answers in %s; see vpclab status\n", argv[0]);
        return LAB_FAILURE;
    }
    endpoint_mgmt(lab.rundir, argv[0], view.instances[instance].cf, endpoint);
    (void)snprintf(who, sizeof who, "%s/cf%u", argv[0], view.instances[instance].cf);
    return print_answer(endpoint, argv[1], json, who);
}

int
cmd_routes(int argc, char **argv)
{
    static struct lab lab;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status;

    if (!opts_parse("routes", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab routes [--json] [-n NAME]\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    return ask_world(&lab, "show routes", json);
}
