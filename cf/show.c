#include "cf/show.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "common/loop/clock.h"

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

static void
date_text(int64_t wall_us, char out[32])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, "%a %b %e %H:%M:%S %Y", &tm);
}

void
show_time_line(FILE *out)
{
    time_t s = (time_t)(clock_wall_us() / US_PER_S);
    struct tm tm;
    char text[64];

    (void)gmtime_r(&s, &tm);
    (void)strftime(text, sizeof text, "%A %B %d %H:%M:%S UTC %Y", &tm);
    (void)fprintf(out, "%s\n", text);
}

/* ---- show srp info ----------------------------------------------------------------------- */

static const char *
peer_state(const struct cf *cf)
{
    return cf->srp.peer_known ? chassis_state_name(cf->srp.peer.state) : "Init";
}

static const char *
connection(const struct cf *cf)
{
    return cf->srp_link && peer_link_up(cf->srp_link) ? "Connected" : "Not Connected";
}

/* Nothing compared yet, the same, or different. */
static const char *
validation(const struct cf *cf)
{
    if (!cf->srp.peer_known)
        return "Initial";
    return cf->srp.peer.checksum == cf->srp.setup.checksum ? "Complete" : "Failed";
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
    row(out, "Peer State:", peer_state(cf));
    row(out, "Peer Mode:", srp->heard_any ? mode_name(srp->peer.rank.mode) : "Unknown");
    (void)fprintf(out, "%-31s%-4u\n", "Peer Priority:", srp->peer.rank.priority);
    mac_text(srp->peer.rank.mac, mac);
    (void)fprintf(out, "%-31s%s\n", "Peer Tiebreaker:", mac);
    (void)fprintf(out, "%-31s%-16u\n", "Peer Route-Modifier:", srp->peer.rank.route_modifier);
    if (srp->heard_any) {
        date_text(cf->heard_wall_us, date);
        (void)fprintf(out, "%-31s%s  (%lld seconds ago)\n", "Last Hello Message received:", date,
                      (long long)hello_age_s(cf));
    } else {
        (void)fprintf(out, "%-31s%s\n", "Last Hello Message received:", "None");
    }
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
    row(out, "Peer Configuration Validation:", validation(cf));
    (void)fprintf(out, "%-31s%s\n", "Last Peer Configuration Error:",
                  strcmp(validation(cf), "Failed") == 0 ? "Peer Checksum Validation Failure."
                                                        : "None");
    row(out, "Connection State:", connection(cf));
}

static struct tcp_counters
link_counters(const struct cf *cf)
{
    return cf->srp_link ? peer_link_counters(cf->srp_link) : (struct tcp_counters){0};
}

json_t *
show_srp_info_json(const struct cf *cf)
{
    const struct srp *srp = &cf->srp;
    const struct tcp_counters link = link_counters(cf);
    char own[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN], mac[18], peer_mac[18];

    address(srp->rank.addr, own);
    address(srp->setup.peer_addr, theirs);
    mac_text(srp->rank.mac, mac);
    mac_text(srp->peer.rank.mac, peer_mac);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s, "
        "s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}",
        "context", cf->conf.contexts[cf->conf.srp.context], "local_address", own, "chassis_state",
        chassis_state_name(srp->state), "chassis_mode", mode_name(srp->rank.mode),
        "chassis_priority", (int)srp->rank.priority, "local_tiebreaker", mac, "route_modifier",
        (int)srp->rank.route_modifier, "srp_epoch", (json_int_t)srp->epoch, "peer_address", theirs,
        "peer_state", peer_state(cf), "peer_mode", mode_name(srp->peer.rank.mode), "peer_priority",
        (int)srp->peer.rank.priority, "peer_tiebreaker", peer_mac, "peer_route_modifier",
        (int)srp->peer.rank.route_modifier, "last_hello_seconds_ago",
        (json_int_t)(srp->heard_any ? hello_age_s(cf) : -1), "peer_configuration_validation",
        validation(cf), "connection_state", connection(cf), "peer_hears_us",
        (int)srp_peer_hears_us(srp, clock_now()), "hellos_sent",
        (json_int_t)srp->counters.hellos_sent, "hellos_received",
        (json_int_t)srp->counters.hellos_received, "hellos_stale",
        (json_int_t)srp->counters.hellos_stale, "hello_losses",
        (json_int_t)srp->counters.hello_losses, "connection_losses",
        (json_int_t)srp->counters.connection_losses, "frames_malformed", (json_int_t)link.malformed,
        "frames_refused", (json_int_t)link.refused, "last_switch_reason",
        srp_reason_name(srp->reason));
}

/* ---- show srp checkpoint statistics --------------------------------------------------------- */

struct sessmgr_states {
    unsigned n, active, standby, pending_active, pending_standby;
};

static struct sessmgr_states
count_states(const struct cf *cf)
{
    struct sessmgr_states s = {0};

    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];

        s.n += card->sessmgr != 0;
        if (card->sessmgr == 0 || !card->alive)
            continue;
        s.active += card->status.state == CHASSIS_ACTIVE && card->status.peer_ready;
        s.standby += card->status.state == CHASSIS_STANDBY && card->status.peer_ready;
        s.pending_active += card->status.state == CHASSIS_PENDING_ACTIVE;
        s.pending_standby += card->status.state == CHASSIS_PENDING_STANDBY;
    }
    return s;
}

void
show_checkpoints(const struct cf *cf, FILE *out)
{
    struct sessmgr_states s = count_states(cf);
    struct cards_totals t = cards_totals(&cf->cards);

#define ROW(label, value) (void)fprintf(out, "%-43s%llu\n", label, (unsigned long long)(value))
    ROW("Number of Sessmgrs:", s.n);
    ROW("Sessmgrs in Active-Connected state:", s.active);
    ROW("Sessmgrs in Standby-Connected state:", s.standby);
    ROW("Sessmgrs in Pending-Active state:", s.pending_active);
    ROW("Sessmgrs in Pending-Standby state:", s.pending_standby);
    (void)fputc('\n', out);
    ROW("Current pre-allocated calls:", t.sum.ckpt.crrs);
    ROW("Current Call Recovery Records:", t.sum.ckpt.crrs);
    ROW("  Total CRRs created:", t.sum.ckpt.crrs_created);
    ROW("  Total CRRs deleted:", t.sum.ckpt.crrs_deleted);
#undef ROW
#define PAIR(left, a, right, b)                                                                    \
    (void)fprintf(out, "  %-17s%-11llu%-15s%llu\n", left, (unsigned long long)(a), right,          \
                  (unsigned long long)(b))
    (void)fprintf(out, "\nFull Checkpoints:\n");
    PAIR("Sent:", t.sum.ckpt.full_sent, "Received:", t.sum.ckpt.full_rcvd);
    PAIR("Failed to send:", t.sum.ckpt.full_send_failed,
         "Apply fail:", t.sum.ckpt.full_apply_failed);
    (void)fprintf(out, "Micro Checkpoints:\n");
    PAIR("Sent:", t.sum.ckpt.delete_sent, "Received:", t.sum.ckpt.delete_rcvd);
    PAIR("Failed to send:", 0, "Apply fail:", t.sum.ckpt.micro_apply_failed);
#undef PAIR
}

json_t *
show_checkpoints_json(const struct cf *cf)
{
    struct sessmgr_states s = count_states(cf);
    struct cards_totals t = cards_totals(&cf->cards);
    json_t *object = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "sessmgrs", (int)s.n,
                               "active_connected", (int)s.active, "standby_connected",
                               (int)s.standby, "pending_active", (int)s.pending_active,
                               "pending_standby", (int)s.pending_standby, "ready", (int)t.ready,
                               "synced", (int)t.synced, "compression",
                               t.ready == 0       ? "none"
                               : t.lz4 == t.ready ? "lz4"
                                                  : "zlib");
    struct relay_counters relay = relay_counters(cf->relay);

#define X(name) json_object_set_new(object, #name, json_integer((json_int_t)t.sum.ckpt.name));
    CKPT_COUNTERS(X)
#undef X
    json_object_set_new(object, "relay_out", json_integer((json_int_t)relay.out));
    json_object_set_new(object, "relay_in", json_integer((json_int_t)relay.in));
    json_object_set_new(object, "relay_no_link", json_integer((json_int_t)relay.no_link));
    json_object_set_new(object, "relay_no_sessmgr", json_integer((json_int_t)relay.no_sessmgr));
    return object;
}

/* ---- show card table ------------------------------------------------------------------------ */

static const char *
card_state(const struct cf *cf, size_t slot)
{
    const struct card *card = &cf->cards.slots[slot];

    if (card->type == CARD_EMPTY)
        return "-";
    if (card->type == CARD_CF && slot == cf->node->slot)
        return sso_state_name(cf->sso.state);
    if (card->type == CARD_CF)
        return cf->sso.peer_alive ? sso_state_name(cf->sso.peer.state) : "Offline";
    if (!card->alive)
        return "Offline";
    return card->spare ? "Standby" : "Active";
}

static const char *
spof(const struct cf *cf, size_t slot)
{
    const char *state = card_state(cf, slot);

    if (strcmp(state, "Active") != 0)
        return "-";
    if (cf->cards.slots[slot].type == CARD_CF)
        return cf->sso.peer_alive ? "No" : "Yes";
    return cards_spof(&cf->cards, (uint8_t)slot) ? "Yes" : "No";
}

void
show_cards(const struct cf *cf, FILE *out, bool all)
{
    (void)fprintf(out, "Slot         Card Type                               Oper State     SPOF  "
                       "Attach\n-----------  --------------------------------------  "
                       "-------------  ----  ------\n");
    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        uint8_t type = cf->cards.slots[slot].type;

        if (type == CARD_EMPTY && !all)
            continue;
        (void)fprintf(out, "%2zu: %-9s%-40s%-15s%-6s%6s\n", slot, type == CARD_CF ? "CFC" : "FC",
                      type == CARD_CF      ? "Control Function Virtual Card"
                      : type == CARD_EMPTY ? "None"
                                           : "2-Port Service Function Virtual Card",
                      card_state(cf, slot), spof(cf, slot), "");
    }
}

json_t *
show_cards_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];
        bool is_cf = card->type == CARD_CF;
        bool alive = card->alive || (is_cf && (slot == cf->node->slot || cf->sso.peer_alive));

        if (card->type == CARD_EMPTY)
            continue;
        json_array_append_new(
            array,
            json_pack("{s:i, s:s, s:s, s:b, s:s, s:i, s:i, s:b, s:b, s:I, s:I}", "slot", (int)slot,
                      "type", card_type_name((enum card_type)card->type), "state",
                      card_state(cf, slot), "alive", (int)alive, "spof", spof(cf, slot), "sessmgr",
                      (int)card->sessmgr, "sessions", (int)card->status.sessions, "peer_ready",
                      (int)card->status.peer_ready, "synced", (int)card->status.synced, "deaths",
                      (json_int_t)card->deaths, "calls_lost", (json_int_t)card->calls_lost));
    }
    return array;
}

/* ---- show subscribers summary ---------------------------------------------------------------- */

/* Only an Active chassis has subscribers; a Standby has call recovery records. */
static uint32_t
subscribers(const struct cf *cf)
{
    return cf->srp.state == CHASSIS_ACTIVE ? cards_totals(&cf->cards).sessions : 0;
}

void
show_subscribers(const struct cf *cf, FILE *out)
{
    struct cards_totals t = cards_totals(&cf->cards);
    unsigned n = subscribers(cf);

#define PAIR(left, a, right, b)                                                                    \
    (void)fprintf(out, "%-31s%-14llu%-31s%-10llu\n", left, (unsigned long long)(a), right,         \
                  (unsigned long long)(b))
    (void)fprintf(out, "%-31s%-14u\n", "Total Subscribers:", n);
    PAIR("Active:", n, "Dormant:", 0);
    PAIR("in packets:", t.sum.calls.up_packets, "out packets:", t.sum.calls.down_packets);
    PAIR("in bytes:", t.sum.calls.up_octets, "out bytes:", t.sum.calls.down_octets);
#undef PAIR
}

json_t *
show_subscribers_json(const struct cf *cf)
{
    struct cards_totals t = cards_totals(&cf->cards);
    json_t *object = json_pack("{s:I, s:I}", "total_subscribers", (json_int_t)subscribers(cf),
                               "calls_lost", (json_int_t)cf->cards.calls_lost);

#define X(name) json_object_set_new(object, #name, json_integer((json_int_t)t.sum.calls.name));
    CALL_COUNTERS(X)
#undef X
    return object;
}

/* ---- show vpclab status ------------------------------------------------------------------------ */

json_t *
show_status_json(const struct cf *cf)
{
    struct cards_totals t = cards_totals(&cf->cards);
    bool synced = cf->leading && t.sessmgrs > 0 && t.synced == t.sessmgrs &&
                  cards_committed(&cf->cards, (uint8_t)cf->srp.state, cf->srp.epoch);

    return json_pack(
        "{s:s, s:i, s:s, s:I, s:b, s:s, s:I, s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:b, s:I, s:I, "
        "s:s, s:o}",
        "instance", node_instance(cf->node)->name, "slot", (int)cf->node->slot, "cf_state",
        sso_state_name(cf->sso.state), "cf_epoch", (json_int_t)cf->sso.epoch, "leading",
        (int)cf->leading, "chassis_state", cf->leading ? chassis_state_name(cf->srp.state) : "-",
        "srp_epoch", (json_int_t)cf->srp.epoch, "peer_state", cf->leading ? peer_state(cf) : "-",
        "connection", connection(cf), "session_connection",
        relay_up(cf->relay) ? "Connected" : "Not Connected", "route_modifier",
        (int)cf->srp.rank.route_modifier, "restart_counter", (int)cf->srp.restart, "sessmgrs",
        (int)t.sessmgrs, "sessions", (json_int_t)t.sessions, "synced", (int)synced, "calls_lost",
        (json_int_t)cf->cards.calls_lost, "foreign_connections",
        (json_int_t)link_counters(cf).foreign, "hostname",
        cf->conf.hostname[0] ? cf->conf.hostname : node_instance(cf->node)->name, "cards",
        show_cards_json(cf));
}

void
show_status(const struct cf *cf, FILE *out)
{
    json_t *status = show_status_json(cf);

    (void)json_dumpf(status, out, JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(status);
}
