/* Whole session managers with their tables, as vpc-sf has them. */
#include <stdlib.h>

#include "common/base/rng.h"
#include "common/loop/log.h"
#include "sf/smgr.h"
#include "tests/bench/ckpt_drive.h"

#define POOL_NET  0x0a000000u
#define POOL_MASK 0xff000000u

static const struct names names[SMGR_MAPS] = {
    [SMGR_APNS] = {.of = {"internet"}},
    [SMGR_SERVICES] = {.of = {"ggsn-service ggsn in context ingress"}},
    [SMGR_VPNS] = {.of = {"egress"}},
};

static void *
sessmgr_open(const struct drive_setup *setup, mono_t now)
{
    struct smgr_setup smgr = {
        .sess = {.instance = DRIVE_SESSMGR,
                 .instances = 1,
                 .capacity = setup->items,
                 .pool_n = 1,
                 .pools = {{.net = POOL_NET, .mask = POOL_MASK}}},
        .names = names,
        .incarnation = setup->incarnation,
        .lz4 = setup->lz4,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
    };
    void *memory = malloc(smgr_size(&smgr));

    if (!memory)
        log_fatal("drive: out of memory");

    struct smgr *self = smgr_init(memory, &smgr);

    if (setup->sends)
        (void)smgr_role(self, now, SMGR_ACTIVE, 1);
    return self;
}

/* A GTPv1 context of a subscriber who has sent and received something. */
static void
sessmgr_make(void *self, uint32_t n, mono_t now)
{
    struct sess_table *table = smgr_table(self);
    struct rng rng = {.state = n};
    struct sess *sess;

    if (sess_open(table, UINT64_C(0x0010010000000000) + n, 5, 0, now, &sess) != 0)
        log_fatal("drive: the session table is full");
    sess->msisdn = UINT64_C(0x4917000000000000) + n;
    sess->peer_ctrl_teid = (uint32_t)rng_next(&rng);
    sess->peer_user_teid = (uint32_t)rng_next(&rng);
    sess->peer_ctrl_addr = sess->peer_user_addr = 0x7f000201;
    sess->create_seq = n & 0xffff;
    sess->create_port = 2123;
    sess->gtp_version = 1;
    sess->qos_len = 14;
    for (size_t i = 0; i < sess->qos_len; i++)
        sess->qos[i] = (uint8_t)(0x11 * i);
    sess->counters = (struct sess_counters){
        .up_packets = rng_below(&rng, 10000),
        .up_octets = rng_below(&rng, 1000000),
        .down_packets = rng_below(&rng, 10000),
        .down_octets = rng_below(&rng, 10000000),
    };
    sess_changed(table, sess);
}

static size_t
sessmgr_next(void *self, mono_t now, void *buf, size_t room, enum ckpt_algo *algo)
{
    return smgr_next(self, now, buf, room, algo);
}

static void
sessmgr_receive(void *self, mono_t now, const void *bytes, size_t len)
{
    (void)smgr_receive(self, now, bytes, len);
}

static mono_t
sessmgr_deadline(void *self)
{
    return smgr_deadline(self);
}

static void
sessmgr_status(void *self, struct ckpt_tx_status *status)
{
    ckpt_tx_status(smgr_sender(self), status);
}

static uint64_t
sessmgr_sum(void *self, uint32_t *n)
{
    struct sess_table *table = smgr_table(self);
    uint64_t sum = 0;

    *n = sess_count(table);
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (!sess)
            continue;
        sum = mix64(sum ^ sess->imsi);
        sum = mix64(sum ^ ((uint64_t)sess->teid << 32 | sess->ue_addr));
        sum = mix64(sum ^ ((uint64_t)sess->peer_ctrl_teid << 32 | sess->peer_user_teid));
        sum = mix64(sum ^ sess->counters.up_octets);
        sum = mix64(sum ^ sess->counters.down_octets);
    }
    return sum;
}

const struct drive_kind drive_sessmgr = {
    .name = "sessmgr",
    .open = sessmgr_open,
    .make = sessmgr_make,
    .next = sessmgr_next,
    .receive = sessmgr_receive,
    .deadline = sessmgr_deadline,
    .status = sessmgr_status,
    .sum = sessmgr_sum,
};
