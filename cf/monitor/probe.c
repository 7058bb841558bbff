#include "cf/monitor/probe.h"

#include "cf/monitor/monitor.h"

void
probe_init(struct probe *probe, const struct probe_setup *setup)
{
    *probe = (struct probe){.setup = *setup, .state = MONITOR_INIT, .due = MONO_NEVER};
}

mono_t
probe_deadline(const struct probe *probe)
{
    return probe->due;
}

bool
probe_waits(const struct probe *probe)
{
    return probe->phase == PROBE_GREETING || probe->phase == PROBE_ASKING;
}

static unsigned
become(struct probe *probe, uint8_t state)
{
    bool changed = probe->state != state;

    probe->state = state;
    return changed ? PROBE_DO_CHANGED : 0;
}

static unsigned
begin_try(struct probe *probe, mono_t now)
{
    bool connect = probe->setup.connects && !probe->connected;

    probe->phase = connect ? PROBE_CONNECTING : PROBE_ASKING;
    probe->connected = probe->setup.connects;
    probe->forgiven = false;
    probe->tried = now;
    probe->due = mono_after(now, probe->setup.timeout_us);
    return connect ? PROBE_DO_CONNECT : PROBE_DO_ASK;
}

static unsigned
hang_up(struct probe *probe)
{
    bool close = probe->connected;

    probe->connected = false;
    return close ? PROBE_DO_CLOSE : 0;
}

static void
rest(struct probe *probe, int64_t us)
{
    probe->phase = PROBE_RESTING;
    probe->due = mono_after(probe->tried, us);
}

/* The try's time is over. Nobody is silent to one who did not listen: if we come much too late
 * to look, the answer may lie unread, so the try gets its time once more. */
static unsigned
time_out(struct probe *probe, mono_t now)
{
    bool late = mono_between(probe->due, now) > probe->setup.timeout_us / 2;
    unsigned actions;

    if (late && !probe->forgiven) {
        probe->forgiven = true;
        probe->due = mono_after(now, probe->setup.timeout_us);
        return 0;
    }
    actions = PROBE_DO_SILENT | hang_up(probe);
    if (probe->silent < probe->setup.retries) {
        probe->silent++;
        if (!probe->setup.connects)
            actions |= PROBE_DO_AGAIN;
        return actions | begin_try(probe, now);
    }
    rest(probe, probe->setup.rest_us);
    return actions | become(probe, MONITOR_DOWN);
}

static unsigned
tick(struct probe *probe, mono_t now)
{
    if (probe->phase == PROBE_OFF || !mono_reached(now, probe->due))
        return 0;
    if (probe->phase != PROBE_RESTING)
        return time_out(probe, now);
    probe->silent = 0; /* one that is Down has all its tries, too: it may just be slow */
    return begin_try(probe, now);
}

static unsigned
answered(struct probe *probe)
{
    if (!probe_waits(probe))
        return 0;
    rest(probe, probe->setup.interval_us);
    return become(probe, MONITOR_UP);
}

/* An idle connection that ends is no failed try, but a reason for one; not sooner than the last
 * one's time-out, or a server that always hangs up would be called without a pause. */
static unsigned
gone(struct probe *probe)
{
    if (!probe->connected)
        return 0;
    probe->connected = false;
    if (probe->phase == PROBE_RESTING)
        rest(probe, probe->setup.timeout_us);
    else
        probe->phase = PROBE_FAILED;
    return 0;
}

static unsigned
away(struct probe *probe)
{
    struct probe_setup setup = probe->setup;
    unsigned actions = hang_up(probe);

    probe_init(probe, &setup);
    return actions;
}

unsigned
probe_step(struct probe *probe, enum probe_event event, mono_t now)
{
    switch (event) {
    case PROBE_EV_LOOK:
        return probe->phase == PROBE_OFF ? begin_try(probe, now) : 0;
    case PROBE_EV_AWAY:
        return away(probe);
    case PROBE_EV_TICK:
        return tick(probe, now);
    case PROBE_EV_CONNECTED:
        if (probe->phase != PROBE_CONNECTING)
            return 0;
        probe->phase = PROBE_GREETING;
        return PROBE_DO_GREET;
    case PROBE_EV_ANSWER:
        return answered(probe);
    case PROBE_EV_GONE:
        return gone(probe);
    }
    return 0;
}
