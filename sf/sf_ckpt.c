#include "sf/sf_ckpt.h"

#include <assert.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "sf/call_look.h"
#include "sf/sess_part.h"

/* ---- counters ----------------------------------------------------------------------------- */

static struct micro_row
row_of(const struct ckpt_tx_stats *tx, const struct ckpt_rx_stats *rx, uint8_t cmd)
{
    enum sess_part part = sess_part_of(cmd);
    struct micro_row row = {.cmd = cmd};

    if (ckpt_is_delete(cmd)) {
        row.sent = tx->delete_cmd_sent[cmd];
        row.send_failed = cmd == CKPT_DELETE ? tx->delete_lost : 0; /* of all kinds */
        row.rcvd = rx->delete_cmd_received[cmd];
        return row;
    }
    if (part < SESS_PARTS) {
        row.sent = tx->part_sent[part];
        row.send_failed = tx->part_lost[part];
    }
    row.rcvd = rx->part_received[cmd];
    row.apply_failed = rx->part_refused[cmd];
    return row;
}

/* Those that we send or have received. A peer of a later version may send more than there is room
 * for: these count in the sums only. */
static void
fill_micro(const struct ckpt_tx_stats *tx, const struct ckpt_rx_stats *rx, struct card_status *s)
{
    for (unsigned cmd = 1; cmd < CKPT_CMDS; cmd++) {
        struct micro_row row = row_of(tx, rx, (uint8_t)cmd);

        s->ckpt.micro_sent += row.sent;
        s->ckpt.micro_rcvd += row.rcvd;
        s->ckpt.micro_send_failed += row.send_failed;
        s->ckpt.micro_apply_failed += row.apply_failed;
        if ((row.sent || row.rcvd) && s->micro_n < MICRO_MOST)
            s->micro[s->micro_n++] = row;
    }
}

static_assert((int)MACRO_KINDS == (int)CKPT_MACROS, "a status has all macro checkpoints");

static void
fill_macros(const struct ckpt_tx_stats *tx, const struct ckpt_rx_stats *rx, struct card_status *s)
{
    for (unsigned i = 0; i < CKPT_MACROS; i++)
        s->macros[i] = (struct macro_row){.sent = tx->macro_sent[i],
                                          .rcvd = rx->macro_received[i],
                                          .send_failed = tx->macro_lost[i],
                                          .apply_failed = rx->macro_refused[i]};
}

void
sf_ckpt_fill(const struct sf_core *core, struct card_status *s)
{
    memcpy(s->nacks_disabled.bits, core->nack.disabled, sizeof s->nacks_disabled.bits);
    if (!core->smgr)
        return;

    const struct ckpt_tx_stats *tx = smgr_tx_stats(core->smgr);
    const struct ckpt_nacks *nacks = smgr_nacks(core->smgr);
    struct ckpt_tx_status sender;

    fill_micro(tx, smgr_rx_stats(core->smgr), s);
    fill_macros(tx, smgr_rx_stats(core->smgr), s);
    ckpt_tx_status(smgr_sender(core->smgr), &sender);
    s->ckpt.full_send_failed = tx->full_lost;
    s->ckpt.nack_macro_sent = nacks->sent[CKPT_MACRO];
    s->ckpt.nack_micro_sent = nacks->sent[CKPT_MICRO];
    s->ckpt.nack_macro_rcvd = tx->nacks_full;
    s->ckpt.nack_micro_rcvd = tx->nacks_part;
    s->ckpt.nack_macro_limited = nacks->limited[CKPT_MACRO];
    s->ckpt.nack_micro_limited = nacks->limited[CKPT_MICRO];
    s->ckpt.failing = ckpt_nacks_open(nacks);
    s->ckpt.waiting = sender.waiting;
    s->ckpt.write_list = sender.write_list;
    s->ckpt.in_flight = sender.in_flight;
}

bool
sf_ckpt_unpacked(struct sf_unpacked *count, int err)
{
    if (err && (count->bad + count->too_long) % 1000 == 0)
        log_warn("sess: checkpoint frame refused: %s",
                 err == DI_ESPACE ? "it declares more than a message may have"
                                  : "it does not unpack");
    count->bad += err != 0 && err != DI_ESPACE;
    count->too_long += err == DI_ESPACE;
    return err == 0;
}

void
sf_ckpt_fill_refused(const struct sf_core *core, const struct sf_unpacked *unpacked,
                     struct card_status *s)
{
    enum {
        FIRST = CKPT_MALFORMED,
        BEFORE = 2,
        REPORTED = (0
#define X(name) +1
                    CKPT_REFUSED(X)
#undef X
                        )
    };
    static_assert(REPORTED == BEFORE + CKPT_REASONS - FIRST, "each reason is reported");
    const struct ckpt_tx_stats *tx = smgr_tx_stats(core->smgr);
    const struct ckpt_rx_stats *rx = smgr_rx_stats(core->smgr);
    uint64_t refused[REPORTED] = {unpacked->bad, unpacked->too_long};
    size_t n = 0;

    for (size_t i = FIRST; i < CKPT_REASONS; i++)
        refused[BEFORE + i - FIRST] = tx->dropped[i] + rx->dropped[i];
#define X(name)                                                                                    \
    s->ckpt.name = refused[n];                                                                     \
    s->ckpt.frames_refused += refused[n++];
    CKPT_REFUSED(X)
#undef X
}

/* ---- orders ------------------------------------------------------------------------------- */

static bool
disable_nacks(struct sf_core *core, struct rd *rd)
{
    struct nacks_body body;

    if (!nacks_get(rd, &body))
        return false;
    memcpy(core->nack.disabled, body.disabled.bits, sizeof core->nack.disabled);
    if (core->smgr)
        smgr_set_nack(core->smgr, &core->nack);
    return true;
}

static bool
set_fault(struct sf_core *core, struct rd *rd)
{
    struct fault_body body;

    if (!fault_get(rd, &body))
        return false;
    if (core->smgr)
        smgr_set_fault(core->smgr, &(struct ckpt_fault){
                                       .cmd = body.cmd, .skip = body.skip, .times = body.times});
    return true;
}

static bool
answer_call(struct sf_core *core, struct rd *rd, struct wr *wr)
{
    struct call_ask ask;
    struct call_answer answer;

    if (!call_ask_get(rd, &ask))
        return false;
    if (core->smgr)
        calls_look(core->smgr, clock_now(), &ask, &answer);
    else
        answer = (struct call_answer){.id = ask.id};
    call_answer_put(wr, &answer);
    return true;
}

bool
sf_ckpt_order(struct sf_core *core, const struct msg_head *head, struct rd *body, struct wr *wr)
{
    bool ok = head->type == MSG_NACKS        ? disable_nacks(core, body)
              : head->type == MSG_CKPT_FAULT ? set_fault(core, body)
              : head->type == MSG_CALL_ASK   ? answer_call(core, body, wr)
                                             : false;

    if (!ok)
        log_warn("sess: malformed %s dropped", msg_type_name(head->type));
    return ok && head->type == MSG_CALL_ASK;
}
