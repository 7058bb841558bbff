#include "common/gtp/gtp_pco.h"

#include "common/base/wire.h"

enum {
    PPP = 0x80, /* extension bit, configuration protocol 0: PPP for IP */
    PPP_MASK = 0x87,

    PROTOCOL_IPCP = 0x8021,
    PROTOCOL_PAP = 0xc023,
    PROTOCOL_CHAP = 0xc223,
    CONTAINER_DNS_IPV4 = 0x000d, /* TS 24.008 10.5.6.3: request, and answer */

    PAP_REQUEST = 1, /* RFC 1334 */
    PAP_ACK = 2,
    CHAP_RESPONSE = 2, /* RFC 1994 */
    CHAP_SUCCESS = 3,
    CONFIGURE_REQUEST = 1, /* RFC 1661 */
    CONFIGURE_ACK = 2,
    CONFIGURE_NAK = 3,
    CONFIGURE_REJECT = 4,
    IPCP_ADDRESS = 3,       /* RFC 1332 */
    IPCP_DNS_PRIMARY = 129, /* RFC 1877 */
    IPCP_DNS_SECONDARY = 131,
    IPCP_OPTION_LEN = 6, /* of the three above */

    PPP_HEAD_LEN = 4,
};

/* A PPP packet: code, identifier, and what follows the length. */
struct packet {
    uint8_t code, id;
    struct rd data;
};

static bool
read_packet(struct packet *packet, const uint8_t *at, size_t len)
{
    struct rd rd = rd_over(at, len);

    packet->code = rd_u8(&rd);
    packet->id = rd_u8(&rd);

    size_t said = rd_u16(&rd);

    if (rd.bad || said < PPP_HEAD_LEN || said > len)
        return false;
    packet->data = rd_over(at + PPP_HEAD_LEN, said - PPP_HEAD_LEN);
    return true;
}

static void
put_packet(struct wr *wr, unsigned protocol, unsigned code, unsigned id, const void *data,
           size_t len)
{
    wr_u16(wr, protocol);
    wr->full |= len > UINT8_MAX - PPP_HEAD_LEN;
    wr_uint(wr, PPP_HEAD_LEN + len, 1);
    wr_u8(wr, code);
    wr_u8(wr, id);
    wr_uint(wr, PPP_HEAD_LEN + len, 2);
    wr_bytes(wr, data, len);
}

static void
answer_pap(struct wr *wr, const struct packet *packet)
{
    static const uint8_t no_message[1] = {0};

    if (packet->code == PAP_REQUEST)
        put_packet(wr, PROTOCOL_PAP, PAP_ACK, packet->id, no_message, sizeof no_message);
}

/* The mobile sends the network's challenge along with its own response; only the latter is
 * answered. */
static void
answer_chap(struct wr *wr, const struct packet *packet)
{
    if (packet->code == CHAP_RESPONSE)
        put_packet(wr, PROTOCOL_CHAP, CHAP_SUCCESS, packet->id, NULL, 0);
}

static uint32_t
dns_of(unsigned option, const uint32_t dns[2])
{
    if (option == IPCP_DNS_PRIMARY)
        return dns[0];
    return option == IPCP_DNS_SECONDARY ? dns[1] : 0;
}

/* There is one round only: what a full IPCP would refuse first and grant next is granted
 * at once, and options nobody knows are refused only when nothing else is to be said. The
 * address is the business of the session's own address element. */
static void
answer_ipcp(struct wr *wr, const struct packet *packet, const uint32_t dns[2])
{
    uint8_t nak_buf[UINT8_MAX], reject_buf[UINT8_MAX];
    struct wr nak = wr_over(nak_buf, sizeof nak_buf);
    struct wr reject = wr_over(reject_buf, sizeof reject_buf);
    struct rd options = packet->data;

    if (packet->code != CONFIGURE_REQUEST)
        return;
    while (rd_left(&options)) {
        const uint8_t *option = options.at;
        unsigned type = rd_u8(&options), len = rd_u8(&options);

        if (len < 2 || !rd_bytes(&options, len - 2))
            return; /* malformed */

        uint32_t ours = dns_of(type, dns);
        struct rd value = rd_over(option + 2, len - 2);

        if (len != IPCP_OPTION_LEN || (type != IPCP_ADDRESS && !ours))
            wr_bytes(&reject, option, len);
        else if (type != IPCP_ADDRESS && rd_u32(&value) != ours) {
            wr_u8(&nak, type);
            wr_u8(&nak, len);
            wr_u32(&nak, ours);
        }
    }
    if (nak.full || reject.full)
        return;
    if (wr_len(&nak))
        put_packet(wr, PROTOCOL_IPCP, CONFIGURE_NAK, packet->id, nak_buf, wr_len(&nak));
    else if (wr_len(&reject))
        put_packet(wr, PROTOCOL_IPCP, CONFIGURE_REJECT, packet->id, reject_buf, wr_len(&reject));
    else
        put_packet(wr, PROTOCOL_IPCP, CONFIGURE_ACK, packet->id, packet->data.at,
                   rd_left(&packet->data));
}

static void
answer_dns(struct wr *wr, const uint32_t dns[2])
{
    for (int i = 0; i < 2; i++) {
        if (!dns[i])
            continue;
        wr_u16(wr, CONTAINER_DNS_IPV4);
        wr_u8(wr, 4);
        wr_u32(wr, dns[i]);
    }
}

static void
answer_unit(struct wr *wr, unsigned protocol, const uint8_t *at, size_t len, const uint32_t dns[2])
{
    struct packet packet;

    if (protocol == CONTAINER_DNS_IPV4)
        answer_dns(wr, dns);
    if (protocol < 0x8000 || !read_packet(&packet, at, len))
        return;
    if (protocol == PROTOCOL_PAP)
        answer_pap(wr, &packet);
    if (protocol == PROTOCOL_CHAP)
        answer_chap(wr, &packet);
    if (protocol == PROTOCOL_IPCP)
        answer_ipcp(wr, &packet, dns);
}

size_t
gtp_pco_answer(uint8_t *out, size_t room, const uint8_t *req, size_t len, const uint32_t dns[2])
{
    struct rd rd = rd_over(req, len);
    struct wr wr = wr_over(out, room < GTP_PCO_MAX ? room : GTP_PCO_MAX);

    if ((rd_u8(&rd) & PPP_MASK) != PPP || rd.bad)
        return 0;
    wr_u8(&wr, PPP);

    size_t whole = wr_len(&wr); /* up to the last answer that fitted */

    while (rd_left(&rd) && !wr.full) {
        unsigned protocol = rd_u16(&rd);
        size_t unit_len = rd_u8(&rd);
        const uint8_t *at = rd_bytes(&rd, unit_len);

        if (rd.bad)
            return 0;
        answer_unit(&wr, protocol, at, unit_len, dns);
        whole = wr.full ? whole : wr_len(&wr);
    }
    return whole > 1 ? whole : 0;
}
