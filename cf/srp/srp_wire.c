#include "cf/srp/srp_wire.h"

void
srp_hello_put(struct wr *wr, const struct srp_hello *hello)
{
    wr_u64(wr, hello->incarnation);
    wr_u64(wr, hello->cf_epoch);
    wr_u64(wr, hello->seq);
    wr_u64(wr, hello->epoch);
    wr_u8(wr, hello->state);
    wr_u8(wr, hello->phase);
    wr_u8(wr, hello->reason);
    wr_u8(wr, hello->rank.route_modifier);
    wr_u8(wr, hello->rank.fresh);
    wr_u8(wr, hello->rank.higher_wins);
    wr_u8(wr, hello->rank.mode);
    wr_u8(wr, hello->rank.priority);
    wr_bytes(wr, hello->rank.mac, sizeof hello->rank.mac);
    wr_u32(wr, hello->rank.addr);
    wr_u64(wr, hello->heard_seq);
    wr_u8(wr, hello->heard_state);
    wr_u32(wr, hello->hello_ms);
    wr_u32(wr, hello->dead_ms);
    wr_u32(wr, hello->checksum);
    wr_u8(wr, hello->restart);
    wr_u8(wr, hello->sessmgrs);
    wr_u8(wr, hello->sessmgrs_ready);
    wr_u32(wr, hello->sessions);
    wr_u32(wr, hello->monitors);
    wr_u8(wr, hello->options);
    wr_u32(wr, hello->switch_id);
    wr_u8(wr, hello->forced);
    wr_u32(wr, hello->answer_id);
    wr_u8(wr, hello->answer);
    wr_u32(wr, hello->validate_id);
    wr_u32(wr, hello->validated_id);
    wr_u8(wr, hello->validated);
    wr_u8(wr, hello->answer_sessmgrs);
    wr_u64(wr, hello->heard_incarnation);
    wr_u64(wr, hello->heard_cf_epoch);
    wr_u32(wr, hello->post_s);
    wr_u8(wr, hello->asks);
    wr_str(wr, hello->version);
}

/* Fit to be shown to an operator? */
static bool
is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

bool
srp_hello_get(struct rd *rd, struct srp_hello *hello, const char **reason)
{
    struct srp_hello h = {0};
    uint8_t fresh, higher_wins, forced, asks;

    h.incarnation = rd_u64(rd);
    h.cf_epoch = rd_u64(rd);
    h.seq = rd_u64(rd);
    h.epoch = rd_u64(rd);
    h.state = rd_u8(rd);
    h.phase = rd_u8(rd);
    h.reason = rd_u8(rd);
    h.rank.route_modifier = rd_u8(rd);
    fresh = rd_u8(rd);
    higher_wins = rd_u8(rd);
    h.rank.mode = rd_u8(rd);
    h.rank.priority = rd_u8(rd);
    rd_copy(rd, h.rank.mac, sizeof h.rank.mac);
    h.rank.addr = rd_u32(rd);
    h.heard_seq = rd_u64(rd);
    h.heard_state = rd_u8(rd);
    h.hello_ms = rd_u32(rd);
    h.dead_ms = rd_u32(rd);
    h.checksum = rd_u32(rd);
    h.restart = rd_u8(rd);
    h.sessmgrs = rd_u8(rd);
    h.sessmgrs_ready = rd_u8(rd);
    h.sessions = rd_u32(rd);
    h.monitors = rd_u32(rd);
    h.options = rd_u8(rd);
    h.switch_id = rd_u32(rd);
    forced = rd_u8(rd);
    h.answer_id = rd_u32(rd);
    h.answer = rd_u8(rd);
    h.validate_id = rd_u32(rd);
    h.validated_id = rd_u32(rd);
    h.validated = rd_u8(rd);
    h.answer_sessmgrs = rd_u8(rd);
    h.heard_incarnation = rd_u64(rd);
    h.heard_cf_epoch = rd_u64(rd);
    h.post_s = rd_u32(rd);
    asks = rd_u8(rd);
    rd_str(rd, h.version, sizeof h.version);

    *reason = rd->bad                                                     ? "short"
              : h.state >= CHASSIS_STATE_N                                ? "state"
              : h.phase >= SRP_PHASE_N                                    ? "phase"
              : h.reason >= SRP_REASON_N                                  ? "reason"
              : fresh > 1 || higher_wins > 1 || forced > 1 || asks > 1    ? "flag"
              : h.answer >= SRP_REFUSAL_N || h.validated >= SRP_REFUSAL_N ? "answer"
              : h.heard_state >= CHASSIS_STATE_N                          ? "heard-state"
              : h.rank.mode > SRP_PRIMARY                                 ? "mode"
              : h.incarnation == 0 || h.seq == 0                          ? "no-incarnation"
              : h.sessmgrs_ready > h.sessmgrs                             ? "sessmgrs"
              : h.epoch > UINT64_MAX / 2 ? "epoch" /* the next ones must still fit */
              : !is_printable(h.version) ? "version"
                                         : NULL;
    if (*reason)
        return false;
    h.rank.fresh = fresh;
    h.rank.higher_wins = higher_wins;
    h.forced = forced;
    h.asks = asks;
    *hello = h;
    return true;
}
