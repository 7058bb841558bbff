#include "common/msg/ckpt_body.h"

const char *
call_ckpt_name(enum call_ckpt state)
{
    static const char *const names[CALL_CKPTS] = {
#define X(name, text) [name] = text,
        CALL_CKPTS_X(X)
#undef X
    };

    return state < CALL_CKPTS ? names[state] : "unknown";
}

void
cmd_set_write(struct wr *wr, const struct cmd_set *set)
{
    for (size_t i = 0; i < sizeof set->bits / sizeof *set->bits; i++)
        wr_u64(wr, set->bits[i]);
}

void
cmd_set_read(struct rd *rd, struct cmd_set *set)
{
    for (size_t i = 0; i < sizeof set->bits / sizeof *set->bits; i++)
        set->bits[i] = rd_u64(rd);
    if (cmd_set_has(set, 0))
        rd->bad = true;
}

void
nacks_put(struct wr *wr, const struct nacks_body *body)
{
    cmd_set_write(wr, &body->disabled);
}

bool
nacks_get(struct rd *rd, struct nacks_body *body)
{
    cmd_set_read(rd, &body->disabled);
    return rd_done(rd);
}

void
fault_put(struct wr *wr, const struct fault_body *body)
{
    wr_u8(wr, body->cmd);
    wr_u32(wr, body->skip);
    wr_u32(wr, body->times);
}

bool
fault_get(struct rd *rd, struct fault_body *body)
{
    body->cmd = rd_u8(rd);
    body->skip = rd_u32(rd);
    body->times = rd_u32(rd);
    return rd_done(rd);
}

/* ---- one call ---- */

void
call_ask_put(struct wr *wr, const struct call_ask *body)
{
    wr_u32(wr, body->id);
    wr_u8(wr, body->by);
    wr_u64(wr, body->key);
}

bool
call_ask_get(struct rd *rd, struct call_ask *body)
{
    body->id = rd_u32(rd);
    body->by = rd_u8(rd);
    body->key = rd_u64(rd);
    return rd_done(rd) && body->id != 0 && body->by < CALL_KEYS;
}

static void
put_tries(struct wr *wr, const struct call_tries *tries)
{
    wr_u32(wr, tries->attempts);
    wr_u32(wr, tries->success);
    wr_u32(wr, tries->attempt_ms);
    wr_u32(wr, tries->success_ms);
}

static void
get_tries(struct rd *rd, struct call_tries *tries)
{
    tries->attempts = rd_u32(rd);
    tries->success = rd_u32(rd);
    tries->attempt_ms = rd_u32(rd);
    tries->success_ms = rd_u32(rd);
}

static void
put_call(struct wr *wr, const struct call_info *call)
{
    wr_u32(wr, call->call_id);
    wr_u64(wr, call->imsi);
    wr_u64(wr, call->msisdn);
    wr_u32(wr, call->teid);
    wr_u32(wr, call->peer_ctrl_teid);
    wr_u32(wr, call->peer_user_teid);
    wr_u32(wr, call->peer_ctrl_addr);
    wr_u32(wr, call->peer_user_addr);
    wr_u32(wr, call->ue_addr);
    wr_u8(wr, call->gtp_version);
    wr_u8(wr, call->ebi);
    wr_u8(wr, call->apn);
    wr_u8(wr, call->service);
    wr_u8(wr, call->vpn);
    wr_u8(wr, call->state);
    wr_u32(wr, call->age_s);
    wr_u32(wr, call->idle_s);
    wr_u64(wr, call->up_packets);
    wr_u64(wr, call->up_octets);
    wr_u64(wr, call->down_packets);
    wr_u64(wr, call->down_octets);
    wr_u32(wr, call->rating_request);
    wr_u64(wr, call->rating_reported);
    wr_u8(wr, call->base);
    wr_u8(wr, call->full);
    wr_u16(wr, call->nacks[0]);
    wr_u16(wr, call->nacks[1]);
    put_tries(wr, &call->tries[0]);
    put_tries(wr, &call->tries[1]);
    wr_u8(wr, call->micro_n);
    for (size_t i = 0; i < call->micro_n; i++) {
        wr_u8(wr, call->micro[i].cmd);
        wr_u8(wr, call->micro[i].state);
    }
}

static void
get_micro(struct rd *rd, struct call_info *call)
{
    call->micro_n = rd_u8(rd);
    if (call->micro_n > CALL_MICRO_MOST)
        rd->bad = true;
    for (size_t i = 0; i < call->micro_n && !rd->bad; i++) {
        call->micro[i].cmd = rd_u8(rd);
        call->micro[i].state = rd_u8(rd);
        if (call->micro[i].cmd == 0 || call->micro[i].state >= CALL_CKPTS)
            rd->bad = true;
    }
}

static void
get_call(struct rd *rd, struct call_info *call)
{
    call->call_id = rd_u32(rd);
    call->imsi = rd_u64(rd);
    call->msisdn = rd_u64(rd);
    call->teid = rd_u32(rd);
    call->peer_ctrl_teid = rd_u32(rd);
    call->peer_user_teid = rd_u32(rd);
    call->peer_ctrl_addr = rd_u32(rd);
    call->peer_user_addr = rd_u32(rd);
    call->ue_addr = rd_u32(rd);
    call->gtp_version = rd_u8(rd);
    call->ebi = rd_u8(rd);
    call->apn = rd_u8(rd);
    call->service = rd_u8(rd);
    call->vpn = rd_u8(rd);
    call->state = rd_u8(rd);
    call->age_s = rd_u32(rd);
    call->idle_s = rd_u32(rd);
    call->up_packets = rd_u64(rd);
    call->up_octets = rd_u64(rd);
    call->down_packets = rd_u64(rd);
    call->down_octets = rd_u64(rd);
    call->rating_request = rd_u32(rd);
    call->rating_reported = rd_u64(rd);
    call->base = rd_u8(rd);
    call->full = rd_u8(rd);
    call->nacks[0] = rd_u16(rd);
    call->nacks[1] = rd_u16(rd);
    get_tries(rd, &call->tries[0]);
    get_tries(rd, &call->tries[1]);
    if (call->state >= CALL_STATES || call->full >= CALL_CKPTS)
        rd->bad = true;
    get_micro(rd, call);
}

void
call_answer_put(struct wr *wr, const struct call_answer *body)
{
    wr_u32(wr, body->id);
    wr_u8(wr, body->n);
    for (size_t i = 0; i < body->n; i++)
        put_call(wr, &body->calls[i]);
    wr_u32(wr, body->next);
    wr_u8(wr, body->pool_n);
    for (size_t i = 0; i < body->pool_n; i++) {
        wr_u32(wr, body->pools[i].used);
        wr_u32(wr, body->pools[i].left);
    }
}

bool
call_answer_get(struct rd *rd, struct call_answer *body)
{
    body->id = rd_u32(rd);
    body->n = rd_u8(rd);
    if (body->n > CALLS_MOST)
        return false;
    for (size_t i = 0; i < body->n && !rd->bad; i++)
        get_call(rd, &body->calls[i]);
    body->next = rd_u32(rd);
    if (body->next != 0 && body->n == 0)
        return false; /* who goes on has got somewhere */
    body->pool_n = rd_u8(rd);
    if (body->pool_n > CALL_POOLS_MOST)
        return false;
    for (size_t i = 0; i < body->pool_n; i++) {
        body->pools[i].used = rd_u32(rd);
        body->pools[i].left = rd_u32(rd);
    }
    return rd_done(rd) && body->id != 0;
}
