#include "common/ckpt/ckpt_names.h"
#include "sf/call_look.h"
#include "sf/sess_bearer.h"
#include "tests/unit/smgr_rig.h"

/* What a session manager answers about a call: the Active what it has sent of it, the Standby what
 * it could apply. East is Active, west is Standby. */

#define IMSI 0x1032547698103254u

static struct sess *sess;

static struct call_answer
look(struct smgr *smgr, enum call_key by, uint64_t key)
{
    struct call_ask ask = {.id = 9, .by = (uint8_t)by, .key = key};
    struct call_answer answer;

    calls_look(smgr, now, &ask, &answer);
    ck_assert_uint_eq(answer.id, 9);
    return answer;
}

static struct call_info
the_call(struct smgr *smgr)
{
    struct call_answer answer = look(smgr, CALL_BY_IMSI, IMSI);

    ck_assert_uint_eq(answer.n, 1);
    return answer.calls[0];
}

static enum call_ckpt
micro(const struct call_info *call, enum sess_part part)
{
    for (size_t i = 0; i < call->micro_n; i++) {
        if (call->micro[i].cmd == sess_part_cmds[part])
            return (enum call_ckpt)call->micro[i].state;
    }
    ck_abort_msg("no micro-checkpoint %s", sess_part_name(part));
    return CALL_CKPTS;
}

static void
begin(void)
{
    set_up();
    smgr_role(east, now, SMGR_ACTIVE, 3);
    smgr_role(west, now, SMGR_STANDBY, 3);
    pump();
    sess = opened(east, IMSI);
    sess->apn = sess->vpn = 1;
    sess_changed(smgr_table(east), sess);
    (void)opened(east, IMSI + 1);
}

START_TEST(a_call_is_found_by_imsi_and_by_call_id_on_both_sides)
{
    pass_s(4);
    for (int i = 0; i < 2; i++) {
        struct smgr *smgr = i ? west : east;
        struct call_answer by_id = look(smgr, CALL_BY_ID, sess->call_id);
        struct call_info call = the_call(smgr);

        ck_assert_uint_eq(by_id.n, 1);
        ck_assert_mem_eq(&by_id.calls[0], &call, sizeof call);
        ck_assert_uint_eq(call.teid, sess->teid);
        ck_assert_uint_eq(call.ue_addr, sess->ue_addr);
        ck_assert_uint_eq(call.apn, 1);
        ck_assert_uint_eq(call.service, 0);
        ck_assert_uint_eq(call.vpn, 1);
        ck_assert_uint_eq(call.age_s, 4);
        ck_assert_uint_eq(call.state, i ? CALL_RECORD : CALL_ORIGINAL);
        ck_assert_uint_eq(call.full, i ? CALL_CKPT_APPLIED : CALL_CKPT_ACKED);
        ck_assert_uint_eq(call.base, 1);
        ck_assert_uint_eq(look(smgr, CALL_BY_IMSI, IMSI + 2).n, 0);
        ck_assert_uint_eq(look(smgr, CALL_BY_ID, 1).n, 0);
    }
}
END_TEST

START_TEST(the_active_tells_what_is_not_sent_sent_and_acknowledged)
{
    static uint8_t message[CKPT_MESSAGE];
    struct call_info call;

    call = the_call(east);
    ck_assert_uint_eq(call.full, CALL_CKPT_DUE);
    ck_assert_uint_eq(call.base, 0);
    pump();
    sess_changed_part(smgr_table(east), sess, SESS_ACS);
    call = the_call(east);
    ck_assert_uint_eq(call.full, CALL_CKPT_ACKED);
    ck_assert_uint_eq(micro(&call, SESS_ACS), CALL_CKPT_DUE);
    ck_assert_uint_eq(micro(&call, SESS_IDLE), CALL_CKPT_ACKED);
    ck_assert_uint_gt(smgr_next(east, now, message, sizeof message, NULL), 0);
    call = the_call(east);
    ck_assert_uint_eq(micro(&call, SESS_ACS), CALL_CKPT_SENT);
    sess_changed(smgr_table(east), sess);
    ck_assert_uint_eq(the_call(east).full, CALL_CKPT_DUE);
}
END_TEST

START_TEST(calls_by_slot_come_in_parts_each_once_and_without_further_bearers)
{
    struct call_answer answer;
    struct sess *bearer = NULL;
    uint32_t slot = 1;
    unsigned n = 0;

    ck_assert_int_eq(sess_reserve(smgr_table(east), sess, now, &bearer), 0);
    sess_join(smgr_table(east), bearer, 6, now);
    sess_changed(smgr_table(east), bearer);
    for (uint64_t i = 2; i < CALLS_MOST + 5; i++)
        (void)opened(east, IMSI + i);
    do {
        answer = look(east, CALL_BY_SLOT, slot);
        ck_assert_uint_gt(answer.n, 0);
        for (size_t i = 0; i < answer.n; i++)
            n += answer.calls[i].call_id != 0;
        ck_assert(answer.next == 0 || (answer.next > slot && answer.n == CALLS_MOST));
        slot = answer.next;
    } while (slot);
    ck_assert_uint_eq(n, CALLS_MOST + 5);
    ck_assert_uint_eq(look(east, CALL_BY_SLOT, TEID_SLOTS).n, 0);
}
END_TEST

START_TEST(pools_are_told_with_what_is_used_and_left_of_each)
{
    struct call_answer before = look(east, CALL_POOLS, 0), after;

    ck_assert_uint_eq(before.n, 0);
    ck_assert_uint_ge(before.pool_n, 1);
    ck_assert_uint_eq(before.pools[0].used, 2); /* begin() has opened two */
    (void)opened(east, IMSI + 2);
    after = look(east, CALL_POOLS, 0);
    ck_assert_uint_eq(after.pools[0].used, 3);
    ck_assert_uint_eq(after.pools[0].left, before.pools[0].left - 1);
    pump();
    ck_assert_uint_eq(look(west, CALL_POOLS, 0).pools[0].used, 3); /* records hold them, too */
}
END_TEST

START_TEST(a_call_younger_than_the_duration_waits)
{
    free(east);
    east = manager_with(3, 7, 60 * US_PER_S);
    smgr_role(east, now, SMGR_ACTIVE, 4);
    (void)opened(east, IMSI);
    pass_s(4);
    ck_assert_uint_eq(the_call(east).full, CALL_CKPT_WAITING);
    ck_assert_uint_eq(the_call(east).base, 0);
}
END_TEST

START_TEST(the_standby_tells_which_one_fails_until_it_is_made_good)
{
    struct call_info call;

    pump();
    smgr_set_fault(west, &(struct ckpt_fault){.cmd = 33, .times = 1});
    sess_changed_part(smgr_table(east), sess, SESS_ACS);
    pump();
    call = the_call(west);
    ck_assert_uint_eq(micro(&call, SESS_ACS), CALL_CKPT_FAILING);
    ck_assert_uint_eq(micro(&call, SESS_GGSN_UPDATE), CALL_CKPT_APPLIED);
    ck_assert_uint_eq(call.full, CALL_CKPT_APPLIED);
    smgr_set_fault(west, &(struct ckpt_fault){.times = 1});
    sess_changed(smgr_table(east), sess);
    pump();
    ck_assert_uint_eq(the_call(west).full, CALL_CKPT_FAILING);
    sess_changed(smgr_table(east), sess);
    pump();
    call = the_call(west);
    ck_assert_uint_eq(call.full, CALL_CKPT_APPLIED);
    ck_assert_uint_eq(micro(&call, SESS_ACS), CALL_CKPT_APPLIED);
}
END_TEST

START_TEST(a_call_taken_over_is_a_recovered_one)
{
    pump();
    smgr_role(west, now, SMGR_ACTIVE, 4);
    ck_assert_uint_eq(the_call(west).state, CALL_RECOVERED);
}
END_TEST

START_TEST(a_call_that_was_closed_is_not_found)
{
    pump();
    sess_close(smgr_table(east), sess);
    ck_assert_uint_eq(look(east, CALL_BY_IMSI, IMSI).n, 0);
}
END_TEST

START_TEST(every_micro_checkpoint_that_is_sent_has_the_name_of_the_book)
{
    for (unsigned part = 0; part < SESS_PARTS; part++) {
        const char *name = ckpt_cmd_name(sess_part_cmds[part]);

        ck_assert_ptr_nonnull(name);
        ck_assert_str_eq(name + strlen("SESS_UCHKPT_CMD_"), sess_part_name((enum sess_part)part));
    }
    ck_assert_str_eq(ckpt_cmd_name(1), "SESS_UCHKPT_CMD_INVALIDATE_CRR");
    ck_assert_ptr_null(ckpt_cmd_name(0));
    ck_assert_ptr_null(ckpt_cmd_name(255));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("call_look");
    TCase *tcase = tcase_create("look");

    tcase_add_checked_fixture(tcase, begin, tear_down);
    tcase_add_test(tcase, a_call_is_found_by_imsi_and_by_call_id_on_both_sides);
    tcase_add_test(tcase, the_active_tells_what_is_not_sent_sent_and_acknowledged);
    tcase_add_test(tcase, calls_by_slot_come_in_parts_each_once_and_without_further_bearers);
    tcase_add_test(tcase, pools_are_told_with_what_is_used_and_left_of_each);
    tcase_add_test(tcase, a_call_younger_than_the_duration_waits);
    tcase_add_test(tcase, the_standby_tells_which_one_fails_until_it_is_made_good);
    tcase_add_test(tcase, a_call_taken_over_is_a_recovered_one);
    tcase_add_test(tcase, a_call_that_was_closed_is_not_found);
    tcase_add_test(tcase, every_micro_checkpoint_that_is_sent_has_the_name_of_the_book);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
