#include "common/base/rng.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"
#include "tests/unit/unit.h"

/* ---- envelope -------------------------------------------------------------------------- */

static const struct msg_head plain = {
    .type = MSG_ROLE,
    .instance = 1,
    .slot = 2,
    .port = 3,
    .incarnation = UINT64_C(0x1112131415161718),
    .epoch = UINT64_C(0x2122232425262728),
    .seq = UINT64_C(0x3132333435363738),
};

static const uint8_t golden[MSG_HEAD] = {
    'V',  'L',  1,    4,    1,    2,    3,    0,    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
    0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,
};

static const char *
refusal(const uint8_t *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct msg_head head = plain;
    const char *reason = NULL;

    if (msg_head_get(&rd, &head, &reason))
        return "accepted";
    ck_assert_mem_eq(&head, &plain, sizeof head); /* a refused frame stores nothing */
    return reason;
}

START_TEST(envelope_has_its_golden_bytes)
{
    uint8_t buf[MSG_HEAD];
    struct wr wr = wr_over(buf, sizeof buf);

    msg_head_put(&wr, &plain);
    ck_assert(!wr.full);
    ck_assert_uint_eq(wr_len(&wr), MSG_HEAD);
    ck_assert_mem_eq(buf, golden, MSG_HEAD);
}
END_TEST

START_TEST(envelope_is_read_and_the_body_is_left)
{
    uint8_t buf[MSG_HEAD + 3];
    struct msg_head head;
    const char *reason = "";

    memcpy(buf, golden, MSG_HEAD);
    memcpy(buf + MSG_HEAD, "abc", 3);

    struct rd rd = rd_over(buf, sizeof buf);

    ck_assert(msg_head_get(&rd, &head, &reason));
    ck_assert_ptr_null(reason);
    ck_assert_int_eq(head.type, MSG_ROLE);
    ck_assert_uint_eq(head.instance, 1);
    ck_assert_uint_eq(head.slot, 2);
    ck_assert_uint_eq(head.port, 3);
    ck_assert(head.incarnation == plain.incarnation);
    ck_assert(head.epoch == plain.epoch);
    ck_assert(head.seq == plain.seq);
    ck_assert_uint_eq(rd_left(&rd), 3);
    ck_assert_int_eq(rd_u8(&rd), 'a');
}
END_TEST

START_TEST(envelope_cut_at_any_octet_is_short)
{
    for (size_t len = 0; len < MSG_HEAD; len++)
        ck_assert_str_eq(refusal(golden, len), "short");
    ck_assert_str_eq(refusal(golden, MSG_HEAD), "accepted");
}
END_TEST

START_TEST(foreign_frames_are_refused_with_their_reason)
{
    static const struct {
        size_t at, len; /* octets to overwrite */
        uint8_t value;
        const char *reason;
    } cases[] = {
        {0, 1, 'X', "not-ours"},      {1, 1, 'X', "not-ours"},
        {2, 1, 0, "version"},         {2, 1, MSG_VERSION + 1, "version"},
        {3, 1, 0, "unknown-type"},    {3, 1, MSG_TYPE_END, "unknown-type"},
        {3, 1, 255, "unknown-type"},  {8, 8, 0, "no-incarnation"},
        {24, 8, 0, "no-incarnation"}, {16, 8, 0, "accepted"}, /* epoch 0: of none */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t buf[MSG_HEAD];

        memcpy(buf, golden, sizeof buf);
        memset(buf + cases[i].at, cases[i].value, cases[i].len);
        ck_assert_str_eq(refusal(buf, sizeof buf), cases[i].reason);
    }
}
END_TEST

START_TEST(body_beyond_the_limit_is_refused)
{
    static uint8_t buf[MSG_HEAD + MSG_BODY_MOST + 1];

    memcpy(buf, golden, MSG_HEAD);
    ck_assert_str_eq(refusal(buf, MSG_HEAD + MSG_BODY_MOST), "accepted");
    ck_assert_str_eq(refusal(buf, sizeof buf), "oversize");
}
END_TEST

START_TEST(only_the_listed_speakers_may_send_a_message)
{
    enum { EVERYBODY = BY_CF | BY_SF | BY_DEMUX | BY_WORLD | BY_TOOL };

#define X(name, number, text, by)                                                                  \
    ck_assert_str_eq(msg_type_name(name), text);                                                   \
    for (unsigned who = BY_CF; who <= BY_TOOL; who <<= 1)                                          \
        ck_assert(msg_allowed(name, who) == (((by)&who) != 0));
    MSG_TYPES(X)
#undef X
    ck_assert(msg_allowed(MSG_ROLE, BY_CF));
    ck_assert(!msg_allowed(MSG_ROLE, BY_SF | BY_DEMUX | BY_WORLD | BY_TOOL));
    ck_assert(msg_allowed(MSG_NET, BY_WORLD) && msg_allowed(MSG_NET, BY_DEMUX));
    ck_assert(!msg_allowed(MSG_NET, BY_CF | BY_SF | BY_TOOL));
    ck_assert(!msg_allowed(MSG_SRP_CONFIG, BY_SF | BY_DEMUX | BY_WORLD | BY_TOOL));
    ck_assert(msg_allowed(MSG_CALL_ANSWER, BY_SF) && !msg_allowed(MSG_CALL_ANSWER, BY_CF));
    ck_assert(!msg_allowed(MSG_NACKS, BY_SF | BY_DEMUX | BY_WORLD | BY_TOOL));
    ck_assert(!msg_allowed(MSG_NONE, EVERYBODY));
    ck_assert(!msg_allowed(MSG_TYPE_END, EVERYBODY));
    ck_assert_str_eq(msg_type_name(MSG_NONE), "unknown");
    ck_assert_str_eq(msg_type_name(MSG_TYPE_END), "unknown");
}
END_TEST

/* ---- judge ----------------------------------------------------------------------------- */

static enum msg_verdict
judge(struct msg_track *track, uint64_t incarnation, uint64_t seq)
{
    struct msg_head head = {.type = MSG_ROLE, .incarnation = incarnation, .seq = seq};

    return msg_judge(track, &head);
}

START_TEST(frames_in_order_are_fresh_and_none_is_missed)
{
    struct msg_track track = {0};

    for (uint64_t seq = 1; seq <= 100; seq++)
        ck_assert_int_eq(judge(&track, 7, seq), MSG_FRESH);
    ck_assert_uint_eq(track.missed, 0);
    ck_assert_uint_eq(track.seq, 100);
}
END_TEST

START_TEST(gaps_are_counted_as_missed)
{
    struct msg_track track = {0};

    ck_assert_int_eq(judge(&track, 7, 1), MSG_FRESH);
    ck_assert_int_eq(judge(&track, 7, 5), MSG_FRESH);
    ck_assert_uint_eq(track.missed, 3);
    ck_assert_int_eq(judge(&track, 7, 6), MSG_FRESH);
    ck_assert_int_eq(judge(&track, 7, 8), MSG_FRESH);
    ck_assert_uint_eq(track.missed, 4);
}
END_TEST

START_TEST(repeated_and_overtaken_frames_change_nothing)
{
    struct msg_track track = {0}, before;

    (void)judge(&track, 7, 10);
    before = track;
    ck_assert_int_eq(judge(&track, 7, 10), MSG_REPEATED);
    ck_assert_int_eq(judge(&track, 7, 9), MSG_REPEATED);
    ck_assert_mem_eq(&track, &before, sizeof track);
}
END_TEST

START_TEST(newer_start_of_the_speaker_begins_anew)
{
    struct msg_track track = {0};

    (void)judge(&track, 7, 10);
    (void)judge(&track, 7, 20);
    ck_assert_uint_eq(track.missed, 9);
    ck_assert_int_eq(judge(&track, 8, 1), MSG_REBORN);
    ck_assert_uint_eq(track.incarnation, 8);
    ck_assert_uint_eq(track.seq, 1);
    ck_assert_uint_eq(track.missed, 0);
    ck_assert_int_eq(judge(&track, 8, 2), MSG_FRESH);
}
END_TEST

START_TEST(older_start_of_the_speaker_is_never_believed)
{
    struct msg_track track = {0}, before;

    (void)judge(&track, 8, 1);
    before = track;
    ck_assert_int_eq(judge(&track, 7, 1000), MSG_OLD_INCARNATION);
    ck_assert_mem_eq(&track, &before, sizeof track);
    ck_assert_str_eq(msg_verdict_name(MSG_OLD_INCARNATION), "old-incarnation");
    ck_assert_str_eq(msg_verdict_name(MSG_VERDICT_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("msg");
    TCase *head = tcase_create("envelope"), *judges = tcase_create("judge");

    tcase_add_test(head, envelope_has_its_golden_bytes);
    tcase_add_test(head, envelope_is_read_and_the_body_is_left);
    tcase_add_test(head, envelope_cut_at_any_octet_is_short);
    tcase_add_test(head, foreign_frames_are_refused_with_their_reason);
    tcase_add_test(head, body_beyond_the_limit_is_refused);
    tcase_add_test(head, only_the_listed_speakers_may_send_a_message);
    tcase_add_test(judges, frames_in_order_are_fresh_and_none_is_missed);
    tcase_add_test(judges, gaps_are_counted_as_missed);
    tcase_add_test(judges, repeated_and_overtaken_frames_change_nothing);
    tcase_add_test(judges, newer_start_of_the_speaker_begins_anew);
    tcase_add_test(judges, older_start_of_the_speaker_is_never_believed);
    suite_add_tcase(suite, head);
    suite_add_tcase(suite, judges);
    return unit_main(suite);
}
