#include "sf/sess_bearer.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "sf/sess_priv.h"

enum {
    EBI_MOST = 15,
    IPV4_HEAD_LEAST = 20,
    IPV4_FRAGMENT = 6, /* offsets */
    IPV4_PROTOCOL = 9,
    IPV4_SOURCE = 12,
    FRAGMENT_MASK = 0x1fff,
    TCP = 6,
    UDP = 17,
};

struct sess_rule *
sess_rule(struct sess_table *table, const struct sess *sess)
{
    return &table->rules[sess_slot(table, sess)];
}

/* ---- slots ---- */

/* What all bearers of a session have in common. */
static void
inherit(struct sess *sess, const struct sess *parent)
{
    sess->imsi = parent->imsi;
    sess->msisdn = parent->msisdn;
    sess->lbi = parent->ebi;
    sess->ue_addr = parent->ue_addr;
    sess->gtp_version = parent->gtp_version;
    sess->apn = parent->apn;
    sess->service = parent->service;
    sess->vpn = parent->vpn;
    sess->selection_mode = parent->selection_mode;
    sess->rat = parent->rat;
    sess->charging_chars = parent->charging_chars;
}

int
sess_reserve(struct sess_table *table, const struct sess *parent, mono_t now, struct sess **out)
{
    struct sess *sess = sess_take(table, now);

    assert(parent->state == SESS_LIVE && !parent->lbi && parent->ebi);
    if (!sess) {
        sess_press(table, now);
        sess = sess_take(table, now);
    }
    if (!sess)
        return DI_EFULL;
    inherit(sess, parent);
    sess->state = SESS_RESERVED;
    *sess_rule(table, sess) = (struct sess_rule){0};
    *out = sess;
    return 0;
}

struct sess *
sess_reserved(struct sess_table *table, uint32_t teid)
{
    uint32_t slot = teid_slot(teid);
    struct sess *sess = &table->slots[slot];

    if (slot == SESS_NONE || slot > table->top || sess->state != SESS_RESERVED)
        return NULL;
    return sess->teid == teid ? sess : NULL;
}

void
sess_unreserve(struct sess_table *table, struct sess *sess)
{
    assert(sess->state == SESS_RESERVED);
    sess_give_back(table, sess_slot(table, sess));
}

void
sess_join(struct sess_table *table, struct sess *sess, uint8_t ebi, mono_t now)
{
    struct sess *parent = sess_default(table, sess);

    assert(sess->state == SESS_RESERVED && parent);
    assert(ebi && ebi <= EBI_MOST && !sess_by_imsi(table, sess->imsi, ebi));
    inherit(sess, parent); /* some of it may have changed since */
    sess->ebi = ebi;
    sess->since = sess->active_at = now;
    sess->state = SESS_LIVE;
    parent->bearers |= (uint16_t)(1u << ebi);
    sess_hash_insert(table, sess_slot(table, sess));
    sess_count_live(table, sess, 1);
}

struct sess *
sess_default(struct sess_table *table, struct sess *sess)
{
    struct sess *parent = sess->lbi ? sess_by_imsi(table, sess->imsi, sess->lbi) : sess;

    return parent && !parent->lbi ? parent : NULL;
}

struct sess *
sess_next_bearer(struct sess_table *table, const struct sess *parent, uint8_t ebi)
{
    for (unsigned next = ebi + 1u; parent->bearers >> next != 0; next++) {
        struct sess *sess =
            parent->bearers >> next & 1 ? sess_by_imsi(table, parent->imsi, (uint8_t)next) : NULL;

        if (sess && sess->lbi == parent->ebi)
            return sess;
    }
    return NULL;
}

void
sess_find_bearers(struct sess_table *table)
{
    for (uint32_t slot = 1; slot <= table->top; slot++)
        table->slots[slot].bearers = 0;
    for (uint32_t slot = 1; slot <= table->top && table->bearers > 0; slot++) {
        struct sess *sess = &table->slots[slot];
        struct sess *parent =
            sess->state == SESS_LIVE && sess->lbi ? sess_default(table, sess) : NULL;

        if (parent)
            parent->bearers |= (uint16_t)(1u << sess->ebi);
    }
}

/* ---- which packets ---- */

static unsigned
be16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* The port the packet comes from; -1: it has none to be seen. */
static int
source_port(const uint8_t *packet, size_t len)
{
    size_t head = (packet[0] & 0x0fu) * 4u;
    bool has_ports = packet[IPV4_PROTOCOL] == TCP || packet[IPV4_PROTOCOL] == UDP;

    if (!has_ports || be16(packet + IPV4_FRAGMENT) & FRAGMENT_MASK || head + 4 > len)
        return -1;
    return (int)be16(packet + head);
}

static bool
takes(const struct gtp_filter *filter, const uint8_t *packet, size_t len)
{
    uint32_t from =
        (uint32_t)be16(packet + IPV4_SOURCE) << 16 | (uint32_t)be16(packet + IPV4_SOURCE + 2);
    bool any_port = filter->port_low == 0 && filter->port_high == UINT16_MAX;
    int port = any_port ? 0 : source_port(packet, len);

    if (filter->direction == GTP_FILTER_UP ||
        (from & filter->mask) != (filter->addr & filter->mask))
        return false;
    if (filter->protocol && filter->protocol != packet[IPV4_PROTOCOL])
        return false;
    return any_port || (port >= filter->port_low && port <= filter->port_high);
}

struct sess *
sess_bearer_for(struct sess_table *table, const struct sess *parent, const uint8_t *packet,
                size_t len)
{
    struct sess *best = NULL, *bearer = NULL;
    unsigned precedence = UINT8_MAX + 1u;

    if (len < IPV4_HEAD_LEAST)
        return NULL;
    for (uint8_t ebi = 0; (bearer = sess_next_bearer(table, parent, ebi)); ebi = bearer->ebi) {
        const struct sess_rule *rule = sess_rule(table, bearer);

        for (unsigned i = 0; i < rule->filter_n; i++) {
            const struct gtp_filter *filter = &rule->filters[i];

            if (filter->precedence >= precedence || !takes(filter, packet, len))
                continue;
            precedence = filter->precedence;
            best = bearer;
        }
    }
    return best;
}

/* ---- checkpoints ---- */

void
sess_rule_encode(struct wr *wr, const struct sess_rule *rule)
{
    wr_str(wr, rule->name);
    wr_u8(wr, rule->qci);
    wr_u8(wr, rule->precedence);
    wr_u8(wr, rule->filter_n);
    for (unsigned i = 0; i < rule->filter_n; i++) {
        const struct gtp_filter *filter = &rule->filters[i];

        wr_u8(wr, (unsigned)filter->direction << 4 | filter->id);
        wr_u8(wr, filter->precedence);
        wr_u8(wr, filter->protocol);
        wr_u32(wr, filter->addr);
        wr_u32(wr, filter->mask);
        wr_u16(wr, filter->port_low);
        wr_u16(wr, filter->port_high);
    }
}

void
sess_rule_read(struct rd *rd, struct sess_rule *rule)
{
    *rule = (struct sess_rule){0};
    rd_str(rd, rule->name, sizeof rule->name);
    rule->qci = rd_u8(rd);
    rule->precedence = rd_u8(rd);
    rule->filter_n = rd_u8(rd);
    rd->bad |= rule->filter_n > GTP_FILTERS;
    for (unsigned i = 0; !rd->bad && i < rule->filter_n; i++) {
        struct gtp_filter *filter = &rule->filters[i];
        uint8_t octet = rd_u8(rd);

        filter->id = octet & 0x0f;
        filter->direction = octet >> 4;
        filter->precedence = rd_u8(rd);
        filter->protocol = rd_u8(rd);
        filter->addr = rd_u32(rd);
        filter->mask = rd_u32(rd);
        filter->port_low = rd_u16(rd);
        filter->port_high = rd_u16(rd);
        rd->bad |= filter->direction > GTP_FILTER_BOTH || filter->port_low > filter->port_high;
    }
}
