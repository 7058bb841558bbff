#include "cf/validate.h"

#include <stdlib.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

struct validate {
    struct cf *cf;
    struct timer timer; /* configuration-interval */
    char *text;         /* what we share */
    size_t len;
    uint32_t theirs;  /* the peer's checksum in its last hello */
    bool heard;       /* there was one */
    mono_t until;     /* items were asked for and may come until then; MONO_NEVER: not asked */
    bool compared;    /* they came, for that checksum */
    bool out_of_sync; /* that was notified */
    int64_t event_us;
    struct conf_difference differences[VALIDATE_SHOWN];
    size_t n;
    struct validate_counters counters;
    uint64_t malformed;
};

static bool
send_text(struct validate *v, bool question)
{
    struct srp_config_body body = {
        .question = question,
        .checksum = v->cf->srp.setup.checksum,
        .text = (const uint8_t *)v->text,
        .len = v->len,
    };
    uint8_t *bytes = malloc(v->len + 16);
    struct wr wr = wr_over(bytes, bytes ? v->len + 16 : 0);

    if (!bytes)
        log_fatal("validate: out of memory");
    srp_config_put(&wr, &body);
    bool sent = peer_link_send(v->cf->srp_link, MSG_SRP_CONFIG, 0, v->cf->srp.epoch, bytes,
                               wr_len(&wr)) == 0;

    free(bytes);
    return sent;
}

bool
validate_ask(struct validate *v)
{
    if (!v->cf->srp_link || !peer_link_up(v->cf->srp_link))
        return false;
    v->counters.requests++;
    if (!send_text(v, true))
        return false;
    v->until = mono_after(clock_now(), v->cf->srp.setup.dead_us);
    return true;
}

/* Is an answer on its way? A peer that was silent for its dead interval owes none any more. */
static bool
is_asked(const struct validate *v)
{
    return v->until.us != MONO_NEVER.us && !mono_reached(clock_now(), v->until);
}

static void
on_timer(void *arg)
{
    struct validate *v = arg;

    if (v->cf->leading && v->cf->srp.state == CHASSIS_ACTIVE)
        (void)validate_ask(v);
    timer_at(&v->timer, mono_after(clock_now(), v->cf->conf.srp.config_s * US_PER_S));
}

/* The notifications, and the operator's log, name each change once. */
static void
notify(struct validate *v, bool differs)
{
    if (v->out_of_sync == differs)
        return;
    v->out_of_sync = differs;
    notify_srp(v->cf, differs ? TRAP_CONFIG_OUT : TRAP_CONFIG_IN);
    log_event("srp.config", differs ? "in sync" : "out of sync",
              differs ? "out of sync" : "in sync", NULL, v->cf->srp.epoch);
}

void
validate_hello(struct validate *v)
{
    uint32_t theirs = v->cf->srp.peer.checksum;

    if (v->heard && v->theirs == theirs)
        return;
    v->heard = true;
    v->theirs = theirs;
    v->compared = false;
    v->n = 0;
    v->event_us = clock_wall_us();
    notify(v, theirs != v->cf->srp.setup.checksum);
    if (theirs != v->cf->srp.setup.checksum) {
        v->counters.failures++;
        (void)validate_ask(v);
    }
}

static void
compare(struct validate *v, const struct srp_config_body *body)
{
    v->n = conf_compare(v->text, v->len, (const char *)body->text, body->len, v->differences,
                        VALIDATE_SHOWN);
    v->counters.failures += v->n > 0 && v->compared; /* the first time it was the checksum */
    v->until = MONO_NEVER;
    v->compared = true;
    v->event_us = clock_wall_us();
    for (size_t i = 0; i < v->n && i < VALIDATE_SHOWN; i++) {
        const struct conf_difference *d = &v->differences[i];

        log_warn("srp: configurations differ: %s: here \"%s\", at the peer \"%s\"; %s", d->key,
                 d->ours, d->theirs, d->fix);
    }
}

void
validate_heard(struct validate *v, struct rd *body)
{
    struct srp_config_body config;

    if (!srp_config_get(body, &config) || config.len >= CONF_SHARED) {
        if (v->malformed++ % 1000 == 0)
            log_warn("srp: malformed configuration of the peer dropped");
        return;
    }
    if (config.question)
        (void)send_text(v, false); /* it will ask again */
    else
        v->counters.responses++;
    compare(v, &config);
}

void
validate_reset(struct validate *v)
{
    v->heard = v->compared = false;
    v->until = MONO_NEVER;
    v->out_of_sync = notify_stands(v->cf, TRAP_CONFIG_OUT);
    v->n = 0;
}

void
validate_configure(struct validate *v)
{
    v->len = conf_shared(&v->cf->conf, v->text, CONF_SHARED);
    timer_at(&v->timer, mono_after(clock_now(), v->cf->conf.srp.config_s * US_PER_S));
    if (!v->heard)
        return;
    v->heard = false;
    v->until = MONO_NEVER;
    validate_hello(v); /* as if the peer had changed */
}

const char *
validate_state(const struct validate *v)
{
    if (!v->heard)
        return "Initial";
    if (v->theirs != v->cf->srp.setup.checksum)
        return v->compared || !is_asked(v) ? "Failed" : "In Progress";
    return is_asked(v) ? "In Progress" : "Complete";
}

int64_t
validate_event_us(const struct validate *v)
{
    return v->event_us;
}

const struct conf_difference *
validate_differences(const struct validate *v, size_t *n)
{
    *n = v->n;
    return v->differences;
}

struct validate_counters
validate_counters(const struct validate *v)
{
    return v->counters;
}

struct validate *
validate_open(struct cf *cf)
{
    struct validate *v = calloc(1, sizeof *v);

    if (!v || !(v->text = malloc(CONF_SHARED)))
        log_fatal("validate: out of memory");
    v->cf = cf;
    v->until = MONO_NEVER;
    v->len = conf_shared(&cf->conf, v->text, CONF_SHARED);
    timer_init(&v->timer, cf->node->loop, on_timer, v);
    timer_at(&v->timer, mono_after(clock_now(), cf->conf.srp.config_s * US_PER_S));
    return v;
}

void
validate_close(struct validate **self)
{
    if (!*self)
        return;
    timer_at(&(*self)->timer, MONO_NEVER);
    free((*self)->text);
    free(*self);
    *self = NULL;
}
