#include "common/base/rng.h"
#include "common/msg/body.h"
#include "tests/unit/unit.h"

/* What the card bus says of checkpoints. Values are random; two that are alike write the same
 * octets, and what is read back is written as it was. */

enum {
    ROOM = 8192,
    SEEDS = 50,
    CALL_AT = 5,
    STATE_AT = CALL_AT + 49,
    FULL_AT = STATE_AT + 54,
    TAIL = 5
};

static uint8_t bytes[ROOM], again[ROOM];

static uint32_t
r32(struct rng *rng)
{
    return (uint32_t)rng_next(rng);
}

static void
nacks_make(struct rng *rng, struct wr *wr)
{
    struct nacks_body body = {
        {{rng_next(rng) & ~UINT64_C(1), rng_next(rng), rng_next(rng), rng_next(rng)}}};

    nacks_put(wr, &body);
}

static void
fault_make(struct rng *rng, struct wr *wr)
{
    struct fault_body body = {(uint8_t)rng_next(rng), r32(rng), r32(rng)};

    fault_put(wr, &body);
}

static void
ask_make(struct rng *rng, struct wr *wr)
{
    struct call_ask body = {
        .id = r32(rng) | 1, .by = (uint8_t)rng_below(rng, CALL_KEYS), .key = rng_next(rng)};

    call_ask_put(wr, &body);
}

static struct call_info
some_call(struct rng *rng, uint8_t micro_n)
{
    struct call_info call = {
        .call_id = r32(rng),
        .imsi = rng_next(rng),
        .msisdn = rng_next(rng),
        .teid = r32(rng),
        .peer_ctrl_teid = r32(rng),
        .peer_user_teid = r32(rng),
        .peer_ctrl_addr = r32(rng),
        .peer_user_addr = r32(rng),
        .ue_addr = r32(rng),
        .gtp_version = (uint8_t)rng_next(rng),
        .ebi = (uint8_t)rng_next(rng),
        .apn = (uint8_t)rng_next(rng),
        .service = (uint8_t)rng_next(rng),
        .vpn = (uint8_t)rng_next(rng),
        .state = (uint8_t)rng_below(rng, CALL_STATES),
        .age_s = r32(rng),
        .idle_s = r32(rng),
        .up_packets = rng_next(rng),
        .up_octets = rng_next(rng),
        .down_packets = rng_next(rng),
        .down_octets = rng_next(rng),
        .rating_request = r32(rng),
        .rating_reported = rng_next(rng),
        .base = (uint8_t)rng_next(rng),
        .full = (uint8_t)rng_below(rng, CALL_CKPTS),
        .nacks = {(uint16_t)rng_next(rng), (uint16_t)rng_next(rng)},
        .micro_n = micro_n,
    };

    for (size_t i = 0; i < micro_n; i++) {
        call.micro[i].cmd = (uint8_t)rng_between(rng, 1, 255);
        call.micro[i].state = (uint8_t)rng_below(rng, CALL_CKPTS);
    }
    return call;
}

static void
answer_make(struct rng *rng, struct wr *wr)
{
    struct call_answer body = {.id = r32(rng) | 1, .n = (uint8_t)rng_below(rng, 4)};

    for (size_t i = 0; i < body.n; i++)
        body.calls[i] = some_call(rng, (uint8_t)rng_below(rng, CALL_MICRO_MOST + 1));
    call_answer_put(wr, &body);
}

static bool
nacks_again(struct rd *rd, struct wr *wr)
{
    struct nacks_body body;
    bool ok = nacks_get(rd, &body);

    if (ok)
        nacks_put(wr, &body);
    return ok;
}

static bool
fault_again(struct rd *rd, struct wr *wr)
{
    struct fault_body body;
    bool ok = fault_get(rd, &body);

    if (ok)
        fault_put(wr, &body);
    return ok;
}

static bool
ask_again(struct rd *rd, struct wr *wr)
{
    struct call_ask body;
    bool ok = call_ask_get(rd, &body);

    if (ok)
        call_ask_put(wr, &body);
    return ok;
}

static bool
answer_again(struct rd *rd, struct wr *wr)
{
    struct call_answer body;
    bool ok = call_answer_get(rd, &body);

    if (ok)
        call_answer_put(wr, &body);
    return ok;
}

static const struct {
    const char *name;
    void (*make)(struct rng *rng, struct wr *wr);
    bool (*again)(struct rd *rd, struct wr *wr); /* read, and written anew */
} kinds[] = {
    {"nacks", nacks_make, nacks_again},
    {"checkpoint-fault", fault_make, fault_again},
    {"call-ask", ask_make, ask_again},
    {"call-answer", answer_make, answer_again},
};

enum { NACKS, FAULT, ASK, ANSWER, KINDS };

static size_t
make(int kind, struct rng *rng)
{
    struct wr wr = wr_over(bytes, sizeof bytes);

    kinds[kind].make(rng, &wr);
    ck_assert_msg(!wr.full, "%s", kinds[kind].name);
    return wr_len(&wr);
}

static bool
reads(int kind, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct wr wr = wr_over(again, sizeof again);

    return kinds[kind].again(&rd, &wr);
}

START_TEST(body_comes_back_as_it_was)
{
    struct rng rng = {.state = (uint64_t)_i};

    for (int i = 0; i < SEEDS; i++) {
        size_t len = make(_i, &rng);

        ck_assert_msg(reads(_i, len), "%s", kinds[_i].name);
        ck_assert_mem_eq(bytes, again, len);
    }
}
END_TEST

START_TEST(body_that_is_cut_or_has_octets_left_over_is_refused)
{
    struct rng rng = {.state = (uint64_t)_i};

    for (int i = 0; i < SEEDS; i++) {
        size_t len = make(_i, &rng);

        for (size_t cut = 0; cut < len; cut++)
            ck_assert_msg(!reads(_i, cut), "%s cut at %zu", kinds[_i].name, cut);
        bytes[len] = 0;
        ck_assert_msg(!reads(_i, len + 1), "%s", kinds[_i].name);
    }
}
END_TEST

START_TEST(call_is_read_field_by_field)
{
    struct rng rng = {.state = 4};
    struct call_answer in = {.id = 7, .n = 1, .calls = {some_call(&rng, 3)}}, out = {0};
    struct wr wr = wr_over(bytes, sizeof bytes);

    in.next = 18;
    in.pool_n = 2;
    in.pools[1] = (struct call_pool){.used = 3, .left = 4};
    call_answer_put(&wr, &in);

    struct rd rd = rd_over(bytes, wr_len(&wr));

    ck_assert(call_answer_get(&rd, &out));
    ck_assert_uint_eq(out.id, 7);
    ck_assert_uint_eq(out.n, 1);
    ck_assert_mem_eq(&in.calls[0], &out.calls[0], sizeof in.calls[0]);
    ck_assert_uint_eq(out.next, 18);
    ck_assert_uint_eq(out.pool_n, 2);
    ck_assert_mem_eq(&in.pools, &out.pools, 2 * sizeof in.pools[0]);
}
END_TEST

START_TEST(zero_is_no_cmd_id_to_disable)
{
    struct rng rng = {.state = 1};
    size_t len = make(NACKS, &rng);
    struct cmd_set set = {0};

    bytes[7] |= 1;
    ck_assert(!reads(NACKS, len));
    for (unsigned cmd = 1; cmd < 256; cmd++) {
        cmd_set_put(&set, (uint8_t)cmd, true);
        ck_assert(cmd_set_has(&set, (uint8_t)cmd));
        cmd_set_put(&set, (uint8_t)cmd, cmd % 2);
    }
    for (unsigned cmd = 0; cmd < 256; cmd++)
        ck_assert(cmd_set_has(&set, (uint8_t)cmd) == (cmd % 2 == 1));
}
END_TEST

START_TEST(question_without_a_number_or_of_no_kind_is_refused)
{
    struct rng rng = {.state = 2};
    size_t len = make(ASK, &rng);

    bytes[4] = CALL_KEYS;
    ck_assert(!reads(ASK, len));
    bytes[4] = CALL_BY_IMSI;
    ck_assert(reads(ASK, len));
    memset(bytes, 0, 4);
    ck_assert(!reads(ASK, len));
}
END_TEST

static size_t
one_call(uint8_t micro_n)
{
    struct rng rng = {.state = 3};
    struct call_answer body = {.id = 1, .n = 1, .calls = {some_call(&rng, micro_n)}};
    struct wr wr = wr_over(bytes, sizeof bytes);

    call_answer_put(&wr, &body);
    return wr_len(&wr);
}

START_TEST(answer_with_states_that_do_not_exist_is_refused)
{
    static const struct {
        size_t at;
        uint8_t most;
    } cases[] = {{STATE_AT, CALL_STATES - 1}, {FULL_AT, CALL_CKPTS - 1}};
    size_t len = one_call(1);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t good = bytes[cases[i].at];

        bytes[cases[i].at] = cases[i].most;
        ck_assert(reads(ANSWER, len));
        bytes[cases[i].at] = (uint8_t)(cases[i].most + 1);
        ck_assert_msg(!reads(ANSWER, len), "%zu", i);
        bytes[cases[i].at] = good;
    }
    bytes[len - TAIL - 1] = CALL_CKPTS;
    ck_assert(!reads(ANSWER, len));
    bytes[len - TAIL - 1] = 0;
    ck_assert(reads(ANSWER, len));
    bytes[len - TAIL - 2] = 0; /* CMD-ID */
    ck_assert(!reads(ANSWER, len));
}
END_TEST

START_TEST(answer_that_goes_on_without_having_told_anything_is_refused)
{
    struct call_answer body = {.id = 1};
    struct wr wr = wr_over(bytes, sizeof bytes);

    call_answer_put(&wr, &body);
    ck_assert(reads(ANSWER, wr_len(&wr)));
    bytes[wr_len(&wr) - 2] = 1; /* next */
    ck_assert(!reads(ANSWER, wr_len(&wr)));
}
END_TEST

START_TEST(answer_with_more_than_fits_is_refused)
{
    size_t len = one_call(CALL_MICRO_MOST), count = len - TAIL - 2 * CALL_MICRO_MOST - 1;

    ck_assert(reads(ANSWER, len));
    bytes[len] = bytes[len + 1] = 1;
    bytes[count]++;
    ck_assert(!reads(ANSWER, len + 2));
    (void)one_call(0);
    bytes[4] = CALLS_MOST + 1;
    ck_assert(!reads(ANSWER, sizeof bytes));
    len = one_call(0);
    bytes[len - 1] = CALL_POOLS_MOST + 1;
    ck_assert(!reads(ANSWER, len + 8 * (CALL_POOLS_MOST + 1)));
}
END_TEST

START_TEST(largest_answer_has_room_in_what_is_said_to_be_enough)
{
    struct rng rng = {.state = 3};
    struct call_answer body = {.id = 1, .n = CALLS_MOST, .pool_n = CALL_POOLS_MOST};
    struct wr wr = wr_over(bytes, CALL_ANSWER_MOST);

    for (size_t i = 0; i < CALLS_MOST; i++)
        body.calls[i] = some_call(&rng, CALL_MICRO_MOST);
    call_answer_put(&wr, &body);
    ck_assert(!wr.full);
    ck_assert(reads(ANSWER, wr_len(&wr)));
}
END_TEST

/* ---- the status of a card ---- */

static size_t
status(uint8_t micro_n, size_t room, bool *full)
{
    struct card_status body = {.micro_n = micro_n};
    struct wr wr = wr_over(bytes, room);

    for (uint8_t i = 0; i < micro_n; i++)
        body.micro[i].cmd = (uint8_t)(i + 1);
    card_status_put(&wr, &body);
    *full = wr.full;
    return wr_len(&wr);
}

static bool
status_reads(size_t len)
{
    struct rd rd = rd_over(bytes, len);
    struct card_status body;

    return card_status_get(&rd, &body);
}

/* Where the rows begin, behind their number: from the first to the empty ones there is nothing. */
static size_t
rows_at(void)
{
    enum {
        COUNTERS = (0
#define X(name) +8
                    CKPT_COUNTERS(X) CALL_COUNTERS(X)
#undef X
                        )
    };
    bool full;

    return status(0, sizeof bytes, &full) - COUNTERS - MACRO_KINDS * sizeof(struct macro_row);
}

START_TEST(largest_status_has_room_in_what_is_said_to_be_enough)
{
    bool full;
    size_t len = status(MICRO_MOST, CARD_STATUS_MOST, &full);

    ck_assert(!full);
    ck_assert(status_reads(len));
}
END_TEST

START_TEST(status_with_more_micro_checkpoints_than_fit_is_refused)
{
    size_t rows = rows_at();
    bool full;
    size_t len = status(MICRO_MOST, sizeof bytes, &full), row = 33;

    ck_assert_uint_eq(bytes[rows - 1], MICRO_MOST);
    memmove(bytes + rows + row, bytes + rows, len - rows); /* one more, in front */
    bytes[rows - 1]++;
    bytes[rows] = 1;
    for (size_t i = 1; i <= MICRO_MOST; i++)
        bytes[rows + i * row]++;
    ck_assert(!status_reads(len + row));
}
END_TEST

START_TEST(status_with_a_micro_checkpoint_twice_or_without_cmd_id_is_refused)
{
    size_t rows = rows_at();
    bool full;
    size_t len = status(2, sizeof bytes, &full);

    ck_assert(status_reads(len));
    bytes[rows + 33] = 1;
    ck_assert(!status_reads(len));
    bytes[rows + 33] = 2;
    bytes[rows] = 0;
    ck_assert(!status_reads(len));
}
END_TEST

START_TEST(largest_hello_of_a_cf_has_room_in_what_is_said_to_be_enough)
{
    struct cf_hello hello = {.slot = 1};
    struct wr wr = wr_over(bytes, CF_HELLO_MOST);

    cf_hello_put(&wr, &hello);
    ck_assert(!wr.full);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_body");
    TCase *all = tcase_create("all"), *single = tcase_create("single");

    tcase_add_loop_test(all, body_comes_back_as_it_was, 0, KINDS);
    tcase_add_loop_test(all, body_that_is_cut_or_has_octets_left_over_is_refused, 0, KINDS);
    suite_add_tcase(suite, all);
    tcase_add_test(single, call_is_read_field_by_field);
    tcase_add_test(single, zero_is_no_cmd_id_to_disable);
    tcase_add_test(single, question_without_a_number_or_of_no_kind_is_refused);
    tcase_add_test(single, answer_with_states_that_do_not_exist_is_refused);
    tcase_add_test(single, answer_with_more_than_fits_is_refused);
    tcase_add_test(single, answer_that_goes_on_without_having_told_anything_is_refused);
    tcase_add_test(single, largest_answer_has_room_in_what_is_said_to_be_enough);
    tcase_add_test(single, largest_status_has_room_in_what_is_said_to_be_enough);
    tcase_add_test(single, status_with_more_micro_checkpoints_than_fit_is_refused);
    tcase_add_test(single, status_with_a_micro_checkpoint_twice_or_without_cmd_id_is_refused);
    tcase_add_test(single, largest_hello_of_a_cf_has_room_in_what_is_said_to_be_enough);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
