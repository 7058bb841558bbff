#include "sf/sess.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/base/teid.h"
#include "sf/sess_part.h"
#include "sf/sess_priv.h"

static size_t
rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static uint32_t
buckets_for(uint32_t capacity)
{
    uint32_t n = 16;

    while (n / 2 < capacity) /* chains are short */
        n *= 2;
    return n;
}

size_t
sess_table_size(const struct sess_setup *setup)
{
    return rounded(sizeof(struct sess_table)) +
           rounded(buckets_for(setup->capacity) * sizeof(uint32_t)) +
           rounded(((size_t)setup->capacity + 1) * sizeof(struct sess)) +
           rounded(((size_t)setup->capacity + 1) * sizeof(struct sess_rule)) +
           rounded(addrs_size(setup));
}

struct sess_table *
sess_table_init(void *memory, const struct sess_setup *setup)
{
    uint8_t *at = memory;
    struct sess_table *table = memory;
    uint32_t buckets = buckets_for(setup->capacity);

    assert(setup->capacity > 0 && setup->capacity < TEID_SLOTS && setup->instance > 0);
    memset(table, 0, sizeof *table);
    table->setup = *setup;
    at += rounded(sizeof *table);
    table->buckets = (void *)at;
    table->bucket_mask = buckets - 1;
    memset(table->buckets, 0, buckets * sizeof(uint32_t));
    at += rounded(buckets * sizeof(uint32_t));
    table->slots = (void *)at;
    at += rounded(((size_t)setup->capacity + 1) * sizeof(struct sess));
    table->rules = (void *)at;
    at += rounded(((size_t)setup->capacity + 1) * sizeof(struct sess_rule));
    table->addrs = addrs_init(at, setup);
    return table;
}

void
sess_table_on_change(struct sess_table *table, sess_changed_fn *fn, void *ctx)
{
    table->on_change = fn;
    table->change_ctx = ctx;
}

void
sess_table_on_purge(struct sess_table *table, sess_purged_fn *fn, void *ctx)
{
    table->on_purge = fn;
    table->purge_ctx = ctx;
}

void
sess_table_on_pressure(struct sess_table *table, sess_pressure_fn *fn, void *ctx)
{
    table->on_pressure = fn;
    table->pressure_ctx = ctx;
}

const struct sess_setup *
sess_table_setup(const struct sess_table *table)
{
    return &table->setup;
}

const struct sess_stats *
sess_table_stats(const struct sess_table *table)
{
    return &table->stats;
}

uint32_t
sess_count(const struct sess_table *table)
{
    return table->live;
}

uint32_t
sess_count_v2(const struct sess_table *table)
{
    return table->v2;
}

uint32_t
sess_bearers(const struct sess_table *table)
{
    return table->bearers;
}

uint32_t
sess_top(const struct sess_table *table)
{
    return table->top;
}

uint32_t
sess_slot(const struct sess_table *table, const struct sess *sess)
{
    return (uint32_t)(sess - table->slots);
}

struct sess *
sess_at(struct sess_table *table, uint32_t slot)
{
    uint8_t state = slot <= table->top ? table->slots[slot].state : SESS_FREE;

    if (slot == SESS_NONE || state == SESS_FREE || state == SESS_RESERVED)
        return NULL;
    return &table->slots[slot];
}

static struct sess *
live_at(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = sess_at(table, slot);

    return sess && sess->state == SESS_LIVE ? sess : NULL;
}

/* ---- slots ---- */

static void
free_append(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = &table->slots[slot];

    sess->state = SESS_FREE;
    sess->next = SESS_NONE;
    sess->prev = table->free_tail;
    if (table->free_tail)
        table->slots[table->free_tail].next = slot;
    else
        table->free_head = slot;
    table->free_tail = slot;
}

static void
free_unlink(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = &table->slots[slot];

    if (sess->prev)
        table->slots[sess->prev].next = sess->next;
    else
        table->free_head = sess->next;
    if (sess->next)
        table->slots[sess->next].prev = sess->prev;
    else
        table->free_tail = sess->prev;
}

/* Bring untouched slots up to `slot` into the free list. A slot keeps its TEID over
 * sess_clear, so that generations go on. */
static void
touch(struct sess_table *table, uint32_t slot)
{
    while (table->top < slot) {
        uint32_t next = ++table->top;

        if (next > table->touched) {
            table->slots[next] =
                (struct sess){.teid = teid_make(table->setup.instance, table->generation, next)};
            table->touched = next;
        }
        free_append(table, next);
    }
}

/* The slot that was free for longest; SESS_NONE when there is none. */
static uint32_t
free_take(struct sess_table *table)
{
    if (table->top < table->setup.capacity) {
        touch(table, table->top + 1);
        free_unlink(table, table->top);
        return table->top;
    }

    uint32_t slot = table->free_head;

    if (slot)
        free_unlink(table, slot);
    return slot;
}

/* ---- subscriber hash, live sessions only ---- */

static uint32_t *
bucket(struct sess_table *table, uint64_t imsi, uint8_t ebi)
{
    return &table->buckets[mix64(imsi ^ (uint64_t)ebi << 56) & table->bucket_mask];
}

void
sess_hash_insert(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = &table->slots[slot];
    uint32_t *head = bucket(table, sess->imsi, sess->ebi);

    sess->prev = SESS_NONE;
    sess->next = *head;
    if (*head)
        table->slots[*head].prev = slot;
    *head = slot;
}

static void
hash_remove(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = &table->slots[slot];

    if (sess->prev)
        table->slots[sess->prev].next = sess->next;
    else
        *bucket(table, sess->imsi, sess->ebi) = sess->next;
    if (sess->next)
        table->slots[sess->next].prev = sess->prev;
}

struct sess *
sess_by_imsi(struct sess_table *table, uint64_t imsi, uint8_t ebi)
{
    uint32_t slot = *bucket(table, imsi, ebi);

    for (; slot; slot = table->slots[slot].next) {
        if (table->slots[slot].imsi == imsi && table->slots[slot].ebi == ebi)
            return &table->slots[slot];
    }
    return NULL;
}

struct sess *
sess_by_teid(struct sess_table *table, uint32_t teid)
{
    struct sess *sess = live_at(table, teid_slot(teid));

    return sess && sess->teid == teid ? sess : NULL;
}

struct sess *
sess_by_addr(struct sess_table *table, uint32_t ue_addr)
{
    return live_at(table, addrs_holder(table->addrs, ue_addr));
}

/* ---- call-ids ---- */

/* Is id later than `than`, on the circle of 2^24? */
static bool
later(uint32_t id, uint32_t than)
{
    return id != than && ((id - than) & (CALL_IDS - 1)) < CALL_IDS / 2;
}

static void
look_ahead(struct sess_table *table, uint32_t window)
{
    struct calls *calls = &table->calls;

    memset(calls->used, 0, sizeof calls->used);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        const struct sess *sess = &table->slots[slot];
        uint32_t id = sess->call_id & (CALL_IDS - 1);

        if (sess->state != SESS_FREE && id / CALL_WINDOW == window)
            calls->used[id % CALL_WINDOW / 64] |= UINT64_C(1) << id % 64;
    }
    calls->window = window;
    calls->window_valid = true;
}

/* The next id nobody holds. There are eight times as many ids as slots. */
static uint32_t
call_id_take(struct sess_table *table)
{
    struct calls *calls = &table->calls;

    for (;;) {
        uint32_t id = (calls->last + 1) & (CALL_IDS - 1);

        calls->last = id;
        if (id == 0) {
            calls->wrapped = true;
            continue;
        }
        if (!calls->wrapped)
            return id;
        if (!calls->window_valid || calls->window != id / CALL_WINDOW)
            look_ahead(table, id / CALL_WINDOW);
        if (!(calls->used[id % CALL_WINDOW / 64] >> id % 64 & 1))
            return id;
    }
}

static void
call_id_seen(struct sess_table *table, uint32_t call_id)
{
    struct calls *calls = &table->calls;
    uint32_t id = call_id & (CALL_IDS - 1);

    calls->window_valid = false;
    if (calls->last == 0 || later(id, calls->last)) {
        calls->wrapped |= id < calls->last;
        calls->last = id;
    } else if (id > calls->last) {
        calls->wrapped = true; /* left over from before the peer's ids wrapped */
    }
}

uint32_t
sess_last_call_id(const struct sess_table *table)
{
    return table->calls.last;
}

void
sess_call_ids_told(struct sess_table *table, uint32_t last)
{
    assert(last < CALL_IDS);
    table->calls.told = true;
    if (last != 0)
        call_id_seen(table, last);
}

/* ---- opening and closing ---- */

static bool
is_full(const struct sess_table *table)
{
    return table->top == table->setup.capacity && !table->free_head;
}

void
sess_press(struct sess_table *table, mono_t now)
{
    if (table->deleted && table->on_pressure)
        (void)table->on_pressure(table->pressure_ctx, now);
}

struct sess *
sess_take(struct sess_table *table, mono_t now)
{
    if (is_full(table))
        return NULL;

    uint32_t slot = free_take(table);
    struct sess *sess = &table->slots[slot];
    uint8_t instance = table->setup.instance;

    *sess = (struct sess){
        .teid = teid_make(instance, teid_generation(sess->teid) + 1, slot),
        .call_id = (uint32_t)instance << CALL_ID_BITS | call_id_take(table),
        .since = now,
        .active_at = now,
    };
    return sess;
}

int
sess_open(struct sess_table *table, uint64_t imsi, uint8_t ebi, uint8_t pool, mono_t now,
          struct sess **out)
{
    bool no_slot, no_addr;

    assert(!sess_by_imsi(table, imsi, ebi));
    if (is_full(table) || addrs_left(table->addrs, pool) == 0)
        sess_press(table, now);
    no_slot = is_full(table);
    no_addr = addrs_left(table->addrs, pool) == 0;
    table->stats.refused_full += no_slot;
    table->stats.refused_addr += !no_slot && no_addr;
    if (no_slot)
        return DI_EFULL;
    if (no_addr)
        return DI_ENOTFOUND;

    struct sess *sess = sess_take(table, now);
    uint32_t slot = sess_slot(table, sess);

    sess->imsi = imsi;
    sess->ebi = ebi;
    sess->ue_addr = addrs_take(table->addrs, pool, slot);
    sess->state = SESS_LIVE;
    sess_hash_insert(table, slot);
    table->live++;
    table->stats.opened++;
    *out = sess;
    return 0;
}

/* Its GTP version is known when it is complete: not when it is opened. */
static void
count_version(struct sess_table *table, struct sess *sess)
{
    bool is_v2 = !sess->lbi && sess->gtp_version == 2;

    table->v2 += is_v2;
    table->v2 -= sess->counted_v2;
    sess->counted_v2 = is_v2;
}

void
sess_changed(struct sess_table *table, struct sess *sess)
{
    assert(sess->state == SESS_LIVE);
    count_version(table, sess);
    if (table->on_change)
        table->on_change(table->change_ctx, sess_slot(table, sess), SESS_WHOLE, 0);
}

void
sess_changed_part(struct sess_table *table, struct sess *sess, unsigned part)
{
    assert(sess->state == SESS_LIVE && part < SESS_PARTS);
    if (table->on_change)
        table->on_change(table->change_ctx, sess_slot(table, sess), SESS_PART, part);
}

void
sess_counted(struct sess_table *table, struct sess *sess, mono_t now)
{
    uint64_t octets = sess->counters.up_octets + sess->counters.down_octets;

    sess->active_at = now;
    sess->news |= (uint8_t)(1u << SESS_IDLE | 1u << SESS_DCCA | 1u << sess_stats_part(sess));
    table->counted = true;
    table->counts++;
    if (octets - sess->rating.reported < SESS_QUOTA)
        return;
    sess->rating.reported = octets;
    sess->rating.request++;
    sess_changed_part(table, sess, SESS_DCCA);
}

uint32_t
sess_idle_s(const struct sess *sess, mono_t now)
{
    int64_t idle = mono_between(sess->active_at, now) / US_PER_S;

    return idle < 0 ? 0 : idle > UINT32_MAX ? UINT32_MAX : (uint32_t)idle;
}

uint64_t
sess_counts(const struct sess_table *table)
{
    return table->counts;
}

bool
sess_any_counted(const struct sess_table *table)
{
    return table->counted;
}

void
sess_clear_counted(struct sess_table *table)
{
    table->counted = false;
}

static void
close_one(struct sess_table *table, struct sess *sess)
{
    uint32_t slot = sess_slot(table, sess);

    hash_remove(table, slot);
    sess->state = SESS_DELETED;
    sess_count_live(table, sess, -1);
    table->deleted++;
    table->stats.closed += !sess->lbi;
    if (table->on_change)
        table->on_change(table->change_ctx, slot, SESS_GONE, 0);
    else
        sess_forget(table, slot);
}

void
sess_close(struct sess_table *table, struct sess *sess)
{
    struct sess *parent = sess->lbi ? sess_default(table, sess) : NULL;

    assert(sess->state == SESS_LIVE);
    for (struct sess *bearer; !sess->lbi && (bearer = sess_next_bearer(table, sess, 0));) {
        sess->bearers &= (uint16_t) ~(1u << bearer->ebi);
        close_one(table, bearer);
    }
    if (parent)
        parent->bearers &= (uint16_t) ~(1u << sess->ebi);
    close_one(table, sess);
}

/* A bearer's address is its session's. */
static void
release_addr(struct sess_table *table, uint32_t slot)
{
    const struct sess *sess = &table->slots[slot];

    if (sess->ue_addr && !sess->lbi) /* none: an audit found that it was not its own */
        addrs_release(table->addrs, sess->ue_addr);
}

void
sess_give_back(struct sess_table *table, uint32_t slot)
{
    free_append(table, slot);
}

void
sess_forget(struct sess_table *table, uint32_t slot)
{
    assert(slot <= table->top && table->slots[slot].state == SESS_DELETED);
    release_addr(table, slot);
    table->deleted--;
    free_append(table, slot);
}

/* ---- standby ---- */

/* Take whoever stands in the slot out of hash and address pool; the slot is in no list. */
static void
vacate(struct sess_table *table, uint32_t slot)
{
    struct sess *sess = &table->slots[slot];

    switch (sess->state) {
    case SESS_FREE:
        free_unlink(table, slot);
        return;
    case SESS_RESERVED:
        return;
    case SESS_LIVE:
        hash_remove(table, slot);
        sess_count_live(table, sess, -1);
        break;
    default:
        table->deleted--;
        break;
    }
    release_addr(table, slot);
}

int
sess_put(struct sess_table *table, const struct sess *record)
{
    uint32_t slot = teid_slot(record->teid);

    if (teid_instance(record->teid) != table->setup.instance || slot == SESS_NONE ||
        slot > table->setup.capacity || addrs_pool(table->addrs, record->ue_addr) < 0 ||
        record->call_id >> CALL_ID_BITS != table->setup.instance)
        return DI_EFORMAT;

    const struct sess *same_key = sess_by_imsi(table, record->imsi, record->ebi);
    uint32_t holder = record->lbi ? slot : addrs_holder(table->addrs, record->ue_addr);

    if ((same_key && sess_slot(table, same_key) != slot) || (holder && holder != slot))
        return DI_EEXISTS;
    touch(table, slot);
    vacate(table, slot);
    table->slots[slot] = *record;
    table->slots[slot].state = SESS_LIVE;
    table->slots[slot].recovered = false;

    bool claimed = record->lbi || addrs_claim(table->addrs, record->ue_addr, slot);

    assert(claimed);
    (void)claimed;
    sess_hash_insert(table, slot);
    sess_count_live(table, record, 1);
    table->slots[slot].counted_v2 = false;
    count_version(table, &table->slots[slot]);
    call_id_seen(table, record->call_id);
    return 0;
}

/* First the bucket, and once that is here the session it names. */
void
sess_expect(struct sess_table *table, uint64_t imsi, uint8_t ebi)
{
    const uint32_t *asked = table->expected[table->expected_at];

    if (asked && *asked) {
        __builtin_prefetch(&table->slots[*asked].imsi);
        __builtin_prefetch(&table->slots[*asked].prev, 1);
    }
    asked = bucket(table, imsi, ebi);
    __builtin_prefetch(asked, 1);
    table->expected[table->expected_at] = asked;
    table->expected_at = (table->expected_at + 1) % SESS_EXPECTED;
}

bool
sess_drop(struct sess_table *table, uint32_t teid)
{
    struct sess *sess = sess_by_teid(table, teid);

    if (!sess)
        return false;
    vacate(table, teid_slot(teid));
    free_append(table, teid_slot(teid));
    return true;
}

void
sess_clear(struct sess_table *table)
{
    for (uint32_t slot = 1; slot <= table->top; slot++)
        table->slots[slot].state = SESS_FREE;
    memset(table->buckets, 0, ((size_t)table->bucket_mask + 1) * sizeof(uint32_t));
    addrs_clear(table->addrs);
    table->live = table->v2 = table->bearers = table->deleted = table->top = 0;
    table->free_head = table->free_tail = SESS_NONE;
    table->calls.window_valid = false;
}

/* A lost Active may have opened calls that nobody heard of, and their clients may still send, change
 * and delete: what is opened next must not answer to their TEIDs and call-ids. Each epoch has other
 * ones, so that this holds also between two that take over in turn from one copy, and where
 * nothing was heard. The first Active of all begins at the beginning. */
static void
pass_over_unheard(struct sess_table *table, uint64_t epoch)
{
    uint64_t turn = epoch > FIRST_EPOCH ? epoch - FIRST_EPOCH : 0;
    bool heard = table->calls.last != 0 || table->calls.told;
    uint32_t ranges = (uint32_t)(heard ? 1 + turn % CALL_TURNS : turn % CALL_RANGES);
    uint32_t last = table->calls.last + ranges * CALL_PROMOTE_GAP;

    table->calls.wrapped |= last >= CALL_IDS;
    table->calls.last = last & (CALL_IDS - 1);
    table->generation = (uint8_t)(turn * TEID_PROMOTE_GAP & 7u);
    for (uint32_t slot = 1; slot <= table->touched; slot++) {
        struct sess *sess = &table->slots[slot];
        unsigned ahead = (teid_generation(sess->teid) - table->generation) & 7u;

        if (sess->state == SESS_FREE && (ahead == 0 || ahead >= TEID_PROMOTE_GAP))
            sess->teid = teid_make(table->setup.instance, table->generation, slot);
    }
}

uint32_t
sess_promote(struct sess_table *table, uint64_t epoch)
{
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_LIVE)
            continue;
        sess->recovered = true;
        sess->bearers = 0;
        n += !sess->lbi;
    }
    if (table->bearers > 0)
        sess_find_bearers(table);
    pass_over_unheard(table, epoch);
    table->stats.recovered += n;
    return n;
}
