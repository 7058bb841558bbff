#include <stdio.h>
#include <string.h>

#include "cf/cf.h"
#include "cf/srp/srp_wire.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { QUEUE = 16 }; /* hellos; more than a few waiting would be old news */

/* The hello as an event, when hellos are asked for: what it says beside the state. */
static void
tell_hello(const char *verb, const struct srp_hello *hello)
{
    char what[256], answer[128] = "", why[96];

    if (hello->answer_id) {
        refusal_text((enum srp_refusal)hello->answer, hello->answer_sessmgrs, why, sizeof why);
        (void)snprintf(answer, sizeof answer, ", answer %u: %s", hello->answer_id, why);
    }
    (void)snprintf(what, sizeof what, "%s %llu, echo %llu%s%s", verb,
                   (unsigned long long)hello->seq, (unsigned long long)hello->heard_seq,
                   hello->asks ? ", asks for an echo" : "", answer);
    if (hello->switch_id) {
        size_t len = strlen(what);

        (void)snprintf(what + len, sizeof what - len, ", request %u%s", hello->switch_id,
                       hello->forced ? " with force" : "");
    }
    log_event_often("srp.hello", NULL, chassis_state_name(hello->state), what, hello->epoch);
}

/* The dead interval as it runs down: told with each hello of ours while the peer, known so far,
 * is overdue. */
static void
tell_silence(const struct cf *cf)
{
    const struct srp *srp = &cf->srp;
    int64_t silent_us = mono_between(srp->heard, clock_now());
    char what[64];

    if (!srp->peer_known || silent_us < srp->setup.hello_us * 3 / 2)
        return;
    (void)snprintf(what, sizeof what, "%.1f of %.1f s", (double)silent_us / (double)US_PER_S,
                   (double)srp->setup.dead_us / (double)US_PER_S);
    log_event("srp.silence", NULL, what, srp->link_up ? "connection up" : "connection down",
              srp->peer.epoch);
}

static bool
on_frame(void *ctx, const struct msg_head *head, struct rd *body)
{
    struct cf *cf = ctx;
    struct srp_event ev = {.now = clock_now(), .type = SRP_EV_HELLO};
    const char *reason;

    if (head->type == MSG_SRP_CONFIG) {
        validate_heard(cf->validate, body);
        return true;
    }
    if (head->type != MSG_SRP_HELLO)
        return false;
    if (srp_hello_get(body, &ev.hello, &reason) && ev.hello.rank.addr != cf->conf.srp.peer)
        reason = "not from the configured peer address";
    if (!reason && !srp_epoch_fits(&cf->srp, ev.hello.epoch))
        reason = "an epoch far beyond all that is known";
    if (reason) {
        if (cf->hellos_refused++ % 1000 == 0)
            log_warn("srp: hello dropped: %s; so far %llu", reason,
                     (unsigned long long)cf->hellos_refused);
        return false;
    }
    log_debug("srp: hello rcvd, seq=%llu, state=%s, epoch=%llu, echo=%llu",
              (unsigned long long)ev.hello.seq, chassis_state_name(ev.hello.state),
              (unsigned long long)ev.hello.epoch, (unsigned long long)ev.hello.heard_seq);
    tell_hello("received", &ev.hello);
    if (chassis_step(cf, &ev).stale)
        return true;
    cf->heard_wall_us = clock_wall_us();
    srp_pace_heard(&cf->pace, ev.now, cf->srp.setup.hello_us);
    validate_hello(cf->validate);
    return true;
}

/* The Active has lost its Standby's ear: docs/staros.md, SRPConnDown. */
static void
notify_connection(struct cf *cf, bool up)
{
    if (up || cf->srp.state == CHASSIS_ACTIVE)
        notify_srp(cf, up ? TRAP_SRP_CONN_UP : TRAP_SRP_CONN_DOWN);
}

static void
on_state(void *ctx, bool up, const char *why)
{
    log_event("srp.connection", up ? "Not Connected" : "Connected",
              up ? "Connected" : "Not Connected", why, 0);
    struct cf *cf = ctx;

    srp_pace_break(&cf->pace);
    notify_connection(cf, up);
    (void)chassis_step(cf, &(struct srp_event){.now = clock_now(), .type = SRP_EV_LINK, .up = up});
}

void
srp_link_open(struct cf *cf)
{
    struct tcp_link_setup setup = {
        .node = cf->node,
        .loop = cf->node->loop,
        .name = "srp-control",
        .link = FAULT_LINK_SRP_CONTROL,
        .bind = cf->conf.srp.bind,
        .peer = cf->conf.srp.peer,
        .port = cf->node->topo.srp_port,
        .queue = QUEUE,
        .dscp = cf->conf.srp.dscp_control,
        .own = cf->cert,
        .peer_key = cf->peer_key,
        .frame = on_frame,
        .state = on_state,
        .ctx = cf,
    };

    srp_pace_break(&cf->pace);
    if (setup.bind && setup.peer)
        cf->srp_link = peer_link_open(&setup);
}

void
srp_link_close(struct cf *cf)
{
    peer_link_close(&cf->srp_link);
}

void
srp_link_renew(struct cf *cf)
{
    bool was = cf->srp_link && peer_link_up(cf->srp_link);

    srp_link_close(cf);
    if (was)
        on_state(cf, false, "configuration");
    srp_link_open(cf);
}

void
srp_link_hello(struct cf *cf)
{
    struct srp_hello hello;
    uint8_t bytes[SRP_HELLO_MOST];
    struct wr wr = wr_over(bytes, sizeof bytes);

    tell_silence(cf);
    if (!cf->srp_link || !peer_link_up(cf->srp_link))
        return;
    hello = srp_next_hello(&cf->srp);
    srp_hello_put(&wr, &hello);
    log_debug("srp: hello sent, seq=%llu, state=%s, epoch=%llu, echo=%llu",
              (unsigned long long)hello.seq, chassis_state_name(hello.state),
              (unsigned long long)hello.epoch, (unsigned long long)hello.heard_seq);
    tell_hello("sent", &hello); /* first: an effect is never told before its cause */
    (void)peer_link_send(cf->srp_link, MSG_SRP_HELLO, 0, hello.epoch, bytes, wr_len(&wr));
}
