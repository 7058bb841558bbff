/* The call generator against a gateway made of the same codecs, in virtual time. */
#include "lab/caller.h"

#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtpu.h"
#include "lab/stats.h"
#include "tests/unit/unit.h"

enum { CALLS = 8 };

static const uint32_t OURS = 0x7f000201, GATEWAY = 0x7f000101, PDN = 0xc6120001;
static const uint32_t UE = 0xac100000; /* and the number of the call */

static struct caller caller;
static struct call calls[CALLS];
static uint32_t order[CALLS], by_teid[32];
static int64_t scratch[CALLS];
static mono_t now;
static struct caller_dgram out, back;

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
    now.us = 5 * US_PER_S;
    caller_init(&caller, plan, calls, order, by_teid, now);
}

/* ---- the gateway -------------------------------------------------------------------- */

struct gateway {
    uint8_t cause1, cause2, recovery;
    uint32_t teid_plus; /* 0: each call its own TEIDs; else another set of them */
    unsigned creates, deletes, pings, echoes;
    bool deaf, deaf_to_pings;
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
    (void)caller_hear(&caller, now, user, GATEWAY, user ? 2152 : 2123, bytes, len, &back);
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
        rsp.head.teid = req.teid_control;
        rsp.has |= GTP1_HAS_TEID_DATA | GTP1_HAS_TEID_CONTROL | GTP1_HAS_GSN_CONTROL |
                   GTP1_HAS_GSN_DATA | GTP1_HAS_END_USER_ADDRESS;
        rsp.teid_data = rsp.teid_control = 0x01000000 + req.teid_data + gw->teid_plus;
        rsp.gsn_control = rsp.gsn_data = GATEWAY;
        rsp.eua.org = GTP1_EUA_IETF;
        rsp.eua.type = GTP1_EUA_IPV4;
        rsp.eua.ipv4 = UE + req.teid_data;
    } else {
        ck_assert_int_eq(req.head.type, GTP1_DELETE_PDP_REQUEST);
        gw->deletes++;
        rsp.head.teid = req.head.teid - 0x01000000;
        rsp.has = GTP1_HAS_CAUSE;
    }
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp));
}

static void
answer2(struct gateway *gw)
{
    uint8_t buf[CALLER_DGRAM];
    static struct gtp2_msg req, rsp;
    const char *reason = "";

    ck_assert_int_eq(gtp2_decode(&req, out.bytes, out.len, &reason), 0);
    memset(&rsp, 0, sizeof rsp);
    rsp.head = (struct gtp2_head){.type = req.head.type + 1, .seq = req.head.seq};
    rsp.has = GTP2_HAS_RECOVERY;
    rsp.recovery = gw->recovery;
    if (req.head.type == GTP2_CREATE_SESSION_REQUEST) {
        gw->creates++;
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
    } else if (req.head.type == GTP2_DELETE_SESSION_REQUEST) {
        gw->deletes++;
        rsp.head.has_teid = true;
        rsp.head.teid = req.head.teid - 0x01000000;
        rsp.has = GTP2_HAS_CAUSE;
        rsp.cause.value = gw->cause2;
    } else {
        gw->echoes++;
    }
    hear_back(false, buf, gtp2_encode(buf, sizeof buf, &rsp));
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
    memcpy(packet, msg.payload.at, msg.payload.len);
    memcpy(packet + 12, msg.payload.at + 16, 4);
    memcpy(packet + 16, msg.payload.at + 12, 4);
    ck_assert_int_eq(packet[20], 8);
    packet[20] = 0;
    head = gtpu_encode_head(buf, sizeof buf, msg.teid - 0x01000000 + teid_shift, msg.payload.len);
    memcpy(buf + head, packet, msg.payload.len);
    hear_back(true, buf, head + msg.payload.len);
}

/* Let everything due happen, and the gateway answer at once, until `until`. */
static void
run(struct gateway *gw, mono_t until)
{
    while (caller.phase != CALLER_DONE) {
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
        if (caller.phase == CALLER_DONE || !mono_reached(until, caller_due(&caller)))
            break;
        ck_assert(!mono_reached(now, caller_due(&caller)));
        now = caller_due(&caller);
    }
    if (caller.phase != CALLER_DONE)
        now = until;
}

static mono_t
in_seconds(int64_t s)
{
    return mono_after(now, s * US_PER_S);
}

/* ---- cases -------------------------------------------------------------------------- */

static void
whole_life(uint8_t version)
{
    struct caller_plan plan = plan_of(version);
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.pps = 2 * CALLS;
    plan.hold_us = 2 * US_PER_S;
    begin(&plan);
    run(&gw, in_seconds(60));
    r = caller_result(&caller, scratch);
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert(r.good);
    ck_assert_uint_eq(r.opened, CALLS);
    ck_assert_uint_eq(gw.creates, CALLS);
    ck_assert_uint_eq(gw.deletes, CALLS);
    ck_assert_uint_eq(caller.counts.state[CALL_DELETED], CALLS);
    ck_assert_uint_eq(caller.counts.verified, CALLS);
    ck_assert_uint_ge(caller.counts.sent, 4 * CALLS - 1);
    ck_assert_uint_le(caller.counts.sent, 4 * CALLS + 1);
    ck_assert_uint_eq(r.lost, 0);
    ck_assert_uint_eq(caller.counts.strange, 0);
    ck_assert_int_eq(r.gap_max_us, US_PER_S / 2);
    ck_assert_int_eq(r.gap_median_us, US_PER_S / 2);
}

START_TEST(calls_of_gtpv1_are_opened_pinged_verified_and_deleted)
{
    whole_life(1);
}
END_TEST

START_TEST(calls_of_gtpv2_are_opened_pinged_verified_and_deleted)
{
    whole_life(2);
}
END_TEST

START_TEST(a_request_is_sent_five_times_then_given_up)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.deaf = true;
    begin(&plan);
    run(&gw, in_seconds(60));

    struct caller_result r = caller_result(&caller, scratch);

    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(r.timed_out, CALLS);
    ck_assert_uint_eq(caller.counts.retransmissions, 4 * CALLS);
    ck_assert_int_eq(mono_between((mono_t){5 * US_PER_S}, now), 5 * US_PER_S);
    ck_assert(!r.good);
}
END_TEST

START_TEST(where_nobody_answers_the_rest_is_not_tried)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.deaf = true;
    plan.window = 2;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller_result(&caller, scratch).timed_out, 2);
    ck_assert_uint_eq(caller_result(&caller, scratch).not_tried, CALLS - 2);
    ck_assert_int_eq(mono_between((mono_t){5 * US_PER_S}, now), 5 * US_PER_S);
}
END_TEST

START_TEST(an_outage_while_calls_are_opened_does_not_end_the_trying)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.rate = 1;
    plan.window = 2;
    begin(&plan);
    run(&gw, in_seconds(2));
    gw.deaf = true;
    run(&gw, in_seconds(20));
    gw.deaf = false;
    run(&gw, in_seconds(20));
    ck_assert_uint_eq(caller_result(&caller, scratch).not_tried, 0);
    ck_assert_uint_gt(caller_result(&caller, scratch).timed_out, 0);
}
END_TEST

START_TEST(a_retransmission_has_the_same_sequence_number)
{
    struct caller_plan plan = plan_of(1);
    uint8_t first[CALLER_DGRAM];

    plan.calls = 1;
    begin(&plan);
    ck_assert(caller_next(&caller, now, &out)); /* echo */
    ck_assert(caller_next(&caller, now, &out));
    memcpy(first, out.bytes, out.len);

    size_t len = out.len;

    now = in_seconds(1);
    ck_assert(caller_next(&caller, now, &out));
    ck_assert_uint_eq(out.len, len);
    ck_assert_mem_eq(out.bytes, first, len);
}
END_TEST

START_TEST(a_refusal_is_counted_by_its_cause_and_not_repeated)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    gw.cause1 = GTP1_CAUSE_NO_RESOURCES;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_uint_eq(caller.counts.state[CALL_REFUSED], CALLS);
    ck_assert_uint_eq(caller.counts.refused_by[GTP1_CAUSE_NO_RESOURCES], CALLS);
    ck_assert_uint_eq(gw.creates, CALLS);
    ck_assert_str_eq(caller_cause_text(1, GTP1_CAUSE_NO_RESOURCES), "no resources available");
}
END_TEST

START_TEST(the_window_bounds_outstanding_requests)
{
    struct caller_plan plan = plan_of(1);
    unsigned creates = 0;

    plan.window = 3;
    begin(&plan);
    while (caller_next(&caller, now, &out))
        creates++;
    ck_assert_uint_eq(creates, 1 + 3); /* and one echo */
    ck_assert_uint_eq(caller.outstanding, 3);
}
END_TEST

START_TEST(the_rate_paces_new_calls)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.rate = 4;
    begin(&plan);
    run(&gw, in_seconds(1));
    ck_assert_uint_ge(gw.creates, 4);
    ck_assert_uint_le(gw.creates, 5);
}
END_TEST

/* Open all, then keep pinging until told otherwise. */
static void
open_and_hold(struct gateway *gw)
{
    struct caller_plan plan = plan_of(1);

    plan.pps = 2 * CALLS;
    plan.hold_us = INT64_MAX;
    *gw = good_gateway();
    begin(&plan);
    run(gw, in_seconds(3));
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
}

START_TEST(an_outage_from_the_first_ping_on_is_a_gap_of_every_call)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();
    struct caller_result r;

    plan.pps = 2 * CALLS;
    plan.hold_us = INT64_MAX;
    begin(&plan);
    while (caller.opened < CALLS)
        run(&gw, mono_after(now, US_PER_MS));
    gw.deaf = true;
    run(&gw, in_seconds(4));
    gw.deaf = false;
    run(&gw, in_seconds(2));
    caller_stop(&caller);
    run(&gw, in_seconds(10));
    r = caller_result(&caller, scratch);
    ck_assert(r.good);
    ck_assert_uint_eq(r.gap_calls, CALLS);
    ck_assert_int_ge(r.gap_median_us, 3 * US_PER_S + US_PER_S / 2);
}
END_TEST

START_TEST(an_outage_is_seen_as_loss_and_as_a_gap_of_every_call)
{
    struct gateway gw;
    struct caller_result r;

    open_and_hold(&gw);
    ck_assert_uint_eq(caller_answering(&caller, now, US_PER_S), CALLS);
    gw.deaf = true;
    run(&gw, in_seconds(4));
    ck_assert_uint_eq(caller_answering(&caller, now, US_PER_S), 0);
    gw.deaf = false;
    run(&gw, in_seconds(2));
    caller_stop(&caller);
    run(&gw, in_seconds(10));
    r = caller_result(&caller, scratch);
    ck_assert(r.good);
    ck_assert_uint_eq(r.lost, 8 * CALLS);
    ck_assert_uint_eq(r.gap_calls, CALLS);
    ck_assert_int_ge(r.gap_median_us, 4 * US_PER_S);
    ck_assert_int_le(r.gap_max_us, 4 * US_PER_S + US_PER_S / 2);
}
END_TEST

START_TEST(a_call_that_stays_silent_is_not_verified)
{
    struct gateway gw;

    open_and_hold(&gw);
    gw.deaf_to_pings = true;
    caller_stop(&caller);
    run(&gw, in_seconds(20));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(caller.counts.verified, 0);
    ck_assert(!caller_result(&caller, scratch).good);
    ck_assert_uint_eq(caller.counts.state[CALL_DELETED], CALLS);
}
END_TEST

START_TEST(a_changed_restart_counter_means_all_calls_were_forgotten)
{
    struct gateway gw;

    open_and_hold(&gw);
    gw.recovery++;
    run(&gw, in_seconds(2));
    ck_assert_uint_eq(caller.counts.restarts, 1);
    ck_assert_uint_eq(caller.counts.forgotten, CALLS);
}
END_TEST

START_TEST(an_error_indication_names_the_forgotten_call)
{
    uint8_t buf[64];
    struct gateway gw;

    open_and_hold(&gw);
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x01000003, GATEWAY));
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x01000003, GATEWAY));
    hear_back(true, buf, gtpu_encode_error_indication(buf, sizeof buf, 0x02000003, GATEWAY));
    ck_assert_uint_eq(caller.counts.error_indications, 3);
    ck_assert_uint_eq(caller.counts.forgotten, 1);
    ck_assert(calls[2].forgotten);
}
END_TEST

START_TEST(a_second_session_for_one_request_is_noticed)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.calls = 1;
    plan.hold_us = INT64_MAX;
    begin(&plan);
    ck_assert(caller_next(&caller, now, &out)); /* echo */
    ck_assert(caller_next(&caller, now, &out));
    answer1(&gw);
    answer1(&gw); /* the same answer again */
    ck_assert_uint_eq(caller.counts.changed_teids, 0);
    gw.teid_plus = 64;
    answer1(&gw);
    ck_assert_uint_eq(caller.counts.changed_teids, 1);
    ck_assert_uint_eq(caller.counts.forgotten, 1);
}
END_TEST

START_TEST(a_packet_through_another_subscribers_call_is_noticed)
{
    struct gateway gw;

    open_and_hold(&gw);
    do
        now = mono_after(now, US_PER_S / 100);
    while (!caller_next(&caller, now, &out) || !out.user);
    answer_ping(&gw, 1);
    ck_assert_uint_eq(caller.counts.misdelivered, 1);
}
END_TEST

START_TEST(the_second_answer_to_one_ping_is_not_counted_as_answer)
{
    struct gateway gw;
    uint64_t answered;

    open_and_hold(&gw);
    do
        now = mono_after(now, US_PER_S / 100);
    while (!caller_next(&caller, now, &out) || !out.user);
    answered = caller.counts.answered;
    answer_ping(&gw, 0);
    answer_ping(&gw, 0);
    ck_assert_uint_eq(caller.counts.answered, answered + 1);
    ck_assert_uint_eq(caller.counts.repeated, 1);
}
END_TEST

START_TEST(a_silent_gateway_ends_the_deletions_early)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();
    mono_t then;

    plan.window = 1; /* one by one they would take 8 times 5 seconds */
    plan.no_verify = true;
    plan.hold_us = US_PER_S;
    begin(&plan);
    run(&gw, mono_after(now, US_PER_S / 2));
    gw.deaf = true;
    then = now;
    run(&gw, in_seconds(100));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_int_le(mono_between(then, now), 7 * US_PER_S);
    ck_assert_uint_eq(caller.counts.state[CALL_UNDELETED], CALLS);
    ck_assert(!caller_result(&caller, scratch).good);
}
END_TEST

START_TEST(skipped_phases_send_nothing)
{
    struct caller_plan plan = plan_of(1);
    struct gateway gw = good_gateway();

    plan.no_verify = plan.keep = true;
    begin(&plan);
    run(&gw, in_seconds(60));
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert_uint_eq(gw.pings, 0);
    ck_assert_uint_eq(gw.deletes, 0);
    ck_assert_uint_eq(caller.counts.state[CALL_OPEN], CALLS);
    ck_assert(caller_result(&caller, scratch).good);
}
END_TEST

START_TEST(a_second_stop_ends_at_once)
{
    struct gateway gw;

    open_and_hold(&gw);
    caller_stop(&caller);
    ck_assert_int_eq(caller.phase, CALLER_HOLDING);
    caller_stop(&caller);
    ck_assert_int_eq(caller.phase, CALLER_DONE);
    ck_assert(!caller_next(&caller, now, &out));
}
END_TEST

START_TEST(the_gateways_requests_are_answered)
{
    struct gtp1_msg ask = {.head = {.type = GTP1_ECHO_REQUEST, .has_seq = true, .seq = 77}}, got;
    struct gtpu_msg user;
    const char *reason = "";
    struct gateway gw;
    uint8_t buf[64];
    size_t len;

    open_and_hold(&gw);
    len = gtp1_encode(buf, sizeof buf, &ask);
    ck_assert(caller_hear(&caller, now, false, GATEWAY, 4711, buf, len, &back));
    ck_assert_uint_eq(back.port, 4711);
    ck_assert_int_eq(gtp1_decode(&got, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(got.head.type, GTP1_ECHO_RESPONSE);
    ck_assert_uint_eq(got.head.seq, 77);

    len = gtpu_encode_echo_request(buf, sizeof buf, 5);
    ck_assert(caller_hear(&caller, now, true, GATEWAY, 2152, buf, len, &back));
    ck_assert_int_eq(gtpu_decode(&user, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(user.type, GTPU_ECHO_RESPONSE);

    ask.head =
        (struct gtp1_head){.type = GTP1_DELETE_PDP_REQUEST, .has_seq = true, .seq = 78, .teid = 2};
    ask.has = GTP1_HAS_NSAPI;
    ask.nsapi = 5;
    len = gtp1_encode(buf, sizeof buf, &ask);
    ck_assert(caller_hear(&caller, now, false, GATEWAY, 2123, buf, len, &back));
    ck_assert_int_eq(gtp1_decode(&got, back.bytes, back.len, &reason), 0);
    ck_assert_uint_eq(got.head.type, GTP1_DELETE_PDP_RESPONSE);
    ck_assert_uint_eq(got.head.teid, 0x01000002);
    ck_assert_uint_eq(caller.counts.state[CALL_GONE], 1);
    run(&gw, in_seconds(2)); /* and it is pinged no more */
    ck_assert_uint_eq(calls[1].state, CALL_GONE);
}
END_TEST

START_TEST(garbage_is_counted_and_changes_nothing)
{
    struct gateway gw;
    uint8_t junk[64];
    struct call before[CALLS];

    open_and_hold(&gw);
    memcpy(before, calls, sizeof calls);
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (uint8_t)(i * 37 + 1);
    for (size_t len = 0; len < sizeof junk; len++) {
        (void)caller_hear(&caller, now, false, GATEWAY, 2123, junk, len, &back);
        (void)caller_hear(&caller, now, true, GATEWAY, 2152, junk, len, &back);
    }
    ck_assert_mem_eq(before, calls, sizeof calls);
    ck_assert_uint_ge(caller.counts.strange, 100);
}
END_TEST

START_TEST(an_answer_without_its_elements_is_a_refusal)
{
    struct caller_plan plan = plan_of(1);
    struct gtp1_msg rsp = {.head = {.type = GTP1_CREATE_PDP_RESPONSE, .has_seq = true, .teid = 1},
                           .has = GTP1_HAS_CAUSE,
                           .cause = GTP1_CAUSE_ACCEPTED};
    uint8_t buf[64];

    plan.calls = 1;
    begin(&plan);
    while (caller_next(&caller, now, &out))
        continue;
    rsp.head.seq = calls[0].seq;
    hear_back(false, buf, gtp1_encode(buf, sizeof buf, &rsp));
    ck_assert_uint_eq(calls[0].state, CALL_REFUSED);
    ck_assert_uint_eq(caller.counts.refused_by[CALLER_INCOMPLETE], 1);
}
END_TEST

START_TEST(another_gtp_version_is_noticed)
{
    struct caller_plan plan = plan_of(2);
    const uint8_t not_supported[] = {0x32, 3, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0};

    begin(&plan);
    hear_back(false, not_supported, sizeof not_supported);
    ck_assert_uint_eq(caller.counts.other_version, 1);
}
END_TEST

/* The plain way to a percentile, to compare with. */
static int64_t
sorted_permille(const int64_t *values, size_t n, unsigned permille)
{
    int64_t sorted[64];

    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    for (size_t i = 0; i < n; i++) {
        if ((i + 1) * 1000 >= n * permille)
            return sorted[i];
    }
    return sorted[n - 1];
}

START_TEST(percentiles_agree_with_a_sorted_list)
{
    int64_t values[64], copy[64];

    ck_assert_int_eq(stats_permille(values, 0, 500), 0);
    for (size_t n = 1; n <= 64; n++) {
        for (size_t i = 0; i < n; i++)
            values[i] = (int64_t)(i * i * 7919 + n * 13) % (n < 32 ? 5 : 1000);
        for (unsigned permille = 0; permille <= 1000; permille += 10) {
            memcpy(copy, values, sizeof copy);
            ck_assert_int_eq(stats_permille(copy, n, permille),
                             sorted_permille(values, n, permille));
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("caller");
    TCase *tc = tcase_create("caller");

    tcase_add_test(tc, calls_of_gtpv1_are_opened_pinged_verified_and_deleted);
    tcase_add_test(tc, calls_of_gtpv2_are_opened_pinged_verified_and_deleted);
    tcase_add_test(tc, a_request_is_sent_five_times_then_given_up);
    tcase_add_test(tc, where_nobody_answers_the_rest_is_not_tried);
    tcase_add_test(tc, an_outage_while_calls_are_opened_does_not_end_the_trying);
    tcase_add_test(tc, a_retransmission_has_the_same_sequence_number);
    tcase_add_test(tc, a_refusal_is_counted_by_its_cause_and_not_repeated);
    tcase_add_test(tc, the_window_bounds_outstanding_requests);
    tcase_add_test(tc, the_rate_paces_new_calls);
    tcase_add_test(tc, an_outage_from_the_first_ping_on_is_a_gap_of_every_call);
    tcase_add_test(tc, an_outage_is_seen_as_loss_and_as_a_gap_of_every_call);
    tcase_add_test(tc, a_call_that_stays_silent_is_not_verified);
    tcase_add_test(tc, a_changed_restart_counter_means_all_calls_were_forgotten);
    tcase_add_test(tc, an_error_indication_names_the_forgotten_call);
    tcase_add_test(tc, a_second_session_for_one_request_is_noticed);
    tcase_add_test(tc, a_packet_through_another_subscribers_call_is_noticed);
    tcase_add_test(tc, the_second_answer_to_one_ping_is_not_counted_as_answer);
    tcase_add_test(tc, a_silent_gateway_ends_the_deletions_early);
    tcase_add_test(tc, skipped_phases_send_nothing);
    tcase_add_test(tc, a_second_stop_ends_at_once);
    tcase_add_test(tc, the_gateways_requests_are_answered);
    tcase_add_test(tc, garbage_is_counted_and_changes_nothing);
    tcase_add_test(tc, an_answer_without_its_elements_is_a_refusal);
    tcase_add_test(tc, another_gtp_version_is_noticed);
    tcase_add_test(tc, percentiles_agree_with_a_sorted_list);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
