#include "lab/caller/caller_show.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>

static double
ms(int64_t us)
{
    return (double)us / 1000;
}

static void
row(const char *what, uint64_t value)
{
    (void)printf("%-32s %12llu\n", what, (unsigned long long)value);
}

/* Only worth a line when it happened. */
static void
row_if(const char *what, uint64_t value)
{
    if (value)
        row(what, value);
}

static void
show_refusals(const struct caller *caller)
{
    for (unsigned cause = 0; cause < CALLER_CAUSES; cause++) {
        uint32_t n = caller->counts.refused_by[cause];

        if (n)
            (void)printf("  %-30s %12u  (cause %u)\n",
                         caller_cause_text(caller->plan.version, (uint8_t)cause), n, cause);
    }
}

static void
show_opening(const struct caller *caller, const struct caller_result *r)
{
    row("calls", caller->plan.calls);
    row("opened", r->opened);
    row("refused", r->refused);
    show_refusals(caller);
    row("timed out", r->timed_out);
    row_if("not tried", r->not_tried);
    row_if("retransmitted requests", caller->counts.retransmissions);
    row_if("other GTP version answered", caller->counts.other_version);
    if (r->opened == 0)
        return;
    (void)printf("%-32s %12.0f calls/s (%.3f s)\n", "set-up rate", r->setup_rate, r->setup_s);
    (void)printf("%-32s %12.3f ms, 99 %% below %.3f ms\n", "response time, median",
                 ms(r->response_median_us), ms(r->response_p99_us));
}

static void
show_traffic(const struct caller *caller, const struct caller_result *r)
{
    const struct caller_counts *counts = &caller->counts;

    row("packets sent", counts->sent);
    row("packets answered", counts->answered);
    (void)printf("%-32s %12llu (%.3f %%)\n", "packets lost", (unsigned long long)r->lost,
                 counts->sent ? 100.0 * (double)r->lost / (double)counts->sent : 0);
    (void)printf("%-32s %12.1f ms, median %.1f ms, of %u calls\n", "longest gap of a call",
                 ms(r->gap_max_us), ms(r->gap_median_us), r->gap_calls);
}

static void
show_class(const char *name, const struct caller_class_result *r, bool pings)
{
    if (!r->sent)
        return;
    (void)printf("%-12s %12llu %12llu %12llu %11.1f ms", name, (unsigned long long)r->sent,
                 (unsigned long long)r->answered, (unsigned long long)r->lost, ms(r->outage_us));
    if (pings)
        (void)printf(" %11.1f ms", ms(r->gap_max_us));
    else if (r->refused)
        (void)printf("  %llu refused", (unsigned long long)r->refused);
    (void)printf("\n");
}

static void
show_classes(const struct caller_result *r)
{
    bool any = false;

    for (unsigned i = 0; i < CALLER_CLASSES; i++)
        any |= r->classes[i].sent > 0;
    if (!any)
        return;
    (void)printf("%-12s %12s %12s %12s %14s %14s\n", "class", "sent", "answered", "lost", "outage",
                 "gap of a call");
    for (unsigned i = 0; i < CALLER_CLASSES; i++)
        show_class(caller_class_name(i), &r->classes[i], i <= CLASS_PING_MOST);
    if (r->classes[CLASS_CONTROL].answered)
        (void)printf("%-32s %12.3f ms, 99 %% below %.3f ms, longest %.3f ms\n",
                     "response time of an update, median", ms(r->update_median_us),
                     ms(r->update_p99_us), ms(r->update_max_us));
}

static void
show_verdict(const struct caller_result *r)
{
    (void)printf("%-32s %12s\n", "verdict", r->good ? "good" : "bad");
}

/* There is nothing to tell of calls that there were not, but why. */
static void
show_none(const struct caller *caller, const struct caller_result *r)
{
    const struct in_addr in = {.s_addr = htonl(caller->plan.to)};
    char to[INET_ADDRSTRLEN];

    (void)inet_ntop(AF_INET, &in, to, sizeof to); /* there is room */
    show_verdict(r);
    if (caller->counts.other_version)
        (void)printf("No call was opened: %s answered in another GTP version; try --gtp %d\n", to,
                     caller->plan.version == 1 ? 2 : 1);
    else if (r->refused)
        (void)printf("No call was opened: %s refused them, for the causes above\n", to);
    else if (r->timed_out)
        (void)printf("No call was opened: %s did not answer; vpclab status shows whether a "
                     "chassis is Active\n",
                     to);
    else
        (void)printf("No call was opened: none was tried before the end\n");
}

void
caller_show_text(const struct caller *caller, const struct caller_result *r)
{
    const struct caller_counts *counts = &caller->counts;

    show_opening(caller, r);
    if (r->opened == 0) {
        show_none(caller, r);
        return;
    }
    if (caller->plan.dedicated)
        (void)printf("%-32s %12u of %u, %llu packets answered through them\n", "dedicated bearers",
                     counts->dedicated, counts->dedicated_wanted,
                     (unsigned long long)counts->dedicated_answered);
    if (caller->plan.pps)
        show_traffic(caller, r);
    show_classes(r);
    if (!caller->plan.no_verify)
        (void)printf("%-32s %12u of %u\n", "answered in the verification", counts->verified,
                     r->opened);
    row("forgotten by the gateway", counts->forgotten);
    row_if("error indications", counts->error_indications);
    row_if("restarts of the gateway", counts->restarts);
    row_if("changed TEIDs", counts->changed_teids);
    row_if("packets for another subscriber", counts->misdelivered);
    row_if("answers repeated or too late", counts->repeated);
    row_if("strange datagrams", counts->strange);
    row_if("deleted by the gateway", counts->state[CALL_GONE]);
    if (!caller->plan.keep) {
        row("deleted", counts->state[CALL_DELETED]);
        row_if("not deleted", counts->state[CALL_UNDELETED]);
    }
    row_if("extra subscribers' calls left", r->extra_left);
    show_verdict(r);
}

static void
set(json_t *object, const char *key, uint64_t value)
{
    (void)json_object_set_new(object, key, json_integer((json_int_t)value)); /* out of memory */
}

static void
set_real(json_t *object, const char *key, double value)
{
    (void)json_object_set_new(object, key, json_real(value)); /* out of memory */
}

static json_t *
refusals(const struct caller *caller)
{
    json_t *list = json_array();

    for (unsigned cause = 0; cause < CALLER_CAUSES; cause++) {
        if (caller->counts.refused_by[cause])
            (void)json_array_append_new(
                list, json_pack("{s:i, s:s, s:I}", "cause", cause, "text",
                                caller_cause_text(caller->plan.version, (uint8_t)cause), "calls",
                                (json_int_t)caller->counts.refused_by[cause]));
    }
    return list;
}

/* Classes of which nothing was sent are absent. */
static json_t *
outages(const struct caller_result *r)
{
    json_t *all = json_object();

    for (unsigned i = 0; i < CALLER_CLASSES; i++) {
        const struct caller_class_result *one = &r->classes[i];
        json_t *object = one->sent ? json_object() : NULL;

        if (!object)
            continue;
        set_real(object, "outage_ms", ms(one->outage_us));
        set(object, "sent", one->sent);
        set(object, "answered", one->answered);
        set(object, "lost", one->lost);
        if (i <= CLASS_PING_MOST) {
            set_real(object, "gap_max_ms", ms(one->gap_max_us));
            set_real(object, "gap_median_ms", ms(one->gap_median_us));
        } else {
            set(object, "refused", one->refused);
        }
        if (i == CLASS_CONTROL) {
            set_real(object, "response_median_ms", ms(r->update_median_us));
            set_real(object, "response_p99_ms", ms(r->update_p99_us));
            set_real(object, "response_max_ms", ms(r->update_max_us));
        }
        (void)json_object_set_new(all, caller_class_name(i), object); /* out of memory */
    }
    return all;
}

bool
caller_show_json(const struct caller *caller, const struct caller_result *r)
{
    const struct caller_counts *counts = &caller->counts;
    json_t *all = json_object();
    int rc;

    set(all, "gtp_version", caller->plan.version);
    set(all, "calls", caller->plan.calls);
    set(all, "opened", r->opened);
    set(all, "refused", r->refused);
    (void)json_object_set_new(all, "refused_by_cause", refusals(caller));
    set(all, "timed_out", r->timed_out);
    set(all, "not_tried", r->not_tried);
    set(all, "retransmissions", counts->retransmissions);
    set(all, "dedicated_wanted", counts->dedicated_wanted);
    set(all, "dedicated", counts->dedicated);
    set(all, "dedicated_answered", counts->dedicated_answered);
    set_real(all, "setup_s", r->setup_s);
    set_real(all, "setup_rate", r->setup_rate);
    set_real(all, "response_median_ms", ms(r->response_median_us));
    set_real(all, "response_p99_ms", ms(r->response_p99_us));
    set(all, "packets_sent", counts->sent);
    set(all, "packets_answered", counts->answered);
    set(all, "packets_lost", r->lost);
    set(all, "packets_repeated", counts->repeated);
    set(all, "packets_misdelivered", counts->misdelivered);
    set_real(all, "gap_max_ms", ms(r->gap_max_us));
    set_real(all, "gap_median_ms", ms(r->gap_median_us));
    (void)json_object_set_new(all, "outages", outages(r));
    set(all, "extra_left", r->extra_left);
    set(all, "verified", counts->verified);
    set(all, "recreated", counts->forgotten);
    set(all, "error_indications", counts->error_indications);
    set(all, "restarts", counts->restarts);
    set(all, "changed_teids", counts->changed_teids);
    set(all, "other_version", counts->other_version);
    set(all, "strange", counts->strange);
    set(all, "deleted_by_gateway", counts->state[CALL_GONE]);
    set(all, "deleted", counts->state[CALL_DELETED]);
    set(all, "not_deleted", counts->state[CALL_UNDELETED]);
    (void)json_object_set_new(all, "good", json_boolean(r->good));
    rc = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(all);
    return printf("\n") > 0 && rc == 0;
}
