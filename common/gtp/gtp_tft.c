#include "common/gtp/gtp_tft.h"

#include "common/base/wire.h"
#include "common/gtp/gtp_head.h"

enum {
    OP_SHIFT = 5,
    PARAMETERS = 0x10, /* a list of parameters follows the filters */
    COUNT = 0x0f,
    DIRECTION_SHIFT = 4,
    ID = 0x0f,

    /* components of a filter */
    REMOTE_ADDR = 0x10,
    PROTOCOL = 0x30,
    REMOTE_PORT = 0x50,
    REMOTE_PORTS = 0x51,

    SEEN_ADDR = 1,
    SEEN_PROTOCOL = 2,
    SEEN_PORTS = 4,
};

/* Octets of the components that a filter may have and ours does not keep. */
static size_t
component_len(uint8_t type)
{
    switch (type) {
    case 0x11: /* IPv4 local address */
        return 8;
    case 0x20: /* IPv6 remote address */
        return 32;
    case 0x21: /* IPv6 remote address and prefix */
    case 0x23: /* ... local */
        return 17;
    case 0x40: /* local port, range, security parameter index, type of service, flow label */
        return 2;
    case 0x41:
    case 0x60:
        return 4;
    case 0x70:
        return 2;
    case 0x80:
        return 3;
    default:
        return 0;
    }
}

static int
read_component(struct gtp_filter *filter, unsigned *seen, struct rd *rd, const char **reason)
{
    uint8_t type = rd_u8(rd);
    unsigned is = type == REMOTE_ADDR ? SEEN_ADDR : type == PROTOCOL ? SEEN_PROTOCOL : SEEN_PORTS;
    size_t skip = component_len(type);

    if (skip) {
        rd_bytes(rd, skip);
        return rd->bad ? gtp_refuse(reason, GTP_EFORMAT, "filter component runs over the end")
                       : gtp_refuse(reason, GTP_EVALUE, "filter looks at what ours does not");
    }
    if (type != REMOTE_ADDR && type != PROTOCOL && type != REMOTE_PORT && type != REMOTE_PORTS)
        return gtp_refuse(reason, GTP_EFORMAT, "unknown filter component");
    if (*seen & is)
        return gtp_refuse(reason, GTP_EFORMAT, "filter component repeated");
    *seen |= is;
    if (type == REMOTE_ADDR) {
        filter->addr = rd_u32(rd);
        filter->mask = rd_u32(rd);
    } else if (type == PROTOCOL) {
        filter->protocol = rd_u8(rd);
    } else {
        filter->port_low = rd_u16(rd);
        filter->port_high = type == REMOTE_PORTS ? rd_u16(rd) : filter->port_low;
    }
    if (rd->bad || filter->port_low > filter->port_high)
        return gtp_refuse(reason, GTP_EFORMAT, "filter component too short or of no sense");
    return 0;
}

static int
read_filter(struct gtp_filter *filter, struct rd *rd, const char **reason)
{
    uint8_t octet = rd_u8(rd);
    unsigned seen = 0;
    int fault = 0;

    *filter = (struct gtp_filter){.id = octet & ID,
                                  .direction = octet >> DIRECTION_SHIFT & 3,
                                  .port_high = UINT16_MAX,
                                  .precedence = rd_u8(rd)};

    size_t len = rd_u8(rd);
    const uint8_t *at = rd_bytes(rd, len);
    struct rd content = rd_over(at, at ? len : 0);

    if (rd->bad || len == 0)
        return gtp_refuse(reason, GTP_EFORMAT, "filter runs over the end or looks at nothing");
    while (!fault && rd_left(&content) > 0)
        fault = read_component(filter, &seen, &content, reason);
    return fault;
}

static bool
has_id(const struct gtp_tft *tft, uint8_t id)
{
    for (unsigned i = 0; i < tft->filter_n; i++)
        if (tft->filters[i].id == id)
            return true;
    return false;
}

static int
read_filters(struct gtp_tft *tft, unsigned count, struct rd *rd, const char **reason)
{
    if (count > GTP_FILTERS)
        return gtp_refuse(reason, GTP_EVALUE, "more filters than ours keeps");
    for (unsigned i = 0; i < count; i++) {
        struct gtp_filter filter = {0};
        int fault = 0;

        if (tft->op == GTP_TFT_DELETE_FILTERS)
            filter.id = rd_u8(rd) & ID;
        else
            fault = read_filter(&filter, rd, reason);
        if (fault)
            return fault;
        if (rd->bad || has_id(tft, filter.id))
            return gtp_refuse(reason, GTP_EFORMAT, "filter missing or named twice");
        tft->filters[tft->filter_n++] = filter;
    }
    return 0;
}

/* Authorisation tokens and flow identifiers: of no use here. */
static void
skip_parameters(struct rd *rd)
{
    while (rd_left(rd) > 0) {
        rd_u8(rd);
        rd_bytes(rd, rd_u8(rd));
    }
}

int
gtp_tft_decode(struct gtp_tft *out, const uint8_t *at, size_t len, const char **reason)
{
    struct rd rd = rd_over(at, len);
    uint8_t octet = rd_u8(&rd);
    unsigned count = octet & COUNT;
    struct gtp_tft tft = {.op = octet >> OP_SHIFT};
    bool has_filters = tft.op != GTP_TFT_DELETE && tft.op != GTP_TFT_NO_OPERATION;

    if (rd.bad || tft.op < GTP_TFT_CREATE || tft.op > GTP_TFT_NO_OPERATION)
        return gtp_refuse(reason, GTP_EFORMAT, "no such TFT operation");
    if (has_filters != (count > 0))
        return gtp_refuse(reason, GTP_EFORMAT, "number of filters does not suit the operation");

    int fault = read_filters(&tft, count, &rd, reason);

    if (fault)
        return fault;
    if (octet & PARAMETERS)
        skip_parameters(&rd);
    if (!rd_done(&rd))
        return gtp_refuse(reason, GTP_EFORMAT, "TFT does not end where it should");
    *out = tft;
    return 0;
}

static void
put_filter(struct wr *wr, const struct gtp_filter *filter)
{
    wr_u8(wr, (unsigned)(filter->direction & 3) << DIRECTION_SHIFT | (filter->id & ID));
    wr_u8(wr, filter->precedence);

    uint8_t *len = wr_take(wr, 1);
    size_t from = wr_len(wr);

    if (filter->mask) {
        wr_u8(wr, REMOTE_ADDR);
        wr_u32(wr, filter->addr);
        wr_u32(wr, filter->mask);
    }
    if (filter->protocol) {
        wr_u8(wr, PROTOCOL);
        wr_u8(wr, filter->protocol);
    }
    if (filter->port_low == filter->port_high) {
        wr_u8(wr, REMOTE_PORT);
        wr_u16(wr, filter->port_low);
    } else if (filter->port_low != 0 || filter->port_high != UINT16_MAX || wr_len(wr) == from) {
        wr_u8(wr, REMOTE_PORTS); /* of one that looks at nothing: all ports there are */
        wr_u16(wr, filter->port_low);
        wr_u16(wr, filter->port_high);
    }
    if (len)
        *len = (uint8_t)(wr_len(wr) - from);
}

size_t
gtp_tft_encode(uint8_t *out, size_t room, const struct gtp_tft *tft)
{
    struct wr wr = wr_over(out, room);

    wr_u8(&wr, (unsigned)tft->op << OP_SHIFT | tft->filter_n);
    for (unsigned i = 0; i < tft->filter_n && i < GTP_FILTERS; i++) {
        if (tft->op == GTP_TFT_DELETE_FILTERS)
            wr_u8(&wr, tft->filters[i].id);
        else
            put_filter(&wr, &tft->filters[i]);
    }
    return wr.full ? 0 : wr_len(&wr);
}

/* The place of the filter with this id; filter_n when there is none. */
static uint8_t
place_of(const struct gtp_filter *filters, uint8_t filter_n, uint8_t id)
{
    uint8_t i = 0;

    while (i < filter_n && filters[i].id != id)
        i++;
    return i;
}

int
gtp_tft_apply(struct gtp_filter filters[GTP_FILTERS], uint8_t filter_n, const struct gtp_tft *tft)
{
    struct gtp_filter now[GTP_FILTERS];
    uint8_t n = tft->op == GTP_TFT_CREATE || tft->op == GTP_TFT_DELETE ? 0 : filter_n;

    memcpy(now, filters, sizeof now);
    for (uint8_t i = 0; i < tft->filter_n; i++) {
        uint8_t place = place_of(now, n, tft->filters[i].id);

        if (tft->op == GTP_TFT_DELETE_FILTERS) {
            if (place < n)
                now[place] = now[--n];
        } else if (place == GTP_FILTERS) {
            return GTP_EVALUE;
        } else {
            now[place] = tft->filters[i];
            n = (uint8_t)(n + (place == n));
        }
    }
    memcpy(filters, now, sizeof now);
    return n;
}
