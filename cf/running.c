#include "cf/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/boot.h"
#include "cf/cf.h"
#include "common/base/rng.h"
#include "common/conf/conf_print.h"
#include "common/conf/conf_seal.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { QUIET_MS = 20, LATEST_MS = 200 };

struct running {
    struct cf *cf;
    struct conf conf;        /* edited */
    struct conf_build build; /* being edited */
    struct timer timer;
    bool dirty;
    int64_t latest_us; /* real time; while dirty: applied by then */
};

/* ---- the text ------------------------------------------------------------------------------ */

/* The number of a configuration: the same on both CFs for the same text, never 0. */
static uint32_t
text_generation(const char *text, size_t len)
{
    uint64_t h = len;

    for (size_t i = 0; i < len; i++)
        h = mix64(h ^ (uint8_t)text[i]);
    return (uint32_t)h | 1u;
}

static void
make_text(struct cf *cf)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        log_fatal("running: out of memory");
    conf_print(&cf->conf, out);
    if (fclose(out) != 0)
        log_fatal("running: out of memory");
    free(cf->text);
    cf->text = text;
    cf->text_len = len;
    cf->generation = text_generation(text, len);
}

/* ---- carrying out -------------------------------------------------------------------------- */

static void
apply_targets(struct cf *cf, const struct conf *was)
{
    if (was->snmp_n == cf->conf.snmp_n && memcmp(was->snmp, cf->conf.snmp, sizeof was->snmp) == 0)
        return;
    trap_link_close(&cf->trap_link);
    cf->trap_link = trap_link_open(cf->node->loop, &cf->conf, cf->chassis_key, &cf->traps);
}

static bool
same_monitors(const struct conf *a, const struct conf *b)
{
    const struct conf_srp *x = &a->srp, *y = &b->srp;

#define SAME(one, other, field) (memcmp(&(one)->field, &(other)->field, sizeof(one)->field) == 0)
    return SAME(x, y, monitors) && x->monitor_n == y->monitor_n &&
           x->bgp_exclusive == y->bgp_exclusive && SAME(x, y, aaa_after_switch) &&
           SAME(x, y, diam_after_switch) && SAME(x, y, aaa_after_failure) &&
           SAME(x, y, bgp_after_failure) && SAME(x, y, diam_after_failure) && SAME(a, b, radius) &&
           SAME(a, b, radius_ways) && SAME(a, b, diameter) && SAME(a, b, contexts) &&
           SAME(a, b, hostname);
#undef SAME
}

/* Monitors that are configured anew see everything anew; what must not switch again still must
 * not. */
static void
apply_monitors(struct cf *cf, const struct conf *was)
{
    uint32_t latched = monitors_latched(cf->monitors);

    if (same_monitors(was, &cf->conf))
        return;
    monitors_close(&cf->monitors);
    cf->monitors = monitors_open(cf);
    if (!cf->leading)
        return;
    monitors_role(cf->monitors, cf->srp.state, (uint8_t)cf->srp.reason);
    monitors_latch(cf->monitors, latched);
    chassis_monitor(cf);
}

static bool
same_ends(const struct conf *a, const struct conf *b)
{
    return a->srp.bind == b->srp.bind && a->srp.peer == b->srp.peer;
}

static void
apply(struct cf *cf, const struct conf *was)
{
    make_text(cf);
    apply_targets(cf, was);
    if (cf->leading)
        chassis_configure(cf);
    if (!same_ends(was, &cf->conf) || was->srp.dscp_session != cf->conf.srp.dscp_session)
        chassis_relay(cf);
    if (cf->leading &&
        (!same_ends(was, &cf->conf) || was->srp.dscp_control != cf->conf.srp.dscp_control))
        srp_link_renew(cf);
    validate_configure(cf->validate);
    apply_monitors(cf, was);
    notify_retarget(cf);
    audits_look(cf);
    chassis_orders(cf);
    cf_pair_say(cf);
    log_event("config.applied", NULL, NULL, cf->leading ? "console" : "the other CF", 0);
}

static void
replace(struct running *running)
{
    struct cf *cf = running->cf;
    struct conf *was = malloc(sizeof *was);

    running->dirty = false;
    timer_at(&running->timer, MONO_NEVER);
    if (!was)
        log_fatal("running: out of memory");
    *was = cf->conf;
    cf->conf = running->conf;
    (void)boot_keep(cf); /* it has logged why it could not */
    if (memcmp(was, &cf->conf, sizeof *was) != 0)
        apply(cf, was);
    free(was);
}

void
running_apply(struct running *running)
{
    if (!running->dirty)
        return;
    if (!running->cf->leading) { /* the other CF leads now, with what it has */
        log_warn("running: the other CF leads; what was typed in the last moment is not kept");
        running->dirty = false;
        running->conf = running->cf->conf;
        return;
    }
    replace(running);
}

static void
on_timer(void *arg)
{
    running_apply(arg);
}

/* ---- editing ------------------------------------------------------------------------------- */

const struct conf *
running_conf(const struct running *running)
{
    return &running->conf;
}

struct conf_build *
running_edit(struct running *running)
{
    running->build = (struct conf_build){.file = "console"};
    running->build.conf = running->conf;
    return &running->build;
}

void
running_take(struct running *running)
{
    const int64_t now = clock_real_us();

    conf_seal(&running->build.conf, running->cf->chassis_key);
    conf_settle(&running->build.conf); /* as the other CF has it, who reads the text */
    if (memcmp(&running->conf, &running->build.conf, sizeof running->conf) == 0)
        return;
    running->conf = running->build.conf;
    if (!running->dirty)
        running->latest_us = now + LATEST_MS * US_PER_MS;
    running->dirty = true;
    timer_at_real(&running->timer, now + QUIET_MS * US_PER_MS);
    if (running->latest_us < running->timer.real_us)
        timer_at_real(&running->timer, running->latest_us);
}

void
running_heard(struct running *running, const struct config_body *config)
{
    struct cf *cf = running->cf;
    char err[CLI_ERR];

    if (cf->leading || config->generation == cf->generation)
        return;
    if (conf_read(&running->build.conf, "configuration of the active CF",
                  (const char *)config->text, config->len, err, sizeof err) != 0) {
        log_error("running: %s", err);
        return;
    }
    conf_seal(&running->build.conf, cf->chassis_key); /* it was sealed; do we have that key? */
    running->conf = running->build.conf;
    running->conf.boot = cf->conf.boot; /* a file of each CF's own */
    replace(running);
}

void
running_boot(struct running *running)
{
    running->conf.boot = running->cf->conf.boot;
}

/* ---- life ---------------------------------------------------------------------------------- */

struct running *
running_open(struct cf *cf)
{
    struct running *running = calloc(1, sizeof *running);

    if (!running)
        log_fatal("running: out of memory");
    running->cf = cf;
    running->conf = cf->conf;
    timer_init(&running->timer, cf->node->loop, on_timer, running);
    make_text(cf);
    return running;
}

void
running_close(struct running **running)
{
    if (!*running)
        return;
    timer_at(&(*running)->timer, MONO_NEVER);
    free(*running);
    *running = NULL;
}
