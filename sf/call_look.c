#include "sf/call_look.h"

#include "sf/sess_part.h"

_Static_assert((int)SESS_PARTS <= (int)CALL_MICRO_MOST, "an answer has room for all parts");
_Static_assert((int)SESS_POOLS <= (int)CALL_POOLS_MOST, "... and for all pools");

static bool
is_asked_for(const struct sess *sess, const struct call_ask *ask)
{
    if (ask->by == CALL_BY_SLOT)
        return sess->lbi == 0;
    return ask->by == CALL_BY_ID ? sess->call_id == ask->key : sess->imsi == ask->key;
}

static uint32_t
age_s(const struct sess *sess, mono_t now)
{
    int64_t us = mono_between(sess->since, now);

    return us > 0 ? (uint32_t)(us / US_PER_S) : 0;
}

/* The CF knows numbers of the configuration only. */
static struct call_info
what_it_is(const struct smgr *smgr, const struct sess *sess, mono_t now)
{
    return (struct call_info){
        .call_id = sess->call_id,
        .imsi = sess->imsi,
        .msisdn = sess->msisdn,
        .teid = sess->teid,
        .peer_ctrl_teid = sess->peer_ctrl_teid,
        .peer_user_teid = sess->peer_user_teid,
        .peer_ctrl_addr = sess->peer_ctrl_addr,
        .peer_user_addr = sess->peer_user_addr,
        .ue_addr = sess->ue_addr,
        .gtp_version = sess->gtp_version,
        .ebi = sess->ebi,
        .apn = smgr_configured(smgr, SMGR_APNS, sess->apn),
        .service = smgr_configured(smgr, SMGR_SERVICES, sess->service),
        .vpn = smgr_configured(smgr, SMGR_VPNS, sess->vpn),
        .state = sess->recovered ? CALL_RECOVERED : CALL_ORIGINAL,
        .age_s = age_s(sess, now),
        .idle_s = sess_idle_s(sess, now),
        .up_packets = sess->counters.up_packets,
        .up_octets = sess->counters.up_octets,
        .down_packets = sess->counters.down_packets,
        .down_octets = sess->counters.down_octets,
        .rating_request = sess->rating.request,
        .rating_reported = sess->rating.reported,
        .micro_n = SESS_PARTS,
    };
}

static struct call_tries
tries_of(const struct note_scale *scale, unsigned under_way, mono_t now)
{
    uint32_t success = scale->tried - scale->failed - under_way;

    return (struct call_tries){
        .attempts = scale->tried,
        .success = success,
        .attempt_ms = scale->tried ? note_age_ms(scale->tried_ms, note_ms(now)) : 0,
        .success_ms = success ? note_age_ms(scale->done_ms, note_ms(now)) : 0,
    };
}

/* Bearers are told with their call. */
static void
how_often(const struct smgr *smgr, uint32_t slot, const struct sess *sess,
          const struct ckpt_look *look, mono_t now, struct call_info *call)
{
    const struct note *note = smgr_note(smgr, slot);

    if (sess->lbi)
        return;
    call->tries[CKPT_MACRO] = tries_of(&note->full, look->full_flying, now);
    call->tries[CKPT_MICRO] =
        tries_of(&note->micro, look->full_flying ? 0 : ckpt_parts_in(look->flying), now);
}

/* The sender's: what it has told, and what of that was heard. A part that did not change since is
 * as the full checkpoint is, which carried it. */
static void
how_it_is_sent(const struct smgr *smgr, uint32_t slot, const struct sess *sess, mono_t now,
               struct call_info *call)
{
    struct ckpt_look look = {.full_due = true}; /* unknown to the sender: nothing was sent */

    (void)ckpt_tx_look(smgr_sender(smgr), slot, &look);
    how_often(smgr, slot, sess, &look, now, call);
    call->base = look.base;
    call->full = look.waiting       ? CALL_CKPT_WAITING
                 : look.full_due    ? CALL_CKPT_DUE
                 : look.full_flying ? CALL_CKPT_SENT
                                    : CALL_CKPT_ACKED;
    for (unsigned part = 0; part < SESS_PARTS; part++) {
        call->micro[part].cmd = sess_part_cmds[part];
        call->micro[part].state = look.due >> part & 1      ? CALL_CKPT_DUE
                                  : look.flying >> part & 1 ? CALL_CKPT_SENT
                                                            : call->full;
    }
}

/* The receiver's: what it could apply. */
static void
how_it_is_applied(const struct smgr *smgr, uint32_t slot, const struct sess *sess, mono_t now,
                  struct call_info *call)
{
    static const struct ckpt_look nothing;
    const struct ckpt_failing *macro = smgr_failing(smgr, slot, CKPT_MACRO);
    const struct ckpt_failing *micro = smgr_failing(smgr, slot, CKPT_MICRO);

    how_often(smgr, slot, sess, &nothing, now, call);
    call->state = CALL_RECORD;
    call->base = sess->base;
    call->full = macro ? CALL_CKPT_FAILING : CALL_CKPT_APPLIED;
    call->nacks[0] = macro ? macro->told : 0;
    call->nacks[1] = micro ? micro->told : 0;
    for (unsigned part = 0; part < SESS_PARTS; part++) {
        bool fails = micro && micro->cmd == sess_part_cmds[part];

        call->micro[part].cmd = sess_part_cmds[part];
        call->micro[part].state = fails ? CALL_CKPT_FAILING : CALL_CKPT_APPLIED;
    }
}

/* An address is of the first pool that has it; what a client asked for may be of none. */
static void
count_pools(struct sess_table *table, struct call_answer *answer)
{
    const struct sess_setup *setup = sess_table_setup(table);

    answer->pool_n = setup->pool_n;
    for (uint8_t i = 0; i < setup->pool_n; i++)
        answer->pools[i].left = sess_pool_left(table, i);
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);
        uint8_t i = 0;

        if (!sess || sess->state != SESS_LIVE || sess->lbi)
            continue;
        while (i < setup->pool_n && (sess->ue_addr & setup->pools[i].mask) != setup->pools[i].net)
            i++;
        if (i < setup->pool_n)
            answer->pools[i].used++;
    }
}

void
calls_look(struct smgr *smgr, mono_t now, const struct call_ask *ask, struct call_answer *answer)
{
    struct sess_table *table = smgr_table(smgr);
    uint32_t first = ask->by == CALL_BY_SLOT && ask->key > 1 ? (uint32_t)ask->key : 1;
    struct smgr_status status;

    smgr_status(smgr, now, &status);
    *answer = (struct call_answer){.id = ask->id};
    if (ask->by == CALL_POOLS) {
        count_pools(table, answer);
        return;
    }
    for (uint32_t slot = first; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);
        struct call_info *call = &answer->calls[answer->n];

        if (!sess || sess->state != SESS_LIVE || !is_asked_for(sess, ask))
            continue;
        if (answer->n == CALLS_MOST) {
            answer->next = slot;
            return;
        }
        answer->n++;
        *call = what_it_is(smgr, sess, now);
        if (status.role == SMGR_STANDBY)
            how_it_is_applied(smgr, slot, sess, now, call);
        else
            how_it_is_sent(smgr, slot, sess, now, call);
    }
}
