#include "cf/show_monitor.h"

#include <string.h>
#include <time.h>

#include "common/conf/conf_build.h"
#include "common/loop/clock.h"

/* ---- words ----------------------------------------------------------------------------------- */

/* Key in JSON; the word of its command; and what the summary calls the kind. */
static const struct {
    const char *key, *word, *label, *update;
} words[MONITOR_KIND_N] = {
    [MONITOR_AAA] = {"authentication_probe", "authentication-probe",
                     "Authentication probe monitor state:", "Auth probe last update time:"},
    [MONITOR_BGP] = {"bgp", "bgp", "Bgp monitor state:", "Bgp last update time:"},
    [MONITOR_DIAMETER] = {"diameter", "diameter",
                          "Diameter monitor state:", "Diameter last update time:"},
    [MONITOR_BFD] = {"bfd", "bfd", "BFD monitor state:", "BFD last update time:"},
    [MONITOR_HSRP] = {"hsrp", "hsrp", "HSRP monitor state:", "HSRP last update time:"},
};

/* Of a kind as a whole: Down by its rule, Init until one of its targets was judged. */
static const char *
kind_state(const struct monitor *core, uint8_t kind)
{
    const char *state = "Not configured";

    if (core->judged[kind].down)
        return "Down";
    for (size_t i = 0; i < core->setup.target_n; i++) {
        const struct monitor_target *target = &core->setup.targets[i];

        if (target->kind != kind)
            continue;
        if (target->state != MONITOR_INIT)
            return "Up";
        state = "Init";
    }
    return state;
}

static void
date(int64_t wall_us, char out[32])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, "%a %b %e %H:%M:%S %Y", &tm);
}

static bool
is_shown(enum show_monitor which, uint8_t kind)
{
    switch (which) {
    case SHOW_MONITOR_SUMMARY:
    case SHOW_MONITOR_ALL:
        return true;
    case SHOW_MONITOR_BGP:
        return kind == MONITOR_BGP;
    case SHOW_MONITOR_AAA:
        return kind == MONITOR_AAA;
    case SHOW_MONITOR_DIAMETER:
    case SHOW_MONITOR_DIAMETER_DEBUG:
        return kind == MONITOR_DIAMETER;
    }
    return false;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void
print_date(FILE *out, const char *label, int64_t wall_us)
{
    char text[32] = "Never";

    if (wall_us)
        date(wall_us, text);
    (void)fprintf(out, "%-39s%s\n", label, text);
}

/* Why the chassis does not hand over though a kind is down. */
static void
print_pending(const struct monitor *core, uint8_t kind, FILE *out)
{
    const struct monitor_judged *judged = &core->judged[kind];
    int64_t left_us = mono_between(clock_now(), judged->due);

    if (judged->damped)
        (void)fprintf(out, "%-39s%lld seconds\n", "  Damping period left:",
                      (long long)((left_us > 0 ? left_us : 0) / US_PER_S));
    if (judged->latched)
        (void)fprintf(out, "%-39s%s\n", "  Switchover by this monitor:",
                      kind == MONITOR_AAA ? "Held back until srp reset-auth-probe-fail"
                                          : "Held back until srp reset-diameter-fail");
}

static void
print_summary(const struct cf *cf, FILE *out)
{
    const struct monitor *core = monitors_core(cf->monitors);

    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        struct monitors_times times = monitors_times(cf->monitors, kind);
        bool configured = strcmp(kind_state(core, kind), "Not configured") != 0;

        if (kind == MONITOR_HSRP && !configured)
            continue; /* seldom there, and then only to say that nobody knows */
        (void)fprintf(out, "%-39s%s\n", words[kind].label, kind_state(core, kind));
        print_pending(core, kind, out);
        if (!configured)
            continue;
        print_date(out, words[kind].update, times.changed_us);
        print_date(out, "  Last failure time:", times.failed_us);
    }
    (void)fputc('\n', out);
}

/* Address of a network peer or server; name of a Diameter peer, or of its endpoint; interface. */
static const char *
target_name(const struct conf_srp_monitor *monitor, struct conf_addr_text *addr)
{
    if (monitor->kind == CONF_MONITOR_DIAMETER)
        return monitor->peer[0] ? monitor->peer : monitor->endpoint;
    if (monitor->kind == CONF_MONITOR_HSRP)
        return monitor->interface;
    if (monitor->addr6[0])
        return monitor->addr6;
    *addr = conf_addr_text(monitor->addr);
    return addr->text;
}

static void
print_row(const struct cf *cf, uint8_t i, FILE *out)
{
    const struct conf_srp_monitor *monitor = monitors_target(cf->monitors, i);
    const struct monitor_target *target = &monitors_core(cf->monitors)->setup.targets[i];
    struct conf_addr_text addr;
    char port[8] = "-", group[8] = "-";

    if (monitor->kind == CONF_MONITOR_AAA)
        (void)snprintf(port, sizeof port, "%u", monitor->port);
    if (monitor->group || monitor->kind == CONF_MONITOR_HSRP)
        (void)snprintf(group, sizeof group, "%u", monitor->group);
    (void)fprintf(out, " %c    %-15s  %-31s %5s %5s   %c\n", monitor_kind_letter(target->kind),
                  monitor->context[0] ? monitor->context : "-", target_name(monitor, &addr), port,
                  group, monitor_state_letter(target->state));
}

static void
print_debug(const struct cf *cf, uint8_t i, FILE *out)
{
    const struct monitor_target *target = &monitors_core(cf->monitors)->setup.targets[i];
    struct eyes_counters counters = monitors_counters(cf->monitors, i);

    (void)fprintf(out, "\n%s\n", conf_monitor_text(monitors_target(cf->monitors, i)).text);
#define ROW(label, value) (void)fprintf(out, "  %-37s%llu\n", label, (unsigned long long)(value))
    ROW("seconds in this state:", mono_between(target->changed, clock_now()) / US_PER_S);
    ROW("failures:", target->failures);
    ROW("last result code:", counters.last_code);
#define X(name) ROW(#name ":", counters.name);
    EYES_COUNTERS(X)
#undef X
#undef ROW
}

void
show_monitor(const struct cf *cf, FILE *out, enum show_monitor which)
{
    const struct monitor_setup *setup = &monitors_core(cf->monitors)->setup;

    if (which == SHOW_MONITOR_SUMMARY)
        print_summary(cf, out);
    (void)fprintf(out,
                  "Type: (A) Auth. probe, (B) BGP, (D) Diameter, (F) BFD, (E) EGQC, (H) HSRP\n"
                  "State: (I) Initializing, (U) Up, (D) Down\n"
                  "Group: Identifier number\n\n"
                  "Type  Context          IP Address                      Port  Group State\n"
                  "----  ---------------  ------------------------------- ----- ----- -----\n");
    for (uint8_t i = 0; i < setup->target_n; i++) {
        if (is_shown(which, setup->targets[i].kind))
            print_row(cf, i, out);
    }
    for (uint8_t i = 0; which == SHOW_MONITOR_DIAMETER_DEBUG && i < setup->target_n; i++) {
        if (setup->targets[i].kind == MONITOR_DIAMETER)
            print_debug(cf, i, out);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static json_t *
kind_json(const struct cf *cf, uint8_t kind)
{
    const struct monitor *core = monitors_core(cf->monitors);
    const struct monitor_judged *judged = &core->judged[kind];
    int64_t guard_us = mono_between(clock_now(), core->guard_until[kind]);
    int64_t due_us = judged->damped ? mono_between(clock_now(), judged->due) : 0;

    return json_pack("{s:s, s:b, s:b, s:b, s:I, s:I}", "state", kind_state(core, kind), "down",
                     (int)judged->down, "damped", (int)judged->damped, "latched",
                     (int)judged->latched, "guard_left_ms",
                     (json_int_t)((guard_us > 0 ? guard_us : 0) / US_PER_MS), "damping_left_ms",
                     (json_int_t)((due_us > 0 ? due_us : 0) / US_PER_MS));
}

static json_t *
counters_json(const struct eyes_counters *counters)
{
    json_t *object = json_pack("{s:I}", "last_code", (json_int_t)counters->last_code);

#define X(name) json_object_set_new(object, #name, json_integer((json_int_t)counters->name));
    EYES_COUNTERS(X)
#undef X
    return object;
}

static json_t *
target_json(const struct cf *cf, uint8_t i)
{
    const struct conf_srp_monitor *monitor = monitors_target(cf->monitors, i);
    const struct monitor_target *target = &monitors_core(cf->monitors)->setup.targets[i];
    struct eyes_counters counters = monitors_counters(cf->monitors, i);
    struct conf_addr_text addr;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:I, s:I}", "type", words[target->kind].word,
                  "context", monitor->context, "target", target_name(monitor, &addr), "group",
                  (int)monitor->group, "state", monitor_state_name(target->state), "since_ms",
                  (json_int_t)(mono_between(target->changed, clock_now()) / US_PER_MS), "failures",
                  (json_int_t)target->failures);

    if (target->kind == MONITOR_BFD)
        json_object_set_new(object, "chassis_to_chassis", json_boolean(target->chassis_to_chassis));
    if (target->kind == MONITOR_HSRP)
        json_object_set_new(object, "afi_type", json_string(monitor->ipv6 ? "ipv6" : "ipv4"));
    if (target->kind == MONITOR_AAA)
        json_object_set_new(object, "port", json_integer(monitor->port));
    if (target->kind == MONITOR_DIAMETER)
        json_object_set_new(object, "endpoint", json_string(monitor->endpoint));
    if (target->kind == MONITOR_AAA || target->kind == MONITOR_DIAMETER)
        json_object_set_new(object, "probes", counters_json(&counters));
    return object;
}

json_t *
show_monitor_json(const struct cf *cf, enum show_monitor which)
{
    const struct monitor *core = monitors_core(cf->monitors);
    enum srp_reason wants = (enum srp_reason)monitor_wants(core);
    json_t *kinds = json_object(), *targets = json_array();

    for (uint8_t kind = 0; kind < MONITOR_KIND_N; kind++) {
        if (is_shown(which, kind))
            json_object_set_new(kinds, words[kind].key, kind_json(cf, kind));
    }
    for (uint8_t i = 0; i < core->setup.target_n; i++) {
        if (is_shown(which, core->setup.targets[i].kind))
            json_array_append_new(targets, target_json(cf, i));
    }
    return json_pack("{s:s, s:b, s:o, s:o}", "wants", srp_reason_name(wants), "chassis_bfd_down",
                     (int)monitor_chassis_bfd_down(core), "kinds", kinds, "monitors", targets);
}
