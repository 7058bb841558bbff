#include "common/fault/fault_hook.h"

#include <assert.h>
#include <string.h>

/* ---- the ring ----------------------------------------------------------------------- */

struct record {
    int64_t due_us;
    uint32_t len;
    uint32_t size; /* with this head; 0: the ring goes on at its begin */
};

enum { ALIGN = sizeof(struct record) };

static struct record
record_at(const struct fault_hook *hook, size_t at)
{
    struct record record;

    memcpy(&record, hook->ring + at, sizeof record);
    return record;
}

/* Where a record of that size goes: SIZE_MAX when there is no room. */
static size_t
place(struct fault_hook *hook, size_t size)
{
    if (hook->held == 0)
        hook->head = hook->tail = 0;
    else if (hook->head == hook->tail)
        return SIZE_MAX; /* full */
    if (hook->head < hook->tail)
        return hook->tail - hook->head >= size ? hook->head : SIZE_MAX;
    if (hook->room - hook->head >= size)
        return hook->head;
    if (hook->tail < size)
        return SIZE_MAX;
    if (hook->head < hook->room)
        memcpy(hook->ring + hook->head, &(struct record){0}, sizeof(struct record));
    return 0;
}

/* Room for a frame that travels at `due_us`; NULL: there is none. */
static uint8_t *
hold(struct fault_hook *hook, int64_t due_us, size_t len)
{
    struct record record = {
        .due_us = due_us,
        .len = (uint32_t)len,
        .size = (uint32_t)(sizeof record + (len + ALIGN - 1) / ALIGN * ALIGN),
    };
    size_t at = place(hook, record.size);

    if (at == SIZE_MAX)
        return NULL;
    memcpy(hook->ring + at, &record, sizeof record);
    hook->head = at + record.size;
    hook->held++;
    hook->octets += len;
    hook->last_us = due_us;
    return hook->ring + at + sizeof record;
}

/* `tail` at the first record; false: there is none. */
static bool
first(const struct fault_hook *hook, size_t *at, struct record *record)
{
    if (hook->held == 0)
        return false;
    *at = hook->tail;
    if (*at == hook->room || (*record = record_at(hook, *at)).size == 0)
        *record = record_at(hook, *at = 0);
    return true;
}

/* All that is held travels now. */
static void
release(struct fault_hook *hook, int64_t now_us)
{
    size_t at = hook->tail;

    for (size_t i = 0; i < hook->held; i++) {
        struct record record;

        if (at == hook->room || record_at(hook, at).size == 0)
            at = 0;
        record = record_at(hook, at);
        record.due_us = now_us;
        memcpy(hook->ring + at, &record, sizeof record);
        at += record.size;
    }
    hook->last_us = now_us;
    hook->back_us = now_us;
}

/* ---- leases ------------------------------------------------------------------------- */

void
fault_hook_init(struct fault_hook *hook, uint64_t flow, void *memory, size_t room)
{
    uint8_t *at = memory;

    assert(room >= FAULT_HOOK_LEAST);
    memset(hook, 0, sizeof *hook);
    hook->flow = flow;
    hook->back = at;
    at += FAULT_FRAME;
    for (size_t i = 0; i < FAULT_KEPT; i++, at += FAULT_KEPT_MOST)
        hook->kept[i] = at;
    hook->ring = at;
    hook->room = (room - FAULT_FRAME - (size_t)FAULT_KEPT * FAULT_KEPT_MOST) / ALIGN * ALIGN;
}

static bool
same_lease(const struct fault *a, const struct fault *b)
{
    return a->id == b->id && a->begin_us == b->begin_us;
}

static struct fault_dice
dice_of(const struct fault_hook *hook, const struct fault *lease)
{
    struct fault_dice dice = {.lease = *lease};

    dice.rng.state = mix64(lease->id) ^ mix64((uint64_t)lease->begin_us + 1) ^ mix64(~hook->flow);
    return dice;
}

void
fault_hook_set(struct fault_hook *hook, const struct fault *leases, size_t n, int64_t now_us)
{
    size_t kept = 0;

    assert(n <= FAULTS_MOST);
    for (size_t i = 0; i < hook->n; i++) {
        for (size_t k = 0; k < n; k++) {
            if (!same_lease(&hook->leases[i].lease, &leases[k]))
                continue;
            hook->leases[kept] = hook->leases[i];
            hook->leases[kept++].lease = leases[k]; /* its end may be another one */
            break;
        }
    }
    if (kept < hook->n)
        release(hook, now_us);
    hook->n = kept;
    for (size_t k = 0; k < n; k++) {
        size_t i = 0;

        while (i < kept && !same_lease(&hook->leases[i].lease, &leases[k]))
            i++;
        if (i == kept && hook->n < FAULTS_MOST)
            hook->leases[hook->n++] = dice_of(hook, &leases[k]);
    }
}

/* Leases whose time is over hit nothing any more, whoever is left to say so. */
static void
prune(struct fault_hook *hook, int64_t now_us)
{
    size_t kept = 0;

    for (size_t i = 0; i < hook->n; i++) {
        if (now_us < hook->leases[i].lease.end_us)
            hook->leases[kept++] = hook->leases[i];
    }
    if (kept < hook->n)
        release(hook, now_us);
    hook->n = kept;
}

/* ---- when --------------------------------------------------------------------------- */

/* When the last octet of a frame has passed that is sent at `at_us`; false: the way is full. */
static bool
throttle(const struct fault_hook *hook, struct fault_dice *dice, int64_t *at_us, size_t len)
{
    int64_t start = dice->free_us > *at_us ? dice->free_us : *at_us;

    if (hook->octets > 0 && hook->octets + len > FAULT_BACKLOG)
        return false;
    dice->free_us = start + (int64_t)len * 8 * 1000 / dice->lease.amount;
    *at_us = dice->free_us;
    return true;
}

static bool
when(struct fault_hook *hook, int64_t now_us, size_t len, int64_t *due_us)
{
    *due_us = now_us;
    for (size_t i = 0; i < hook->n; i++) {
        struct fault_dice *dice = &hook->leases[i];
        int64_t amount_us = dice->lease.amount * 1000;

        if (!fault_in_force(&dice->lease, now_us))
            continue;
        if (dice->lease.kind == FAULT_DELAY)
            *due_us += amount_us;
        if (dice->lease.kind == FAULT_JITTER)
            *due_us += rng_between(&dice->rng, 0, amount_us);
    }
    for (size_t i = 0; i < hook->n; i++) {
        struct fault_dice *dice = &hook->leases[i];

        if (dice->lease.kind == FAULT_THROTTLE && fault_in_force(&dice->lease, now_us) &&
            !throttle(hook, dice, due_us, len))
            return false;
    }
    if (hook->held > 0 && *due_us < hook->last_us)
        *due_us = hook->last_us;
    return true;
}

/* ---- what --------------------------------------------------------------------------- */

/* The lease of that kind that hits this frame, or NULL. */
static struct fault_dice *
hits(struct fault_hook *hook, enum fault_kind kind, int64_t now_us)
{
    struct fault_dice *hit = NULL;

    for (size_t i = 0; i < hook->n; i++) {
        struct fault_dice *dice = &hook->leases[i];

        if (dice->lease.kind == kind && fault_in_force(&dice->lease, now_us) &&
            (kind == FAULT_CUT || rng_below(&dice->rng, 100) < (uint64_t)dice->lease.amount))
            hit = dice;
    }
    return hit;
}

static uint8_t *
put(struct fault_hook *hook, int64_t now_us, const void *frame, size_t len)
{
    int64_t due_us;
    uint8_t *at = when(hook, now_us, len, &due_us) ? hold(hook, due_us, len) : NULL;

    if (!at) {
        hook->counts.over++;
        return NULL;
    }
    hook->counts.late += due_us > now_us;
    memcpy(at, frame, len);
    return at;
}

static bool
is_frame(const uint8_t *frame, size_t len, struct msg_head *head)
{
    struct rd rd = rd_over(frame, len);
    const char *reason;

    return msg_head_get(&rd, head, &reason);
}

/* Of the frame that was put last. What is no frame of ours has its own checks (RADIUS signs). */
static void
spoil(struct fault_hook *hook, struct rng *rng, uint8_t *at, size_t len)
{
    struct msg_head head;
    size_t most = is_frame(at, len, &head) ? 3 : len; /* magic and version */
    struct record record;

    hook->counts.wrong++;
    if (rng_below(rng, 2) == 0) {
        at[rng_below(rng, most)] ^= (uint8_t)rng_between(rng, 1, 255);
        return;
    }
    memcpy(&record, at - sizeof record, sizeof record);
    record.len = (uint32_t)rng_below(rng, len);
    hook->octets -= len - record.len;
    memcpy(at - sizeof record, &record, sizeof record);
}

static void
keep(struct fault_hook *hook, const void *frame, size_t len)
{
    if (len > FAULT_KEPT_MOST)
        return;
    memcpy(hook->kept[hook->kept_at], frame, len);
    hook->kept_len[hook->kept_at] = len;
    hook->kept_at = (hook->kept_at + 1) % FAULT_KEPT;
}

static void
replay(struct fault_hook *hook, struct rng *rng, int64_t now_us)
{
    size_t i = (size_t)rng_below(rng, FAULT_KEPT);

    if (hook->kept_len[i] > 0 && put(hook, now_us, hook->kept[i], hook->kept_len[i]))
        hook->counts.old++;
}

/* What has no epoch cannot come with an older one. */
static unsigned
send_stale(struct fault_hook *hook, struct rng *rng, int64_t now_us, const uint8_t *frame,
           size_t len)
{
    struct msg_head head;
    struct wr wr;
    uint8_t *at;

    if (!is_frame(frame, len, &head) || head.epoch == 0)
        return 0;
    head.epoch -= 1 + rng_below(rng, head.epoch < 3 ? head.epoch : 3);
    head.seq++;
    at = put(hook, now_us, frame, len);
    if (!at)
        return 0;
    wr = wr_over(at, MSG_HEAD);
    msg_head_put(&wr, &head);
    hook->counts.stale++;
    return 1;
}

static void
send_back(struct fault_hook *hook, int64_t now_us)
{
    if (hook->back_len > 0)
        (void)put(hook, now_us, hook->back, hook->back_len); /* counted if it does not fit */
    hook->back_len = 0;
}

unsigned
fault_hook_send(struct fault_hook *hook, int64_t now_us, const void *frame, size_t len)
{
    struct fault_dice *dice;
    unsigned extra = 0;
    uint8_t *at;

    assert(len > 0 && len <= FAULT_FRAME);
    prune(hook, now_us);
    hook->counts.frames++;
    if (hits(hook, FAULT_CUT, now_us) || hits(hook, FAULT_DROP, now_us)) {
        hook->counts.lost++;
        return 0;
    }
    if (hook->back_len == 0 && hits(hook, FAULT_REORDER, now_us)) {
        memcpy(hook->back, frame, len);
        hook->back_len = len;
        hook->back_us = now_us + FAULT_BEHIND_US;
        hook->counts.behind++;
        return 0;
    }
    at = put(hook, now_us, frame, len);
    if (at && (dice = hits(hook, FAULT_CORRUPT, now_us)))
        spoil(hook, &dice->rng, at, len);
    if (hits(hook, FAULT_DUPLICATE, now_us) && put(hook, now_us, frame, len))
        hook->counts.doubled++;
    if ((dice = hits(hook, FAULT_STALE, now_us)))
        extra = send_stale(hook, &dice->rng, now_us, frame, len);
    if ((dice = hits(hook, FAULT_REPLAY, now_us)))
        replay(hook, &dice->rng, now_us);
    keep(hook, frame, len);
    send_back(hook, now_us);
    return extra;
}

/* ---- and out again ------------------------------------------------------------------ */

bool
fault_hook_take(struct fault_hook *hook, int64_t now_us, const uint8_t **frame, size_t *len)
{
    struct record record;
    size_t at;

    prune(hook, now_us);
    if (hook->back_len > 0 && now_us >= hook->back_us)
        send_back(hook, now_us);
    if (!first(hook, &at, &record) || record.due_us > now_us)
        return false;
    *frame = hook->ring + at + sizeof record;
    *len = record.len;
    hook->tail = at + record.size;
    hook->held--;
    hook->octets -= record.len;
    return true;
}

int64_t
fault_hook_next(const struct fault_hook *hook)
{
    int64_t next = hook->back_len > 0 ? hook->back_us : INT64_MAX;
    struct record record;
    size_t at;

    if (first(hook, &at, &record) && record.due_us < next)
        next = record.due_us;
    for (size_t i = 0; i < hook->n; i++) {
        if (hook->leases[i].lease.end_us < next)
            next = hook->leases[i].lease.end_us;
    }
    return next;
}

bool
fault_hook_idle(const struct fault_hook *hook)
{
    return hook->n == 0 && hook->held == 0 && hook->back_len == 0;
}

void
fault_hook_drop(struct fault_hook *hook)
{
    hook->held = hook->octets = hook->back_len = 0;
    for (size_t i = 0; i < hook->n; i++)
        hook->leases[i].free_us = 0;
    for (size_t i = 0; i < FAULT_KEPT; i++)
        hook->kept_len[i] = 0; /* of another connection */
}
