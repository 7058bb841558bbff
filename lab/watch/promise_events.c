#include <string.h>

#include "common/base/mono.h"
#include "lab/watch/promise_priv.h"

/* What the story of a pair shows: two Actives, epochs, how long a state pends, and whether a peer
 * had been silent when it was given up. */

static bool
is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static enum promise_state
state_of(const char *word)
{
    static const struct {
        const char *word;
        enum promise_state state;
    } words[] = {
        {"Init", PROMISE_INIT},
        {"Active", PROMISE_ACTIVE},
        {"Standby", PROMISE_STANDBY_STATE},
        {"Pending-Active", PROMISE_PENDING_ACTIVE},
        {"Pending-Standby", PROMISE_PENDING_STANDBY},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is(word, words[i].word))
            return words[i].state;
    }
    return PROMISE_UNKNOWN;
}

static const char *
card_of(const struct event *event)
{
    const char *slash = strchr(event->process, '/');

    return slash ? slash + 1 : "";
}

static struct promise_chassis *
peer_of(struct promises *state, const struct promise_chassis *chassis)
{
    return state->n == 2 ? &state->chassis[chassis == &state->chassis[0]] : NULL;
}

static bool
is_pending(const struct promise_chassis *chassis)
{
    return chassis->state == PROMISE_PENDING_ACTIVE || chassis->state == PROMISE_PENDING_STANDBY;
}

static void
enter(struct promises *state, struct promise_chassis *chassis, enum promise_state now,
      const struct event *event)
{
    if (now == chassis->state)
        return;
    chassis->state = now;
    chassis->since_us = event->lab_us;
    chassis->pending_us = 0;
    chassis->pending_told = chassis->dual_told = false;
    chassis->both_since_us = chassis->heard_active_us = 0;
    state->rest_us = 0;
}

/* ---- epochs ----------------------------------------------------------------------------- */

/* Is there a sign of life within the time in which a living chassis says two hellos? */
static bool
lives(const struct promises *state, const struct promise_chassis *chassis, int64_t now_us)
{
    return chassis->state != PROMISE_UNKNOWN &&
           now_us - chassis->seen_us <= 2 * state->hello_us + state->slack_us;
}

static void
own_epoch(struct promises *state, uint8_t owner, uint64_t epoch)
{
    if (state->epoch_n == PROMISE_EPOCHS) {
        memmove(state->epochs, state->epochs + 1, sizeof state->epochs - sizeof state->epochs[0]);
        state->epoch_n--;
    }
    state->epochs[state->epoch_n].epoch = epoch;
    state->epochs[state->epoch_n++].owner = owner;
}

/* Who serves in an epoch has started it. When both chassis have lost all, numbers begin anew. */
static void
judge_owner(struct promises *state, struct promise_chassis *chassis, const struct event *event,
            struct promise_out *out)
{
    uint8_t index = (uint8_t)(chassis - state->chassis);

    for (size_t i = 0; i < state->epoch_n; i++) {
        struct promise_chassis *owner = &state->chassis[state->epochs[i].owner];

        if (state->epochs[i].epoch != event->epoch)
            continue;
        if (owner == chassis)
            return;
        if (!lives(state, owner, event->lab_us) || owner->epoch < event->epoch) {
            state->epoch_n = 0;
            break;
        }
        promise_broken(out, PROMISE_EPOCH, event->lab_us, "epoch ",
                       promise_number(event->epoch).text, ", which ", owner->name,
                       " started, is started by ", chassis->name, ", too", (const char *)NULL);
        return;
    }
    own_epoch(state, index, event->epoch);
}

static void
judge_epoch(struct promises *state, struct promise_chassis *chassis, const struct event *event,
            struct promise_out *out)
{
    state->judged[PROMISE_EPOCH]++;
    if (event->epoch < chassis->epoch) {
        promise_broken(out, PROMISE_EPOCH, event->lab_us, "the epoch of ", chassis->name,
                       " fell from ", promise_number(chassis->epoch).text, " to ",
                       promise_number(event->epoch).text, (const char *)NULL);
        return;
    }
    chassis->epoch = event->epoch;
    if (chassis->state == PROMISE_ACTIVE)
        judge_owner(state, chassis, event, out);
}

/* ---- silence ---------------------------------------------------------------------------- */

/* The core hears a hello before the event of it is written: half an interval of doubt, or what a busy
 * machine takes between both. */
static void
judge_silence(struct promises *state, const struct promise_chassis *chassis,
              const struct event *event, struct promise_out *out)
{
    int64_t silent_us = event->lab_us - chassis->heard_us;
    int64_t doubt_us = state->slack_us / 20;

    if (doubt_us < state->hello_us / 2)
        doubt_us = state->hello_us / 2;
    if (!is(event->cause, "deadTimerExpiry") || !chassis->heard_us || doubt_us >= state->dead_us)
        return;
    state->judged[PROMISE_DEAD]++;
    if (silent_us < state->dead_us - doubt_us)
        promise_broken(out, PROMISE_DEAD, event->lab_us, chassis->name,
                       " gave up its peer after a silence of ", promise_seconds(silent_us).text,
                       " s; the dead interval is ", promise_seconds(state->dead_us).text, " s",
                       (const char *)NULL);
}

/* ---- two Actives ------------------------------------------------------------------------ */

static void
judge_dual(struct promises *state, struct promise_chassis *chassis, const struct event *event,
           struct promise_out *out)
{
    struct promise_chassis *peer = peer_of(state, chassis);
    int64_t gap_us = state->hello_us * 3 / 2, began_us, both_us;

    if (!peer || chassis->state != PROMISE_ACTIVE || peer->state != PROMISE_ACTIVE)
        return;
    if (!chassis->both_since_us || event->lab_us - chassis->heard_active_us > gap_us)
        chassis->both_since_us = event->lab_us;
    chassis->heard_active_us = event->lab_us;
    if (!peer->both_since_us || event->lab_us - peer->heard_active_us > gap_us)
        return;
    state->judged[PROMISE_DUAL]++;
    began_us =
        chassis->both_since_us > peer->both_since_us ? chassis->both_since_us : peer->both_since_us;
    both_us = event->lab_us - began_us;
    if (chassis->dual_told || both_us <= state->hello_us + 100 * US_PER_MS + state->slack_us)
        return;
    chassis->dual_told = peer->dual_told = true;
    promise_broken(out, PROMISE_DUAL, event->lab_us,
                   "both chassis are Active, and have heard each other for ",
                   promise_seconds(both_us).text, " s", (const char *)NULL);
}

static void
see_hello(struct promises *state, struct promise_chassis *chassis, const struct event *event,
          struct promise_out *out)
{
    struct event_hello hello;

    if (!event_hello_read(event, &hello) || hello.sent)
        return;
    chassis->heard_us = event->lab_us;
    if (state_of(event->now) == PROMISE_ACTIVE)
        judge_dual(state, chassis, event, out);
}

/* ---- pending ---------------------------------------------------------------------------- */

/* As cf/srp bounds it; a stopped process does not age. */
static int64_t
pending_bound(const struct promises *state, const struct promise_chassis *chassis)
{
    if (chassis->state == PROMISE_PENDING_ACTIVE)
        return 3 * state->dead_us;
    if (is(chassis->phase, "yield"))
        return state->dead_us;
    return (state->flush_us > PROMISE_TIMEOUT_S * US_PER_S ? state->flush_us
                                                           : PROMISE_TIMEOUT_S * US_PER_S) +
           5 * state->dead_us;
}

static void
age(struct promises *state, struct promise_chassis *chassis, const struct event *event,
    struct promise_out *out)
{
    int64_t passed_us = event->lab_us - chassis->seen_us;

    if (passed_us > 2 * state->hello_us)
        passed_us = 2 * state->hello_us;
    if (is_pending(chassis) && passed_us > 0)
        chassis->pending_us += passed_us;
    chassis->seen_us = event->lab_us;
    if (!is_pending(chassis))
        return;
    state->judged[PROMISE_PENDING]++;
    if (chassis->pending_told ||
        chassis->pending_us <= pending_bound(state, chassis) + state->slack_us)
        return;
    chassis->pending_told = true;
    promise_broken(out, PROMISE_PENDING, event->lab_us, chassis->name, " is ",
                   chassis->state == PROMISE_PENDING_ACTIVE ? "Pending-Active" : "Pending-Standby",
                   " for ", promise_seconds(chassis->pending_us).text, " s, in the phase ",
                   chassis->phase[0] ? chassis->phase : "-", (const char *)NULL);
}

/* ---- who speaks ------------------------------------------------------------------------- */

static void
set_leader(struct promise_chassis *chassis, const char *card)
{
    size_t len = strlen(card);

    if (len >= sizeof chassis->leader)
        len = sizeof chassis->leader - 1;
    memcpy(chassis->leader, card, len);
    chassis->leader[len] = '\0';
}

/* A chassis that is started knows nothing, and its epochs begin with what its peer says. The epoch of
 * this event is that of the CFs. */
static void
see_lead(struct promises *state, struct promise_chassis *chassis, const struct event *event)
{
    set_leader(chassis, card_of(event));
    enter(state, chassis, state_of(event->now), event);
    chassis->phase[0] = '\0';
    chassis->both_since_us = chassis->heard_active_us = 0;
    if (is(event->cause, "started")) {
        chassis->epoch = 0;
        chassis->heard_us = 0;
    }
}

static void
see_start(struct promises *state, struct promise_chassis *chassis, const struct event *event)
{
    if (!is(chassis->leader, card_of(event)))
        return; /* of a card that did not speak for it */
    chassis->leader[0] = '\0';
    enter(state, chassis, PROMISE_UNKNOWN, event);
}

static void
see_state(struct promises *state, struct promise_chassis *chassis, const struct event *event,
          struct promise_out *out)
{
    set_leader(chassis, card_of(event));
    if (is(event->old, "Standby"))
        judge_silence(state, chassis, event, out);
    enter(state, chassis, state_of(event->now), event);
    judge_epoch(state, chassis, event, out);
}

static void
see_phase(struct promise_chassis *chassis, const struct event *event)
{
    size_t len = event->now ? strlen(event->now) : 0;

    if (len >= sizeof chassis->phase)
        len = sizeof chassis->phase - 1;
    memcpy(chassis->phase, event->now ? event->now : "", len);
    chassis->phase[len] = '\0';
}

/* ---- orders that are no faults of the pair ---------------------------------------------- */

/* "sf4" as a bit. */
static uint32_t
card_bit(const struct event *event)
{
    const char *digits = card_of(event);
    unsigned slot = 0;

    digits += strcspn(digits, "0123456789");
    for (; *digits >= '0' && *digits <= '9' && slot < 32; digits++)
        slot = slot * 10 + (unsigned)(*digits - '0');
    return slot < 32 ? UINT32_C(1) << slot : 0;
}

/* "600", "0.1"; 0 for what is none. */
static double
decimal(const char *text)
{
    double value = 0, digit = 1;

    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++)
            value += (*text - '0') * (digit /= 10);
    return value;
}

/* "srp initiate-switchover timeout 600", or abbreviated. */
static void
see_command(struct promises *state, const struct event *event)
{
    bool orders = event->now && strncmp(event->now, "srp i", 5) == 0;
    const char *word = orders ? strstr(event->now, " ti") : NULL;
    double seconds = word && (word = strchr(word + 1, ' ')) ? decimal(word + 1) : 0;

    if (seconds <= UINT16_MAX && (int64_t)seconds * US_PER_S > state->flush_us)
        state->flush_us = (int64_t)seconds * US_PER_S;
}

/* ---- crashes ------------------------------------------------------------------------------ */

/* A library ends a process that is out of descriptors (docs/events.md). */
static void
see_fault(struct promises *state, const struct event *event)
{
    bool on = is(event->kind, "fault.on");

    if (!event->now || strncmp(event->now, "descriptors ", 12) != 0)
        return;
    for (size_t i = 0; i < PROMISE_LEASES; i++) { /* whoever tells it, and how often */
        if (state->starved[i] == event->epoch)
            state->starved[i] = 0;
    }
    for (size_t i = 0; on && i < PROMISE_LEASES; i++) {
        if (state->starved[i] == 0) {
            state->starved[i] = event->epoch;
            return;
        }
    }
}

/* "signal 6, why", but for those by which an operator ends a process. */
static bool
is_crash(const char *how)
{
    if (!how || strncmp(how, "signal ", 7) != 0)
        return false;
    switch ((int)decimal(how + 7)) {
    case 4:  /* SIGILL */
    case 6:  /* SIGABRT */
    case 7:  /* SIGBUS */
    case 8:  /* SIGFPE */
    case 11: /* SIGSEGV */
        return true;
    default:
        return false;
    }
}

static void
see_exit(struct promises *state, const struct event *event, struct promise_out *out)
{
    for (size_t i = 0; i < PROMISE_LEASES; i++) {
        if (state->starved[i])
            return;
    }
    state->judged[PROMISE_CRASH]++;
    if (event->now && is_crash(event->cause))
        promise_broken(out, PROMISE_CRASH, event->lab_us, event->now,
                       " has crashed: ", event->cause, (const char *)NULL);
}

/* ---- cards -------------------------------------------------------------------------------- */

/* What the chassis counts is the sum of the cards that it sees: it was another sum before. */
static void
see_card_change(struct promise_chassis *chassis)
{
    chassis->was_counted = false;
    chassis->grew = false;
    chassis->standby_us = 0;
}

/* ---- the clock ---------------------------------------------------------------------------- */

/* "0.1", or "paused", in which nothing lasts. */
static void
see_time(struct promises *state, const struct event *event)
{
    double scale = event->now ? decimal(event->now) : 0;

    if (scale > 0)
        promises_scale(state, scale);
}

void
promise_see_event(struct promises *state, const struct event *event, struct promise_out *out)
{
    struct promise_chassis *chassis = promise_chassis(state, event->process);

    if (is(event->kind, "lab.time"))
        see_time(state, event);
    else if (is(event->kind, "vm.exit"))
        see_exit(state, event, out);
    else if (is(event->kind, "fault.on") || is(event->kind, "fault.off"))
        see_fault(state, event);
    if (!chassis)
        return;
    if (is(event->kind, "process.start")) {
        chassis->halted &= ~card_bit(event);
        see_start(state, chassis, event);
    } else if (is(event->kind, "card.halted"))
        chassis->halted |= card_bit(event);
    else if (is(event->kind, "card.down") || is(event->kind, "card.up"))
        see_card_change(chassis);
    else if (is(event->kind, "srp.checkpoint-fault"))
        chassis->refuses = is(event->now, "set");
    else if (is(event->kind, "chassis.lead"))
        see_lead(state, chassis, event);
    else if (is(event->kind, "srp.state"))
        see_state(state, chassis, event, out);
    else if (is(event->kind, "srp.phase"))
        see_phase(chassis, event);
    else if (is(event->kind, "srp.hello"))
        see_hello(state, chassis, event, out);
    else if (is(event->kind, "operator.command"))
        see_command(state, event);
    if (is(chassis->leader, card_of(event)))
        age(state, chassis, event, out);
}
