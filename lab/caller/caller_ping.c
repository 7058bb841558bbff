#include "lab/caller/caller_ping.h"

#include <string.h>

#include "common/base/wire.h"
#include "common/gtp/gtpu.h"

enum {
    IP_HEAD = 20,
    ICMP_HEAD = 8,
    ICMP_ECHO = 8,
    ICMP_ECHO_REPLY = 0,
    PROTOCOL_ICMP = 1,
    TTL = 64,
};

static const uint32_t KIND_TRAFFIC = 0x74726166; /* "traf" */
static const uint32_t KIND_VERIFY = 0x76657269;  /* "veri" */

/* RFC 1071. */
static uint16_t
checksum(const uint8_t *at, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    if (len & 1)
        sum += (uint32_t)at[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void
put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

size_t
caller_ping_make(uint8_t *buf, size_t room, const struct caller_plan *plan, const struct call *call,
                 const struct caller_ping *ping)
{
    uint32_t teid = call->teid_dedicated ? call->teid_dedicated : call->teid_user;
    size_t head = gtpu_encode_head(buf, room, teid, plan->size);
    struct wr wr = wr_over(buf + head, room - head);
    uint8_t *ip = wr.at, *icmp = wr.at + IP_HEAD;

    if (!head || room - head < plan->size)
        return 0;
    wr_u16(&wr, 0x4500);
    wr_u16(&wr, plan->size);
    wr_u16(&wr, ping->number & 0xffff);
    wr_u16(&wr, 0x4000); /* don't fragment */
    wr_u8(&wr, TTL);
    wr_u8(&wr, PROTOCOL_ICMP);
    wr_u16(&wr, 0);
    wr_u32(&wr, call->ue);
    wr_u32(&wr, plan->ping);
    put16(ip + 10, checksum(ip, IP_HEAD));
    wr_u8(&wr, ICMP_ECHO);
    wr_u8(&wr, 0);
    wr_u16(&wr, 0);
    wr_u16(&wr, (ping->index + 1) & 0xffff);
    wr_u16(&wr, ping->number & 0xffff);
    wr_u32(&wr, ping->index);
    wr_u32(&wr, ping->verify ? KIND_VERIFY : KIND_TRAFFIC);
    wr_u32(&wr, ping->number);
    memset(wr.at, 0, plan->size - wr_len(&wr));
    put16(icmp + 2, checksum(icmp, plan->size - IP_HEAD));
    return head + plan->size;
}

bool
caller_ping_read(struct caller_ping *ping, uint32_t *to, const uint8_t *packet, size_t len)
{
    size_t head = len ? (packet[0] & 0x0fu) * 4u : 0;
    struct rd rd = rd_over(packet, len);
    uint32_t kind;

    if (len < IP_HEAD || packet[0] >> 4 != 4 || head < IP_HEAD || packet[9] != PROTOCOL_ICMP)
        return false;
    rd_bytes(&rd, 16);
    *to = rd_u32(&rd);
    rd_bytes(&rd, head - IP_HEAD);
    if (rd_u8(&rd) != ICMP_ECHO_REPLY)
        return false;
    rd_bytes(&rd, ICMP_HEAD - 1);
    ping->index = rd_u32(&rd);
    kind = rd_u32(&rd);
    ping->number = rd_u32(&rd);
    ping->verify = kind == KIND_VERIFY;
    return !rd.bad && (kind == KIND_VERIFY || kind == KIND_TRAFFIC);
}
