/* smgr_switch_rig.h - the planned switchover: east leaves, west comes
 *
 * Shared by the check programs of a switchover: what the chassis order, packets that are
 * counted, and the states from which a case begins.
 *
 * Ownership  that of smgr_rig.h
 * Time       now, moved by the test
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_SMGR_SWITCH_RIG_H
#define VPCLAB_SMGR_SWITCH_RIG_H

#include "smgr_rig.h"

enum { OCTETS = 100, MINUTE_S = 60 };

static inline bool
order(struct smgr *smgr, enum smgr_role role, uint64_t epoch, bool flush, bool drain)
{
    return smgr_obey(
        smgr, now,
        &(struct smgr_order){.role = role, .epoch = epoch, .flush = flush, .drain = drain});
}

static inline void
set_up_slow(void)
{
    now = (mono_t){.us = 5000000};
    east = manager_with(1, 7, MINUTE_S * US_PER_S);
    west = manager_with(2, 7, MINUTE_S * US_PER_S);
}

/* As the gateway counts packets. */
static inline void
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

static inline uint64_t
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
static inline void
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
static inline void
drain(void)
{
    settle();
    (void)order(east, SMGR_HOLD, 1, true, false);
    pump();
    ck_assert(smgr_flushed(east));
    ck_assert(order(west, SMGR_HOLD, 2, false, true));
}

#endif
