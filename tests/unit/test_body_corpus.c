/* The corpus of the fuzzer of messages holds a whole one of each kind of body. */
#include <stdio.h>

#include "common/msg/body.h"
#include "common/msg/msg.h"
#include "tests/unit/unit.h"

enum { ROOM = 4096 };

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
    Suite *suite = suite_create("body: corpus");
    TCase *single = tcase_create("single");

    tcase_add_loop_test(single, the_fuzzer_starts_from_a_message_that_decodes, 0, INPUTS);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
