#include "lab/host.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/fault_words.h"
#include "common/loop/log.h"

enum { WORDS = 96 };

struct words {
    char text[MGMT_LINE + 1];
    size_t n;
    char *at[WORDS];
};

/* ---- answers ----------------------------------------------------------------------------- */

static void
refuse(struct mgmt_reply *reply, int status, const char *sentence)
{
    reply->status = status;
    reply->text = strdup(sentence);
    if (!reply->text)
        log_fatal("host: out of memory");
}

static void
answer(struct mgmt_reply *reply, json_t *json)
{
    reply->text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!reply->text)
        log_fatal("host: out of memory");
}

/* A real span, at the speed at which the lab's clock goes. */
static double
lab_seconds(int64_t real_us)
{
    uint32_t scale = fault_scale(clock_course(), clock_real_us());

    return real_us > 0 ? (double)real_us / (double)US_PER_S * scale / LABTIME_ONE : 0;
}

static json_t *
lease_json(const struct host *host, const struct lease *lease)
{
    static const char *const states[] = {"waiting", "starting", "in force", "ending"};
    const struct topo *topo = &host->node->topo;
    int64_t now = clock_real_us();
    bool waits = lease->state == LEASE_WAITS;
    int64_t left = waits ? lease->span_us : lease->fault.end_us - now;
    int64_t until = waits ? lease->at_us - now : 0;
    char target[FAULT_TARGET];

    fault_target_text(&lease->fault.target, lease->fault.kind, topo, target);
    return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:f, s:f, s:o, s:I, s:I}", "id",
                     (json_int_t)lease->fault.id, "kind", fault_kind_word(lease->fault.kind),
                     "target", target, "amount", (json_int_t)lease->fault.amount, "unit",
                     fault_kind_unit(lease->fault.kind), "state", states[lease->state], "left_s",
                     lab_seconds(left), "starts_in_s", lab_seconds(until), "when",
                     waits && lease->for_event ? json_string(lease->when_text) : json_null(),
                     "begin_us", (json_int_t)lease->fault.begin_us, "end_us",
                     (json_int_t)lease->fault.end_us);
}

static json_t *
leases_json(const struct host *host)
{
    json_t *list = json_array();

    for (size_t i = 0; i < host->leases.n; i++)
        (void)json_array_append_new(list, lease_json(host, &host->leases.list[i]));
    return list;
}

/* ---- VMs --------------------------------------------------------------------------------- */

static json_t *
vm_json(const struct host_vm *vm)
{
    return json_pack("{s:s, s:i, s:s, s:i, s:b}", "name", vm->proc.name, "pid",
                     vm->sup.runs ? vm->proc.pid : 0, "restart",
                     vm->sup.always ? "always" : "never", "restarts", (int)vm->sup.restarts, "held",
                     vm->sup.holds > 0);
}

static void
ask_status(struct host *host, struct mgmt_reply *reply)
{
    json_t *vms = json_array();

    host_vms_look(host);
    for (size_t i = 0; i < host->n; i++)
        (void)json_array_append_new(vms, vm_json(&host->vms[i]));
    answer(reply, json_pack("{s:o, s:o}", "vms", vms, "faults", leases_json(host)));
}

/* Each that does not run; why the first that cannot be started cannot. */
static void
ask_start(struct host *host, const struct words *words, struct mgmt_reply *reply)
{
    json_t *started = json_object();
    char err[HOST_ERR] = "";

    host_vms_look(host);
    for (size_t i = 1; i < words->n; i++) {
        struct host_vm *vm = host_vm_find(host, words->at[i]);
        char why[HOST_ERR] = "";

        if (!vm)
            (void)snprintf(why, sizeof why, "the topology has no %s", words->at[i]);
        else if (host_vm_start(host, vm, SUP_ASKED, why))
            (void)json_object_set_new(started, vm->proc.name, json_integer(vm->proc.pid));
        if (!err[0])
            memcpy(err, why, sizeof err);
    }
    host_arm(host);
    if (!err[0]) {
        answer(reply, started);
        return;
    }
    json_decref(started);
    refuse(reply, MGMT_FAILURE, err);
}

/* ---- leases ------------------------------------------------------------------------------ */

static bool
read_span(const char *word, int64_t *us)
{
    char *end;

    *us = strtoll(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && *us <= FAULT_SECONDS_MOST * US_PER_S;
}

static bool
read_amount(const char *word, int64_t *amount)
{
    char *end;

    *amount = strtoll(word, &end, 10);
    return *word && !*end;
}

/* "fault add KIND TARGET AMOUNT SPAN_US AT_US [CONDITION]": what the command has checked, and
 * told in sentences, is checked once more. */
static const char *
read_lease(const struct host *host, const struct words *words, struct fault *fault,
           int64_t spans[2], struct cond *when)
{
    const char *why;

    memset(fault, 0, sizeof *fault);
    memset(when, 0, sizeof *when);
    if (!host->node->topo.fault_hooks)
        return "the topology does not say \"fault-hooks\": true";
    if (words->n < 7 || words->n > 8 || !fault_kind_read(words->at[2], &fault->kind))
        return "no kind of fault";
    if (!fault_target_read(&fault->target, fault->kind, words->at[3], &host->node->topo, &why))
        return "no target of that kind of fault";
    if (!read_amount(words->at[4], &fault->amount) ||
        !fault_amount_fits(fault->kind, fault->amount))
        return "no amount of that kind of fault";
    if (!read_span(words->at[5], &spans[0]) || !read_span(words->at[6], &spans[1]))
        return "no span of time";
    if (words->n == 8 &&
        (!cond_parse(when, words->at[7], &host->node->topo) || when->kind != COND_EVENT))
        return "no event";
    return NULL;
}

/* Waits for its instant or event, or begins at once. The answer comes when it is in force. */
static void
add_lease(struct host *host, struct lease *lease, const char *event, struct mgmt_reply *reply)
{
    char err[HOST_ERR];

    if (event) {
        lease->for_event = true;
        (void)snprintf(lease->when_text, sizeof lease->when_text, "%s", event);
        (void)host_leases_follow(host); /* it is tried again at each look */
    }
    if (event || lease->at_us > clock_real_us()) {
        if (!host_store(host, err)) /* its number */
            log_error("host: %s", err);
        host_arm(host);
        answer(reply, lease_json(host, lease));
        return;
    }
    lease->ticket = mgmt_ticket(host->mgmt);
    if (!lease->ticket || !host_lease_begin(host, lease, err)) {
        refuse(reply, MGMT_FAILURE, lease->ticket ? err : "too many wait already; try again");
        leases_remove(&host->leases, lease->fault.id);
        if (!host_store(host, err))
            log_error("host: %s", err);
        return;
    }
    if (lease->state == LEASE_STARTS) {
        reply->status = MGMT_LATER;
        return;
    }
    lease->ticket = 0;
    answer(reply, lease_json(host, lease));
}

static void
ask_add(struct host *host, const struct words *words, struct mgmt_reply *reply)
{
    struct fault fault;
    struct cond when;
    struct lease *lease;
    int64_t spans[2];
    const char *wrong = read_lease(host, words, &fault, spans, &when);

    if (wrong) {
        refuse(reply, MGMT_USAGE, wrong);
        return;
    }
    host_vms_look(host);
    if (words->n == 8)
        host_leases_see(host); /* what has come by now is for those that waited before */
    lease = leases_add(&host->leases, &fault, spans[0], clock_real_us() + spans[1]);
    if (!lease) {
        refuse(reply, MGMT_FAILURE,
               "as many leases as there can be; clear one: vpclab fault list, fault clear ID");
        return;
    }
    lease->when = when;
    add_lease(host, lease, words->n == 8 ? words->at[7] : NULL, reply);
}

void
host_cmd_begun(struct host *host, struct lease *lease)
{
    uint32_t ticket = lease->ticket;
    struct mgmt_reply reply = {.status = MGMT_OK};

    lease->ticket = 0;
    if (!ticket || host->ending)
        return;
    if (lease->failed[0])
        refuse(&reply, MGMT_FAILURE, lease->failed);
    else
        answer(&reply, lease_json(host, lease));
    mgmt_answer(host->mgmt, ticket, &reply);
    free(reply.text);
}

static bool
still_there(struct host *host, const struct host_clear *clear)
{
    for (size_t i = 0; i < clear->n; i++) {
        if (leases_find(&host->leases, clear->ids[i]))
            return true;
    }
    return false;
}

static json_t *
ids_json(const struct host_clear *clear)
{
    json_t *list = json_array();

    for (size_t i = 0; i < clear->n; i++)
        (void)json_array_append_new(list, json_integer(clear->ids[i]));
    return json_pack("{s:o}", "cleared", list);
}

void
host_cmd_gone(struct host *host, uint32_t id)
{
    (void)id;
    for (size_t i = 0; i < MGMT_WAITING; i++) {
        struct host_clear *clear = &host->clears[i];
        struct mgmt_reply reply = {.status = MGMT_OK};

        if (!clear->ticket || host->ending || still_there(host, clear))
            continue;
        answer(&reply, ids_json(clear));
        mgmt_answer(host->mgmt, clear->ticket, &reply);
        clear->ticket = 0;
        free(reply.text);
    }
}

/* Which are meant: "all", or numbers. False, with a sentence, when one is none. */
static bool
read_ids(struct host *host, const struct words *words, struct host_clear *clear, char err[HOST_ERR])
{
    clear->n = 0;
    if (words->n == 3 && strcmp(words->at[2], "all") == 0) {
        for (; clear->n < host->leases.n; clear->n++)
            clear->ids[clear->n] = host->leases.list[clear->n].fault.id;
        return true;
    }
    for (size_t i = 2; i < words->n; i++) {
        uint32_t id = (uint32_t)strtoul(words->at[i], NULL, 10);

        if (!leases_find(&host->leases, id)) {
            (void)snprintf(err, HOST_ERR, "no lease %s; see vpclab fault list", words->at[i]);
            return false;
        }
        if (clear->n < FAULTS_MOST)
            clear->ids[clear->n++] = id;
    }
    return true;
}

/* All are told to end first, then waited for: the answer comes with the last. */
static void
ask_clear(struct host *host, const struct words *words, struct mgmt_reply *reply)
{
    struct host_clear clear = {0}, *place = NULL;
    char err[HOST_ERR];

    for (size_t i = 0; i < MGMT_WAITING; i++)
        place = host->clears[i].ticket ? place : &host->clears[i];
    if (!read_ids(host, words, &clear, err)) {
        refuse(reply, MGMT_FAILURE, err);
        return;
    }
    if (!place || !mgmt_ticket(host->mgmt)) {
        refuse(reply, MGMT_FAILURE, "too many wait already; try again");
        return;
    }
    for (size_t i = 0; i < clear.n; i++) {
        struct lease *lease = leases_find(&host->leases, clear.ids[i]);

        if (lease)
            host_lease_end(host, lease, "cleared");
    }
    if (!still_there(host, &clear)) {
        answer(reply, ids_json(&clear));
        return;
    }
    clear.ticket = mgmt_ticket(host->mgmt);
    *place = clear;
    reply->status = MGMT_LATER;
}

/* ---- one line ---------------------------------------------------------------------------- */

static void
split(struct words *words, const char *text)
{
    char *rest = NULL;

    words->n = 0;
    (void)snprintf(words->text, sizeof words->text, "%s", text);
    for (char *word = strtok_r(words->text, " \t", &rest); word && words->n < WORDS;
         word = strtok_r(NULL, " \t", &rest))
        words->at[words->n++] = word;
}

static bool
says(const struct words *words, const char *first, const char *second)
{
    return words->n > (second ? 1U : 0U) && strcmp(words->at[0], first) == 0 &&
           (!second || strcmp(words->at[1], second) == 0);
}

void
host_command(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    struct host *host = ctx;
    static struct words words;

    split(&words, line->text);
    if (says(&words, "status", NULL))
        ask_status(host, reply);
    else if (says(&words, "start", NULL))
        ask_start(host, &words, reply);
    else if (says(&words, "fault", "add"))
        ask_add(host, &words, reply);
    else if (says(&words, "fault", "clear"))
        ask_clear(host, &words, reply);
    else
        refuse(reply, MGMT_USAGE, "a host knows: status, start, fault add, fault clear");
}
