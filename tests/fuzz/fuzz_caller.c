/* Datagrams of strangers against the call generator while it holds calls and probes. The
 * input is an octet for the GTP version and a run of datagrams: an octet for the port and
 * whether time passes, two for the length, the bytes. After each one every count must add up,
 * and an answer must be one that our own decoders take. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "lab/caller/caller.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OURS    UINT32_C(0x7f000201)
#define GATEWAY UINT32_C(0x7f000101)
#define TEID    UINT32_C(0x01000000) /* the gateway's are ours and this */

enum { CALLS = 2, EXTRAS = 64, HASH = 16, STEP_US = 100000, USER = 1, TIME_PASSES = 2 };

static struct caller caller;
static struct call calls[CALLS + EXTRAS];
static uint32_t order[CALLS], by_teid[HASH];
static mono_t now;

static void
check_counts(void)
{
    uint32_t of_plan = 0, of_extras = 0, waiting = 0;

    for (unsigned i = 0; i < CALL_STATES; i++) {
        of_plan += caller.counts.state[i];
        of_extras += caller.counts.extra[i];
    }
    for (uint32_t i = caller.head; i != CALL_NONE; i = calls[i].next)
        waiting++;
    assert(of_plan == CALLS && of_extras == EXTRAS && waiting == caller.outstanding);
    assert(caller.counts.dedicated + caller.counts.dedicated_failed <=
           caller.counts.dedicated_wanted);
    assert(caller.counts.forgotten <= CALLS && caller.counts.verified <= CALLS);
    for (unsigned i = 0; i < CALLER_CLASSES; i++) {
        assert(caller.classes[i].answered <= caller.classes[i].sent);
        assert(caller.classes[i].refused <= caller.classes[i].answered);
    }
}

static void
check_dgram(const struct caller_dgram *dgram)
{
    const char *reason;
    int fault;

    if (dgram->user) {
        struct gtpu_msg msg;

        fault = gtpu_decode(&msg, dgram->bytes, dgram->len, &reason);
    } else if (caller.plan.version == 1) {
        struct gtp1_msg msg;

        fault = gtp1_decode(&msg, dgram->bytes, dgram->len, &reason);
    } else {
        struct gtp2_msg msg;

        fault = gtp2_decode(&msg, dgram->bytes, dgram->len, &reason);
    }
    assert(!fault);
    (void)fault;
}

static void
hear(bool user, const uint8_t *bytes, size_t len)
{
    static struct caller_dgram answer;

    if (caller_hear(&caller, now, user, GATEWAY, user ? GTP_PORT_USER : GTP_PORT_CONTROL, bytes,
                    len, &answer))
        check_dgram(&answer);
    check_counts();
}

static size_t
accept1(uint8_t *buf, size_t room, uint32_t i)
{
    const struct gtp1_msg msg = {
        .head = {.type = GTP1_CREATE_PDP_RESPONSE,
                 .has_seq = true,
                 .seq = calls[i].seq,
                 .teid = i + 1},
        .has = GTP1_HAS_CAUSE | GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_GSN_CONTROL |
               GTP1_HAS_GSN_DATA | GTP1_HAS_END_USER_ADDRESS,
        .cause = GTP1_CAUSE_ACCEPTED,
        .teid_data = TEID + i + 1,
        .teid_control = TEID + i + 1,
        .gsn_control = GATEWAY,
        .gsn_data = GATEWAY,
        .eua = {.org = GTP1_EUA_IETF, .type = GTP1_EUA_IPV4, .ipv4 = 0x0a000001 + i},
    };

    return gtp1_encode(buf, room, &msg);
}

static size_t
accept2(uint8_t *buf, size_t room, uint32_t i)
{
    const struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_SESSION_RESPONSE,
                 .has_teid = true,
                 .seq = calls[i].seq,
                 .teid = i + 1},
        .has = GTP2_HAS_CAUSE | GTP2_HAS_PAA,
        .cause = {.value = GTP2_CAUSE_ACCEPTED},
        .paa = {.type = GTP2_PDN_IPV4, .ipv4 = 0x0a000001 + i},
        .fteid_has = 1 << 1,
        .fteid = {[1] = {GTP2_IFACE_PGW_CONTROL, TEID + i + 1, GATEWAY}},
        .bearer_n = 1,
        .bearer = {{.has = GTP2_HAS_EBI | GTP2_HAS_CAUSE,
                    .ebi = 5,
                    .cause = {.value = GTP2_CAUSE_ACCEPTED},
                    .fteid_has = 1 << 2,
                    .fteid = {[2] = {GTP2_IFACE_PGW_USER, TEID + i + 1, GATEWAY}}}},
    };

    return gtp2_encode(buf, room, &msg);
}

/* The second call is VoLTE, and has asked for a bearer. */
static size_t
dedicate(uint8_t *buf, size_t room)
{
    const struct gtp2_msg msg = {
        .head = {.type = GTP2_CREATE_BEARER_REQUEST, .has_teid = true, .seq = 0x800001, .teid = 2},
        .bearer_n = 1,
        .bearer = {{.fteid_has = 1 << 1,
                    .fteid = {[1] = {GTP2_IFACE_PGW_USER, 2 * TEID + 2, GATEWAY}}}},
    };

    return gtp2_encode(buf, room, &msg);
}

static void
send_due(void)
{
    static struct caller_dgram out;

    while (caller_next(&caller, now, &out))
        check_dgram(&out);
    check_counts();
}

/* All calls open, the first probes and pings sent. */
static void
hold(uint8_t version)
{
    const struct caller_plan plan = {.version = version,
                                     .calls = CALLS,
                                     .window = CALLS,
                                     .pps = 100,
                                     .size = CALLER_SIZE_LEAST,
                                     .volte = 50,
                                     .control_rate = 20,
                                     .new_rate = 2,
                                     .hold_us = INT64_MAX,
                                     .to = GATEWAY,
                                     .local = OURS,
                                     .ping = UINT32_C(0xc6120001),
                                     .dedicated = version == 2,
                                     .imsi = 1010000000001,
                                     .imsi_digits = 15,
                                     .apn = "internet"};
    uint8_t buf[CALLER_DGRAM];

    now = (mono_t){.us = US_PER_S};
    assert(caller_extras(&plan) == EXTRAS && caller_hash_size(CALLS) <= HASH);
    caller_init(&caller, &plan, calls, order, by_teid, now);
    send_due();
    for (uint32_t i = 0; i < CALLS; i++) {
        size_t len = version == 1 ? accept1(buf, sizeof buf, i) : accept2(buf, sizeof buf, i);

        hear(false, buf, len);
    }
    send_due();
    if (version == 2)
        hear(false, buf, dedicate(buf, sizeof buf));
    send_due();
    assert(caller.phase == CALLER_HOLDING && caller.opened == CALLS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 1;

    if (size < 1)
        return 0;
    hold(data[0] & 1 ? 1 : 2);
    while (size - at >= 3) {
        uint8_t how = data[at];
        size_t len = (size_t)data[at + 1] << 8 | data[at + 2];

        at += 3;
        if (len > size - at)
            len = size - at;
        if (how & TIME_PASSES) {
            now = mono_after(now, STEP_US);
            send_due();
        }
        hear(how & USER, data + at, len);
        at += len;
    }
    caller_stop(&caller); /* and whatever came, it comes to an end */
    for (unsigned i = 0; caller.phase != CALLER_DONE; i++) {
        assert(i < 100000);
        now = mono_after(now, STEP_US);
        send_due();
    }
    return 0;
}
