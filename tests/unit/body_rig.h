/* body_rig.h - bodies made of random values, written, read back and compared
 *
 * Shared by the check programs of message bodies. Each has a table with a row for every kind of
 * body it is about, and sets `kinds` to it before its suite runs; body_trips() tries every row.
 *
 * Ownership  plain values; the text of a body is static, and that of the body made last
 * Time       none
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_BODY_RIG_H
#define VPCLAB_BODY_RIG_H

#include <string.h>

#include "common/base/rng.h"
#include "common/msg/body.h"
#include "tests/unit/unit.h"

enum { ROOM = 4096, SEEDS = 50, BOOLS = 8 };

#define SAME(field) ck_assert(in->field == out->field)

static inline uint8_t
r8(struct rng *rng)
{
    return (uint8_t)rng_next(rng);
}

static inline bool
coin(struct rng *rng)
{
    return rng_chance(rng, 500);
}

static inline uint8_t
some_state(struct rng *rng)
{
    return (uint8_t)rng_below(rng, CHASSIS_STATE_N);
}

static inline uint8_t
some_gates(struct rng *rng)
{
    return (uint8_t)rng_below(rng, GATES_ALL + 1);
}

static inline struct cmd_set
some_cmds(struct rng *rng)
{
    return (struct cmd_set){
        {rng_next(rng) & ~UINT64_C(1), rng_next(rng), rng_next(rng), rng_next(rng)}};
}

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

static inline size_t
some_text(struct rng *rng)
{
    size_t len = (size_t)rng_below(rng, sizeof text);

    for (size_t i = 0; i < len; i++)
        text[i] = r8(rng);
    return len;
}

struct body_kind {
    const char *name;
    void (*make)(struct rng *rng, struct wr *wr, union body *body);
    bool (*read)(struct rd *rd, union body *body);
    void (*same)(const union body *in, const union body *out);
    size_t open_from;    /* ends in text of any length after so many octets; 0: it does not */
    size_t bools[BOOLS]; /* where its booleans stand; 0 ends the list, but see below */
};

/* The table of this program. */
static const struct body_kind *kinds;

static inline size_t
make(int kind, struct rng *rng, uint8_t *buf, union body *body)
{
    struct wr wr = wr_over(buf, ROOM);

    kinds[kind].make(rng, &wr, body);
    ck_assert_msg(!wr.full, "%s", kinds[kind].name);
    return wr_len(&wr);
}

static inline bool
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

/* Every kind of the table there and back, cut, prolonged, and with bad booleans. */
static inline TCase *
body_trips(int n)
{
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, body_comes_back_as_it_was, 0, n);
    tcase_add_loop_test(all, body_cut_at_any_octet_is_refused, 0, n);
    tcase_add_loop_test(all, body_with_octets_left_over_is_refused, 0, n);
    tcase_add_loop_test(all, boolean_other_than_0_or_1_is_refused, 0, n);
    return all;
}

#endif
