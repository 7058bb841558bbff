/* smgr_rig.h - two session managers back to back
 *
 * Shared by the session manager's check programs: east and west, a clock, and a network
 * between them that loses nothing unless the test carries the messages itself.
 *
 * Ownership  set_up and tear_down, as a checked fixture
 * Time       now, moved by the test
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_SMGR_RIG_H
#define VPCLAB_SMGR_RIG_H

#include <stdlib.h>
#include <string.h>

#include "sf/sess_part.h"
#include "sf/sess_wire.h"
#include "sf/smgr.h"
#include "unit.h"

#define NET 0x7f0a0000u /* 127.10.0.0/24 */

static struct smgr *east, *west;
static mono_t now;

/* What both sides' sessions are of, unless a test says otherwise. */
static const struct names rig_names[SMGR_MAPS] = {
    [SMGR_APNS] = {.of = {"internet", "ims"}},
    [SMGR_SERVICES] = {.of = {"ggsn-service ggsn in context ingress"}},
    [SMGR_VPNS] = {.of = {"local", "egress"}},
};

static inline struct smgr *
manager_named(uint64_t incarnation, uint32_t config, int64_t duration_us, const struct names *names)
{
    struct smgr_setup setup = {
        .sess = {.instance = 1,
                 .instances = 1,
                 .capacity = 24,
                 .pool_n = 1,
                 .pools = {{.net = NET, .mask = 0xffffff00u}}},
        .names = names,
        .incarnation = incarnation,
        .config = config,
        .duration_us = {duration_us, duration_us},
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
    };

    return smgr_init(malloc(smgr_size(&setup)), &setup);
}

static inline struct smgr *
manager_with(uint64_t incarnation, uint32_t config, int64_t duration_us)
{
    return manager_named(incarnation, config, duration_us, rig_names);
}

static inline struct smgr *
manager(uint64_t incarnation, uint32_t config)
{
    return manager_with(incarnation, config, 0);
}

static inline void
set_up(void)
{
    now = (mono_t){.us = 5000000};
    east = manager(1, 7);
    west = manager(2, 7);
}

static inline void
tear_down(void)
{
    free(east);
    free(west);
}

static inline bool
carry(struct smgr *from, struct smgr *to)
{
    static uint8_t message[CKPT_MESSAGE];
    bool moved = false;

    for (size_t len; (len = smgr_next(from, now, message, sizeof message, NULL)); moved = true)
        (void)smgr_receive(to, now, message, len);
    return moved;
}

static inline void
pump(void)
{
    for (bool more = true; more;) {
        bool there = carry(east, west);

        more = carry(west, east) || there;
    }
}

static inline void
pass_s(unsigned seconds)
{
    for (unsigned i = 0; i < seconds * 5; i++) {
        now = mono_after(now, 200 * US_PER_MS);
        pump();
    }
}

static inline struct sess *
opened(struct smgr *smgr, uint64_t imsi)
{
    struct sess *sess = NULL;

    ck_assert(smgr_serves(smgr));
    ck_assert_int_eq(sess_open(smgr_table(smgr), imsi, 5, 0, now, &sess), 0);
    sess->gtp_version = 1;
    sess_changed(smgr_table(smgr), sess);
    return sess;
}

static inline struct smgr_status
status_of(struct smgr *smgr)
{
    struct smgr_status status;

    smgr_status(smgr, now, &status);
    return status;
}

#endif
