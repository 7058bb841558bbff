/* Whether the peer is configured alike: what a hello, an answer and an operator's question make
 * of it. The link to the peer and the notifications are the test's; `peer` answers by hand. */
#include <string.h>

#include "cf/cf.h"
#include "common/conf/conf_build.h"
#include "common/loop/clock.h"
#include "tests/unit/unit.h"

enum { LAB_SPEED = 100, DEADLINE_MS = 30000, INTERVAL_S = 5, DEAD_S = 1000 };

static struct node node;
static struct cf cf;
static struct validate *v;

/* ---- what validate.c calls -------------------------------------------------------------------- */

static bool link_up;
static unsigned sent, questions;
static char said[CONF_SHARED];
static size_t said_n;
static uint32_t said_checksum;
static unsigned traps[TRAP_N];

bool
peer_link_up(const struct peer_link *link)
{
    (void)link;
    return link_up;
}

int
peer_link_send(struct peer_link *link, enum msg_type type, uint8_t port, uint64_t epoch,
               const void *body, size_t len)
{
    struct rd rd = rd_over(body, len);
    struct srp_config_body config;

    (void)link;
    (void)port;
    (void)epoch;
    ck_assert_int_eq(type, MSG_SRP_CONFIG);
    ck_assert(srp_config_get(&rd, &config));
    sent++;
    questions += config.question;
    memcpy(said, config.text, config.len);
    said_n = config.len;
    said_checksum = config.checksum;
    return 0;
}

void
notify_srp(struct cf *of, enum trap_id id)
{
    ck_assert_ptr_eq(of, &cf);
    traps[id]++;
}

static bool out_of_sync; /* the alarm stands */

bool
notify_stands(const struct cf *of, enum trap_id id)
{
    ck_assert_ptr_eq(of, &cf);
    ck_assert_uint_eq(id, TRAP_CONFIG_OUT);
    return out_of_sync;
}

/* ---- one control function, and a peer that is configured otherwise ---------------------------- */

static struct conf theirs;
static char their_text[CONF_SHARED];
static size_t their_n;

static void
configure_peer(uint32_t hello_s)
{
    theirs.srp.hello_s = hello_s;
    their_n = conf_shared(&theirs, their_text, sizeof their_text);
}

static void
set_up(void)
{
    clock_scale(LAB_SPEED);
    memset(&cf, 0, sizeof cf);
    memset(traps, 0, sizeof traps);
    sent = questions = 0;
    link_up = true;
    out_of_sync = false;
    cf.node = &node;
    node.loop = zloop_new();
    conf_defaults(&cf.conf);
    cf.conf.srp.configured = true;
    cf.conf.srp.config_s = INTERVAL_S;
    theirs = cf.conf;
    cf.srp.setup.checksum = conf_srp_checksum(&cf.conf);
    cf.srp.setup.dead_us = DEAD_S * US_PER_S;
    cf.srp_link = (struct peer_link *)&cf; /* never looked into */
    cf.leading = true;
    configure_peer(cf.conf.srp.hello_s);
    v = validate_open(&cf);
}

static void
tear_down(void)
{
    validate_close(&v);
    ck_assert_ptr_null(v);
    zloop_destroy(&node.loop);
}

/* The peer's next hello. */
static void
hello(void)
{
    cf.srp.peer.checksum = conf_srp_checksum(&theirs);
    validate_hello(v);
}

static void
peer_says(bool question)
{
    static uint8_t bytes[CONF_SHARED + 64];
    struct wr wr = wr_over(bytes, sizeof bytes);
    struct srp_config_body config = {
        .question = question,
        .checksum = conf_srp_checksum(&theirs),
        .text = (const uint8_t *)their_text,
        .len = their_n,
    };

    srp_config_put(&wr, &config);

    struct rd rd = rd_over(bytes, wr_len(&wr));

    validate_heard(v, &rd);
}

static size_t
differences(void)
{
    size_t n;

    (void)validate_differences(v, &n);
    return n;
}

/* ---- hellos ------------------------------------------------------------------------------------ */

START_TEST(nobody_heard_is_initial)
{
    ck_assert_str_eq(validate_state(v), "Initial");
    ck_assert_int_eq(validate_event_us(v), 0);
    ck_assert_uint_eq(differences(), 0);
}
END_TEST

START_TEST(equal_checksums_are_complete_without_a_word)
{
    hello();
    ck_assert_str_eq(validate_state(v), "Complete");
    ck_assert_int_gt(validate_event_us(v), 0);
    ck_assert_uint_eq(sent, 0);
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT] + traps[TRAP_CONFIG_IN], 0);
    ck_assert_uint_eq(validate_counters(v).failures, 0);
}
END_TEST

START_TEST(a_checksum_that_differs_is_asked_about_and_notified_once)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    ck_assert_uint_eq(questions, 1);
    ck_assert_uint_eq(sent, 1);
    ck_assert_str_eq(validate_state(v), "In Progress");
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT], 1);
    ck_assert_uint_eq(validate_counters(v).failures, 1);

    hello(); /* the same again says nothing new */
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT], 1);
    ck_assert_uint_eq(validate_counters(v).failures, 1);
}
END_TEST

START_TEST(what_we_send_is_what_both_must_share)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    their_n = conf_shared(&cf.conf, their_text, sizeof their_text);
    ck_assert_uint_eq(said_n, their_n);
    ck_assert_mem_eq(said, their_text, said_n);
    ck_assert_uint_eq(said_checksum, cf.srp.setup.checksum);
}
END_TEST

START_TEST(a_repaired_peer_is_in_sync_again_and_nothing_differs)
{
    uint32_t right = cf.conf.srp.hello_s;

    configure_peer(right + 1);
    hello();
    peer_says(false);
    ck_assert_uint_eq(differences(), 1);
    configure_peer(right);
    hello();
    ck_assert_uint_eq(differences(), 0);
    ck_assert_uint_eq(traps[TRAP_CONFIG_IN], 1);
    peer_says(false);
    ck_assert_str_eq(validate_state(v), "Complete");
    ck_assert_uint_eq(differences(), 0);
}
END_TEST

START_TEST(each_validation_that_finds_a_difference_counts_as_a_failure)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    peer_says(false); /* which items differ: the same failure */
    ck_assert_uint_eq(validate_counters(v).failures, 1);
    ck_assert(validate_ask(v));
    peer_says(false);
    ck_assert_uint_eq(validate_counters(v).failures, 2);
}
END_TEST

START_TEST(a_question_that_is_never_answered_is_not_in_progress_for_ever)
{
    cf.srp.setup.dead_us = 0; /* nobody waits */
    hello();
    ck_assert(validate_ask(v));
    ck_assert_str_eq(validate_state(v), "Complete"); /* by the checksum, as far as is known */
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    ck_assert_str_eq(validate_state(v), "Failed");
}
END_TEST

START_TEST(without_a_link_a_difference_is_failed_and_not_in_progress)
{
    link_up = false;
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    ck_assert_uint_eq(sent, 0);
    ck_assert_str_eq(validate_state(v), "Failed");
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT], 1);
}
END_TEST

START_TEST(a_forgotten_peer_is_initial_and_heard_anew)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    peer_says(false);
    validate_reset(v);
    ck_assert_str_eq(validate_state(v), "Initial");
    ck_assert_uint_eq(differences(), 0);
    hello();
    ck_assert_uint_eq(questions, 2);
}
END_TEST

START_TEST(an_alarm_of_the_cf_before_is_cleared_by_a_peer_that_is_alike)
{
    out_of_sync = true;
    validate_reset(v);
    hello();
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT], 0);
    ck_assert_uint_eq(traps[TRAP_CONFIG_IN], 1);
}
END_TEST

START_TEST(a_difference_of_long_ago_is_news_again_to_a_cf_that_leads_anew)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    validate_reset(v);
    hello();
    ck_assert_uint_eq(traps[TRAP_CONFIG_OUT], 2);
}
END_TEST

/* ---- questions and answers ---------------------------------------------------------------------- */

START_TEST(an_answer_names_the_item_both_values_and_the_remedy)
{
    const struct conf_difference *d;
    size_t n;

    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    peer_says(false);
    d = validate_differences(v, &n);
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(d[0].key, "srp hello-interval");
    ck_assert_str_eq(d[0].ours, "10");
    ck_assert_str_eq(d[0].theirs, "11");
    ck_assert_ptr_nonnull(strstr(d[0].fix, "hello-interval"));
    ck_assert_str_eq(validate_state(v), "Failed");
    ck_assert_uint_eq(validate_counters(v).responses, 1);
    ck_assert_uint_eq(sent, 1); /* an answer is not answered */
}
END_TEST

START_TEST(a_question_is_answered_and_compared_at_once)
{
    configure_peer(cf.conf.srp.hello_s + 1);
    peer_says(true);
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(questions, 0);
    ck_assert_uint_eq(differences(), 1);
    ck_assert_uint_eq(validate_counters(v).responses, 0);
}
END_TEST

START_TEST(an_operator_asks_until_the_answer_it_is_in_progress)
{
    hello();
    ck_assert(validate_ask(v));
    ck_assert_uint_eq(questions, 1);
    ck_assert_str_eq(validate_state(v), "In Progress");
    peer_says(false);
    ck_assert_str_eq(validate_state(v), "Complete");
    ck_assert_uint_eq(differences(), 0);
}
END_TEST

START_TEST(without_a_link_nobody_can_be_asked)
{
    link_up = false;
    ck_assert(!validate_ask(v));
    link_up = true;
    cf.srp_link = NULL;
    ck_assert(!validate_ask(v));
    ck_assert_uint_eq(sent, 0);
    ck_assert_uint_eq(validate_counters(v).requests, 0);
}
END_TEST

START_TEST(a_malformed_answer_changes_nothing)
{
    const uint8_t bytes[] = {1, 2, 3};
    struct rd rd = rd_over(bytes, sizeof bytes);

    configure_peer(cf.conf.srp.hello_s + 1);
    hello();
    validate_heard(v, &rd);
    ck_assert_str_eq(validate_state(v), "In Progress");
    ck_assert_uint_eq(validate_counters(v).responses, 0);
    ck_assert_uint_eq(differences(), 0);
}
END_TEST

/* ---- configuration-interval ---------------------------------------------------------------------- */

struct waiting {
    unsigned questions;
    mono_t until;
};

static int
look(zloop_t *loop, int id, void *arg)
{
    const struct waiting *waiting = arg;

    (void)loop;
    (void)id;
    return questions >= waiting->questions || mono_reached(clock_now(), waiting->until) ? -1 : 0;
}

/* Run until that many questions were asked, or that much lab time went by. */
static void
run(unsigned until_questions, int64_t lab_us)
{
    struct waiting waiting = {until_questions, mono_after(clock_now(), lab_us)};
    int id = zloop_timer(node.loop, 5, 0, look, &waiting);

    (void)zloop_start(node.loop);
    (void)zloop_timer_end(node.loop, id);
}

START_TEST(the_active_asks_in_each_interval)
{
    cf.srp.state = CHASSIS_ACTIVE;
    run(2, DEADLINE_MS * US_PER_MS * LAB_SPEED);
    ck_assert_uint_ge(questions, 2);
}
END_TEST

START_TEST(a_standby_leaves_that_to_the_active)
{
    cf.srp.state = CHASSIS_STANDBY;
    run(1, 3 * INTERVAL_S * US_PER_S);
    ck_assert_uint_eq(questions, 0);
}
END_TEST

START_TEST(a_cf_that_does_not_lead_asks_nobody)
{
    cf.srp.state = CHASSIS_ACTIVE;
    cf.leading = false;
    run(1, 3 * INTERVAL_S * US_PER_S);
    ck_assert_uint_eq(questions, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("validate");
    TCase *hellos = tcase_create("hellos"), *answers = tcase_create("questions and answers");
    TCase *interval = tcase_create("configuration-interval");

    tcase_add_test(hellos, nobody_heard_is_initial);
    tcase_add_test(hellos, equal_checksums_are_complete_without_a_word);
    tcase_add_test(hellos, a_checksum_that_differs_is_asked_about_and_notified_once);
    tcase_add_test(hellos, what_we_send_is_what_both_must_share);
    tcase_add_test(hellos, a_repaired_peer_is_in_sync_again_and_nothing_differs);
    tcase_add_test(hellos, each_validation_that_finds_a_difference_counts_as_a_failure);
    tcase_add_test(hellos, a_question_that_is_never_answered_is_not_in_progress_for_ever);
    tcase_add_test(hellos, without_a_link_a_difference_is_failed_and_not_in_progress);
    tcase_add_test(hellos, a_forgotten_peer_is_initial_and_heard_anew);
    tcase_add_test(hellos, an_alarm_of_the_cf_before_is_cleared_by_a_peer_that_is_alike);
    tcase_add_test(hellos, a_difference_of_long_ago_is_news_again_to_a_cf_that_leads_anew);
    tcase_add_test(answers, an_answer_names_the_item_both_values_and_the_remedy);
    tcase_add_test(answers, a_question_is_answered_and_compared_at_once);
    tcase_add_test(answers, an_operator_asks_until_the_answer_it_is_in_progress);
    tcase_add_test(answers, without_a_link_nobody_can_be_asked);
    tcase_add_test(answers, a_malformed_answer_changes_nothing);
    tcase_add_test(interval, the_active_asks_in_each_interval);
    tcase_add_test(interval, a_standby_leaves_that_to_the_active);
    tcase_add_test(interval, a_cf_that_does_not_lead_asks_nobody);
    for (size_t i = 0; i < 3; i++) {
        TCase *tcase = i == 0 ? hellos : i == 1 ? answers : interval;

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        suite_add_tcase(suite, tcase);
    }
    return unit_main(suite);
}
