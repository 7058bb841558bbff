#include "cf/show_session.h"

#include "cf/show_ckpt.h"

#define LL(value) ((unsigned long long)(value))

/* Only an Active chassis has subscribers; a Standby has call recovery records. */
static struct subscribers
subscribers(const struct cf *cf)
{
    struct cards_totals t = cards_totals(&cf->cards);
    struct subscribers s = {.calls = t.sum.calls};

    if (cf->srp.state == CHASSIS_ACTIVE) {
        s.gtpv2 = t.sessions_v2;
        s.gtpv1 = t.sessions - t.sessions_v2;
    }
    return s;
}

/* ---- show subscribers summary ------------------------------------------------------------------ */

static void
pair(FILE *out, const char *left, uint64_t a, const char *right, uint64_t b)
{
    (void)fprintf(out, "%-31s%-14llu%-31s%-10llu\n", left, LL(a), right, LL(b));
}

/* Kinds of access that the emulator has not are truly none; the octets of dropped packets it does
 * not count. */
void
show_subscribers_of(const struct subscribers *s, FILE *out)
{
    uint64_t n = (uint64_t)s->gtpv1 + s->gtpv2;

    (void)fprintf(out, "%-31s%-10llu\n", "Total Subscribers:", LL(n));
    pair(out, "Active:", n, "Dormant:", 0);
    pair(out, "pgw-gtp-ipv6:", 0, "pgw-gtp-ipv4:", s->gtpv2);
    pair(out, "pgw-gtp-ipv4-ipv6:", 0, "sgw-gtp-ipv6:", 0);
    pair(out, "sgw-gtp-ipv4:", 0, "sgw-gtp-ipv4-ipv6:", 0);
    pair(out, "ggsn-pdp-type-ppp:", 0, "ggsn-pdp-type-ipv4:", s->gtpv1);
    pair(out, "ggsn-pdp-type-ipv6:", 0, "ggsn-pdp-type-ipv4v6:", 0);
    (void)fprintf(out, "%-31s%-14s%-31s%-10s\n", "in bytes dropped:", "-",
                  "out bytes dropped:", "-");
    pair(out, "Opened by the pair:", s->calls.pair_opened,
         "Closed by the pair:", s->calls.pair_closed);
    pair(out, "in packets:", s->calls.up_packets, "out packets:", s->calls.down_packets);
    pair(out, "in bytes:", s->calls.up_octets, "out bytes:", s->calls.down_octets);
    pair(out, "packets dropped:", s->calls.dropped,
         "packets held back by gates:", s->calls.gated_data + s->calls.gated_control);
}

void
show_subscribers(const struct cf *cf, FILE *out)
{
    struct subscribers s = subscribers(cf);

    show_subscribers_of(&s, out);
}

json_t *
show_subscribers_json(const struct cf *cf)
{
    struct subscribers s = subscribers(cf);
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I}", "total_subscribers", (json_int_t)s.gtpv1 + s.gtpv2,
                  "pgw_gtp_ipv4", (json_int_t)s.gtpv2, "ggsn_pdp_type_ipv4", (json_int_t)s.gtpv1,
                  "calls_lost", (json_int_t)cf->cards.calls_lost);

#define X(name) (void)json_object_set_new(object, #name, json_integer((json_int_t)s.calls.name));
    CALL_COUNTERS(X)
#undef X
    return object;
}

/* ---- show session progress ----------------------------------------------------------------------- */

/* A call is set up in one step: there is none between its request and being connected. */
void
show_progress(const struct cf *cf, FILE *out)
{
    struct subscribers s = subscribers(cf);
    unsigned long long n = LL(s.gtpv1) + s.gtpv2;

    (void)fprintf(out,
                  " %llu In-progress calls\n"
                  " %llu In-progress active calls\n"
                  " 0 In-progress dormant calls\n"
                  " 0 In-progress calls @ PDN-TYPE-IPv4 ARRIVED state\n"
                  " %llu In-progress calls @ PDN-TYPE-IPv4 CONNECTED state\n"
                  " 0 In-progress calls @ PDN-TYPE-IPv4 DISCONNECTING state\n",
                  n, n, n);
}

json_t *
show_progress_json(const struct cf *cf)
{
    struct subscribers s = subscribers(cf);
    json_int_t n = (json_int_t)s.gtpv1 + s.gtpv2;

    return json_pack("{s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "in_progress", n, "active", n, "dormant",
                     (json_int_t)0, "pdn_type_ipv4", "arrived", (json_int_t)0, "connected", n,
                     "disconnecting", (json_int_t)0);
}

/* ---- show session subsystem facility sessmgr ... debug-info ------------------------------------------ */

static void
count(FILE *out, const char *name, uint64_t value)
{
    (void)fprintf(out, "  %-40s%llu\n", name, LL(value));
}

static void
print_sessmgr(const struct cf *cf, const struct card *card, FILE *out)
{
    const struct card_status *s = &card->status;
    char state[SESSMGR_STATE];

    show_sessmgr_state(card, state);
    (void)fprintf(out, "SessMgr: Instance %u\n", card->sessmgr);
    (void)fprintf(out, "  %-40s%u/0\n", "card", show_sessmgr_slot(cf, card->sessmgr));
    (void)fprintf(out, "  %-40s%s\n", "state", state);
    if (card->alive) {
        count(out, "sessions", s->sessions);
        count(out, "sessions_v2", s->sessions_v2);
#define X(name) count(out, #name, s->calls.name);
        CALL_COUNTERS(X)
#undef X
#define X(name) count(out, #name, s->ckpt.name);
        CKPT_COUNTERS(X)
#undef X
    }
    (void)fputc('\n', out);
}

void
show_subsystem(const struct cf *cf, unsigned instance, FILE *out)
{
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (instance == 0 || instance == number)
            print_sessmgr(cf, card, out);
    }
}

static json_t *
sessmgr_json(const struct cf *cf, const struct card *card)
{
    const struct card_status *s = &card->status;
    json_t *calls = json_object(), *ckpt = json_object();
    char state[SESSMGR_STATE];

    show_sessmgr_state(card, state);
#define X(name) (void)json_object_set_new(calls, #name, json_integer((json_int_t)s->calls.name));
    CALL_COUNTERS(X)
#undef X
#define X(name) (void)json_object_set_new(ckpt, #name, json_integer((json_int_t)s->ckpt.name));
    CKPT_COUNTERS(X)
#undef X
    return json_pack("{s:i, s:i, s:b, s:s, s:I, s:I, s:o, s:o}", "sessmgr", (int)card->sessmgr,
                     "slot", (int)show_sessmgr_slot(cf, card->sessmgr), "alive", (int)card->alive,
                     "state", state, "sessions", (json_int_t)s->sessions, "sessions_v2",
                     (json_int_t)s->sessions_v2, "calls", calls, "checkpoints", ckpt);
}

json_t *
show_subsystem_json(const struct cf *cf, unsigned instance)
{
    json_t *array = json_array();
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (instance == 0 || instance == number)
            (void)json_array_append_new(array, sessmgr_json(cf, card));
    }
    return json_pack("{s:o}", "sessmgrs", array);
}
