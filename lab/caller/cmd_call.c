#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/caller/caller.h"
#include "lab/caller/caller_link.h"
#include "lab/caller/caller_show.h"
#include "lab/lab.h"
#include "lab/opts.h"
#include "lab/view_read.h"

enum { CALLS_MOST = 4000000, PPS_MOST = 100000000, PPS_A_CALL = 2, IMSI_DIGITS_LEAST = 6 };

struct wish {
    struct caller_plan plan;
    uint32_t version, pps;
    int64_t hold_ms;
    const char *apn, *imsi, *lab, *progress;
    bool until_signal, json;
};

static bool
read_imsi(struct caller_plan *plan, const char *text)
{
    uint32_t imsis = plan->calls + caller_extras(plan);
    uint64_t limit = 1;

    plan->imsi_digits = (unsigned)strlen(text);
    plan->imsi = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || plan->imsi_digits > 15) {
            plan->imsi_digits = 0;
            break;
        }
        plan->imsi = plan->imsi * 10 + (uint64_t)(*at - '0');
        limit *= 10;
    }
    if (plan->imsi_digits < IMSI_DIGITS_LEAST || plan->imsi + imsis > limit) {
        (void)fprintf(stderr,
                      "vpclab call: --imsi %s: expected %d to 15 digits from which %u "
                      "numbers can be counted up, such as 001010000000001\n",
                      text, IMSI_DIGITS_LEAST, imsis);
        return false;
    }
    return true;
}

static bool
read_apn(struct caller_plan *plan, const char *text)
{
    uint8_t labels[GTP_APN_MAX];

    if (strlen(text) >= sizeof plan->apn || !gtp_apn_encode(labels, sizeof labels, text)) {
        (void)fprintf(stderr,
                      "vpclab call: --apn %s: expected an access point name such as "
                      "internet: letters, digits and '-', in labels set apart by dots\n",
                      text);
        return false;
    }
    (void)snprintf(plan->apn, sizeof plan->apn, "%s", text);
    return true;
}

/* Is there a call that could have a dedicated bearer? */
static bool
has_dedicated(const struct caller_plan *plan)
{
    return plan->version == 2 &&
           (plan->volte > 0 || caller_class_of(plan, plan->calls - 1) == CLASS_VOLTE);
}

/* What a running chassis says, the Active one if it does: it may have been configured since it
 * started. 0: nobody says anything. */
static uint32_t
running_service(const struct lab *lab, bool gtpv1)
{
    static struct view view;
    uint32_t found = 0;

    view_read(&view, lab, VIEW_TIMEOUT_MS);
    for (uint8_t i = 0; i < view.instance_n; i++) {
        const struct view_instance *instance = &view.instances[i];
        uint32_t addr = gtpv1 ? instance->ggsn : instance->pgw;

        if (addr && (!found || strcmp(instance->chassis, "Active") == 0))
            found = addr;
    }
    return found;
}

/* The address the lab's service answers on. */
static int
read_service(struct wish *wish)
{
    static struct lab lab;
    static struct conf conf;
    char err[4096];
    int status;

    if (wish->plan.to)
        return LAB_OK;
    status = lab_open(&lab, wish->lab);
    if (status != LAB_OK)
        return status;
    wish->plan.to = running_service(&lab, wish->version == 1);
    if (wish->plan.to)
        return LAB_OK;
    if (topo_load_conf(&lab.topo.instances[0], &conf, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        return LAB_FAILURE;
    }
    wish->plan.to = conf_service_addr(&conf, wish->version == 1 ? CONF_GGSN : CONF_PGW);
    if (!wish->plan.to) {
        (void)fprintf(stderr,
                      "vpclab call: %s configures no %s service; name its address with "
                      "--to\n",
                      lab.topo.instances[0].config, wish->version == 1 ? "ggsn" : "pgw");
        return LAB_FAILURE;
    }
    return LAB_OK;
}

static int
read_options(struct wish *wish, int argc, char **argv)
{
    struct caller_plan *plan = &wish->plan;
    const struct opt opts[] = {
        {"calls", OPT_NUMBER, &plan->calls, 1, CALLS_MOST},
        {"rate", OPT_NUMBER, &plan->rate, 0, PPS_MOST},
        {"window", OPT_NUMBER, &plan->window, 1, CALLER_WINDOW_MOST},
        {"gtp", OPT_NUMBER, &wish->version, 1, 2},
        {"apn", OPT_TEXT, &wish->apn, 0, 0},
        {"imsi", OPT_TEXT, &wish->imsi, 0, 0},
        {"to", OPT_ADDR, &plan->to, 0, 0},
        {"local", OPT_ADDR, &plan->local, 0, 0},
        {"ping", OPT_ADDR, &plan->ping, 0, 0},
        {"pps", OPT_NUMBER, &wish->pps, 0, PPS_MOST},
        {"size", OPT_NUMBER, &plan->size, CALLER_SIZE_LEAST, CALLER_SIZE_MOST},
        {"volte", OPT_NUMBER, &plan->volte, 0, 100},
        {"dedicated", OPT_FLAG, &plan->dedicated, 0, 0},
        {"control-rate", OPT_NUMBER, &plan->control_rate, 0, CALLER_CONTROL_MOST},
        {"new-rate", OPT_NUMBER, &plan->new_rate, 0, CALLER_NEW_MOST},
        {"hold", OPT_SECONDS, &wish->hold_ms, 0, 1000000},
        {"until-signal", OPT_FLAG, &wish->until_signal, 0, 0},
        {"no-verify", OPT_FLAG, &plan->no_verify, 0, 0},
        {"no-delete", OPT_FLAG, &plan->keep, 0, 0},
        {"progress-file", OPT_TEXT, &wish->progress, 0, 0},
        {"json", OPT_FLAG, &wish->json, 0, 0},
        {"n", OPT_TEXT, &wish->lab, 0, 0},
    };

    if (!opts_parse("call", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "vpclab call: unexpected \"%s\"; see vpclab help call\n", argv[0]);
        return LAB_USAGE;
    }
    if (!read_imsi(plan, wish->imsi) || !read_apn(plan, wish->apn))
        return LAB_USAGE;
    if ((plan->control_rate || plan->new_rate) && !wish->until_signal && !wish->hold_ms) {
        (void)fprintf(stderr, "vpclab call: --control-rate and --new-rate send while the calls are "
                              "held; add --hold S or --until-signal\n");
        return LAB_USAGE;
    }
    plan->version = (uint8_t)wish->version;
    if (plan->dedicated && !has_dedicated(plan)) {
        (void)fprintf(stderr,
                      "vpclab call: --dedicated gives VoLTE calls of GTPv2 a bearer of their "
                      "own; add --gtp 2, and --volte PERCENT or --apn ims\n");
        return LAB_USAGE;
    }
    plan->hold_us = wish->until_signal ? INT64_MAX : wish->hold_ms * US_PER_MS;
    plan->pps = wish->pps == UINT32_MAX ? plan->calls * PPS_A_CALL : wish->pps;
    return LAB_OK;
}

static bool
can_write(const char *path)
{
    FILE *f = path ? fopen(path, "we") : NULL;

    if (path && !f)
        perror(path);
    if (f)
        (void)fclose(f); /* empty */
    return !path || f;
}

static int
run(const struct wish *wish, struct caller_link *link)
{
    const struct caller_plan *plan = &wish->plan;
    struct caller *caller = malloc(sizeof *caller);
    struct call *calls = malloc((plan->calls + (size_t)caller_extras(plan)) * sizeof *calls);
    uint32_t *order = malloc(plan->calls * sizeof *order);
    uint32_t *by_teid = malloc(caller_hash_size(plan->calls) * sizeof *by_teid);
    int64_t *scratch = malloc(plan->calls * sizeof *scratch);
    struct caller_result result = {0};
    uint64_t unsent;
    int error;

    if (caller && calls && order && by_teid && scratch) {
        caller_init(caller, plan, calls, order, by_teid, caller_link_now());
        caller_link_run(link, caller, wish->progress);
        result = caller_result(caller, scratch);
        if (wish->json)
            result.good = caller_show_json(caller, &result) && result.good;
        else
            caller_show_text(caller, &result);
        unsent = caller_link_unsent(link, &error);
        if (unsent)
            (void)fprintf(stderr, "vpclab call: %llu datagrams could not be sent: %s\n",
                          (unsigned long long)unsent, strerror(error));
    } else {
        (void)fprintf(stderr, "vpclab call: no memory for %u calls\n", plan->calls);
    }
    free(caller);
    free(calls);
    free(order);
    free(by_teid);
    free(scratch);
    return result.good ? LAB_OK : LAB_FAILURE;
}

/* Beside the gateway, so that labs that are up at once have callers of their own. */
static uint32_t
local_beside(uint32_t gateway)
{
    return (gateway >> 24 == 127 ? gateway & 0xffff0000 : 0x7f000000) | 0x0201;
}

int
cmd_call(int argc, char **argv)
{
    struct wish wish = {
        .plan = {.calls = 1, .window = 512, .size = 84, .ping = 0xc6120001}, /* 198.18.0.1 */
        .version = 1,
        .pps = UINT32_MAX,
        .apn = "internet",
        .imsi = "001010000000001",
    };
    struct caller_link *link = NULL;
    int status = read_options(&wish, argc, argv);

    if (status == LAB_OK)
        status = read_service(&wish);
    if (!wish.plan.local)
        wish.plan.local = local_beside(wish.plan.to);
    if (status == LAB_OK && !can_write(wish.progress))
        status = LAB_FAILURE;
    if (status == LAB_OK)
        status = caller_link_open(&link, wish.plan.local);
    if (status == LAB_OK)
        status = run(&wish, link);
    caller_link_close(&link);
    return status;
}
