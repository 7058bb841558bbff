#include <stdio.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

/* Audits between the chassis, the shell: orders to the session managers, reports of them, the
 * schedule. What is decided is in audit.h. */

enum { LOOK_MS = 1000 }; /* real time: the wall clock may have been set */

/* ---- what is told ------------------------------------------------------------------------- */

void
audits_why(const struct audit_entry *entry, char *out, size_t room)
{
    if (entry->cause == AUDIT_UNREADY && entry->sessmgr != 0)
        (void)snprintf(out, room, "session manager %u lost the connection with its peer",
                       entry->sessmgr);
    else
        (void)snprintf(out, room, "%s", audit_cause_text(entry->cause));
}

static void
say_begin(const struct cf *cf)
{
    const struct audit_entry *entry = &cf->audit.now;
    char what[96];

    (void)snprintf(what, sizeof what, "%s, %u %s", audit_type_name(entry->type), entry->asked,
                   entry->asked == 1 ? "session manager" : "session managers");
    log_event("srp.audit", NULL, audit_state_name(AUDIT_RUNS), what, cf->srp.epoch);
}

static void
say_end(const struct cf *cf)
{
    const struct audit_entry *entry = &cf->audit.last;
    const struct audit_counts *c = &entry->counts;
    char why[128], what[256];

    audits_why(entry, why, sizeof why);
    (void)snprintf(what, sizeof what, "%s%s%s: %u calls, %u missing, %u stale, %u extra, %u synced",
                   audit_type_name(entry->type), *why ? ", " : "", why, c->calls, c->missing,
                   c->stale, c->extra, c->synced);
    log_event("srp.audit", audit_state_name(AUDIT_RUNS), audit_state_name(entry->state), what,
              cf->srp.epoch);
}

static void
send_order(struct cf *cf)
{
    uint8_t bytes[8];
    struct wr wr = wr_over(bytes, sizeof bytes);

    audit_order_put(&wr, &cf->audit.order);
    /* one that is lost is repeated until the end is reported */
    (void)bus_send(cf->card_bus, NULL, MSG_AUDIT, 0, cf->sso.epoch, bytes, wr_len(&wr));
}

/* ---- a run -------------------------------------------------------------------------------- */

enum audit_refusal
audits_begin(struct cf *cf, enum audit_type type)
{
    uint8_t sessmgrs[AUDIT_SESSMGRS];
    enum audit_refusal refusal;
    unsigned n = 0;

    audits_look(cf); /* judged by what is true now */
    for (uint16_t row = 1; row <= cards_rows(&cf->cards) && n < AUDIT_SESSMGRS; row++) {
        if (cf->cards.slots[row].sessmgr != 0)
            sessmgrs[n++] = cf->cards.slots[row].sessmgr;
    }
    refusal = audit_begin(&cf->audit, clock_now(), clock_wall_us(), type, sessmgrs, n);
    if (refusal != AUDIT_MAY)
        return refusal;
    say_begin(cf);
    send_order(cf);
    timer_at(&cf->audit_timer, audit_deadline(&cf->audit));
    return AUDIT_MAY;
}

void
audits_heard(struct cf *cf, const struct bus_peer *peer, struct rd *body)
{
    struct audit_report report;

    if (!audit_report_get(body, &report))
        log_warn("srp: malformed audit report of slot %u dropped", peer->slot);
    else if (cf->leading &&
             audit_heard(&cf->audit, clock_now(), clock_wall_us(), peer->hello.sessmgr, &report))
        say_end(cf);
}

void
audits_look(struct cf *cf)
{
    struct cards_totals t = cards_totals(&cf->cards);
    struct audit_chassis is = {
        .active = cf->leading && cf->srp.state == CHASSIS_ACTIVE,
        .standby = cf->srp.peer_known && cf->srp.peer.state == CHASSIS_STANDBY,
        .sessmgrs = t.sessmgrs,
        .ready = t.ready,
        .synced = t.sessmgrs > 0 && t.synced == t.sessmgrs,
    };

    if (audit_see(&cf->audit, clock_now(), clock_wall_us(), &is))
        say_end(cf);
}

void
audits_follow(struct cf *cf)
{
    if (audit_follow(&cf->audit, clock_now(), clock_wall_us()))
        say_end(cf);
}

/* ---- time --------------------------------------------------------------------------------- */

static void
on_timer(void *arg)
{
    struct cf *cf = arg;
    mono_t now = clock_now();
    enum audit_type type = audit_due(&cf->audit, now, clock_wall_us());

    if (audit_tick(&cf->audit, now))
        say_end(cf);
    if (audit_repeats(&cf->audit, now))
        send_order(cf);
    if (type != AUDIT_NONE && cf->leading)
        (void)audits_begin(cf, type); /* refused: the ground has gone just now */
    timer_at(&cf->audit_timer, audit_deadline(&cf->audit));
    timer_within_ms(&cf->audit_timer, LOOK_MS);
}

void
audits_open(struct cf *cf)
{
    const struct audit_plan_setup setup = {
        .daily = cf->conf.srp.audit_daily,
        .start_min = cf->conf.srp.audit_start_min,
        .period_min = cf->conf.srp.audit_periodicity_min,
    };

    audit_init(&cf->audit, &setup, cf->node->incarnation);
    timer_init(&cf->audit_timer, cf->node->loop, on_timer, cf);
    on_timer(cf);
}

void
audits_close(struct cf *cf)
{
    timer_at(&cf->audit_timer, MONO_NEVER);
}
