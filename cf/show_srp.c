#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "cf/show.h"
#include "cf/show_audit.h"
#include "common/loop/clock.h"

/* show srp info, show srp statistics: docs/staros.md. */

enum { REASON_KEY = 48 };

static const char *
mode_name(uint8_t mode)
{
    return mode == SRP_PRIMARY ? "Primary" : "Backup";
}

static void
address(uint32_t addr, char out[INET_ADDRSTRLEN])
{
    struct in_addr in = {.s_addr = htonl(addr)};

    (void)inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
}

static void
mac_text(const uint8_t mac[6], char out[18])
{
    (void)snprintf(out, 18, "%02X-%02X-%02X-%02X-%02X-%02X", mac[0], mac[1], mac[2], mac[3], mac[4],
                   mac[5]);
}

/* ---- show srp info ----------------------------------------------------------------------- */

const char *
show_peer_state(const struct cf *cf)
{
    return cf->srp.peer_known ? chassis_state_name(cf->srp.peer.state) : "Init";
}

const char *
show_connection(const struct cf *cf)
{
    return cf->srp_link && peer_link_up(cf->srp_link) ? "Connected" : "Not Connected";
}

static int64_t
hello_age_s(const struct cf *cf)
{
    return mono_between(cf->srp.heard, clock_now()) / US_PER_S;
}

static void
row(FILE *out, const char *label, const char *value)
{
    (void)fprintf(out, "%-31s%-30s\n", label, value);
}

static void
print_peer(const struct cf *cf, FILE *out)
{
    const struct srp *srp = &cf->srp;
    char text[64], mac[18], date[32];

    address(srp->setup.peer_addr, text);
    (void)fprintf(out, "%-31s%s\n", "Peer Remote Address:", text);
    row(out, "Peer State:", show_peer_state(cf));
    row(out, "Peer Mode:", srp->heard_any ? mode_name(srp->peer.rank.mode) : "Unknown");
    (void)fprintf(out, "%-31s%-4u\n", "Peer Priority:", srp->peer.rank.priority);
    mac_text(srp->peer.rank.mac, mac);
    (void)fprintf(out, "%-31s%s\n", "Peer Tiebreaker:", mac);
    (void)fprintf(out, "%-31s%-16u\n", "Peer Route-Modifier:", srp->peer.rank.route_modifier);
    if (srp->heard_any) {
        show_date(cf->heard_wall_us, date);
        (void)fprintf(out, "%-31s%s  (%lld seconds ago)\n", "Last Hello Message received:", date,
                      (long long)hello_age_s(cf));
    } else {
        (void)fprintf(out, "%-31s%s\n", "Last Hello Message received:", "None");
    }
}

/* "Remote Chassis - Ready for Switchover (31 seconds ago)" */
static void
validated_text(const struct cf *cf, char *out, size_t room)
{
    const struct srp_validation *v = &cf->srp.validation;
    const char *who = v->remote ? "Remote" : "Local";
    long long ago = (long long)(mono_between(v->at, clock_now()) / US_PER_S);
    char why[REFUSAL_TEXT];

    if (v->id == 0)
        (void)snprintf(out, room, "None");
    else if (!v->known)
        (void)snprintf(out, room, "In Progress (%lld seconds ago)", ago);
    else {
        refusal_text((enum srp_refusal)v->refusal, v->sessmgrs, why, sizeof why);
        (void)snprintf(out, room, "%s Chassis - %s (%lld seconds ago)", who, why, ago);
    }
}

/* Only when there is one: what the last `srp validate-switchover` found, and the mend. */
static void
print_detail(const struct cf *cf, FILE *out)
{
    const struct srp_validation *v = &cf->srp.validation;
    char text[REFUSAL_TEXT];

    if (v->id == 0 || !v->known)
        return;
    refusal_detail(cf, (enum srp_refusal)v->refusal, text, sizeof text);
    if (*text)
        (void)fprintf(out, "   %s\n", text);
}

/* A switchover that was asked for and refused, and will be tried again. */
static void
print_retry(const struct srp *srp, FILE *out)
{
    mono_t at = srp_retry_at(srp);
    int64_t left_us = mono_between(clock_now(), at);

    if (srp->state != CHASSIS_ACTIVE || at.us == MONO_NEVER.us)
        return;
    (void)fprintf(out, "%-31s%s in %lld seconds, then %u more\n",
                  "Switchover Retry:", srp_reason_name((enum srp_reason)srp->want.reason),
                  (long long)((left_us > 0 ? left_us : 0) / US_PER_S), srp->want.left);
}

static void
print_validation(const struct cf *cf, FILE *out)
{
    bool failed = strcmp(validate_state(cf->validate), "Failed") == 0;
    int64_t event_us = validate_event_us(cf->validate);
    char text[REFUSAL_TEXT + 64];

    row(out, "Peer Configuration Validation:", validate_state(cf->validate));
    (void)fprintf(out, "%-31s%s\n", "Last Peer Configuration Error:",
                  failed ? "Peer Checksum Validation Failure." : "None");
    if (event_us) {
        show_date(event_us, text);
        (void)fprintf(out, "%-31s%s  (%lld seconds ago)\n", "Last Peer Configuration Event:", text,
                      (long long)((clock_wall_us() - event_us) / US_PER_S));
    } else {
        (void)fprintf(out, "%-31s%s\n", "Last Peer Configuration Event:", "None");
    }
    validated_text(cf, text, sizeof text);
    (void)fprintf(out, "Last Validate Switchover Status: %s\n", text);
    print_detail(cf, out);
}

void
show_srp_info(const struct cf *cf, FILE *out)
{
    const struct srp *srp = &cf->srp;
    char text[64], mac[18];

    (void)fprintf(out, "Service Redundancy Protocol:\n");
    row(out, "Context:", cf->conf.contexts[cf->conf.srp.context]);
    address(srp->rank.addr, text);
    (void)fprintf(out, "%-31s%s\n", "Local Address:", text);
    row(out, "Chassis State:", chassis_state_name(srp->state));
    row(out, "Chassis Mode:", mode_name(srp->rank.mode));
    (void)fprintf(out, "%-31s%-4u\n", "Chassis Priority:", srp->rank.priority);
    mac_text(srp->rank.mac, mac);
    (void)fprintf(out, "%-31s%s\n", "Local Tiebreaker:", mac);
    (void)fprintf(out, "%-31s%-16u\n \n", "Route-Modifier:", srp->rank.route_modifier);
    print_peer(cf, out);
    print_validation(cf, out);
    row(out, "Connection State:", show_connection(cf));
    print_retry(srp, out);
    show_audit_rows(cf, out);
    (void)fprintf(out, "DSCP Configuration:     \n");
    (void)fprintf(out, "%-31s%-20s\n",
                  "   Control flow   :", conf_dscp_name(cf->conf.srp.dscp_control));
    (void)fprintf(out, "%-31s%-20s\n",
                  "   Session flow   :", conf_dscp_name(cf->conf.srp.dscp_session));
}

struct tcp_counters
show_link_counters(const struct cf *cf)
{
    return cf->srp_link ? peer_link_counters(cf->srp_link) : (struct tcp_counters){0};
}

static void
set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value); /* fails only for want of memory */
}

static json_t *
differences(const struct cf *cf)
{
    json_t *array = json_array();
    size_t n;
    const struct conf_difference *d = validate_differences(cf->validate, &n);

    for (size_t i = 0; i < n && i < VALIDATE_SHOWN; i++)
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:s, s:s, s:s}", "item", d[i].key, "here",
                                              d[i].ours, "peer", d[i].theirs, "fix", d[i].fix));
    return array;
}

static json_t *
validation_json(const struct cf *cf)
{
    const struct srp_validation *v = &cf->srp.validation;
    char detail[REFUSAL_TEXT];

    if (v->id == 0)
        return json_null();
    if (!v->known)
        return json_pack("{s:i, s:s}", "number", (int)v->id, "state", "in-progress");
    refusal_detail(cf, (enum srp_refusal)v->refusal, detail, sizeof detail);
    return json_pack("{s:i, s:s, s:s, s:b, s:s, s:s, s:i}", "number", (int)v->id, "state",
                     "complete", "judged_by", v->remote ? "remote" : "local", "ready",
                     (int)(v->refusal == SRP_READY), "result",
                     srp_refusal_text((enum srp_refusal)v->refusal), "detail", detail,
                     "sessmgrs_not_connected", (int)v->sessmgrs);
}

static json_t *
retry_json(const struct srp *srp)
{
    mono_t at = srp_retry_at(srp);

    if (srp->state != CHASSIS_ACTIVE || at.us == MONO_NEVER.us)
        return json_null();
    return json_pack("{s:s, s:f, s:i}", "reason",
                     srp_reason_name((enum srp_reason)srp->want.reason), "in_seconds",
                     (double)mono_between(clock_now(), at) / (double)US_PER_S, "tries_after",
                     (int)srp->want.left);
}

/* What a script waits for during a switchover. */
static void
add_switchover(const struct cf *cf, json_t *object)
{
    const struct srp *srp = &cf->srp;

    set(object, "phase", json_string(srp_phase_name(srp->phase)));
    set(object, "planned", json_boolean(srp->planned));
    set(object, "gates", json_integer(srp->role.gates));
    set(object, "announcing", json_boolean(srp->role.announce));
    set(object, "last_refusal", json_string(srp_refusal_text((enum srp_refusal)srp->refusal)));
    set(object, "last_refusal_sessmgrs",
        json_integer(srp->refusal == SRP_SESSMGRS ? srp->refusal_sessmgrs : 0));
    set(object, "retry", retry_json(srp));
    set(object, "validate_switchover", validation_json(cf));
    set(object, "configuration_differences", differences(cf));
    set(object, "peer_phase", json_string(srp_phase_name((enum srp_phase)srp->peer.phase)));
    set(object, "release", json_string(cf->image.release));
    set(object, "peer_release", json_string(srp->peer.version));
    set(object, "peer_sessions", json_integer(srp->peer.sessions));
}

json_t *
show_srp_info_json(const struct cf *cf)
{
    const struct srp *srp = &cf->srp;
    const struct tcp_counters link = show_link_counters(cf);
    char own[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN], mac[18], peer_mac[18];

    address(srp->rank.addr, own);
    address(srp->setup.peer_addr, theirs);
    mac_text(srp->rank.mac, mac);
    mac_text(srp->peer.rank.mac, peer_mac);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s, "
        "s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}",
        "context", cf->conf.contexts[cf->conf.srp.context], "local_address", own, "chassis_state",
        chassis_state_name(srp->state), "chassis_mode", mode_name(srp->rank.mode),
        "chassis_priority", (int)srp->rank.priority, "local_tiebreaker", mac, "route_modifier",
        (int)srp->rank.route_modifier, "srp_epoch", (json_int_t)srp->epoch, "peer_address", theirs,
        "peer_state", show_peer_state(cf), "peer_mode", mode_name(srp->peer.rank.mode),
        "peer_priority", (int)srp->peer.rank.priority, "peer_tiebreaker", peer_mac,
        "peer_route_modifier", (int)srp->peer.rank.route_modifier, "last_hello_seconds_ago",
        (json_int_t)(srp->heard_any ? hello_age_s(cf) : -1), "peer_configuration_validation",
        validate_state(cf->validate), "connection_state", show_connection(cf), "peer_hears_us",
        (int)srp_peer_hears_us(srp, clock_now()), "hellos_sent",
        (json_int_t)srp->counters.hellos_sent, "hellos_received",
        (json_int_t)srp->counters.hellos_received, "hellos_stale",
        (json_int_t)srp->counters.hellos_stale, "hello_losses",
        (json_int_t)srp->counters.hello_losses, "connection_losses",
        (json_int_t)srp->counters.connection_losses, "frames_malformed", (json_int_t)link.malformed,
        "frames_refused", (json_int_t)link.refused, "last_switch_reason",
        srp_reason_name(srp->reason));

    add_switchover(cf, object);
    set(object, "audit", show_audit_json(cf));
    set(object, "dscp",
        json_pack("{s:s, s:s}", "control", conf_dscp_name(cf->conf.srp.dscp_control), "session",
                  conf_dscp_name(cf->conf.srp.dscp_session)));
    return object;
}

/* ---- show srp statistics ------------------------------------------------------------------ */

static struct srp_statistics
all_statistics(const struct cf *cf)
{
    return (struct srp_statistics){
        .invalid = cf->hellos_refused + show_link_counters(cf).malformed,
        .validate = validate_counters(cf->validate),
        .relay = relay_counters(cf->relay),
    };
}

/* ... since they were cleared. */
static struct srp_statistics
statistics(const struct cf *cf)
{
    struct srp_statistics s = all_statistics(cf);
    const struct srp_statistics *was = &cf->cleared;

    s.invalid -= was->invalid;
    s.validate.requests -= was->validate.requests;
    s.validate.responses -= was->validate.responses;
    s.validate.failures -= was->validate.failures;
    s.relay.out -= was->relay.out;
    s.relay.in -= was->relay.in;
    return s;
}

void
show_srp_statistics_clear(struct cf *cf)
{
    cf->cleared = all_statistics(cf);
    memset(&cf->srp.counters, 0, sizeof cf->srp.counters);
    srp_pace_clear(&cf->pace);
}

static void
count(FILE *out, const char *label, uint64_t value)
{
    (void)fprintf(out, "  %-32s%llu\n", label, (unsigned long long)value);
}

static int64_t
late_us(const struct cf *cf, unsigned permille)
{
    return spread_permille(&cf->pace.late, permille);
}

static json_t *
lateness_json(const struct cf *cf)
{
    return json_pack("{s:I, s:f, s:f, s:f}", "hellos", (json_int_t)cf->pace.late.n, "median_ms",
                     (double)late_us(cf, 500) / 1e3, "p99_ms", (double)late_us(cf, 990) / 1e3,
                     "max_ms", (double)late_us(cf, 1000) / 1e3);
}

/* The reasons of the MIB in words, as the rows are headed. */
static const char *
reason_label(unsigned reason)
{
    static const char *const labels[SRP_REASON_N] = {
        [SRP_NOT_DEFINED] = "Not Defined:",
        [SRP_AAA_FAILURE] = "AAA Failure:",
        [SRP_BGP_FAILURE] = "BGP Failure:",
        [SRP_BFD_FAILURE] = "BFD Failure:",
        [SRP_DIAMETER_FAILURE] = "Diameter Failure:",
        [SRP_HSRP_SWITCHOVER] = "HSRP Switchover:",
        [SRP_CHASSIS_BFD_FAILURE] = "Chassis-to-Chassis BFD Failure:",
        [SRP_DUAL_ACTIVE] = "Dual Active:",
        [SRP_DUAL_STANDBY] = "Dual Standby:",
        [SRP_DEAD_TIMER_EXPIRY] = "Dead Timer Expiry:",
        [SRP_FORCE_STATE_CHANGE] = "Forced State Change:",
        [SRP_MANUAL_SWITCHOVER] = "Manual:",
        [SRP_EGQC_FAILURE] = "EGQC Failure:",
    };

    return labels[reason];
}

void
show_srp_statistics(const struct cf *cf, FILE *out)
{
    const struct srp_counters *c = &cf->srp.counters;
    struct srp_statistics s = statistics(cf);

    (void)fprintf(out, "Peer Connection Statistics:\n");
    count(out, "Hello Messages Sent:", c->hellos_sent);
    count(out, "Hello Messages Received:", c->hellos_received);
    count(out, "Hello Messages Dropped:", c->hellos_stale);
    count(out, "Hello Messages Invalid:", s.invalid);
    count(out, "Hello Intervals Missed:", c->hello_losses);
    count(out, "Connections Lost:", c->connection_losses);
    count(out, "Hello Lateness, Median (us):", (uint64_t)late_us(cf, 500));
    count(out, "Hello Lateness, 99 % (us):", (uint64_t)late_us(cf, 990));
    count(out, "Hello Lateness, Longest (us):", (uint64_t)late_us(cf, 1000));
    (void)fprintf(out, "Configuration Validation Messages:\n");
    count(out, "Request Sent:", s.validate.requests);
    count(out, "Response Received:", s.validate.responses);
    count(out, "Validation Failure:", s.validate.failures);
    (void)fprintf(out, "Resource Messages:\n");
    count(out, "Sent:", s.relay.out);
    count(out, "Received:", s.relay.in);
    count(out, "Malformed:", s.relay.malformed);
    count(out, "Refused:", s.relay.refused);
    count(out, "No Session Manager:", s.relay.no_sessmgr);
    (void)fprintf(out, "Switchovers:\n");
    for (unsigned i = 0; i < SRP_REASON_N; i++)
        count(out, reason_label(i), c->switchovers[i]);
    count(out, "Refused Here:", c->refused_here);
    count(out, "Refused by Peer:", c->refused_by_peer);
    count(out, "Rolled Back:", c->rolled_back);
}

/* "manual_switch_over" of "manualSwitchOver" */
static const char *
reason_key(unsigned reason, char out[REASON_KEY])
{
    const char *name = srp_reason_name((enum srp_reason)reason);
    size_t n = 0;

    for (; *name && n < REASON_KEY - 2; name++) {
        bool upper = *name >= 'A' && *name <= 'Z';

        if (upper)
            out[n++] = '_';
        out[n++] = (char)(upper ? *name - 'A' + 'a' : *name);
    }
    out[n] = '\0';
    return out;
}

json_t *
show_srp_statistics_json(const struct cf *cf)
{
    const struct srp_counters *c = &cf->srp.counters;
    struct srp_statistics s = statistics(cf);
    json_t *reasons = json_object();
    char key[REASON_KEY];

    for (unsigned i = 0; i < SRP_REASON_N; i++)
        set(reasons, reason_key(i, key), json_integer((json_int_t)c->switchovers[i]));
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, "
        "s:I, s:I}",
        "hellos_sent", (json_int_t)c->hellos_sent, "hellos_received",
        (json_int_t)c->hellos_received, "hellos_dropped", (json_int_t)c->hellos_stale,
        "hellos_invalid", (json_int_t)s.invalid, "hello_intervals_missed",
        (json_int_t)c->hello_losses, "connections_lost", (json_int_t)c->connection_losses,
        "hello_lateness", lateness_json(cf), "validation_requests_sent",
        (json_int_t)s.validate.requests, "validation_responses_received",
        (json_int_t)s.validate.responses, "validation_failures", (json_int_t)s.validate.failures,
        "resource_messages_sent", (json_int_t)s.relay.out, "resource_messages_received",
        (json_int_t)s.relay.in, "resource_messages_malformed", (json_int_t)s.relay.malformed,
        "resource_messages_refused", (json_int_t)s.relay.refused,
        "resource_messages_without_session_manager", (json_int_t)s.relay.no_sessmgr, "switchovers",
        reasons, "refused_here", (json_int_t)c->refused_here, "refused_by_peer",
        (json_int_t)c->refused_by_peer, "rolled_back", (json_int_t)c->rolled_back);
}
