#include "cf/srp/srp_wire.h"
#include "common/base/rng.h"
#include "tests/unit/unit.h"

static struct srp_hello
some_hello(struct rng *rng)
{
    struct srp_hello h = {
        .incarnation = rng_next(rng) | 1,
        .cf_epoch = rng_next(rng),
        .seq = rng_next(rng) | 1,
        .epoch = rng_next(rng) >> 1,
        .state = (uint8_t)rng_below(rng, CHASSIS_STATE_N),
        .rank = {.route_modifier = (uint8_t)rng_next(rng),
                 .mode = (uint8_t)rng_below(rng, 2),
                 .priority = (uint8_t)rng_next(rng),
                 .addr = (uint32_t)rng_next(rng)},
        .heard_seq = rng_next(rng),
        .heard_state = (uint8_t)rng_below(rng, CHASSIS_STATE_N),
        .hello_ms = (uint32_t)rng_next(rng),
        .dead_ms = (uint32_t)rng_next(rng),
        .checksum = (uint32_t)rng_next(rng),
        .restart = (uint8_t)rng_next(rng),
        .sessmgrs = (uint8_t)rng_next(rng),
        .phase = (uint8_t)rng_below(rng, SRP_PHASE_N),
        .reason = (uint8_t)rng_below(rng, SRP_REASON_N),
        .sessions = (uint32_t)rng_next(rng),
        .monitors = (uint32_t)rng_next(rng),
        .options = (uint8_t)rng_next(rng),
        .switch_id = (uint32_t)rng_next(rng),
        .forced = rng_below(rng, 2) != 0,
        .answer_id = (uint32_t)rng_next(rng),
        .answer = (uint8_t)rng_below(rng, SRP_REFUSAL_N),
        .validate_id = (uint32_t)rng_next(rng),
        .validated_id = (uint32_t)rng_next(rng),
        .validated = (uint8_t)rng_below(rng, SRP_REFUSAL_N),
        .answer_sessmgrs = (uint8_t)rng_next(rng),
        .heard_incarnation = rng_next(rng),
        .heard_cf_epoch = rng_next(rng),
        .post_s = (uint32_t)rng_next(rng),
        .asks = rng_below(rng, 2) != 0,
    };
    size_t len = (size_t)rng_below(rng, SRP_VERSION_TEXT);

    h.sessmgrs_ready = (uint8_t)rng_below(rng, h.sessmgrs + 1u);
    h.rank.fresh = rng_below(rng, 2) != 0;
    h.rank.higher_wins = rng_below(rng, 2) != 0;
    for (size_t i = 0; i < sizeof h.rank.mac; i++)
        h.rank.mac[i] = (uint8_t)rng_next(rng);
    memset(h.version, 'v', len);
    return h;
}

static size_t
put(const struct srp_hello *hello, uint8_t buf[SRP_HELLO_MOST])
{
    struct wr wr = wr_over(buf, SRP_HELLO_MOST);

    srp_hello_put(&wr, hello);
    ck_assert(!wr.full);
    return wr_len(&wr);
}

/* Why these bytes are refused; "accepted" when they are not. */
static const char *
refusal(const uint8_t *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct srp_hello out;
    uint8_t before[sizeof out];
    const char *reason = NULL;

    memset(&out, 0xaa, sizeof out);
    memcpy(before, &out, sizeof out);
    if (srp_hello_get(&rd, &out, &reason))
        return "accepted";
    ck_assert_mem_eq(&out, before, sizeof out); /* nothing is stored */
    ck_assert_ptr_nonnull(reason);
    return reason;
}

START_TEST(hello_comes_back_as_it_was)
{
    struct rng rng = {.state = 1};

    for (int i = 0; i < 1000; i++) {
        uint8_t buf[SRP_HELLO_MOST];
        struct srp_hello in = some_hello(&rng), out;
        struct rd rd = rd_over(buf, put(&in, buf));
        const char *reason;

        ck_assert(srp_hello_get(&rd, &out, &reason));
        ck_assert_ptr_null(reason);
        ck_assert(in.incarnation == out.incarnation);
        ck_assert(in.cf_epoch == out.cf_epoch);
        ck_assert(in.seq == out.seq);
        ck_assert(in.epoch == out.epoch);
        ck_assert_uint_eq(in.state, out.state);
        ck_assert_uint_eq(in.rank.route_modifier, out.rank.route_modifier);
        ck_assert_uint_eq(in.rank.mode, out.rank.mode);
        ck_assert_uint_eq(in.rank.priority, out.rank.priority);
        ck_assert_mem_eq(in.rank.mac, out.rank.mac, sizeof in.rank.mac);
        ck_assert_uint_eq(in.rank.addr, out.rank.addr);
        ck_assert(in.heard_seq == out.heard_seq);
        ck_assert_uint_eq(in.heard_state, out.heard_state);
        ck_assert_uint_eq(in.hello_ms, out.hello_ms);
        ck_assert_uint_eq(in.dead_ms, out.dead_ms);
        ck_assert_uint_eq(in.checksum, out.checksum);
        ck_assert_uint_eq(in.restart, out.restart);
        ck_assert_uint_eq(in.sessmgrs, out.sessmgrs);
        ck_assert_uint_eq(in.sessmgrs_ready, out.sessmgrs_ready);
        ck_assert_str_eq(in.version, out.version);

        uint8_t again[SRP_HELLO_MOST];

        ck_assert_uint_eq(put(&out, again), put(&in, buf)); /* all the other fields, too */
        ck_assert_mem_eq(again, buf, put(&in, buf));
    }
}
END_TEST

START_TEST(hello_cut_at_any_octet_is_short)
{
    struct rng rng = {.state = 2};
    uint8_t buf[SRP_HELLO_MOST];
    struct srp_hello hello = some_hello(&rng);
    size_t len = put(&hello, buf);

    for (size_t cut = 0; cut < len; cut++)
        ck_assert_str_eq(refusal(buf, cut), "short");
    ck_assert_str_eq(refusal(buf, len), "accepted");
}
END_TEST

START_TEST(fields_of_a_later_version_are_skipped)
{
    struct rng rng = {.state = 3};
    uint8_t buf[SRP_HELLO_MOST] = {0};
    struct srp_hello hello = some_hello(&rng);

    ck_assert_str_eq(refusal(buf, put(&hello, buf) + 20), "accepted");
}
END_TEST

START_TEST(impossible_values_are_refused_with_their_reason)
{
    static const struct {
        size_t at, len;
        uint8_t value;
        const char *reason;
    } cases[] = {
        {0, 8, 0, "no-incarnation"},
        {16, 8, 0, "no-incarnation"},
        {32, 1, CHASSIS_STATE_N, "state"},
        {32, 1, 255, "state"},
        {24, 1, 255, "epoch"},
        {125, 1, 7, "version"},
        {33, 1, SRP_PHASE_N, "phase"},
        {34, 1, SRP_REASON_N, "reason"},
        {36, 1, 2, "flag"},
        {37, 1, 2, "flag"},
        {38, 1, SRP_PRIMARY + 1, "mode"},
        {58, 1, CHASSIS_STATE_N, "heard-state"},
        {73, 1, 255, "sessmgrs"},
        {87, 1, 2, "flag"},
        {92, 1, SRP_REFUSAL_N, "answer"},
        {101, 1, SRP_REFUSAL_N, "answer"},
        {123, 1, 2, "flag"},
        {124, 1, SRP_VERSION_TEXT, "short"}, /* a version that would not fit */
        {124, 1, 255, "short"},
        {125, 1, 0, "short"}, /* a zero byte inside it */
    };
    struct rng rng = {.state = 4};
    struct srp_hello hello = some_hello(&rng);

    hello.sessmgrs = 2;
    hello.sessmgrs_ready = 1;
    memcpy(hello.version, "0.1.0", 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t buf[SRP_HELLO_MOST] = {0};
        size_t len = put(&hello, buf);

        ck_assert_str_eq(refusal(buf, len), "accepted");
        memset(buf + cases[i].at, cases[i].value, cases[i].len);
        ck_assert_str_eq(refusal(buf, sizeof buf), cases[i].reason);
    }
}
END_TEST

START_TEST(longest_hello_fits_its_room)
{
    struct rng rng = {.state = 5};
    struct srp_hello hello = some_hello(&rng);
    uint8_t buf[SRP_HELLO_MOST];

    memset(hello.version, 'v', sizeof hello.version - 1);
    hello.version[sizeof hello.version - 1] = '\0';
    ck_assert_str_eq(refusal(buf, put(&hello, buf)), "accepted");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_wire");
    TCase *hello = tcase_create("hello");

    tcase_add_test(hello, hello_comes_back_as_it_was);
    tcase_add_test(hello, hello_cut_at_any_octet_is_short);
    tcase_add_test(hello, fields_of_a_later_version_are_skipped);
    tcase_add_test(hello, impossible_values_are_refused_with_their_reason);
    tcase_add_test(hello, longest_hello_fits_its_room);
    suite_add_tcase(suite, hello);
    return unit_main(suite);
}
