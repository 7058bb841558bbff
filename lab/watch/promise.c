#include <string.h>

#include "common/base/mono.h"
#include "lab/watch/promise_priv.h"

/* ---- names ------------------------------------------------------------------------------ */

static const struct {
    const char *word, *text;
} promises[] = {
#define X(name, word, text) [PROMISE_##name] = {word, text},
    PROMISES(X)
#undef X
};

const char *
promise_word(enum promise promise)
{
    return promises[promise].word;
}

const char *
promise_text(enum promise promise)
{
    return promises[promise].text;
}

/* ---- texts ------------------------------------------------------------------------------ */

static void
append(char out[PROMISE_TEXT], const char *text)
{
    size_t len = strlen(out), more = strlen(text);

    if (more > PROMISE_TEXT - 1 - len)
        more = PROMISE_TEXT - 1 - len;
    memcpy(out + len, text, more);
    out[len + more] = '\0';
}

void
promise_broken(struct promise_out *out, enum promise promise, int64_t lab_us, ...)
{
    struct promise_breach *breach = &out->found[out->n];
    const char *part;
    va_list parts;

    if (out->n == PROMISE_FOUND)
        return;
    *breach = (struct promise_breach){.promise = promise, .lab_us = lab_us};
    va_start(parts, lab_us);
    while ((part = va_arg(parts, const char *)) != NULL)
        append(breach->text, part);
    va_end(parts);
    out->n++;
}

struct promise_number
promise_number(uint64_t value)
{
    struct promise_number number = {{0}};
    char digits[24];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = 0; i < n; i++)
        number.text[i] = digits[n - 1 - i];
    return number;
}

struct promise_number
promise_seconds(int64_t us)
{
    uint64_t hundredths = us > 0 ? (uint64_t)us / 10000 : 0;
    struct promise_number number = promise_number(hundredths / 100);
    size_t len = strlen(number.text);

    number.text[len] = '.';
    number.text[len + 1] = (char)('0' + hundredths / 10 % 10);
    number.text[len + 2] = (char)('0' + hundredths % 10);
    return number;
}

/* ---- state ------------------------------------------------------------------------------ */

void
promises_init(struct promises *state, const struct topo *topo)
{
    memset(state, 0, sizeof *state);
    state->n = topo->instance_n;
    for (size_t i = 0; i < state->n; i++)
        memcpy(state->chassis[i].name, topo->instances[i].name, TOPO_NAME);
    promises_scale(state, (double)topo->time_scale);
    promises_intervals(state, US_PER_S, 5 * US_PER_S);
}

/* What has lasted since the clock went otherwise is of no account: so much lab time was another
 * real time. */
static void
begin_anew(struct promises *state)
{
    for (size_t i = 0; i < state->n; i++) {
        struct promise_chassis *chassis = &state->chassis[i];

        chassis->both_since_us = chassis->heard_active_us = 0;
        chassis->pending_us = chassis->standby_us = 0;
        state->route_us[i] = 0;
    }
    state->broken_us = state->rest_us = state->sent_us = 0;
    state->sent_known = false;
}

void
promises_scale(struct promises *state, double scale)
{
    int64_t slack_us = (int64_t)(PROMISE_SLACK_MS * US_PER_MS * scale);

    if (slack_us == state->slack_us)
        return;
    state->slack_us = slack_us;
    begin_anew(state);
}

void
promises_intervals(struct promises *state, int64_t hello_us, int64_t dead_us)
{
    state->hello_us = hello_us;
    state->dead_us = dead_us;
}

struct promise_chassis *
promise_chassis(struct promises *state, const char *process)
{
    size_t len = strcspn(process, "/");

    for (size_t i = 0; i < state->n; i++) {
        const char *name = state->chassis[i].name;

        if (strlen(name) == len && strncmp(name, process, len) == 0)
            return &state->chassis[i];
    }
    return NULL;
}

/* ---- a takeover ------------------------------------------------------------------------- */

static void
judge_ledger(const struct promise_takeover *takeover, const struct promise_ledger *ledger,
             const char *whose, const char *name, struct promise_out *out)
{
    if (!ledger->known)
        return;
    if (ledger->before != ledger->recovered + ledger->lost || ledger->causes != ledger->lost)
        promise_broken(out, PROMISE_LEDGER, takeover->lab_us, "the takeover of ", name, " by ",
                       whose, ": before ", promise_number(ledger->before).text, ", recovered ",
                       promise_number(ledger->recovered).text, ", lost ",
                       promise_number(ledger->lost).text, ", of known causes ",
                       promise_number(ledger->causes).text, (const char *)NULL);
    if (ledger->acknowledged)
        promise_broken(out, PROMISE_LEDGER, takeover->lab_us, "the takeover of ", name, ": ",
                       promise_number(ledger->acknowledged).text,
                       " calls are lost that its peer had acknowledged", (const char *)NULL);
}

static void
see_takeover(struct promises *state, const struct promise_takeover *takeover,
             struct promise_out *out)
{
    const char *name = state->chassis[takeover->instance].name;

    state->judged[PROMISE_LEDGER]++;
    judge_ledger(takeover, &takeover->notes, "the notes of its session managers", name, out);
    judge_ledger(takeover, &takeover->chassis, "its own record", name, out);
}

/* ---- the step --------------------------------------------------------------------------- */

size_t
promise_step(struct promises *state, const struct promise_input *input,
             struct promise_breach found[PROMISE_FOUND])
{
    struct promise_out out = {.found = found};

    switch (input->what) {
    case PROMISE_EVENT:
        promise_see_event(state, input->event, &out);
        break;
    case PROMISE_SAMPLE:
        promise_see_sample(state, input->sample, &out);
        break;
    case PROMISE_TAKEOVER:
        see_takeover(state, input->takeover, &out);
        break;
    }
    return out.n;
}
