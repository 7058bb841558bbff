/* What manages a chassis: commands and their answers, configurations compared, audits, reloads. */
#include "tests/unit/body_rig.h"

enum { SESSION_LEN = 7 };

static void
srp_config_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->srp_config = (struct srp_config_body){
        .question = coin(rng),
        .checksum = (uint32_t)rng_next(rng),
        .text = text,
        .len = some_text(rng),
    };
    srp_config_put(wr, &body->srp_config);
}

static bool
srp_config_read(struct rd *rd, union body *body)
{
    return srp_config_get(rd, &body->srp_config);
}

static void
srp_config_same(const union body *a, const union body *b)
{
    const struct srp_config_body *in = &a->srp_config, *out = &b->srp_config;

    SAME(question);
    SAME(checksum);
    SAME(len);
    ck_assert_mem_eq(in->text, out->text, in->len);
}

static void
exec_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->exec = (struct exec_body){.kind = (uint8_t)rng_below(rng, EXEC_KINDS),
                                    .json = coin(rng),
                                    .sure = coin(rng),
                                    .session = text,
                                    .session_len = SESSION_LEN,
                                    .line = text,
                                    .len = some_text(rng)};
    exec_put(wr, &body->exec);
}

static bool
exec_read(struct rd *rd, union body *body)
{
    return exec_get(rd, &body->exec);
}

static void
exec_same(const union body *a, const union body *b)
{
    const struct exec_body *in = &a->exec, *out = &b->exec;

    SAME(kind);
    SAME(json);
    SAME(sure);
    SAME(session_len);
    ck_assert_mem_eq(in->session, out->session, in->session_len);
    SAME(len);
    ck_assert_mem_eq(in->line, out->line, in->len);
}

static void
answer_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->answer = (struct answer_body){.status = r8(rng),
                                        .column = (uint16_t)rng_below(rng, 65536),
                                        .session = text,
                                        .session_len = SESSION_LEN,
                                        .prompt = text,
                                        .prompt_len = SESSION_LEN,
                                        .text = text,
                                        .len = some_text(rng)};
    answer_put(wr, &body->answer);
}

static bool
answer_read(struct rd *rd, union body *body)
{
    return answer_get(rd, &body->answer);
}

static void
answer_same(const union body *a, const union body *b)
{
    const struct answer_body *in = &a->answer, *out = &b->answer;

    SAME(status);
    SAME(column);
    SAME(session_len);
    ck_assert_mem_eq(in->session, out->session, in->session_len);
    SAME(prompt_len);
    ck_assert_mem_eq(in->prompt, out->prompt, in->prompt_len);
    SAME(len);
    ck_assert_mem_eq(in->text, out->text, in->len);
}

static void
audit_order_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->audit_order = (struct audit_order){
        .run = (uint32_t)rng_between(rng, 1, UINT32_MAX),
        .type = (uint8_t)rng_between(rng, AUDIT_PERIODICITY, AUDIT_MANUAL),
        .sync = coin(rng),
    };
    audit_order_put(wr, &body->audit_order);
}

static bool
audit_order_read(struct rd *rd, union body *body)
{
    return audit_order_get(rd, &body->audit_order);
}

static void
audit_order_same(const union body *a, const union body *b)
{
    const struct audit_order *in = &a->audit_order, *out = &b->audit_order;

    SAME(run);
    SAME(type);
    SAME(sync);
}

static void
reload_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->reload =
        (struct reload_body){.slot = (uint8_t)rng_between(rng, 1, RELOAD_SLOTS), .halt = coin(rng)};
    reload_put(wr, &body->reload);
}

static bool
reload_read(struct rd *rd, union body *body)
{
    return reload_get(rd, &body->reload);
}

static void
reload_same(const union body *a, const union body *b)
{
    const struct reload_body *in = &a->reload, *out = &b->reload;

    SAME(slot);
    SAME(halt);
}

static void
audit_report_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->audit_report = (struct audit_report){
        .run = (uint32_t)rng_between(rng, 1, UINT32_MAX),
        .type = (uint8_t)rng_between(rng, AUDIT_PERIODICITY, AUDIT_MANUAL),
        .state = (uint8_t)rng_below(rng, AUDIT_PROGRESS_N),
        .counts = {.calls = (uint32_t)rng_next(rng),
                   .missing = (uint32_t)rng_next(rng),
                   .stale = (uint32_t)rng_next(rng),
                   .extra = (uint32_t)rng_next(rng),
                   .synced = (uint32_t)rng_next(rng)},
    };
    audit_report_put(wr, &body->audit_report);
}

static bool
audit_report_read(struct rd *rd, union body *body)
{
    return audit_report_get(rd, &body->audit_report);
}

static void
audit_report_same(const union body *a, const union body *b)
{
    const struct audit_report *in = &a->audit_report, *out = &b->audit_report;

    SAME(run);
    SAME(type);
    SAME(state);
    SAME(counts.calls);
    SAME(counts.missing);
    SAME(counts.stale);
    SAME(counts.extra);
    SAME(counts.synced);
}

static const struct body_kind table[] = {
    {"exec", exec_make, exec_read, exec_same, 5 + SESSION_LEN, {0}},
    {"answer", answer_make, answer_read, answer_same, 7 + 2 * SESSION_LEN, {0}},
    {"srp-config", srp_config_make, srp_config_read, srp_config_same, 5, {0}},
    {"audit-order", audit_order_make, audit_order_read, audit_order_same, 0, {5}},
    {"audit-report", audit_report_make, audit_report_read, audit_report_same, 0, {0}},
    {"reload", reload_make, reload_read, reload_same, 0, {1}},
};

enum { EXEC, ANSWER, SRP_CONFIG, ORDER, REPORT, RELOAD };
enum { KINDS = sizeof table / sizeof *table };

START_TEST(exec_with_a_strange_format_is_refused)
{
    static const uint8_t good[] = {0, 1, 0, 0, 0, 's'}, strange[] = {0, 2, 0, 0, 0, 's'};

    ck_assert(reads(EXEC, good, sizeof good));
    ck_assert(!reads(EXEC, strange, sizeof strange));
}
END_TEST

START_TEST(srp_config_that_neither_asks_nor_answers_is_refused)
{
    static const uint8_t good[] = {1, 0, 0, 0, 1, 's'}, strange[] = {2, 0, 0, 0, 1, 's'};

    ck_assert(reads(SRP_CONFIG, good, sizeof good));
    ck_assert(!reads(SRP_CONFIG, strange, sizeof strange));
}
END_TEST

static bool
reloads(uint8_t slot, uint8_t halt)
{
    uint8_t bytes[] = {slot, halt};
    struct rd rd = rd_over(bytes, sizeof bytes);
    struct reload_body reload;

    return reload_get(&rd, &reload);
}

START_TEST(reload_of_a_slot_beyond_the_last_or_a_halt_of_all_is_refused)
{
    ck_assert(reloads(RELOAD_SLOTS, 0) && reloads(RELOAD_SLOTS, 1) && reloads(0, 0));
    ck_assert(!reloads(RELOAD_SLOTS + 1, 0));
    ck_assert(!reloads(0, 1));
}
END_TEST

START_TEST(audits_have_a_number_a_type_and_a_known_state)
{
    static const uint8_t order[] = {0, 0, 0, 1, AUDIT_MANUAL, 1};
    static const struct {
        size_t at;
        uint8_t value;
    } bad[] = {{3, 0}, {4, AUDIT_NONE}, {4, AUDIT_TYPE_N}, {5, AUDIT_PROGRESS_N}};
    uint8_t bytes[26];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(bytes, order, sizeof order);
        memset(bytes + sizeof order, 0, sizeof bytes - sizeof order);
        ck_assert(reads(ORDER, bytes, sizeof order));
        ck_assert(reads(REPORT, bytes, sizeof bytes));
        bytes[bad[i].at] = bad[i].value;
        ck_assert_msg(!reads(ORDER, bytes, sizeof order), "order %zu", i);
        ck_assert_msg(!reads(REPORT, bytes, sizeof bytes), "report %zu", i);
    }
    ck_assert_str_eq(audit_type_name(AUDIT_MANUAL), "Manual-with-sync");
    ck_assert_str_eq(audit_type_name(AUDIT_TYPE_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("body: management");
    TCase *single = tcase_create("single");

    kinds = table;
    suite_add_tcase(suite, body_trips(KINDS));
    tcase_add_test(single, exec_with_a_strange_format_is_refused);
    tcase_add_test(single, srp_config_that_neither_asks_nor_answers_is_refused);
    tcase_add_test(single, reload_of_a_slot_beyond_the_last_or_a_halt_of_all_is_refused);
    tcase_add_test(single, audits_have_a_number_a_type_and_a_known_state);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
