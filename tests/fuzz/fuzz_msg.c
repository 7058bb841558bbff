/* Envelope, then the body its type announces: what is accepted must come back as the same
 * bytes, so that no two frames mean the same and nothing is read that was not sent. */
#include <assert.h>

#include "common/msg/body.h"
#include "common/msg/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buf[MSG_HEAD + MSG_BODY_MOST];

static void
check_same(const struct wr *wr, const uint8_t *bytes, size_t len)
{
    assert(!wr->full);
    assert(wr_len(wr) == len);
    assert(len == 0 || memcmp(wr->start, bytes, len) == 0);
}

#define BODY(name, fields)                                                                         \
    static void name##_check(const uint8_t *bytes, size_t len)                                     \
    {                                                                                              \
        struct rd rd = rd_over(bytes, len);                                                        \
        struct wr wr = wr_over(buf, sizeof buf);                                                   \
        struct fields body;                                                                        \
                                                                                                   \
        if (!name##_get(&rd, &body))                                                               \
            return;                                                                                \
        name##_put(&wr, &body);                                                                    \
        check_same(&wr, bytes, len);                                                               \
    }

BODY(link_hello, link_hello)
BODY(role, role_body)
BODY(config, config_body)
BODY(card_status, card_status)
BODY(cf_hello, cf_hello)
BODY(routes, routes_body)
BODY(net, net_body)
BODY(srp_config, srp_config_body)
BODY(exec, exec_body)
BODY(answer, answer_body)
BODY(nacks, nacks_body)
BODY(fault, fault_body)
BODY(call_ask, call_ask)
BODY(call_answer, call_answer)
BODY(audit_order, audit_order)
BODY(audit_report, audit_report)
BODY(reload, reload_body)

static void (*const bodies[MSG_TYPE_END])(const uint8_t *bytes, size_t len) = {
    [MSG_LINK_HELLO] = link_hello_check,
    [MSG_CARD_STATUS] = card_status_check,
    [MSG_CF_HELLO] = cf_hello_check,
    [MSG_ROLE] = role_check,
    [MSG_CONFIG] = config_check,
    [MSG_ROUTES] = routes_check,
    [MSG_NET] = net_check,
    [MSG_SRP_CONFIG] = srp_config_check,
    [MSG_EXEC] = exec_check,
    [MSG_ANSWER] = answer_check,
    [MSG_NACKS] = nacks_check,
    [MSG_CKPT_FAULT] = fault_check,
    [MSG_CALL_ASK] = call_ask_check,
    [MSG_CALL_ANSWER] = call_answer_check,
    [MSG_AUDIT] = audit_order_check,
    [MSG_AUDIT_REPORT] = audit_report_check,
    [MSG_RELOAD] = reload_check,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd rd = rd_over(data, size);
    struct msg_track track = {0};
    struct msg_head head;
    const char *reason = NULL;

    if (!msg_head_get(&rd, &head, &reason)) {
        assert(reason);
        return 0;
    }
    assert(!reason);

    struct wr wr = wr_over(buf, sizeof buf);

    msg_head_put(&wr, &head);
    buf[7] = data[7]; /* reserved, not kept */
    check_same(&wr, data, MSG_HEAD);
    assert(msg_judge(&track, &head) == MSG_FRESH);
    assert(msg_judge(&track, &head) == MSG_REPEATED);
    if (bodies[head.type])
        bodies[head.type](rd.at, rd_left(&rd));
    return 0;
}
