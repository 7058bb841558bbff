#include <stdio.h>

#include "common/base/rng.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"
#include "common/msg/obey.h"
#include "tests/unit/unit.h"

enum { ROOM = 4096, SEEDS = 50 };

#define SAME(field) ck_assert(in->field == out->field)

static uint8_t
r8(struct rng *rng)
{
    return (uint8_t)rng_next(rng);
}

static bool
coin(struct rng *rng)
{
    return rng_chance(rng, 500);
}

static uint8_t
some_state(struct rng *rng)
{
    return (uint8_t)rng_below(rng, CHASSIS_STATE_N);
}

static uint8_t
some_gates(struct rng *rng)
{
    return (uint8_t)rng_below(rng, GATES_ALL + 1);
}

static struct cmd_set
some_cmds(struct rng *rng)
{
    return (struct cmd_set){
        {rng_next(rng) & ~UINT64_C(1), rng_next(rng), rng_next(rng), rng_next(rng)}};
}

enum { SESSION_LEN = 7 };

/* Each kind of body: made of random values, written, read back, compared field by field. */

union body {
    struct link_hello link_hello;
    struct role_body role;
    struct config_body config;
    struct card_status status;
    struct cf_hello cf;
    struct routes_body routes;
    struct net_body net;
    struct srp_config_body srp_config;
    struct exec_body exec;
    struct answer_body answer;
    struct audit_order audit_order;
    struct audit_report audit_report;
    struct reload_body reload;
};

static uint8_t text[64];

static size_t
some_text(struct rng *rng)
{
    size_t len = (size_t)rng_below(rng, sizeof text);

    for (size_t i = 0; i < len; i++)
        text[i] = r8(rng);
    return len;
}

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

static struct neighbor
some_neighbor(struct rng *rng)
{
    struct neighbor neighbor = {.addr = (uint32_t)rng_next(rng)};

    memset(neighbor.context, 'a' + (int)rng_below(rng, 26), rng_below(rng, NEIGHBOR_CONTEXT));
    return neighbor;
}

static void
routes_make(struct rng *rng, struct wr *wr, union body *body)
{
    struct routes_body *routes = &body->routes;

    *routes = (struct routes_body){
        .srp_epoch = rng_next(rng),
        .prepend = r8(rng),
        .as = (uint32_t)rng_next(rng),
        .n = (uint8_t)rng_below(rng, ROUTES_MOST + 1),
        .neighbor_n = (uint8_t)rng_below(rng, NEIGHBORS_MOST + 1),
    };
    for (size_t i = 0; i < routes->n; i++) {
        uint64_t bits = rng_below(rng, 33);
        uint32_t mask = (uint32_t)(UINT64_C(0xffffffff00000000) >> bits);

        routes->routes[i] = (struct route_entry){
            .net = (uint32_t)rng_next(rng) & mask,
            .mask = mask,
            .kind = coin(rng) ? ROUTE_POOL : ROUTE_SERVICE,
        };
    }
    for (size_t i = 0; i < routes->neighbor_n; i++)
        routes->neighbors[i] = some_neighbor(rng);
    routes_put(wr, routes);
}

static bool
routes_read(struct rd *rd, union body *body)
{
    return routes_get(rd, &body->routes);
}

static void
routes_same(const union body *a, const union body *b)
{
    const struct routes_body *in = &a->routes, *out = &b->routes;

    SAME(srp_epoch);
    SAME(prepend);
    SAME(as);
    SAME(n);
    for (size_t i = 0; i < in->n; i++) {
        SAME(routes[i].net);
        SAME(routes[i].mask);
        SAME(routes[i].kind);
    }
    SAME(neighbor_n);
    for (size_t i = 0; i < in->neighbor_n; i++)
        ck_assert(neighbor_same(&in->neighbors[i], &out->neighbors[i]));
}

static void
net_make(struct rng *rng, struct wr *wr, union body *body)
{
    struct net_body *net = &body->net;

    *net = (struct net_body){
        .srp_epoch = rng_next(rng),
        .best = coin(rng),
        .peer_bfd_up = coin(rng),
        .offered = (uint32_t)rng_next(rng),
        .offered_as = (uint32_t)rng_next(rng),
        .n = (uint8_t)rng_below(rng, NEIGHBORS_MOST + 1),
    };
    for (size_t i = 0; i < net->n; i++)
        net->neighbors[i] = (struct net_neighbor){
            .of = some_neighbor(rng),
            .bgp_up = coin(rng),
            .bfd_up = coin(rng),
        };
    net_put(wr, net);
}

static bool
net_read(struct rd *rd, union body *body)
{
    return net_get(rd, &body->net);
}

static void
net_same(const union body *a, const union body *b)
{
    const struct net_body *in = &a->net, *out = &b->net;

    SAME(srp_epoch);
    SAME(best);
    SAME(peer_bfd_up);
    SAME(offered);
    SAME(offered_as);
    SAME(n);
    for (size_t i = 0; i < in->n; i++) {
        ck_assert(neighbor_same(&in->neighbors[i].of, &out->neighbors[i].of));
        SAME(neighbors[i].bgp_up);
        SAME(neighbors[i].bfd_up);
    }
}

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

enum { BOOLS = 8 };

static const struct {
    const char *name;
    void (*make)(struct rng *rng, struct wr *wr, union body *body);
    bool (*read)(struct rd *rd, union body *body);
    void (*same)(const union body *in, const union body *out);
    size_t open_from;    /* ends in text of any length after so many octets; 0: it does not */
    size_t bools[BOOLS]; /* where its booleans stand; 0 ends the list, but see below */
} kinds[] = {
    {"link-hello", link_hello_make, link_hello_read, link_hello_same, 0, {0}},
    {"role", role_make, role_read, role_same, 0, {16, 17, 18, 19}},
    {"config", config_make, config_read, config_same, 4, {0}},
    {"card-status", status_make, status_read, status_same, 0, {38, 39, 40, 41, 42, 43, 44}},
    {"cf-hello", cf_make, cf_read, cf_same, 0, {43, 80, 81, 82}},
    {"routes", routes_make, routes_read, routes_same, 0, {0}},
    {"exec", exec_make, exec_read, exec_same, 5 + SESSION_LEN, {0}},
    {"answer", answer_make, answer_read, answer_same, 7 + 2 * SESSION_LEN, {0}},
    {"net", net_make, net_read, net_same, 0, {8, 9}},
    {"srp-config", srp_config_make, srp_config_read, srp_config_same, 5, {0}},
    {"audit-order", audit_order_make, audit_order_read, audit_order_same, 0, {5}},
    {"audit-report", audit_report_make, audit_report_read, audit_report_same, 0, {0}},
    {"reload", reload_make, reload_read, reload_same, 0, {1}},
};

enum {
    LINK_HELLO,
    ROLE,
    CONFIG,
    STATUS,
    CF_HELLO,
    ROUTES,
    EXEC,
    ANSWER,
    NET,
    SRP_CONFIG,
    ORDER,
    REPORT
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static size_t
make(int kind, struct rng *rng, uint8_t *buf, union body *body)
{
    struct wr wr = wr_over(buf, ROOM);

    kinds[kind].make(rng, &wr, body);
    ck_assert_msg(!wr.full, "%s", kinds[kind].name);
    return wr_len(&wr);
}

static bool
reads(int kind, const uint8_t *buf, size_t len)
{
    struct rd rd = rd_over(buf, len);
    union body body;

    return kinds[kind].read(&rd, &body);
}

START_TEST(body_comes_back_as_it_was)
{
    struct rng rng = {.state = (uint64_t)_i};

    for (int i = 0; i < SEEDS; i++) {
        uint8_t buf[ROOM];
        union body in, out;
        size_t len = make(_i, &rng, buf, &in);
        struct rd rd = rd_over(buf, len);

        ck_assert_msg(kinds[_i].read(&rd, &out), "%s", kinds[_i].name);
        kinds[_i].same(&in, &out);
    }
}
END_TEST

START_TEST(body_cut_at_any_octet_is_refused)
{
    struct rng rng = {.state = (uint64_t)_i};

    for (int i = 0; i < SEEDS; i++) {
        uint8_t buf[ROOM];
        union body in;
        size_t len = make(_i, &rng, buf, &in);
        size_t whole = kinds[_i].open_from ? kinds[_i].open_from : len;

        for (size_t cut = 0; cut < len; cut++)
            ck_assert_msg(reads(_i, buf, cut) == (cut >= whole), "%s cut at %zu", kinds[_i].name,
                          cut);
    }
}
END_TEST

START_TEST(body_with_octets_left_over_is_refused)
{
    struct rng rng = {.state = (uint64_t)_i};

    for (int i = 0; i < SEEDS; i++) {
        uint8_t buf[ROOM] = {0};
        union body in;
        size_t len = make(_i, &rng, buf, &in);

        ck_assert_msg(reads(_i, buf, len + 1) == (kinds[_i].open_from != 0), "%s", kinds[_i].name);
    }
}
END_TEST

START_TEST(boolean_other_than_0_or_1_is_refused)
{
    struct rng rng = {.state = (uint64_t)_i};
    uint8_t buf[ROOM];
    union body in;
    size_t len = make(_i, &rng, buf, &in);

    for (size_t i = 0; i < BOOLS && kinds[_i].bools[i]; i++) {
        uint8_t *at = &buf[kinds[_i].bools[i]], good = *at;

        ck_assert_uint_le(good, 1);
        *at = 2;
        ck_assert_msg(!reads(_i, buf, len), "%s octet %zu", kinds[_i].name, kinds[_i].bools[i]);
        *at = 255;
        ck_assert(!reads(_i, buf, len));
        *at = !good;
        ck_assert(reads(_i, buf, len));
        *at = good;
    }
}
END_TEST

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

START_TEST(neighbor_neither_up_nor_down_is_refused)
{
    enum { HEAD = 19, BGP = HEAD + 1 + 4, BFD };
    struct net_body net = {.n = 1, .neighbors = {{.of.addr = 1, .bgp_up = true}}};
    uint8_t buf[64];
    struct wr wr = wr_over(buf, sizeof buf);

    net_put(&wr, &net);
    ck_assert(reads(NET, buf, wr_len(&wr)));
    buf[BGP] = 2;
    ck_assert(!reads(NET, buf, wr_len(&wr)));
    buf[BGP] = 0;
    buf[BFD] = 255;
    ck_assert(!reads(NET, buf, wr_len(&wr)));
}
END_TEST

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
route_reads(uint32_t net, uint32_t mask, uint8_t kind)
{
    struct routes_body routes = {.n = 1, .routes = {{.net = net, .mask = mask, .kind = kind}}};
    uint8_t buf[64];
    struct wr wr = wr_over(buf, sizeof buf);

    routes_put(&wr, &routes);
    return reads(ROUTES, buf, wr_len(&wr));
}

START_TEST(impossible_routes_are_refused)
{
    ck_assert(route_reads(0x7f000100, 0xffffff00, ROUTE_POOL));
    ck_assert(route_reads(0, 0, ROUTE_POOL));
    ck_assert(route_reads(0x7f000101, 0xffffffff, ROUTE_SERVICE));
    ck_assert(!route_reads(0x7f000101, 0xffffff00, ROUTE_POOL)); /* host bits */
    ck_assert(!route_reads(0x7f000000, 0xff00ff00, ROUTE_POOL)); /* mask with a hole */
    ck_assert(!route_reads(0x7f000000, 0x00ffffff, ROUTE_POOL)); /* mask turned round */
    ck_assert(!route_reads(0x7f000100, 0xffffff00, ROUTE_POOL + 1));
}
END_TEST

START_TEST(more_routes_than_fit_are_refused)
{
    enum { COUNT = 13, HEAD = COUNT + 1, ENTRY = 9, NEIGHBORS = 1 };
    uint8_t buf[HEAD + 256 * ENTRY + NEIGHBORS] = {0};

    buf[COUNT] = ROUTES_MOST;
    ck_assert(reads(ROUTES, buf, HEAD + ROUTES_MOST * ENTRY + NEIGHBORS));
    buf[COUNT] = ROUTES_MOST + 1;
    ck_assert(!reads(ROUTES, buf, HEAD + (ROUTES_MOST + 1) * ENTRY + NEIGHBORS));
    buf[COUNT] = 255;
    ck_assert(!reads(ROUTES, buf, HEAD + 255 * ENTRY + NEIGHBORS));
}
END_TEST

START_TEST(more_neighbors_than_fit_are_refused)
{
    static const struct {
        int kind;
        size_t count, entry; /* where their number stands, octets of each */
    } cases[] = {{ROUTES, 14, 5}, {NET, 18, 7}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t buf[32 + 256 * 7] = {0};
        size_t head = cases[i].count + 1, entry = cases[i].entry;

        buf[cases[i].count] = NEIGHBORS_MOST;
        ck_assert(reads(cases[i].kind, buf, head + NEIGHBORS_MOST * entry));
        buf[cases[i].count] = NEIGHBORS_MOST + 1;
        ck_assert(!reads(cases[i].kind, buf, head + (NEIGHBORS_MOST + 1) * entry));
        buf[cases[i].count] = 255;
        ck_assert(!reads(cases[i].kind, buf, head + 255 * entry));
    }
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

/* ---- what the fuzzer starts from ----------------------------------------------------------- */

#define DECODES(name, fields)                                                                      \
    static bool name##_decodes(struct rd *rd)                                                      \
    {                                                                                              \
        struct fields body;                                                                        \
                                                                                                   \
        return name##_get(rd, &body);                                                              \
    }

DECODES(link_hello, link_hello)
DECODES(role, role_body)
DECODES(config, config_body)
DECODES(card_status, card_status)
DECODES(cf_hello, cf_hello)
DECODES(routes, routes_body)
DECODES(net, net_body)
DECODES(srp_config, srp_config_body)
DECODES(exec, exec_body)
DECODES(answer, answer_body)
DECODES(nacks, nacks_body)
DECODES(fault, fault_body)
DECODES(call_ask, call_ask)
DECODES(call_answer, call_answer)
DECODES(audit_order, audit_order)
DECODES(reload, reload_body)
DECODES(audit_report, audit_report)

static const struct {
    const char *file;
    bool (*decodes)(struct rd *rd);
} inputs[] = {
    {"link-hello", link_hello_decodes},
    {"role", role_decodes},
    {"config", config_decodes},
    {"card-status", card_status_decodes},
    {"cf-hello", cf_hello_decodes},
    {"routes", routes_decodes},
    {"net", net_decodes},
    {"srp-config", srp_config_decodes},
    {"exec", exec_decodes},
    {"answer", answer_decodes},
    {"nacks", nacks_decodes},
    {"checkpoint-fault", fault_decodes},
    {"call-ask", call_ask_decodes},
    {"call-answer", call_answer_decodes},
    {"audit", audit_order_decodes},
    {"reload", reload_decodes},
    {"audit-report", audit_report_decodes},
};

enum { INPUTS = sizeof inputs / sizeof *inputs };

START_TEST(the_fuzzer_starts_from_a_message_that_decodes)
{
    uint8_t bytes[ROOM];
    char path[512];
    struct msg_head head;
    const char *reason;
    FILE *file;
    size_t len;

    (void)snprintf(path, sizeof path, "%s/msg/%s", CORPUS, inputs[_i].file);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);

    struct rd rd = rd_over(bytes, len);

    ck_assert(msg_head_get(&rd, &head, &reason));
    ck_assert_str_eq(msg_type_name(head.type), inputs[_i].file);
    ck_assert(inputs[_i].decodes(&rd));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("body");
    TCase *all = tcase_create("all"), *single = tcase_create("single");

    tcase_add_loop_test(all, body_comes_back_as_it_was, 0, KINDS);
    tcase_add_loop_test(all, body_cut_at_any_octet_is_refused, 0, KINDS);
    tcase_add_loop_test(all, body_with_octets_left_over_is_refused, 0, KINDS);
    tcase_add_loop_test(all, boolean_other_than_0_or_1_is_refused, 0, KINDS);
    tcase_add_test(single, exec_with_a_strange_format_is_refused);
    tcase_add_test(single, srp_config_that_neither_asks_nor_answers_is_refused);
    tcase_add_test(single, reload_of_a_slot_beyond_the_last_or_a_halt_of_all_is_refused);
    tcase_add_test(single, neighbor_neither_up_nor_down_is_refused);
    tcase_add_test(single, gates_that_do_not_exist_are_refused);
    tcase_add_test(single, more_sessions_of_gtpv2_than_there_are_sessions_are_refused);
    tcase_add_test(single, unknown_chassis_state_is_refused);
    tcase_add_test(single, audits_have_a_number_a_type_and_a_known_state);
    tcase_add_test(single, cf_hello_comes_from_slot_1_or_2_only);
    tcase_add_test(single, configuration_without_a_generation_is_refused);
    tcase_add_test(single, impossible_routes_are_refused);
    tcase_add_test(single, more_routes_than_fit_are_refused);
    tcase_add_test(single, more_neighbors_than_fit_are_refused);
    tcase_add_test(single, cards_follow_the_cf_of_the_highest_epoch_only);
    suite_add_tcase(suite, all);
    tcase_add_loop_test(single, the_fuzzer_starts_from_a_message_that_decodes, 0, INPUTS);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
