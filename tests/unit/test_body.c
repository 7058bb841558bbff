/* What cards and control functions tell each other of themselves, and what cards obey. */
#include "common/msg/obey.h"
#include "tests/unit/body_rig.h"

static void
link_hello_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->link_hello = (struct link_hello){.type = r8(rng), .sessmgr = r8(rng)};
    link_hello_put(wr, &body->link_hello);
}

static bool
link_hello_read(struct rd *rd, union body *body)
{
    return link_hello_get(rd, &body->link_hello);
}

static void
link_hello_same(const union body *a, const union body *b)
{
    const struct link_hello *in = &a->link_hello, *out = &b->link_hello;

    SAME(type);
    SAME(sessmgr);
}

static void
role_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->role = (struct role_body){
        .order = (uint32_t)rng_next(rng),
        .state = some_state(rng),
        .srp_epoch = rng_next(rng),
        .route_modifier = r8(rng),
        .restart = r8(rng),
        .gates = some_gates(rng),
        .announce = coin(rng),
        .flush = coin(rng),
        .drain = coin(rng),
        .audit = coin(rng),
    };
    role_put(wr, &body->role);
}

static bool
role_read(struct rd *rd, union body *body)
{
    return role_get(rd, &body->role);
}

static void
role_same(const union body *a, const union body *b)
{
    const struct role_body *in = &a->role, *out = &b->role;

    SAME(order);
    SAME(state);
    SAME(srp_epoch);
    SAME(route_modifier);
    SAME(restart);
    SAME(gates);
    SAME(announce);
    SAME(flush);
    SAME(drain);
    SAME(audit);
}

static void
config_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->config = (struct config_body){
        .generation = (uint32_t)rng_between(rng, 1, UINT32_MAX),
        .text = text,
        .len = some_text(rng),
    };
    config_put(wr, &body->config);
}

static bool
config_read(struct rd *rd, union body *body)
{
    return config_get(rd, &body->config);
}

static void
config_same(const union body *a, const union body *b)
{
    const struct config_body *in = &a->config, *out = &b->config;

    SAME(generation);
    SAME(len);
    ck_assert_mem_eq(in->text, out->text, in->len);
}

static struct card_usage
some_usage(struct rng *rng)
{
    struct card_usage usage = {
        .thread = (uint16_t)rng_next(rng),
        .files = (uint32_t)rng_next(rng),
        .files_most = (uint32_t)rng_next(rng),
    };

    for (size_t i = 0; i < USAGE_SPANS; i++) {
        usage.cpu[i] = (uint16_t)rng_next(rng);
        usage.memory_kib[i] = (uint32_t)rng_next(rng);
    }
    return usage;
}

static void
status_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->status = (struct card_status){
        .type = r8(rng),
        .sessmgr = r8(rng),
        .order = (uint32_t)rng_next(rng),
        .state = some_state(rng),
        .srp_epoch = rng_next(rng),
        .route_modifier = r8(rng),
        .cf_epoch = rng_next(rng),
        .config = (uint32_t)rng_next(rng),
        .sessions = (uint32_t)rng_next(rng),
        .restart = r8(rng),
        .gates = some_gates(rng),
        .announced = coin(rng),
        .converged = coin(rng),
        .flushed = coin(rng),
        .audited = coin(rng),
        .peer_ready = coin(rng),
        .synced = coin(rng),
        .lz4 = coin(rng),
        .pid_hint = (uint16_t)rng_next(rng),
        .usage = some_usage(rng),
    };
    body->status.sessions_v2 = (uint32_t)rng_below(rng, (uint64_t)body->status.sessions + 1);
    body->status.nacks_disabled = some_cmds(rng);
    body->status.micro_n = (uint8_t)rng_below(rng, MICRO_MOST + 1);
    for (uint8_t i = 0; i < body->status.micro_n; i++) {
        body->status.micro[i].cmd = (uint8_t)(i * 15 + rng_between(rng, 1, 15));
#define X(name) body->status.micro[i].name = rng_next(rng);
        MICRO_COUNTERS(X)
#undef X
    }
    for (size_t i = 0; i < MACRO_KINDS; i++) {
#define X(name) body->status.macros[i].name = rng_next(rng);
        MICRO_COUNTERS(X)
#undef X
    }
#define X(name) body->status.ckpt.name = rng_next(rng);
    CKPT_COUNTERS(X)
#undef X
#define X(name) body->status.calls.name = rng_next(rng);
    CALL_COUNTERS(X)
#undef X
    card_status_put(wr, &body->status);
}

static bool
status_read(struct rd *rd, union body *body)
{
    return card_status_get(rd, &body->status);
}

static void
status_same(const union body *a, const union body *b)
{
    const struct card_status *in = &a->status, *out = &b->status;

    SAME(type);
    SAME(sessmgr);
    SAME(order);
    SAME(state);
    SAME(srp_epoch);
    SAME(route_modifier);
    SAME(cf_epoch);
    SAME(config);
    SAME(sessions);
    SAME(restart);
    SAME(gates);
    SAME(announced);
    SAME(converged);
    SAME(flushed);
    SAME(audited);
    SAME(peer_ready);
    SAME(synced);
    SAME(lz4);
    SAME(pid_hint);
    SAME(sessions_v2);
    SAME(usage.thread);
    SAME(usage.files);
    SAME(usage.files_most);
    for (size_t i = 0; i < USAGE_SPANS; i++) {
        SAME(usage.cpu[i]);
        SAME(usage.memory_kib[i]);
    }
    ck_assert(cmd_set_same(&in->nacks_disabled, &out->nacks_disabled));
    SAME(micro_n);
    for (size_t i = 0; i < in->micro_n; i++) {
        SAME(micro[i].cmd);
#define X(name) SAME(micro[i].name);
        MICRO_COUNTERS(X)
#undef X
    }
    for (size_t i = 0; i < MACRO_KINDS; i++) {
#define X(name) SAME(macros[i].name);
        MICRO_COUNTERS(X)
#undef X
    }
#define X(name) SAME(ckpt.name);
    CKPT_COUNTERS(X)
#undef X
#define X(name) SAME(calls.name);
    CALL_COUNTERS(X)
#undef X
}

static void
cf_make(struct rng *rng, struct wr *wr, union body *body)
{
    body->cf = (struct cf_hello){
        .slot = (uint8_t)rng_between(rng, 1, 2),
        .state = r8(rng),
        .epoch = rng_next(rng),
        .mac = {r8(rng), r8(rng), r8(rng), r8(rng), r8(rng), r8(rng)},
        .heard = rng_next(rng),
        .chassis = some_state(rng),
        .chassis_incarnation = rng_next(rng),
        .srp_epoch = rng_next(rng),
        .route_modifier = r8(rng),
        .restart = r8(rng),
        .peer_known = coin(rng),
        .peer_incarnation = rng_next(rng),
        .peer_cf_epoch = rng_next(rng),
        .peer_epoch = rng_next(rng),
        .peer_seq = rng_next(rng),
        .peer_state = some_state(rng),
        .peer_route_modifier = r8(rng),
        .phase = r8(rng),
        .reason = r8(rng),
        .fresh = coin(rng),
        .planned = coin(rng),
        .forced = coin(rng),
        .switch_id = (uint32_t)rng_next(rng),
        .answer_id = (uint32_t)rng_next(rng),
        .answer = r8(rng),
        .answer_sessmgrs = r8(rng),
        .post_s = (uint32_t)rng_next(rng),
        .standby_announced = coin(rng),
        .want = r8(rng),
        .want_left = r8(rng),
        .want_forced = coin(rng),
        .latched = (uint32_t)rng_next(rng),
        .alarms = (uint32_t)rng_next(rng),
        .target_alarms = (uint32_t)rng_next(rng),
        .spof_alarms = rng_next(rng),
        .nacks_disabled = some_cmds(rng),
        .config = (uint32_t)rng_next(rng),
    };
    cf_hello_put(wr, &body->cf);
}

static bool
cf_read(struct rd *rd, union body *body)
{
    return cf_hello_get(rd, &body->cf);
}

static void
cf_same(const union body *a, const union body *b)
{
    const struct cf_hello *in = &a->cf, *out = &b->cf;

    SAME(slot);
    SAME(state);
    SAME(epoch);
    ck_assert_mem_eq(in->mac, out->mac, sizeof in->mac);
    SAME(heard);
    SAME(chassis);
    SAME(chassis_incarnation);
    SAME(srp_epoch);
    SAME(route_modifier);
    SAME(restart);
    SAME(peer_known);
    SAME(peer_incarnation);
    SAME(peer_cf_epoch);
    SAME(peer_epoch);
    SAME(peer_seq);
    SAME(peer_state);
    SAME(peer_route_modifier);
    SAME(phase);
    SAME(reason);
    SAME(fresh);
    SAME(planned);
    SAME(forced);
    SAME(switch_id);
    SAME(answer_id);
    SAME(answer);
    SAME(answer_sessmgrs);
    SAME(post_s);
    SAME(standby_announced);
    SAME(want);
    SAME(want_left);
    SAME(want_forced);
    SAME(latched);
    SAME(alarms);
    SAME(target_alarms);
    SAME(spof_alarms);
    SAME(config);
    ck_assert(cmd_set_same(&in->nacks_disabled, &out->nacks_disabled));
}

static const struct body_kind table[] = {
    {"link-hello", link_hello_make, link_hello_read, link_hello_same, 0, {0}},
    {"role", role_make, role_read, role_same, 0, {16, 17, 18, 19}},
    {"config", config_make, config_read, config_same, 4, {0}},
    {"card-status", status_make, status_read, status_same, 0, {38, 39, 40, 41, 42, 43, 44}},
    {"cf-hello", cf_make, cf_read, cf_same, 0, {43, 80, 81, 82}},
};

enum { LINK_HELLO, ROLE, CONFIG, STATUS, CF_HELLO };
enum { KINDS = sizeof table / sizeof *table };

START_TEST(gates_that_do_not_exist_are_refused)
{
    static const struct {
        int kind;
        size_t at;
    } cases[] = {{ROLE, 15}, {STATUS, 37}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rng rng = {.state = i};
        uint8_t buf[ROOM];
        union body in;
        size_t len = make(cases[i].kind, &rng, buf, &in);

        buf[cases[i].at] = GATES_ALL;
        ck_assert(reads(cases[i].kind, buf, len));
        buf[cases[i].at] = GATES_ALL + 1;
        ck_assert_msg(!reads(cases[i].kind, buf, len), "%s", kinds[cases[i].kind].name);
    }
}
END_TEST

START_TEST(more_sessions_of_gtpv2_than_there_are_sessions_are_refused)
{
    struct card_status status = {.sessions = 20, .sessions_v2 = 20}, read;
    uint8_t buf[ROOM];

    for (int i = 0; i < 2; i++, status.sessions_v2++) {
        struct wr wr = wr_over(buf, sizeof buf);
        struct rd rd;

        card_status_put(&wr, &status);
        rd = rd_over(buf, wr_len(&wr));
        ck_assert_int_eq(card_status_get(&rd, &read), i == 0);
    }
}
END_TEST

START_TEST(unknown_chassis_state_is_refused)
{
    static const struct {
        int kind;
        size_t at;
    } cases[] = {{ROLE, 4}, {STATUS, 6}, {CF_HELLO, 24}, {CF_HELLO, 76}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rng rng = {.state = i};
        uint8_t buf[ROOM];
        union body in;
        size_t len = make(cases[i].kind, &rng, buf, &in);

        buf[cases[i].at] = CHASSIS_STATE_N - 1;
        ck_assert(reads(cases[i].kind, buf, len));
        buf[cases[i].at] = CHASSIS_STATE_N;
        ck_assert_msg(!reads(cases[i].kind, buf, len), "%s", kinds[cases[i].kind].name);
    }
    ck_assert_str_eq(chassis_state_name(CHASSIS_PENDING_ACTIVE), "Pending-Active");
    ck_assert_str_eq(chassis_state_name(CHASSIS_STATE_N), "unknown");
}
END_TEST

START_TEST(cf_hello_comes_from_slot_1_or_2_only)
{
    struct rng rng = {.state = 5};
    uint8_t buf[ROOM];
    union body in;
    size_t len = make(CF_HELLO, &rng, buf, &in);

    for (unsigned slot = 0; slot < 256; slot++) {
        buf[0] = (uint8_t)slot;
        ck_assert(reads(CF_HELLO, buf, len) == (slot == 1 || slot == 2));
    }
}
END_TEST

START_TEST(configuration_without_a_generation_is_refused)
{
    static const uint8_t none[] = {0, 0, 0, 0, 'x'}, one[] = {0, 0, 0, 1, 'x'};

    ck_assert(!reads(CONFIG, none, sizeof none));
    ck_assert(reads(CONFIG, one, sizeof one));
}
END_TEST

static bool
order(struct obey *obey, uint64_t epoch, uint8_t slot)
{
    struct msg_head head = {.type = MSG_ROLE, .slot = slot, .epoch = epoch};

    return obey_order(obey, &head);
}

START_TEST(cards_follow_the_cf_of_the_highest_epoch_only)
{
    struct obey obey = {0};

    ck_assert(order(&obey, 2, 1));
    ck_assert(order(&obey, 2, 1));
    ck_assert(!order(&obey, 2, 2)); /* a second voice in one epoch */
    ck_assert(order(&obey, 3, 2));
    ck_assert(!order(&obey, 2, 1)); /* replaced, and does not know it yet */
    ck_assert(!order(&obey, 3, 1));
    ck_assert(order(&obey, 4, 1));
    ck_assert_uint_eq(obey.epoch, 4);
    ck_assert_uint_eq(obey.slot, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("body");
    TCase *single = tcase_create("single");

    kinds = table;
    suite_add_tcase(suite, body_trips(KINDS));
    tcase_add_test(single, gates_that_do_not_exist_are_refused);
    tcase_add_test(single, more_sessions_of_gtpv2_than_there_are_sessions_are_refused);
    tcase_add_test(single, unknown_chassis_state_is_refused);
    tcase_add_test(single, cf_hello_comes_from_slot_1_or_2_only);
    tcase_add_test(single, configuration_without_a_generation_is_refused);
    tcase_add_test(single, cards_follow_the_cf_of_the_highest_epoch_only);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
