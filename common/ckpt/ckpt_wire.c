#include "common/ckpt/ckpt_audit.h"

#include <assert.h>

/* Frame numbers stay far from the end of the type, whatever a peer says. */
#define FRAME_MOST (UINT64_C(1) << 62)

enum { NACK_LEN = 5 };

const char *
ckpt_reason_name(enum ckpt_reason reason)
{
    static const char *const names[CKPT_REASONS] = {
#define X(name, text) [name] = (text),
        CKPT_REASONS_X(X)
#undef X
    };

    return reason < CKPT_REASONS ? names[reason] : "unknown";
}

static void
next_list(struct rd *rd, struct ckpt_record *record)
{
    struct rd head;

    record->tag = rd_u32(rd);
    record->slot = rd_u32(rd);
    head = *rd;
    (void)rd_u8(&head);

    uint8_t n = rd_u8(&head);

    record->len = 2 + (size_t)n * 9;
    record->bytes = rd_bytes(rd, record->len);
    rd->bad |= record->slot >= CKPT_BUCKETS || n > CKPT_BUCKET;
    for (size_t i = 0; !rd->bad && i < n; i++)
        rd->bad = record->bytes[2 + i * 9] >= CKPT_BUCKET;
}

bool
ckpt_next_record(struct rd *rd, struct ckpt_record *record)
{
    if (rd_left(rd) == 0)
        return false;
    *record = (struct ckpt_record){.kind = rd_u8(rd)};
    switch (record->kind) {
    case CKPT_FULL:
        record->slot = rd_u32(rd);
        record->base = rd_u8(rd);
        record->len = rd_u16(rd);
        record->bytes = rd_bytes(rd, record->len);
        break;
    case CKPT_DELETE:
    case CKPT_DELETE_SUB_SESS:
    case CKPT_DELETE_RULE:
        record->slot = rd_u32(rd);
        record->tag = rd_u32(rd);
        break;
    case CKPT_APN_MAP:
    case CKPT_SERVICE_MAP:
    case CKPT_VPN_MAP:
    case CKPT_INSTANCE:
        record->len = rd_u16(rd);
        record->bytes = rd_bytes(rd, record->len);
        break;
    case CKPT_RESYNC_BEGIN:
    case CKPT_RESYNC_END:
    case CKPT_AUDIT_END:
        record->tag = rd_u32(rd);
        break;
    case CKPT_DIGEST:
        record->tag = rd_u32(rd);
        record->slot = rd_u32(rd);
        record->len = 1 + 8;
        record->bytes = rd_bytes(rd, record->len);
        rd->bad |= record->slot >= CKPT_BUCKETS;
        break;
    case CKPT_LIST:
        next_list(rd, record);
        break;
    default: /* a micro-checkpoint, perhaps one of a later version */
        record->slot = rd_u32(rd);
        record->base = rd_u8(rd);
        record->len = rd_u8(rd);
        record->bytes = rd_bytes(rd, record->len);
    }
    return !rd->bad;
}

bool
ckpt_next_nack(struct rd *rd, struct ckpt_nack_entry *entry)
{
    if (rd_left(rd) == 0)
        return false;
    entry->slot = rd_u32(rd);
    entry->cmd = rd_u8(rd);
    return !rd->bad;
}

static void
tally_put(struct wr *wr, const struct ckpt_tally *tally)
{
    wr_u32(wr, tally->number);
    wr_u32(wr, tally->calls);
    wr_u32(wr, tally->young);
}

static bool
tally_ok(struct rd *rd, struct ckpt_tally *tally)
{
    tally->number = rd_u32(rd);
    tally->calls = rd_u32(rd);
    tally->young = rd_u32(rd);
    return tally->young <= tally->calls;
}

static bool
records_ok(const struct ckpt_data *data)
{
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record record;

    while (ckpt_next_record(&rd, &record))
        ;
    return !rd.bad;
}

static bool
audit_ok(struct rd *rd, struct ckpt_audit *audit)
{
    audit->run = rd_u32(rd);
    audit->kind = rd_u8(rd);
    if (audit->kind == CKPT_AUDIT_RESULT) {
        audit->left = rd_u32(rd);
        audit->counts.items = rd_u32(rd);
        audit->counts.missing = rd_u32(rd);
        audit->counts.stale = rd_u32(rd);
        audit->counts.extra = rd_u32(rd);
        audit->counts.synced = rd_u32(rd);
        return true;
    }
    audit->len = rd_left(rd);
    audit->bytes = rd_bytes(rd, audit->len);
    return audit->kind < CKPT_AUDIT_KINDS && audit->len % 4 == 0 &&
           audit->len <= (size_t)CKPT_ASKED * 4;
}

static bool
body_ok(struct rd *rd, struct ckpt_msg *m)
{
    switch (m->type) {
    case CKPT_OPEN:
        m->open.algos = rd_u8(rd);
        m->open.config = rd_u32(rd);
        m->open.items = rd_u32(rd);
        return m->ids.receiver == 0;
    case CKPT_OPEN_ACK:
        m->open_ack.held_sender = rd_u64(rd);
        m->open_ack.held_epoch = rd_u64(rd);
        m->open_ack.held_stream = rd_u32(rd);
        m->open_ack.held_frame = rd_u64(rd);
        m->open_ack.algo = rd_u8(rd);
        m->open_ack.credit = rd_u16(rd);
        return m->ids.receiver && m->open_ack.held_frame < FRAME_MOST &&
               (m->open_ack.algo == CKPT_ZLIB || m->open_ack.algo == CKPT_LZ4);
    case CKPT_DATA:
        m->data.frame = rd_u64(rd);
        if (!tally_ok(rd, &m->data.tally))
            return false;
        m->data.len = rd_left(rd);
        m->data.records = rd_bytes(rd, m->data.len);
        return m->ids.receiver && m->data.frame > 0 && m->data.frame < FRAME_MOST && !rd->bad &&
               records_ok(&m->data);
    case CKPT_ACK:
        m->ack.frame = rd_u64(rd);
        m->ack.flags = rd_u8(rd);
        m->ack.credit = rd_u16(rd);
        m->ack.refused = rd_u64(rd);
        return m->ids.receiver && m->ack.frame < FRAME_MOST;
    case CKPT_HEARTBEAT:
        m->heartbeat.last_frame = rd_u64(rd);
        return tally_ok(rd, &m->heartbeat.tally) && m->ids.receiver &&
               m->heartbeat.last_frame < FRAME_MOST;
    case CKPT_AUDIT:
        return m->ids.receiver && audit_ok(rd, &m->audit);
    case CKPT_NACK:
        m->nack.len = rd_left(rd);
        m->nack.entries = rd_bytes(rd, m->nack.len);
        return m->ids.receiver && m->nack.len > 0 && m->nack.len % NACK_LEN == 0 &&
               m->nack.len <= (size_t)CKPT_NACKS * NACK_LEN;
    }
    return false;
}

enum ckpt_reason
ckpt_decode(struct ckpt_msg *msg, const void *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    uint8_t version = rd_u8(&rd);
    struct ckpt_msg m = {.type = rd_u8(&rd)};

    if (rd.bad || len > CKPT_MESSAGE)
        return CKPT_MALFORMED;
    if (version != CKPT_VERSION)
        return CKPT_BAD_VERSION;
    m.ids.instance = rd_u8(&rd);
    m.ids.sender = rd_u64(&rd);
    m.ids.receiver = rd_u64(&rd);
    m.ids.epoch = rd_u64(&rd);
    m.ids.stream = rd_u32(&rd);
    if (m.ids.sender == 0 || m.ids.stream == 0 || !body_ok(&rd, &m) || !rd_done(&rd))
        return CKPT_MALFORMED;
    *msg = m;
    return CKPT_OK;
}

void
ckpt_encode(struct wr *wr, const struct ckpt_msg *msg)
{
    wr_u8(wr, CKPT_VERSION);
    wr_u8(wr, msg->type);
    wr_u8(wr, msg->ids.instance);
    wr_u64(wr, msg->ids.sender);
    wr_u64(wr, msg->ids.receiver);
    wr_u64(wr, msg->ids.epoch);
    wr_u32(wr, msg->ids.stream);
    assert(wr->full || wr_len(wr) == CKPT_HEADER);
    switch (msg->type) {
    case CKPT_OPEN:
        wr_u8(wr, msg->open.algos);
        wr_u32(wr, msg->open.config);
        wr_u32(wr, msg->open.items);
        break;
    case CKPT_OPEN_ACK:
        wr_u64(wr, msg->open_ack.held_sender);
        wr_u64(wr, msg->open_ack.held_epoch);
        wr_u32(wr, msg->open_ack.held_stream);
        wr_u64(wr, msg->open_ack.held_frame);
        wr_u8(wr, msg->open_ack.algo);
        wr_u16(wr, msg->open_ack.credit);
        break;
    case CKPT_DATA:
        wr_u64(wr, msg->data.frame);
        tally_put(wr, &msg->data.tally);
        break;
    case CKPT_ACK:
        wr_u64(wr, msg->ack.frame);
        wr_u8(wr, msg->ack.flags);
        wr_u16(wr, msg->ack.credit);
        wr_u64(wr, msg->ack.refused);
        break;
    case CKPT_HEARTBEAT:
        wr_u64(wr, msg->heartbeat.last_frame);
        tally_put(wr, &msg->heartbeat.tally);
        break;
    case CKPT_AUDIT:
        wr_u32(wr, msg->audit.run);
        wr_u8(wr, msg->audit.kind);
        if (msg->audit.kind != CKPT_AUDIT_RESULT)
            break;
        wr_u32(wr, msg->audit.left);
        wr_u32(wr, msg->audit.counts.items);
        wr_u32(wr, msg->audit.counts.missing);
        wr_u32(wr, msg->audit.counts.stale);
        wr_u32(wr, msg->audit.counts.extra);
        wr_u32(wr, msg->audit.counts.synced);
        break;
    case CKPT_NACK:
        break;
    }
}
