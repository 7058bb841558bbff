#include <assert.h>
#include <string.h>

#include "sf/sess_wire.h"
#include "sf/smgr_priv.h"

/* The instance-level checkpoint: each 30 minutes, and on change, but no more often than this ... */
#define INSTANCE_US (30 * 60 * US_PER_S)
#define CHANGE_US   (1 * US_PER_S)

/* ... unless so many call-ids were given out since: a heir leaves a gap for four times as many. */
enum { CALL_IDS_SOON = 1024, CALL_IDS = 1 << 24 };

enum { INSTANCE_VERSION = 1 };

static_assert(SMGR_APNS + CKPT_APN_MAP == CKPT_APN_MAP, "maps are the first macro items");
static_assert((int)SMGR_SERVICES == CKPT_SERVICE_MAP - CKPT_APN_MAP, "in this order");
static_assert((int)SMGR_VPNS == CKPT_VPN_MAP - CKPT_APN_MAP, "in this order");
static_assert((int)SMGR_MAPS == CKPT_INSTANCE - CKPT_APN_MAP, "and the instance level last");

void
smgr_macro_init(struct smgr *smgr)
{
    static const struct sess_numbers none;

    assert(smgr->setup.names);
    (void)smgr_macro_rename(smgr, smgr->setup.names, &none);
    smgr->setup.names = NULL; /* the caller's */
    smgr_macro_forget(smgr);
}

/* What the peer told is read once more, since we have other names now. */
static void
read_again(struct smgr *smgr, enum smgr_map map)
{
    const struct smgr_told *told = &smgr->told_names[map];

    if (!names_read(&smgr->maps[map], &smgr->names[map], told->bytes, told->len))
        names_map_clear(&smgr->maps[map]);
}

size_t
smgr_macro_rename(struct smgr *smgr, const struct names wanted[SMGR_MAPS],
                  const struct sess_numbers *used)
{
    const bool *of[SMGR_MAPS] = {used->apn, used->service, used->vpn};
    size_t left_out = 0;

    for (unsigned map = 0; map < SMGR_MAPS; map++) {
        bool differs = false;

        left_out += names_renew(&smgr->names[map], &wanted[map], of[map], smgr->configured[map]);
        for (unsigned number = 0; number < NAMES_MOST; number++) {
            uint64_t digest = names_digest(&smgr->names[map], (uint8_t)number);

            differs |= digest != smgr->digests[map][number];
            smgr->digests[map][number] = digest;
        }
        if (!differs)
            continue;
        ckpt_tx_macro(smgr->tx, map);
        read_again(smgr, (enum smgr_map)map);
    }
    return left_out;
}

/* ---- numbers ------------------------------------------------------------------------------ */

bool
smgr_translate(const struct smgr *smgr, struct sess *sess)
{
    uint8_t apn = smgr->maps[SMGR_APNS].ours[sess->apn];
    uint8_t service = smgr->maps[SMGR_SERVICES].ours[sess->service];
    uint8_t vpn = smgr->maps[SMGR_VPNS].ours[sess->vpn];

    if (apn == NAME_NONE || service == NAME_NONE || vpn == NAME_NONE)
        return false;
    sess->apn = apn;
    sess->service = service;
    sess->vpn = vpn;
    return true;
}

static uint64_t
digest_of(const struct smgr *smgr, enum smgr_map map, uint8_t number)
{
    return number < NAMES_MOST ? smgr->digests[map][number] : 0;
}

uint64_t
smgr_digest(const struct smgr *smgr, const struct sess *sess, const struct sess_rule *rule)
{
    return sess_digest(sess, rule) + digest_of(smgr, SMGR_APNS, sess->apn) +
           3 * digest_of(smgr, SMGR_SERVICES, sess->service) +
           5 * digest_of(smgr, SMGR_VPNS, sess->vpn);
}

/* ---- the instance level ------------------------------------------------------------------- */

static struct smgr_totals
counted(const struct smgr *smgr)
{
    const struct sess_stats *stats = sess_table_stats(smgr->table);

    return (struct smgr_totals){.opened = stats->opened, .closed = stats->closed};
}

struct smgr_totals
smgr_totals(const struct smgr *smgr)
{
    struct smgr_totals totals = smgr->before, is = counted(smgr);

    if (smgr->role == SMGR_STANDBY)
        return totals;
    totals.opened += is.opened - smgr->mark.opened;
    totals.closed += is.closed - smgr->mark.closed;
    return totals;
}

static struct smgr_instance
instance(const struct smgr *smgr)
{
    return (struct smgr_instance){.call_id = sess_last_call_id(smgr->table),
                                  .totals = smgr_totals(smgr)};
}

void
smgr_count_from_here(struct smgr *smgr, mono_t now)
{
    if (smgr->role == SMGR_STANDBY)
        smgr->mark = counted(smgr);
    smgr->said = instance(smgr);
    smgr->said_at = now;
}

void
smgr_count_no_more(struct smgr *smgr)
{
    smgr->before = smgr_totals(smgr);
}

static bool
changed(const struct smgr *smgr, const struct smgr_instance *is)
{
    const struct smgr_instance *said = &smgr->said;

    return is->call_id != said->call_id || is->totals.opened != said->totals.opened ||
           is->totals.closed != said->totals.closed;
}

mono_t
smgr_instance_deadline(const struct smgr *smgr)
{
    struct smgr_instance is = instance(smgr);
    uint32_t call_ids = (is.call_id - smgr->said.call_id) & (CALL_IDS - 1);

    if (!changed(smgr, &is))
        return mono_after(smgr->said_at, INSTANCE_US);
    if (smgr->flush || call_ids >= CALL_IDS_SOON)
        return smgr->said_at;
    return mono_after(smgr->said_at, CHANGE_US);
}

static void
say(struct smgr *smgr, mono_t now)
{
    smgr->said = instance(smgr);
    smgr->said_at = now;
}

void
smgr_instance_beat(struct smgr *smgr, mono_t now)
{
    if (!mono_reached(now, smgr_instance_deadline(smgr)))
        return;
    say(smgr, now);
    ckpt_tx_macro(smgr->tx, ckpt_macro_of(CKPT_INSTANCE));
}

static bool
read_instance(struct smgr_instance *out, const void *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    uint8_t version = rd_u8(&rd);
    struct smgr_instance is = {.call_id = rd_u32(&rd)};

    is.totals.opened = rd_u64(&rd);
    is.totals.closed = rd_u64(&rd);
    if (rd.bad || version < INSTANCE_VERSION || (version == INSTANCE_VERSION && !rd_done(&rd)) ||
        is.call_id >= CALL_IDS)
        return false;
    *out = is;
    return true;
}

/* What one that leaves counted since it was taken over from comes to what we count. */
static void
take_in(struct smgr *smgr, const struct smgr_instance *theirs)
{
    sess_call_ids_told(smgr->table, theirs->call_id);
    if (!smgr->draining || theirs->totals.opened > smgr->before.opened)
        smgr->before.opened = theirs->totals.opened;
    if (!smgr->draining || theirs->totals.closed > smgr->before.closed)
        smgr->before.closed = theirs->totals.closed;
}

/* ---- what sender and receiver ask for ----------------------------------------------------- */

void
smgr_macro_encode(void *ctx, unsigned macro, mono_t now, struct wr *wr)
{
    struct smgr *smgr = ctx;

    if (macro < SMGR_MAPS) {
        names_write(wr, &smgr->names[macro]);
        return;
    }
    say(smgr, now);
    wr_u8(wr, INSTANCE_VERSION);
    wr_u32(wr, smgr->said.call_id);
    wr_u64(wr, smgr->said.totals.opened);
    wr_u64(wr, smgr->said.totals.closed);
}

bool
smgr_macro_check(void *ctx, const struct ckpt_record *record)
{
    unsigned macro = ckpt_macro_of(record->kind);
    struct smgr_instance is;

    (void)ctx;
    return macro < SMGR_MAPS ? names_read(NULL, NULL, record->bytes, record->len)
                             : read_instance(&is, record->bytes, record->len);
}

/* One that is longer than we know them is of a later version: it is not kept. */
static void
keep(struct smgr_told *told, const struct ckpt_record *record)
{
    told->len = record->len <= sizeof told->bytes ? record->len : 0;
    memcpy(told->bytes, record->bytes, told->len);
}

bool
smgr_macro_apply(void *ctx, const struct ckpt_record *record)
{
    struct smgr *smgr = ctx;
    unsigned macro = ckpt_macro_of(record->kind);
    struct smgr_instance is;

    if (macro < SMGR_MAPS) {
        keep(&smgr->told_names[macro], record);
        return names_read(&smgr->maps[macro], &smgr->names[macro], record->bytes, record->len);
    }
    if (!read_instance(&is, record->bytes, record->len))
        return false;
    take_in(smgr, &is);
    return true;
}

void
smgr_macro_forget(void *ctx)
{
    struct smgr *smgr = ctx;

    for (unsigned map = 0; map < SMGR_MAPS; map++) {
        names_map_clear(&smgr->maps[map]);
        smgr->told_names[map].len = 0;
    }
}
