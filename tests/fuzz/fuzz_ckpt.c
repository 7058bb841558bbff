/* fuzz_ckpt.c - a stranger's bytes at a session manager: as a packed message, as a bare one,
 * and as a full checkpoint, in both roles and in between
 */
#include <stdlib.h>
#include <string.h>

#include "common/ckpt/ckpt_pack.h"
#include "sf/sess_wire.h"
#include "sf/smgr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct names names[SMGR_MAPS] = {
    [SMGR_APNS] = {.of = {"internet", "ims"}},
    [SMGR_SERVICES] = {.of = {"ggsn-service ggsn in context ingress"}},
    [SMGR_VPNS] = {.of = {"egress"}},
};

static struct smgr *
manager(uint64_t incarnation)
{
    struct smgr_setup setup = {
        .sess = {.instance = 1,
                 .instances = 1,
                 .capacity = 16,
                 .pool_n = 1,
                 .pools = {{.net = 0x7f0a0000u, .mask = 0xffffff00u}}},
        .names = names,
        .incarnation = incarnation,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
    };
    void *memory = malloc(smgr_size(&setup));

    if (!memory)
        abort();
    return smgr_init(memory, &setup);
}

/* The peer that the corpus' messages are written for: sender 1, receiver 2, epoch 1, stream 1. */
static void
greet(struct smgr *smgr, mono_t now, enum ckpt_type type)
{
    struct ckpt_msg msg = {
        .type = type,
        .ids = {.instance = 1,
                .sender = 1,
                .receiver = type == CKPT_OPEN ? 0 : 2,
                .epoch = 1,
                .stream = 1},
    };
    uint8_t bytes[64];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (type == CKPT_OPEN)
        msg.open = (struct ckpt_open){.algos = 1u << CKPT_ZLIB};
    else if (type == CKPT_OPEN_ACK)
        msg.open_ack = (struct ckpt_open_ack){.algo = CKPT_ZLIB, .credit = 4};
    ckpt_encode(&wr, &msg);
    if (smgr_receive(smgr, now, bytes, wr_len(&wr)) != CKPT_OK)
        abort();
}

/* A planned switchover goes on: the same bytes in drain, or in a flush. Records may share a
 * call-id, which only an audit notices: what it leaves must be sound. */
static void
pass_on(struct smgr *smgr, mono_t now, enum smgr_role role, const uint8_t *data, size_t size)
{
    struct smgr_order order = {.role = SMGR_HOLD,
                               .epoch = role == SMGR_ACTIVE ? 1 : 2,
                               .flush = role == SMGR_ACTIVE,
                               .drain = role == SMGR_STANDBY};

    if (!smgr_obey(smgr, now, &order))
        abort();
    (void)smgr_receive(smgr, now, data, size);
    (void)smgr_flushed(smgr);
    (void)smgr_audit(smgr, now);

    struct smgr_audit again = smgr_audit(smgr, now);

    if (again.purged + again.bearers_purged > 0)
        abort();
}

static void
offer(uint64_t incarnation, enum smgr_role role, const uint8_t *data, size_t size)
{
    static uint8_t out[CKPT_MESSAGE];
    struct smgr *smgr = manager(incarnation);
    mono_t now = {.us = 1000};
    struct sess *sess;

    (void)smgr_role(smgr, now, role, 1);
    greet(smgr, now, role == SMGR_ACTIVE ? CKPT_OPEN_ACK : CKPT_OPEN);
    if (role == SMGR_ACTIVE && sess_open(smgr_table(smgr), 1, 5, 0, now, &sess) == 0)
        sess_changed(smgr_table(smgr), sess);
    while (smgr_next(smgr, now, out, sizeof out, NULL))
        ;
    if (role == SMGR_STANDBY)
        greet(smgr, now, CKPT_HEARTBEAT); /* from then on data is taken */
    (void)smgr_receive(smgr, now, data, size);
    while (smgr_next(smgr, now, out, sizeof out, NULL))
        ;
    (void)smgr_receive(smgr, now, data, size);
    pass_on(smgr, now, role, data, size);
    while (smgr_next(smgr, now, out, sizeof out, NULL))
        ;
    free(smgr);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t raw[CKPT_RAW_MOST];
    static struct ckpt_packer *packer;
    struct sess_rule rule;
    struct sess sess;
    size_t len;

    if (!packer)
        packer = ckpt_packer_new();
    if (ckpt_unpack(packer, data, size, raw, sizeof raw, &len) == 0)
        offer(2, SMGR_STANDBY, raw, len);
    offer(2, SMGR_STANDBY, data, size);
    offer(1, SMGR_ACTIVE, data, size);
    (void)sess_decode(&sess, &rule, (mono_t){.us = 1000}, data, size);
    return 0;
}
