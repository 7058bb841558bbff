/* caller_rig.h - the call generator against a gateway made of the same codecs, in virtual time
 *
 * Shared by the call generator's check programs. The gateway keeps which calls it has; its
 * TEIDs are ours and 0x01000000. It can be deaf, mute and slow.
 *
 * Ownership  static memory, begin() makes it new
 * Time       now, moved by run()
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_CALLER_RIG_H
#define VPCLAB_CALLER_RIG_H

#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "lab/caller/caller.h"
#include "tests/unit/unit.h"

enum { CALLS = 8, RIG_CALLS = CALLS + 512, RIG_HELD = 128 };

static const uint32_t OURS = 0x7f000201, GATEWAY = 0x7f000101, PDN = 0xc6120001;
static const uint32_t UE = 0xac100000; /* and the number of the call */

static struct caller caller;
static struct call calls[RIG_CALLS];
static uint32_t order[CALLS], by_teid[32];
static int64_t scratch[CALLS];
static mono_t now;
static struct caller_dgram out, back;
static bool answered_back; /* the caller had something to say to what it heard last: back */

/* Control answers on their way, in the order in which they arrive. */
static struct held {
    mono_t due;
    size_t len;
    uint8_t bytes[256];
} held[RIG_HELD];
static size_t held_n;

static struct caller_plan
plan_of(uint8_t version)
{
    return (struct caller_plan){.version = version,
                                .calls = CALLS,
                                .window = CALLS,
                                .size = 84,
                                .to = GATEWAY,
                                .local = OURS,
                                .ping = PDN,
                                .imsi = 1010000000001,
                                .imsi_digits = 15,
                                .apn = "internet"};
}

static void
begin(const struct caller_plan *plan)
{
    ck_assert_uint_le(caller_hash_size(CALLS), 32);
    ck_assert_uint_le(plan->calls + caller_extras(plan), RIG_CALLS);
    held_n = 0;
    now.us = 5 * US_PER_S;
    caller_init(&caller, plan, calls, order, by_teid, now);
}

/* ---- the gateway -------------------------------------------------------------------- */

struct gateway {
    uint8_t cause1, cause2, recovery;
    uint32_t teid_plus; /* 0: each call its own TEIDs; else another set of them */
    unsigned creates, updates, deletes, pings, echoes;
    unsigned commands, bearers, dedicated_pings; /* dedicated bearers: asked for, made, used */
    bool deaf_to_commands, refuses_commands;
    bool deaf, deaf_to_pings, deaf_to_updates, deaf_to_creates, deaf_to_deletes;
    bool deaf_to[CALLER_CLASSES]; /* pings of that class */
    bool mute;                    /* does as told, but the answer is lost */
    int64_t late_us;              /* control answers take so long */
    bool has[RIG_CALLS + 1];      /* calls it has, by our TEID */
};

static struct gateway
good_gateway(void)
{
    return (struct gateway){
        .cause1 = GTP1_CAUSE_ACCEPTED, .cause2 = GTP2_CAUSE_ACCEPTED, .recovery = 7};
}

static void
hear_back(bool user, const uint8_t *bytes, size_t len)
{
    answered_back = caller_hear(&caller, now, user, GATEWAY, user ? 2152 : 2123, bytes, len, &back);
}

static void
answer_control(const struct gateway *gw, const uint8_t *bytes, size_t len)
{
    if (gw->mute)
        return;
    if (!gw->late_us) {
        hear_back(false, bytes, len);
        return;
    }
    ck_assert_uint_lt(held_n, RIG_HELD);
    ck_assert_uint_le(len, sizeof held[0].bytes);
    held[held_n].due = mono_after(now, gw->late_us);
    held[held_n].len = len;
    memcpy(held[held_n++].bytes, bytes, len);
}

static void
deliver_held(void)
{
    while (held_n && mono_reached(now, held[0].due)) {
        hear_back(false, held[0].bytes, held[0].len);
        memmove(held, held + 1, --held_n * sizeof held[0]);
    }
}

static inline uint32_t
held_calls(const struct gateway *gw)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i <= RIG_CALLS; i++)
        n += gw->has[i];
    return n;
}

/* A request for a call: may it be done, and what cause does it get otherwise? */
static uint8_t
cause_for(const struct gateway *gw, uint32_t teid, uint8_t good, uint8_t not_found)
{
    ck_assert_uint_le(teid, RIG_CALLS);
    return gw->has[teid] ? good : not_found;
}

static void
answer1(struct gateway *gw)
{
    uint8_t buf[CALLER_DGRAM];
    struct gtp1_msg req, rsp = {0};
    const char *reason = "";

    ck_assert_int_eq(gtp1_decode(&req, out.bytes, out.len, &reason), 0);
    rsp.head = (struct gtp1_head){.type = req.head.type + 1, .has_seq = true, .seq = req.head.seq};
    rsp.has = GTP1_HAS_CAUSE | GTP1_HAS_RECOVERY;
    rsp.recovery = gw->recovery;
    rsp.cause = gw->cause1;
    if (req.head.type == GTP1_ECHO_REQUEST) {
        rsp.has = GTP1_HAS_RECOVERY;
        gw->echoes++;
    } else if (req.head.type == GTP1_CREATE_PDP_REQUEST) {
        gw->creates++;
        if (gw->deaf_to_creates)
            return;
        gw->has[req.teid_control] = gw->cause1 == GTP1_CAUSE_ACCEPTED;
        rsp.head.teid = req.teid_control;
        rsp.has |= GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_GSN_CONTROL |
                   GTP1_HAS_GSN_DATA | GTP1_HAS_END_USER_ADDRESS;
        rsp.teid_data = rsp.teid_control = 0x01000000 + req.teid_data + gw->teid_plus;
        rsp.gsn_control = rsp.gsn_data = GATEWAY;
        rsp.eua.org = GTP1_EUA_IETF;
        rsp.eua.type = GTP1_EUA_IPV4;
        rsp.eua.ipv4 = UE + req.teid_data;
    } else if (req.head.type == GTP1_UPDATE_PDP_REQUEST) {
        gw->updates++;
        if (gw->deaf_to_updates)
            return;
        rsp.head.teid = req.head.teid - 0x01000000;
        ck_assert_uint_eq(req.teid_control, rsp.head.teid);
        ck_assert_uint_eq(req.teid_data, rsp.head.teid);
        rsp.cause = cause_for(gw, rsp.head.teid, gw->cause1, GTP1_CAUSE_NON_EXISTENT);
        rsp.has = GTP1_HAS_CAUSE;
        if (rsp.cause == GTP1_CAUSE_ACCEPTED)
            rsp.has |= GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_RECOVERY;
        else
            rsp.head.teid = 0;
        rsp.teid_data = rsp.teid_control = req.head.teid + gw->teid_plus;
    } else {
        ck_assert_int_eq(req.head.type, GTP1_DELETE_PDP_REQUEST);
        gw->deletes++;
        if (gw->deaf_to_deletes)
            return;
        rsp.head.teid = req.head.teid - 0x01000000;
        rsp.has = GTP1_HAS_CAUSE;
        rsp.cause = cause_for(gw, rsp.head.teid, gw->cause1, GTP1_CAUSE_NON_EXISTENT);
        gw->has[rsp.head.teid] &= rsp.cause != GTP1_CAUSE_ACCEPTED;
    }
    answer_control(gw, buf, gtp1_encode(buf, sizeof buf, &rsp));
}

/* The gateway's user TEID of a dedicated bearer: ours of the call and this. */
#define RIG_DEDICATED UINT32_C(0x02000000)

/* The answer to a request for a dedicated bearer. */
static void
take_bearer(struct gateway *gw, uint32_t ours)
{
    static struct gtp2_msg msg;
    const char *reason = "";

    ck_assert_int_eq(gtp2_decode(&msg, back.bytes, back.len, &reason), 0);
    ck_assert_int_eq(msg.head.type, GTP2_CREATE_BEARER_RESPONSE);
    ck_assert_uint_eq(msg.head.teid, 0x01000000 + ours);
    ck_assert_uint_eq(msg.bearer[0].ebi, 6);
    ck_assert_uint_eq(msg.bearer[0].fteid[2].teid, CALLER_DEDICATED | ours);
    ck_assert_uint_eq(msg.bearer[0].fteid[3].teid, RIG_DEDICATED + ours);
    gw->bearers++;
}

static void
answer_command(struct gateway *gw, const struct gtp2_msg *req)
{
    static struct gtp2_msg rsp;
    uint8_t buf[CALLER_DGRAM];
    uint32_t ours = req->head.teid - 0x01000000;
    bool fails = gw->refuses_commands;

    gw->commands++;
    ck_assert_uint_eq(req->flow_qos[0], QCI_VOICE);
    ck_assert_uint_ne(req->head.seq & 0x800000, 0);
    if (gw->deaf_to_commands)
        return;
    memset(&rsp, 0, sizeof rsp);
    rsp.head = (struct gtp2_head){.type = fails ? GTP2_BEARER_RESOURCE_FAILURE
                                                : GTP2_CREATE_BEARER_REQUEST,
                                  .has_teid = true,
                                  .teid = ours,
                                  .seq = req->head.seq};
    rsp.has = fails ? GTP2_HAS_CAUSE : GTP2_HAS_EBI;
    rsp.cause.value = GTP2_CAUSE_NO_RESOURCES;
    rsp.ebi = 5;
    rsp.bearer_n = !fails;
    rsp.bearer[0].has = GTP2_HAS_EBI;
    rsp.bearer[0].fteid_has = 1 << 1;
    rsp.bearer[0].fteid[1] =
        (struct gtp2_fteid){GTP2_IFACE_PGW_USER, RIG_DEDICATED + ours, GATEWAY};
    hear_back(false, buf, gtp2_encode(buf, sizeof buf, &rsp));
    if (answered_back)
        take_bearer(gw, ours);
}

static void
answer2(struct gateway *gw)
{
    uint8_t buf[CALLER_DGRAM];
    static struct gtp2_msg req, rsp;
    const char *reason = "";

    ck_assert_int_eq(gtp2_decode(&req, out.bytes, out.len, &reason), 0);
    if (req.head.type == GTP2_BEARER_RESOURCE_COMMAND) {
        answer_command(gw, &req);
        return;
    }
    memset(&rsp, 0, sizeof rsp);
    rsp.head = (struct gtp2_head){.type = req.head.type + 1, .seq = req.head.seq};
    rsp.has = GTP2_HAS_RECOVERY;
    rsp.recovery = gw->recovery;
    if (req.head.type == GTP2_CREATE_SESSION_REQUEST) {
        gw->creates++;
        if (gw->deaf_to_creates)
            return;
        gw->has[req.fteid[0].teid] = gw->cause2 == GTP2_CAUSE_ACCEPTED;
        ck_assert_uint_eq(req.fteid[0].iface, GTP2_IFACE_SGW_CONTROL);
        ck_assert_uint_eq(req.bearer[0].fteid[2].iface, GTP2_IFACE_SGW_USER);
        rsp.head.has_teid = true;
        rsp.head.teid = req.fteid[0].teid;
        rsp.has |= GTP2_HAS_CAUSE | GTP2_HAS_PAA;
        rsp.cause.value = gw->cause2;
        rsp.paa.type = GTP2_PDN_IPV4;
        rsp.paa.ipv4 = UE + req.fteid[0].teid;
        rsp.fteid_has = 1 << 1;
        rsp.fteid[1] =
            (struct gtp2_fteid){GTP2_IFACE_PGW_CONTROL, 0x01000000 + req.fteid[0].teid, GATEWAY};
        rsp.bearer_n = 1;
        rsp.bearer[0].has = GTP2_HAS_EBI | GTP2_HAS_CAUSE;
        rsp.bearer[0].ebi = req.bearer[0].ebi;
        rsp.bearer[0].cause.value = gw->cause2;
        rsp.bearer[0].fteid_has = 1 << 2;
        rsp.bearer[0].fteid[2] = (struct gtp2_fteid){
            GTP2_IFACE_PGW_USER, 0x01000000 + req.bearer[0].fteid[2].teid, GATEWAY};
    } else if (req.head.type == GTP2_MODIFY_BEARER_REQUEST) {
        gw->updates++;
        if (gw->deaf_to_updates)
            return;
        rsp.head.has_teid = true;
        rsp.head.teid = req.head.teid - 0x01000000;
        ck_assert_uint_eq(req.fteid[0].teid, rsp.head.teid);
        ck_assert_uint_eq(req.bearer[0].fteid[1].teid, rsp.head.teid);
        rsp.has |= GTP2_HAS_CAUSE;
        rsp.cause.value = cause_for(gw, rsp.head.teid, gw->cause2, GTP2_CAUSE_CONTEXT_NOT_FOUND);
        if (rsp.cause.value == GTP2_CAUSE_CONTEXT_NOT_FOUND)
            rsp.head.teid = 0;
    } else if (req.head.type == GTP2_DELETE_SESSION_REQUEST) {
        gw->deletes++;
        if (gw->deaf_to_deletes)
            return;
        rsp.head.has_teid = true;
        rsp.head.teid = req.head.teid - 0x01000000;
        rsp.has = GTP2_HAS_CAUSE;
        rsp.cause.value = cause_for(gw, rsp.head.teid, gw->cause2, GTP2_CAUSE_CONTEXT_NOT_FOUND);
        gw->has[rsp.head.teid] &= rsp.cause.value != GTP2_CAUSE_ACCEPTED;
    } else {
        gw->echoes++;
    }
    answer_control(gw, buf, gtp2_encode(buf, sizeof buf, &rsp));
}

/* The pinged host: swap the addresses, make it a reply. */
static void
answer_ping(struct gateway *gw, uint32_t teid_shift)
{
    uint8_t buf[CALLER_DGRAM], packet[CALLER_DGRAM];
    struct gtpu_msg msg;
    const char *reason = "";
    size_t head;

    gw->pings++;
    if (gw->deaf_to_pings)
        return;
    ck_assert_int_eq(gtpu_decode(&msg, out.bytes, out.len, &reason), 0);
    ck_assert_int_eq(msg.type, GTPU_GPDU);

    bool dedicated = msg.teid >= RIG_DEDICATED;
    uint32_t ours = msg.teid - (dedicated ? RIG_DEDICATED : 0x01000000);

    if (gw->deaf_to[caller_class_of(&caller.plan, ours - 1)])
        return;
    gw->dedicated_pings += dedicated;
    memcpy(packet, msg.payload.at, msg.payload.len);
    memcpy(packet + 12, msg.payload.at + 16, 4);
    memcpy(packet + 16, msg.payload.at + 12, 4);
    ck_assert_int_eq(packet[20], 8);
    packet[20] = 0;
    head =
        gtpu_encode_head(buf, sizeof buf, (dedicated ? ours | CALLER_DEDICATED : ours) + teid_shift,
                         msg.payload.len);
    memcpy(buf + head, packet, msg.payload.len);
    hear_back(true, buf, head + msg.payload.len);
}

static void
send_due(struct gateway *gw)
{
    while (caller_next(&caller, now, &out)) {
        ck_assert_uint_gt(out.len, 0);
        ck_assert_uint_eq(out.addr, GATEWAY);
        if (gw->deaf)
            continue;
        if (out.user)
            answer_ping(gw, 0);
        else if (caller.plan.version == 1)
            answer1(gw);
        else
            answer2(gw);
    }
}

/* Let everything due happen, and the gateway answer, until `until`. */
static void
run(struct gateway *gw, mono_t until)
{
    while (caller.phase != CALLER_DONE) {
        mono_t due;

        deliver_held();
        send_due(gw);
        due = mono_earlier(caller_due(&caller), held_n ? held[0].due : MONO_NEVER);
        if (caller.phase == CALLER_DONE || !mono_reached(until, due))
            break;
        ck_assert(!mono_reached(now, due));
        now = due;
    }
    if (caller.phase != CALLER_DONE)
        now = until;
}

static mono_t
in_seconds(int64_t s)
{
    return mono_after(now, s * US_PER_S);
}

#endif
