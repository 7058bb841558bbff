#include "cf/srp/srp_wire.h"

void
srp_hello_put(struct wr *wr, const struct srp_hello *hello)
{
    wr_u64(wr, hello->incarnation);
    wr_u64(wr, hello->cf_epoch);
    wr_u64(wr, hello->seq);
    wr_u64(wr, hello->epoch);
    wr_u8(wr, hello->state);
    wr_u8(wr, hello->rank.route_modifier);
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
    wr_str(wr, hello->version);
}

bool
srp_hello_get(struct rd *rd, struct srp_hello *hello, const char **reason)
{
    struct srp_hello h = {0};

    h.incarnation = rd_u64(rd);
    h.cf_epoch = rd_u64(rd);
    h.seq = rd_u64(rd);
    h.epoch = rd_u64(rd);
    h.state = rd_u8(rd);
    h.rank.route_modifier = rd_u8(rd);
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
    rd_str(rd, h.version, sizeof h.version);

    *reason = rd->bad                            ? "short"
              : h.state >= CHASSIS_STATE_N       ? "state"
              : h.heard_state >= CHASSIS_STATE_N ? "heard-state"
              : h.rank.mode > SRP_PRIMARY        ? "mode"
              : h.incarnation == 0 || h.seq == 0 ? "no-incarnation"
              : h.sessmgrs_ready > h.sessmgrs    ? "sessmgrs"
                                                 : NULL;
    if (*reason)
        return false;
    *hello = h;
    return true;
}
