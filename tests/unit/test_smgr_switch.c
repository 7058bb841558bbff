#include "common/base/rng.h"
#include "smgr_rig.h"

/* The planned switchover: east leaves, west comes. */

enum { OCTETS = 100, MINUTE_S = 60, SESSIONS = 4 };

static bool
order(struct smgr *smgr, enum smgr_role role, uint64_t epoch, bool flush, bool drain)
{
    return smgr_obey(
        smgr, now,
        &(struct smgr_order){.role = role, .epoch = epoch, .flush = flush, .drain = drain});
}

static void
set_up_slow(void)
{
    now = (mono_t){.us = 5000000};
    east = manager_with(1, 7, MINUTE_S * US_PER_S);
    west = manager_with(2, 7, MINUTE_S * US_PER_S);
}

/* As the gateway counts packets. */
static void
packets(struct smgr *smgr, uint64_t imsi, unsigned n)
{
    struct sess *sess = sess_by_imsi(smgr_table(smgr), imsi, 5);

    ck_assert_ptr_nonnull(sess);
    sess->counters.up_packets += n;
    sess->counters.up_octets += (uint64_t)n * OCTETS;
    sess->counters.down_packets += 2 * (uint64_t)n;
    sess->counters.down_octets += 2 * (uint64_t)n * OCTETS;
    sess_counted(smgr_table(smgr), sess, now);
}

static uint64_t
counted(struct smgr *smgr, uint64_t imsi)
{
    const struct sess *sess = sess_by_imsi(smgr_table(smgr), imsi, 5);

    ck_assert_ptr_nonnull(sess);
    ck_assert_uint_eq(sess->counters.up_octets, sess->counters.up_packets * OCTETS);
    ck_assert_uint_eq(sess->counters.down_packets, sess->counters.up_packets * 2);
    ck_assert_uint_eq(sess->counters.down_octets, sess->counters.up_octets * 2);
    return sess->counters.up_packets;
}

/* East serves session 1, and west knows it with 10 packets. */
static void
settle(void)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    packets(east, 1, 10);
    pump();
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(counted(west, 1), 10);
}

/* ... and has handed it over, as far as that both hold it now. */
static void
drain(void)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert(order(west, SMGR_HOLD, 2, false, true));
}

/* ---- orders ------------------------------------------------------------------------------- */

START_TEST(flags_of_an_epoch_may_change_and_a_repetition_is_none)
{
    ck_assert(order(east, SMGR_HOLD, 1, false, true));
    ck_assert(!order(east, SMGR_HOLD, 1, false, true));
    ck_assert(order(east, SMGR_HOLD, 1, true, true));
    ck_assert(order(east, SMGR_HOLD, 1, true, false));
    ck_assert(!order(east, SMGR_HOLD, 1, true, false));
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    ck_assert(order(east, SMGR_HOLD, 1, false, false));
    ck_assert(!order(east, SMGR_HOLD, 0, true, true));
    ck_assert(order(east, SMGR_STANDBY, 1, true, true));
    ck_assert(!order(east, SMGR_STANDBY, 1, false, false)); /* asks for nothing there */
    ck_assert(!order(east, SMGR_HOLD, 1, true, true));      /* stood by in it already */
    ck_assert(!smgr_flushed(east));
}
END_TEST

START_TEST(drain_does_not_begin_again_once_it_has_ended)
{
    drain();
    ck_assert(order(west, SMGR_HOLD, 2, false, false));
    ck_assert(!order(west, SMGR_HOLD, 2, false, true));
    ck_assert(!status_of(west).rx.started);
    ck_assert(order(west, SMGR_ACTIVE, 2, false, true));
    ck_assert(!status_of(west).rx.started);
}
END_TEST

/* ---- flush -------------------------------------------------------------------------------- */

START_TEST(flush_sends_what_is_too_young_and_what_comes_later)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    pass_s(1);
    (void)opened(east, 1);
    pump();
    ck_assert_uint_eq(status_of(east).tx.waiting, 1);
    ck_assert(status_of(east).synced && !smgr_flushed(east));
    ck_assert(order(east, SMGR_ACTIVE, 1, true, false));
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
    (void)opened(east, 2);
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 2);
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

START_TEST(after_a_flush_sessions_wait_for_their_age_again)
{
    (void)order(east, SMGR_ACTIVE, 1, true, false);
    pump();
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    (void)opened(east, 1);
    pass_s(MINUTE_S - 1);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    pass_s(2);
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

START_TEST(flush_tells_sessions_that_counted_packets_and_no_other)
{
    settle();
    (void)opened(east, 2);
    pump();

    const struct ckpt_tx_stats *tx = smgr_tx_stats(east);
    uint64_t full = tx->full_sent;

    packets(east, 1, 5);
    pass_s(1);
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 0); /* not worth a checkpoint at once */
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert(!smgr_flushed(east));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 1);
    ck_assert_uint_eq(counted(west, 1), 15);
    packets(east, 2, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert_uint_eq(tx->part_sent[SESS_GGSN_STATS], 2);
    ck_assert_uint_eq(tx->full_sent, full);
}
END_TEST

START_TEST(packets_let_through_in_a_flush_follow_and_do_not_hold_it_up)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    ck_assert(smgr_flushed(east));
    for (unsigned i = 0; i < 100 && counted(west, 1) < 11; i++) {
        mono_t due = smgr_deadline(east);

        ck_assert_int_lt(mono_between(now, due), 50 * US_PER_MS);
        now = due;
        (void)carry(east, west); /* on the way, and not acknowledged yet */
        ck_assert(smgr_flushed(east));
        (void)carry(west, east);
    }
    ck_assert_uint_eq(counted(west, 1), 11);
}
END_TEST

START_TEST(flush_ordered_again_waits_for_the_packets_until_then)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    ck_assert(!order(east, SMGR_HOLD, 1, true, false)); /* the order is none, ... */
    ck_assert(!smgr_flushed(east));                     /* ... but it is obeyed */
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 11);
    ck_assert(!order(east, SMGR_HOLD, 1, true, false));
    ck_assert(smgr_flushed(east)); /* nothing was counted since */
}
END_TEST

START_TEST(nothing_is_flushed_without_a_peer_or_after_it_went)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    for (unsigned i = 0; i < 50; i++) { /* west hears nothing */
        static uint8_t lost[CKPT_MESSAGE];

        now = mono_after(now, 100 * US_PER_MS);
        while (smgr_next(east, now, lost, sizeof lost, NULL))
            ;
        ck_assert(!smgr_flushed(east));
    }
    pass_s(1);
    ck_assert(smgr_flushed(east));
    now = mono_after(now, 10 * US_PER_S);
    (void)smgr_next(east, now, (uint8_t[CKPT_LEAST]){0}, CKPT_LEAST, NULL);
    ck_assert(!smgr_flushed(east));
    free(west);
    west = manager(3, 7); /* started again, empty */
    (void)carry(east, west);
    (void)carry(west, east);
    ck_assert(!smgr_flushed(east)); /* in a stream, but nothing is there yet */
    pass_s(1);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 1);
}
END_TEST

/* The stream that a gap has ended is opened anew; the peer was there all the time, and is
 * waited for. */
START_TEST(a_lost_frame_is_no_lost_peer)
{
    uint8_t lost[CKPT_MESSAGE];

    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    packets(east, 1, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert_uint_gt(smgr_next(east, now, lost, sizeof lost, NULL), 0);
    now = mono_after(now, CKPT_BEAT_US);
    (void)carry(east, west); /* a heartbeat: there is a frame more */
    (void)carry(west, east);
    ck_assert_uint_eq(smgr_tx_stats(east)->closed_gap, 1);
    ck_assert(!status_of(east).tx.open);
    ck_assert(status_of(east).connected);
    ck_assert(!smgr_flushed(east));
    for (int i = 0; i < 4; i++) {
        now = mono_after(now, CKPT_BEAT_US);
        while (smgr_next(east, now, lost, sizeof lost, NULL))
            ;
    }
    ck_assert(!status_of(east).connected); /* now it is silent */
}
END_TEST

START_TEST(forced_out_without_a_peer_every_session_is_accounted_for)
{
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    (void)order(east, SMGR_HOLD, 1, true, false);
    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_eq(smgr_ledger(east)->superseded, 1);
    ck_assert_uint_eq(smgr_ledger(east)->handed_over, 0);
    ck_assert_uint_eq(status_of(east).sessions, 0);
}
END_TEST

START_TEST(stream_stands_while_both_hold)
{
    drain();

    uint64_t streams = smgr_tx_stats(east)->streams;

    pass_s(MINUTE_S);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(smgr_tx_stats(east)->streams, streams);
    ck_assert_uint_eq(smgr_tx_stats(east)->closed_silent, 0);
    ck_assert(!status_of(west).tx.open); /* east does not stand by yet */
}
END_TEST

/* ---- drain -------------------------------------------------------------------------------- */

START_TEST(last_counters_of_the_peer_add_to_those_counted_here)
{
    drain();
    packets(west, 1, 100);
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 115);
    packets(west, 1, 1);
    packets(east, 1, 2);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert_uint_eq(counted(west, 1), 118);
    ck_assert_uint_eq(smgr_ledger(west)->drained, 2);
}
END_TEST

START_TEST(only_the_counters_of_a_drained_session_change)
{
    struct sess was, is;
    struct sess *sess;

    drain();
    was = *sess_by_imsi(smgr_table(west), 1, 5);
    sess = sess_by_imsi(smgr_table(east), 1, 5);
    sess->peer_user_teid = 99;
    packets(east, 1, 5);
    sess_changed(smgr_table(east), sess);
    pump();
    is = *sess_by_imsi(smgr_table(west), 1, 5);
    ck_assert_uint_eq(is.counters.up_packets, 15);
    is.counters = was.counters;
    is.base = was.base;
    ck_assert_mem_eq(&is, &was, sizeof is);
}
END_TEST

/* East was started again, and gave its first call what a lost one had. */
START_TEST(another_session_with_the_same_call_id_adds_nothing)
{
    struct sess *sess;

    drain();
    sess = sess_by_imsi(smgr_table(east), 1, 5);
    sess->create_seq++;
    packets(east, 1, 5);
    sess_changed(smgr_table(east), sess);
    pump();
    ck_assert_uint_eq(counted(west, 1), 10);
}
END_TEST

START_TEST(drained_counters_are_checkpointed_in_their_turn)
{
    drain();
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    (void)order(west, SMGR_ACTIVE, 2, false, false);
    (void)order(east, SMGR_STANDBY, 2, false, false);
    pass_s(1);
    ck_assert(status_of(west).synced);
    ck_assert_uint_eq(counted(east, 1), 15);
}
END_TEST

START_TEST(session_that_the_peer_deletes_is_closed_here)
{
    drain();
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->closed, 1);
    ck_assert_uint_eq(status_of(east).tx.tombstones, 0);
}
END_TEST

START_TEST(session_unknown_here_is_ignored_and_one_opened_here_is_not_touched)
{
    struct sess *theirs;
    const struct sess *ours;

    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    (void)opened(east, 1);
    pass_s(MINUTE_S + 1);
    theirs = opened(east, 2); /* too young: not told before the takeover */
    ck_assert(order(west, SMGR_ACTIVE, 2, false, true));
    ours = opened(west, 3);
    ck_assert_uint_eq(teid_slot(ours->teid), teid_slot(theirs->teid)); /* the place is the same */
    ck_assert_uint_ne(ours->teid, theirs->teid);
    packets(east, 2, 7);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert_ptr_null(sess_by_imsi(smgr_table(west), 2, 5));
    ck_assert_uint_eq(counted(west, 3), 0);
    sess_close(smgr_table(east), theirs);
    pump();
    ck_assert_uint_eq(counted(west, 3), 0);
    ck_assert_uint_eq(status_of(west).sessions, 2);
    ck_assert_uint_eq(smgr_ledger(west)->drained, 0);
}
END_TEST

START_TEST(one_that_was_started_again_has_nothing_to_say_in_drain)
{
    drain();
    free(east);
    east = manager(5, 7); /* without sessions: it would confirm none */
    (void)order(east, SMGR_HOLD, 1, true, false);
    pass_s(5);
    ck_assert(!smgr_flushed(east)); /* nor is it told that all it knows is here */
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(counted(west, 1), 10);
}
END_TEST

START_TEST(drain_ends_with_the_first_order_without_it)
{
    drain();
    packets(east, 1, 5);
    ck_assert(order(west, SMGR_ACTIVE, 2, false, false));
    (void)order(east, SMGR_HOLD, 1, true, false);
    pass_s(1);
    ck_assert(!smgr_flushed(east));
    ck_assert_uint_eq(counted(west, 1), 10);
    ck_assert_uint_gt(smgr_rx_stats(west)->dropped[CKPT_WRONG_ROLE], 0);
}
END_TEST

/* Every message that east sends is given to west again, later and in another order. */
START_TEST(repeated_and_late_frames_count_once)
{
    enum { MOST = 200 };
    static uint8_t kept[MOST][2048];
    static size_t len[MOST];
    struct rng rng = {.state = 7};
    unsigned n = 0;

    drain();
    for (unsigned i = 0; i < 20; i++) {
        packets(east, 1, 1);
        packets(west, 1, 10);
        (void)order(east, SMGR_HOLD, 1, true, false);
        for (size_t l; n < MOST && (l = smgr_next(east, now, kept[n], sizeof *kept, NULL)); n++) {
            len[n] = l;
            (void)smgr_receive(west, now, kept[n], l);
        }
        for (unsigned again = 0; again < 5; again++) {
            size_t which = rng_below(&rng, n);

            (void)smgr_receive(west, now, kept[which], len[which]);
        }
        (void)carry(west, east);
        now = mono_after(now, 100 * US_PER_MS);
    }
    pass_s(5);
    ck_assert(smgr_flushed(east));
    ck_assert_uint_ge(n, 20);
    ck_assert_uint_eq(counted(west, 1), 10 + 20 + 200);
}
END_TEST

/* ---- rolled back -------------------------------------------------------------------------- */

START_TEST(rolled_back_before_it_served_it_has_records_again)
{
    drain();
    packets(east, 1, 5);
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    sess_close(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5));
    pump(); /* closed in drain, too */
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    (void)opened(east, 2);
    packets(east, 2, 4);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    pass_s(1);
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(counted(west, 2), 4);
    ck_assert(status_of(east).synced && status_of(west).synced);
}
END_TEST

START_TEST(peer_that_rolled_back_first_finds_no_copy_before_we_stand_by)
{
    drain();
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    (void)opened(east, 2);
    pass_s(1);
    ck_assert(!status_of(east).synced && !status_of(east).tx.open);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    pass_s(1);
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(west).sessions, 2);
}
END_TEST

START_TEST(rolled_back_after_it_let_packets_through_its_sessions_are_dropped)
{
    drain();
    packets(west, 1, 1);
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    ck_assert_uint_eq(smgr_ledger(west)->handed_over, 1); /* the peer has it */
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert(order(east, SMGR_ACTIVE, 3, false, false));
    pass_s(1);
    ck_assert_uint_eq(counted(west, 1), 10); /* as east counted */
}
END_TEST

START_TEST(rolled_back_after_it_let_signalling_through_its_sessions_are_dropped)
{
    drain();
    sess_changed(smgr_table(west), sess_by_imsi(smgr_table(west), 1, 5));
    ck_assert(order(west, SMGR_STANDBY, 3, false, false));
    ck_assert_uint_eq(smgr_ledger(west)->handed_over, 1); /* the peer has it */
    ck_assert_uint_eq(smgr_ledger(west)->superseded, 0);
}
END_TEST

START_TEST(what_was_handed_over_in_order_stays_as_records_until_the_heir_has_sent_it_back)
{
    drain();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));

    uint32_t n = status_of(east).sessions;

    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_eq(status_of(east).sessions, n);
    ck_assert(!status_of(east).synced);
    ck_assert(order(east, SMGR_ACTIVE, 5, false, false)); /* the heir is dead */
    ck_assert_uint_eq(status_of(east).sessions, n);
    ck_assert_uint_eq(counted(east, 1), 10);
}
END_TEST

START_TEST(records_of_what_was_handed_over_go_when_the_heir_does_not_confirm_them)
{
    drain();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(order(west, SMGR_ACTIVE, 2, false, false));
    sess_close(smgr_table(west), sess_by_imsi(smgr_table(west), 1, 5));
    ck_assert(order(east, SMGR_STANDBY, 2, false, false));
    ck_assert_uint_gt(status_of(east).sessions, 0);
    pass_s(3);
    ck_assert_uint_eq(status_of(east).sessions, status_of(west).sessions);
    ck_assert_ptr_null(sess_by_imsi(smgr_table(east), 1, 5));
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(request_that_is_refused_costs_the_one_that_asked_nothing)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    packets(east, 1, 3);
    pump();
    ck_assert(order(east, SMGR_ACTIVE, 1, false, false));
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(status_of(east).sessions, 1);
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(smgr_tx_stats(east)->streams, 1);
    packets(east, 1, 1);
    ck_assert_uint_eq(counted(east, 1), 14);
}
END_TEST

/* ---- from one end to the other ------------------------------------------------------------ */

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
    Suite *suite = suite_create("smgr switchover");
    TCase *quick = tcase_create("steps"), *slow = tcase_create("young sessions");

    tcase_add_checked_fixture(quick, set_up, tear_down);
    tcase_add_test(quick, flags_of_an_epoch_may_change_and_a_repetition_is_none);
    tcase_add_test(quick, drain_does_not_begin_again_once_it_has_ended);
    tcase_add_test(quick, flush_tells_sessions_that_counted_packets_and_no_other);
    tcase_add_test(quick, packets_let_through_in_a_flush_follow_and_do_not_hold_it_up);
    tcase_add_test(quick, flush_ordered_again_waits_for_the_packets_until_then);
    tcase_add_test(quick, nothing_is_flushed_without_a_peer_or_after_it_went);
    tcase_add_test(quick, a_lost_frame_is_no_lost_peer);
    tcase_add_test(quick, forced_out_without_a_peer_every_session_is_accounted_for);
    tcase_add_test(quick, stream_stands_while_both_hold);
    tcase_add_test(quick, last_counters_of_the_peer_add_to_those_counted_here);
    tcase_add_test(quick, only_the_counters_of_a_drained_session_change);
    tcase_add_test(quick, another_session_with_the_same_call_id_adds_nothing);
    tcase_add_test(quick, drained_counters_are_checkpointed_in_their_turn);
    tcase_add_test(quick, session_that_the_peer_deletes_is_closed_here);
    tcase_add_test(quick, one_that_was_started_again_has_nothing_to_say_in_drain);
    tcase_add_test(quick, drain_ends_with_the_first_order_without_it);
    tcase_add_test(quick, repeated_and_late_frames_count_once);
    tcase_add_test(quick, rolled_back_before_it_served_it_has_records_again);
    tcase_add_test(quick, peer_that_rolled_back_first_finds_no_copy_before_we_stand_by);
    tcase_add_test(quick,
                   what_was_handed_over_in_order_stays_as_records_until_the_heir_has_sent_it_back);
    tcase_add_test(quick, records_of_what_was_handed_over_go_when_the_heir_does_not_confirm_them);
    tcase_add_test(quick, rolled_back_after_it_let_packets_through_its_sessions_are_dropped);
    tcase_add_test(quick, rolled_back_after_it_let_signalling_through_its_sessions_are_dropped);
    tcase_add_test(quick, request_that_is_refused_costs_the_one_that_asked_nothing);
    suite_add_tcase(suite, quick);
    tcase_add_checked_fixture(slow, set_up_slow, tear_down);
    tcase_add_test(slow, flush_sends_what_is_too_young_and_what_comes_later);
    tcase_add_test(slow, after_a_flush_sessions_wait_for_their_age_again);
    tcase_add_test(slow, session_unknown_here_is_ignored_and_one_opened_here_is_not_touched);
    tcase_add_loop_test(slow, whole_switchover_there_and_back_counts_every_packet_once, 0, 8);
    tcase_set_timeout(slow, 60);
    suite_add_tcase(suite, slow);
    return unit_main(suite);
}
