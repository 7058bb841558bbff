#include "lab/world/pdn.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/wire.h"

enum {
    IP_HEAD = 20, /* without options; what we send */
    IP_ICMP = 1,
    IP_UDP = 17,
    IP_TTL = 64,
    ICMP_HEAD = 8,
    ICMP_ECHO_REQUEST = 8,
    ICMP_ECHO_REPLY = 0,
    UDP_HEAD = 8,
};

/* What the IPv4 header says, once it was found sound. */
struct packet {
    uint16_t id;
    uint8_t protocol;
    uint32_t src, dst;
    const uint8_t *payload;
    size_t len;
};

const char *
pdn_verdict_name(enum pdn_verdict verdict)
{
    static const char *const names[PDN_VERDICT_N] = {
#define X(name, text) [name] = text,
        PDN_VERDICTS(X)
#undef X
    };

    return verdict < PDN_VERDICT_N ? names[verdict] : "unknown";
}

/* The running one's complement sum of RFC 1071; an odd octet is padded with zero. */
static uint64_t
sum_of(const uint8_t *at, size_t len, uint64_t sum)
{
    size_t i = 0;

    for (; i + 1 < len; i += 2)
        sum += (uint64_t)at[i] << 8 | at[i + 1];
    return i < len ? sum + ((uint64_t)at[i] << 8) : sum;
}

/* Folded and complemented: 0 over data that holds its own correct checksum. */
static uint16_t
checksum_of(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(~sum & 0xffff);
}

/* An address that one host can have: not 0.x, not multicast or beyond. Loopback addresses
 * are as good as any in a lab that lives on them. */
static bool
is_host(uint32_t addr)
{
    uint32_t first = addr >> 24;

    return first != 0 && first < 224;
}

static enum pdn_verdict
parse(const uint8_t *bytes, size_t len, struct packet *packet)
{
    struct rd rd = rd_over(bytes, len);
    uint8_t first = rd_u8(&rd);
    size_t head = (size_t)(first & 15) * 4;

    if (len < 1 || first >> 4 != 4)
        return len < 1 ? PDN_SHORT : PDN_NOT_IPV4;
    (void)rd_u8(&rd); /* type of service */

    size_t total = rd_u16(&rd);

    packet->id = rd_u16(&rd);

    unsigned fragment = rd_u16(&rd);

    (void)rd_u8(&rd); /* time to live: this is where it arrives */
    packet->protocol = rd_u8(&rd);
    (void)rd_u16(&rd); /* checksum, summed below */
    packet->src = rd_u32(&rd);
    packet->dst = rd_u32(&rd);
    if (rd.bad || len < head || len < total)
        return PDN_SHORT;
    if (head < IP_HEAD || total < head || checksum_of(sum_of(bytes, head, 0)) != 0)
        return PDN_BAD_HEADER;
    if (!is_host(packet->src) || !is_host(packet->dst) || packet->src == packet->dst)
        return PDN_BAD_ADDRESS;
    if (fragment & 0x3fff) /* more fragments, or an offset */
        return PDN_FRAGMENT;
    packet->payload = bytes + head;
    packet->len = total - head;
    return PDN_ANSWERED;
}

/* Our header in front of `len` octets, back to where the packet came from. */
static void
put_head(struct wr *wr, const struct packet *packet, size_t len)
{
    uint8_t *start = wr->at;

    wr_u8(wr, 4 << 4 | IP_HEAD / 4);
    wr_u8(wr, 0);
    wr_u16(wr, (unsigned)(IP_HEAD + len));
    wr_u16(wr, packet->id);
    wr_u16(wr, 0);
    wr_u8(wr, IP_TTL);
    wr_u8(wr, packet->protocol);
    wr_u16(wr, 0);
    wr_u32(wr, packet->dst);
    wr_u32(wr, packet->src);

    struct wr sum = wr_over(start + 10, 2);

    wr_u16(&sum, checksum_of(sum_of(start, IP_HEAD, 0)));
}

static enum pdn_verdict
answer_icmp(const struct packet *packet, struct wr *wr)
{
    if (packet->len < ICMP_HEAD)
        return PDN_SHORT;
    if (checksum_of(sum_of(packet->payload, packet->len, 0)) != 0)
        return PDN_BAD_CHECKSUM;
    if (packet->payload[0] != ICMP_ECHO_REQUEST || packet->payload[1] != 0)
        return PDN_NO_SERVICE;
    if (wr_room(wr) < IP_HEAD + packet->len)
        return PDN_NO_ROOM;
    put_head(wr, packet, packet->len);

    uint8_t *icmp = wr->at;

    wr_bytes(wr, packet->payload, packet->len);
    icmp[0] = ICMP_ECHO_REPLY;
    icmp[2] = icmp[3] = 0;

    struct wr sum = wr_over(icmp + 2, 2);

    wr_u16(&sum, checksum_of(sum_of(icmp, packet->len, 0)));
    return PDN_ANSWERED;
}

static enum pdn_verdict
answer_udp(const struct packet *packet, struct wr *wr)
{
    struct rd rd = rd_over(packet->payload, packet->len);
    unsigned from = rd_u16(&rd), to = rd_u16(&rd);
    size_t len = rd_u16(&rd);
    unsigned checksum = rd_u16(&rd);
    uint64_t pseudo = (uint64_t)(packet->src >> 16) + (packet->src & 0xffff) + (packet->dst >> 16) +
                      (packet->dst & 0xffff) + IP_UDP + len;

    if (rd.bad || len < UDP_HEAD || len > packet->len)
        return PDN_SHORT;
    if (checksum != 0 && checksum_of(sum_of(packet->payload, len, pseudo)) != 0)
        return PDN_BAD_CHECKSUM;
    /* An answer to port 7 would be echoed for ever between two such hosts. */
    if (to != PDN_ECHO_PORT || from == 0 || from == PDN_ECHO_PORT)
        return PDN_NO_SERVICE;
    if (wr_room(wr) < IP_HEAD + len)
        return PDN_NO_ROOM;
    put_head(wr, packet, len);
    wr_u16(wr, to);
    wr_u16(wr, from);
    wr_u16(wr, (unsigned)len);
    wr_u16(wr, checksum); /* the sum does not care which end is which */
    wr_bytes(wr, packet->payload + UDP_HEAD, len - UDP_HEAD);
    return PDN_ANSWERED;
}

enum pdn_verdict
pdn_answer(const uint8_t *bytes, size_t len, uint8_t *out, size_t room, size_t *out_len)
{
    struct packet packet;
    struct wr wr = wr_over(out, room);
    enum pdn_verdict verdict = parse(bytes, len, &packet);

    *out_len = 0;
    if (verdict != PDN_ANSWERED)
        return verdict;
    switch (packet.protocol) {
    case IP_ICMP:
        verdict = answer_icmp(&packet, &wr);
        break;
    case IP_UDP:
        verdict = answer_udp(&packet, &wr);
        break;
    default:
        return PDN_NO_SERVICE;
    }
    *out_len = verdict == PDN_ANSWERED ? wr_len(&wr) : 0;
    return verdict;
}
