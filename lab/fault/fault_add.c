#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/near.h"
#include "common/loop/clock.h"
#include "common/loop/fault_words.h"
#include "common/loop/lab_clock.h"
#include "common/loop/mgmt.h"
#include "lab/cond.h"
#include "lab/cond_words.h"
#include "lab/events/event_logs.h"
#include "lab/fault/fault_cmd.h"
#include "lab/fault/fault_known.h"
#include "lab/host/host_ask.h"
#include "lab/lab_time.h"
#include "lab/opts.h"

enum { BEGIN_MS = 10000, FORCE_MS = 2000, POLL_MS = 5 };

struct wish {
    enum fault_kind kind;
    struct fault_target target;
    const char *target_text, *amount_text, *when, *name;
    int64_t amount, for_ms, at_ms; /* lab milliseconds; at: -1 for at once */
    bool json;
};

/* ---- what is asked for ---------------------------------------------------------------------- */

static int
usage(void)
{
    (void)fprintf(stderr,
                  "usage: vpclab fault add KIND TARGET [AMOUNT] [--for S] [--at S | --when "
                  "EVENT[=NEW]] [--json] [-n NAME], such as: vpclab fault add pause east/sf4 "
                  "--for 10; vpclab fault kinds has the kinds\n");
    return LAB_USAGE;
}

static bool
read_kind(const char *word, struct wish *wish)
{
    const char *names[FAULT_KIND_N], *near;

    if (fault_kind_read(word, &wish->kind))
        return true;
    for (int i = 0; i < FAULT_KIND_N; i++)
        names[i] = fault_kind_word((enum fault_kind)i);
    near = near_word(word, names, FAULT_KIND_N);
    (void)fprintf(stderr, "vpclab fault add: no kind of fault is \"%s\"; %s%s%s\n", word,
                  near ? "did you mean " : "see vpclab fault kinds", near ? near : "",
                  near ? "?" : "");
    return false;
}

static bool
read_target(const struct lab *lab, struct wish *wish)
{
    const char *why;

    if (fault_target_read(&wish->target, wish->kind, wish->target_text, &lab->topo, &why))
        return fault_known(lab, wish->kind, &wish->target, wish->target_text);
    (void)fprintf(stderr, "vpclab fault add %s: \"%s\": expected %s", fault_kind_word(wish->kind),
                  wish->target_text, why);
    fault_say_places(lab, wish->kind, wish->target_text);
    return false;
}

static bool
read_amount(struct wish *wish)
{
    int64_t least, most;
    char *end;

    fault_amount_bounds(wish->kind, &least, &most);
    wish->amount = fault_amount_default(wish->kind);
    if (!wish->amount_text)
        return true;
    if (least == most) {
        (void)fprintf(stderr, "vpclab fault add: %s has no amount; leave out \"%s\"\n",
                      fault_kind_word(wish->kind), wish->amount_text);
        return false;
    }
    wish->amount = strtoll(wish->amount_text, &end, 10);
    if (end != wish->amount_text && !*end && fault_amount_fits(wish->kind, wish->amount))
        return true;
    (void)fprintf(stderr,
                  "vpclab fault add %s: amount \"%s\": expected %" PRId64 " to %" PRId64 "%s%s\n",
                  fault_kind_word(wish->kind), wish->amount_text, least, most,
                  fault_kind_unit(wish->kind)[0] ? " " : "", fault_kind_unit(wish->kind));
    return false;
}

static bool
read_when(const struct lab *lab, const struct wish *wish)
{
    struct cond cond;
    char help[COND_TEXT];

    if (!wish->when || (strlen(wish->when) < FAULT_TARGET && !strpbrk(wish->when, " \t") &&
                        cond_parse(&cond, wish->when, &lab->topo) && cond.kind == COND_EVENT))
        return true;
    if (cond_help(wish->when, &lab->topo, help) && strstr(wish->when, "event:")) {
        (void)fprintf(stderr, "vpclab fault add --when %s: %s\n", wish->when, help);
        return false;
    }
    (void)fprintf(stderr,
                  "vpclab fault add --when %s: expected event:KIND[=NEW] or "
                  "INSTANCE.event:KIND[=NEW], such as event:srp.state=Active; docs/events.md has "
                  "the kinds\n",
                  wish->when);
    return false;
}

static int
read_words(struct wish *wish, int argc, char **argv)
{
    const struct opt opts[] = {
        {"amount", OPT_TEXT, &wish->amount_text, 0, 0},
        {"for", OPT_SECONDS, &wish->for_ms, 0, FAULT_SECONDS_MOST},
        {"at", OPT_SECONDS, &wish->at_ms, 0, FAULT_SECONDS_MOST},
        {"when", OPT_TEXT, &wish->when, 0, 0},
        {"json", OPT_FLAG, &wish->json, 0, 0},
        {"n", OPT_TEXT, &wish->name, 0, 0},
    };

    if (!opts_parse("fault add", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc < 2 || argc > 3 || (argc == 3 && wish->amount_text))
        return usage();
    if (argc == 3)
        wish->amount_text = argv[2];
    wish->target_text = argv[1];
    if (!read_kind(argv[0], wish))
        return LAB_USAGE;
    if (wish->for_ms > 0 && (wish->at_ms < 0 || !wish->when))
        return LAB_OK;
    (void)fprintf(stderr, wish->for_ms > 0
                              ? "vpclab fault add: it begins --at an instant or --when an event "
                                "comes, not both\n"
                              : "vpclab fault add: --for 0: expected how many seconds it lasts\n");
    return LAB_USAGE;
}

/* ---- is it in force? ------------------------------------------------------------------------ */

struct waited {
    struct proc procs[PROCS_MOST];
    size_t n;
};

/* Those that run and have to carry it out. */
static void
concerned(const struct lab *lab, const struct fault *fault, struct waited *waited)
{
    size_t n = procs_of(lab, waited->procs);

    waited->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct proc *proc = &waited->procs[i];

        if (fault_concerns(fault, &lab->topo, proc->instance, proc->slot) && proc_look(proc))
            waited->procs[waited->n++] = *proc;
    }
}

static void
strike_out(struct waited *waited, const char *process)
{
    for (size_t i = 0; i < waited->n; i++) {
        if (strcmp(waited->procs[i].name, process) == 0)
            waited->procs[i--] = waited->procs[--waited->n];
    }
}

/* Who says that the lease is on, or runs no more, need not be waited for. */
static void
see(struct event_logs *logs, uint32_t id, struct waited *waited)
{
    const struct event *event;

    event_logs_read(logs, false);
    while ((event = event_logs_next(logs, false)) != NULL) {
        if (event->epoch == id && strcmp(event->kind, "fault.on") == 0)
            strike_out(waited, event->process);
    }
    for (size_t i = 0; i < waited->n; i++) {
        if (!proc_look(&waited->procs[i]))
            waited->procs[i--] = waited->procs[--waited->n];
    }
}

/* From now on. By where the files end, not by time: a fault may have set clocks wrong. */
static struct event_logs *
listen_from_now(const struct lab *lab)
{
    static const struct event_query query;
    struct event_logs *logs = event_logs_open(lab->rundir, &query);

    if (logs) {
        event_logs_read(logs, false);
        event_logs_skip(logs);
    }
    return logs;
}

static int
wait_in_force(const struct lab *lab, const struct fault *fault, struct event_logs *logs)
{
    static struct waited waited;
    int64_t deadline = lab_now_ms() + FORCE_MS;

    concerned(lab, fault, &waited);
    for (see(logs, fault->id, &waited); waited.n > 0 && lab_now_ms() < deadline;
         see(logs, fault->id, &waited))
        lab_sleep_ms(POLL_MS);
    if (waited.n == 0)
        return LAB_OK;
    (void)fprintf(stderr,
                  "vpclab: lease %u is not known to be in force, since after %d s there is "
                  "no fault.on of:",
                  (unsigned)fault->id, FORCE_MS / 1000);
    for (size_t i = 0; i < waited.n; i++)
        (void)fprintf(stderr, " %s", waited.procs[i].name);
    (void)fprintf(stderr, "; see vpclab status, or take it back: vpclab fault clear %u\n",
                  (unsigned)fault->id);
    return LAB_FAILURE;
}

/* ---- carrying it out ------------------------------------------------------------------------ */

static int64_t
real_us(int64_t lab_ms, uint32_t scale)
{
    return lab_ms * US_PER_MS * LABTIME_ONE / scale;
}

/* What ends a lease is the real clock, of which it may last a day. */
static bool
fits(const char *option, int64_t lab_ms, uint32_t scale)
{
    int64_t most_s = (int64_t)FAULT_SECONDS_MOST * scale / LABTIME_ONE;
    char text[LAB_SCALE_TEXT];

    if (real_us(lab_ms, scale) <= FAULT_SECONDS_MOST * US_PER_S)
        return true;
    (void)fprintf(stderr,
                  "vpclab fault add: --%s: at the speed of the lab's clock, %s, that is more than "
                  "a day of the real one; expected at most %" PRId64 "\n",
                  option, lab_scale_text(scale, text), most_s);
    return false;
}

/* One that waits for its event does so for as long as it would last. */
static int
ask_host(const struct lab *lab, const struct wish *wish, json_t **lease)
{
    char line[MGMT_LINE];
    struct labtime course;
    uint32_t scale;
    int64_t at_ms = wish->when ? wish->for_ms : wish->at_ms > 0 ? wish->at_ms : 0;

    if (lab_time_read(lab, &course) != LAB_OK)
        return LAB_FAILURE;
    scale = fault_scale(&course, clock_real_us());
    if (!fits("for", wish->for_ms, scale) || !fits("at", at_ms, scale))
        return LAB_USAGE;
    (void)snprintf(line, sizeof line, "fault add %s %s %" PRId64 " %" PRId64 " %" PRId64 "%s%s",
                   fault_kind_word(wish->kind), wish->target_text, wish->amount,
                   real_us(wish->for_ms, scale), real_us(at_ms, scale), wish->when ? " " : "",
                   wish->when ? wish->when : "");
    return host_ask(lab, line, BEGIN_MS, lease);
}

static int
tell(const struct wish *wish, json_t *lease, int status)
{
    if (wish->json) {
        int printed = fault_print_json(json_incref(lease));

        return status == LAB_OK ? printed : status;
    }
    (void)printf("%lld\n", (long long)json_integer_value(json_object_get(lease, "id")));
    return status;
}

static int
lay(const struct lab *lab, const struct wish *wish, struct event_logs *logs)
{
    struct fault fault = {.kind = wish->kind, .target = wish->target};
    const char *state, *target, *why;
    json_t *lease;
    int status = ask_host(lab, wish, &lease);

    if (status != LAB_OK)
        return status;
    state = json_string_value(json_object_get(lease, "state"));
    target = json_string_value(json_object_get(lease, "target"));
    if (target) /* the active CF by its slot */
        (void)fault_target_read(&fault.target, fault.kind, target, &lab->topo, &why);
    fault.id = (uint32_t)json_integer_value(json_object_get(lease, "id"));
    if (state && strcmp(state, "waiting") != 0)
        status = wait_in_force(lab, &fault, logs);
    status = tell(wish, lease, status);
    json_decref(lease);
    return status;
}

static int
carry_out(const struct lab *lab, const struct wish *wish)
{
    struct event_logs *logs = listen_from_now(lab);
    int status = logs ? lay(lab, wish, logs) : LAB_FAILURE;

    event_logs_close(&logs);
    return status;
}

int
fault_add(int argc, char **argv)
{
    static struct lab lab;
    struct wish wish = {.for_ms = FAULT_SECONDS * 1000, .at_ms = -1};
    int status = read_words(&wish, argc, argv);

    if (status == LAB_OK)
        status = fault_lab(&lab, wish.name);
    if (status != LAB_OK)
        return status;
    if (!read_target(&lab, &wish) || !read_amount(&wish) || !read_when(&lab, &wish))
        return LAB_USAGE;
    status = carry_out(&lab, &wish);
    lab_event(&lab, status);
    return status;
}
