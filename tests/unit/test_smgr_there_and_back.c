/* From one end to the other and back: every packet counts once. */
#include "common/base/rng.h"
#include "tests/unit/smgr_switch_rig.h"

enum { SESSIONS = 4 };

/* A network that loses, repeats and delays. */
enum { QUEUE = 64 };
static struct {
    struct {
        uint8_t bytes[4096];
        size_t len;
        struct smgr *to;
    } at[QUEUE];
    size_t n;
    struct rng rng;
} wild;

static void
post(struct smgr *from, struct smgr *to)
{
    static uint8_t message[4096];

    for (size_t len; (len = smgr_next(from, now, message, sizeof message, NULL));) {
        unsigned copies = rng_chance(&wild.rng, 100) ? 0 : rng_chance(&wild.rng, 100) ? 2 : 1;

        for (; copies > 0 && wild.n < QUEUE; copies--) {
            memcpy(wild.at[wild.n].bytes, message, len);
            wild.at[wild.n].len = len;
            wild.at[wild.n++].to = to;
        }
    }
}

static void
run_wild(void)
{
    now = mono_after(now, 10 * US_PER_MS);
    post(east, west);
    post(west, east);
    while (wild.n > 0 && !rng_chance(&wild.rng, 200)) {
        size_t which = rng_chance(&wild.rng, 700) ? 0 : rng_below(&wild.rng, wild.n);

        (void)smgr_receive(wild.at[which].to, now, wild.at[which].bytes, wild.at[which].len);
        wild.n--;
        memmove(&wild.at[which], &wild.at[which + 1], (wild.n - which) * sizeof *wild.at);
        post(east, west);
        post(west, east);
    }
}

static unsigned total[SESSIONS + 1];

static void
traffic(struct smgr *smgr)
{
    for (unsigned imsi = 1; imsi <= SESSIONS; imsi++) {
        unsigned n = (unsigned)rng_below(&wild.rng, 3);

        if (n > 0)
            packets(smgr, imsi, n);
        total[imsi] += n;
    }
}

static void
run_until_flushed(struct smgr *leaves, struct smgr *comes, bool both_serve)
{
    unsigned steps = 0;

    do {
        traffic(leaves);
        if (both_serve)
            traffic(comes);
        run_wild();
        ck_assert_uint_lt(++steps, 20000);
    } while (!smgr_flushed(leaves));
}

/* In the order in which the chassis give it: critical flush, takeover, routes move,
 * accounting flush, reconciliation, audit. */
static void
switch_over(struct smgr *leaves, struct smgr *comes, uint64_t epoch)
{
    unsigned steps = 0;

    ck_assert(order(leaves, SMGR_HOLD, epoch, true, false));
    run_until_flushed(leaves, comes, false);
    ck_assert(order(comes, SMGR_HOLD, epoch + 1, false, true));
    for (unsigned i = 0; i < 30; i++) { /* routes move: packets here and there */
        traffic(leaves);
        traffic(comes);
        run_wild();
    }
    (void)order(leaves, SMGR_HOLD, epoch, true, false); /* with its gates closed */
    do {
        traffic(comes);
        run_wild();
        ck_assert_uint_lt(++steps, 20000);
    } while (!smgr_flushed(leaves));
    for (unsigned imsi = 1; imsi <= SESSIONS; imsi++)
        ck_assert_uint_eq(counted(comes, imsi), total[imsi]);
    ck_assert(order(comes, SMGR_HOLD, epoch + 1, false, false));

    struct smgr_audit audit = smgr_audit(comes, now);

    ck_assert_uint_eq(audit.checked, SESSIONS);
    ck_assert_uint_eq(audit.purged, 0);
    ck_assert(order(comes, SMGR_ACTIVE, epoch + 1, false, false));
    ck_assert(order(leaves, SMGR_STANDBY, epoch + 1, false, false));
    for (unsigned i = 0; i < 5000 && !status_of(comes).synced; i++) {
        traffic(comes);
        run_wild();
    }
    ck_assert(status_of(comes).synced);
    ck_assert_uint_eq(status_of(leaves).sessions, SESSIONS);
}

START_TEST(whole_switchover_there_and_back_counts_every_packet_once)
{
    memset(total, 0, sizeof total);
    wild.n = 0;
    wild.rng.state = (uint64_t)_i;
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    for (unsigned imsi = 1; imsi < SESSIONS; imsi++)
        (void)opened(east, imsi);
    for (unsigned i = 0; i < 2 * 100 * MINUTE_S && !status_of(east).synced; i++)
        run_wild();
    now = mono_after(now, MINUTE_S * US_PER_S);
    (void)opened(east, SESSIONS); /* young */
    for (unsigned i = 0; i < 50; i++) {
        traffic(east);
        run_wild();
    }
    switch_over(east, west, 1);
    switch_over(west, east, 2);
    for (unsigned imsi = 1; imsi <= SESSIONS; imsi++)
        ck_assert_uint_eq(counted(east, imsi), total[imsi]);
    ck_assert_uint_eq(smgr_ledger(east)->superseded + smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(smgr_ledger(east)->handed_over, SESSIONS);
    ck_assert_uint_eq(smgr_ledger(west)->handed_over, SESSIONS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr switchover: there and back");
    TCase *slow = tcase_create("young sessions");

    tcase_add_checked_fixture(slow, set_up_slow, tear_down);
    tcase_add_loop_test(slow, whole_switchover_there_and_back_counts_every_packet_once, 0, 8);
    tcase_set_timeout(slow, 60);
    suite_add_tcase(suite, slow);
    return unit_main(suite);
}
