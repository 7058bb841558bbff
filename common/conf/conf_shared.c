#include "common/conf/conf_shared.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What both chassis must share, as text: docs/staros.md, "Configuration validation". A key is
 * the command or object it is about, a value what follows in the command or stands in the
 * object, so that conf_compare can say what to enter. The lines are sorted: neither layout nor
 * order of a configuration matters, save that of the pools, which has lines of its own. */

/* No more octets than these, terminators included: of names only so much is told (conf_word). */
enum {
    WORD = CONF_WORD - 1,
    ADDR = sizeof "255.255.255.255" - 1,
    NUMBER = sizeof "4294967295" - 1,

    SETTING = 128,
    MONITOR = sizeof(struct conf_monitor_text) + sizeof "srp \tchassis-to-chassis",
    INTERFACE =
        sizeof "interface  in context \tip address   srp-activate; ipv6 address  srp-activate" +
        2 * WORD + 2 * ADDR + CONF_PREFIX6,
    POOL = sizeof "ip pool  in context \t  private 255 srp-activate" + 2 * WORD + 2 * ADDR,
    ORDER = sizeof "order of ip pools in context \t" + WORD,
    ORDERED = sizeof " " + WORD,
    BUSYOUTS = sizeof "busyout in context \t" + WORD,
    BUSYOUT = sizeof "; ipv6 pool name  address-range  " + WORD + 2 * CONF_ADDR6,
    SERVICE =
        sizeof "ggsn-service  in context \tno gtpc bind ipv4-address ; associate gtpu-service ; "
               "associate egtp-service ; interface-type interface-pgw-ingress" +
        4 * WORD + ADDR,
    HA = sizeof "ha-service  in context \tno bind address " + 2 * WORD + ADDR,
    SPI = sizeof "ha-service  fa-ha-spi    in context \tsecret #123456 hash-algorithm rfc2002-md5" +
          2 * WORD + 2 * ADDR + NUMBER,
    BGP = sizeof "router bgp in context \t" + WORD + NUMBER,
    BGP_PEER = sizeof "; neighbor  remote-as " + ADDR + NUMBER,
    NETWORK = sizeof "; network  " + 2 * ADDR,
    APN = sizeof "apn  in context \tip context-name ; ip address pool name ; dns primary ; dns "
                 "secondary ; "
                 "selection-mode subscribed sent-by-ms chosen-by-sgsn" +
          4 * WORD + 2 * ADDR,
    RADIUS =
        sizeof "radius accounting server  port 65535 in context \tkey of the lab" + WORD + ADDR,
    WAYS = sizeof "radius attribute nas-ip-address in context \taddress " + WORD + ADDR +
           sizeof "radius max-retries in context \t" + WORD + NUMBER +
           sizeof "radius timeout in context \t" + WORD + NUMBER +
           sizeof "radius probe-with in context \tstatus-server" + WORD,
    DIAMETER = sizeof "diameter endpoint  in context \torigin realm ; watchdog-timeout " +
               3 * WORD + NUMBER,
    DIAMETER_PEER =
        sizeof "diameter endpoint  peer  in context \tpeer  realm  address  port 65535" + 5 * WORD +
        ADDR,

    MOST = CONF_SHARED_SETTINGS * SETTING + CONF_MONITORS * MONITOR + CONF_INTERFACES * INTERFACE +
           CONF_POOLS * (POOL + ORDERED) + CONF_CONTEXTS * ORDER + CONF_CONTEXTS * BUSYOUTS +
           CONF_BUSYOUTS * BUSYOUT + CONF_SERVICES * SERVICE + CONF_HA * (HA + CONF_SPIS * SPI) +
           CONF_CONTEXTS * (BGP + CONF_BGP_PEERS * BGP_PEER + CONF_NETWORKS * NETWORK) +
           CONF_APNS * APN + 2 * CONF_RADIUS * RADIUS + CONF_CONTEXTS * WAYS +
           CONF_DIAMETER * (DIAMETER + CONF_DIAMETER_PEERS * DIAMETER_PEER),
};
static_assert((int)MOST < (int)CONF_SHARED, "what both chassis must share always fits");

void
conf_shared_add(struct shared *shared, bool more, const char *format, ...)
{
    size_t at = more ? --shared->len : shared->len, room = sizeof shared->text - at;
    va_list list;
    int n;

    if (!more) {
        assert(shared->line_n < CONF_SHARED_LINES);
        shared->lines[shared->line_n++] = shared->text + at;
    }
    va_start(list, format);
    n = vsnprintf(shared->text + at, room, format, list);
    va_end(list);
    assert(n >= 0 && (size_t)n < room); /* see the bound above */
    shared->len = at + (size_t)n + 1;
}

/* ---- the block service-redundancy-protocol ---- */

static void
add_number(struct shared *shared, const char *command, uint32_t value)
{
    conf_shared_add(shared, false, "srp %s\t%u", command, value);
}

static void
add_flag(struct shared *shared, const char *command, bool on)
{
    conf_shared_add(shared, false, "srp %s\t%s", command, on ? "on" : "off");
}

static void
add_guard(struct shared *shared, const char *timer, const struct conf_guard *guard)
{
    conf_shared_add(shared, false, "srp guard-timer %s guard-period\t%u", timer, guard->guard_s);
    conf_shared_add(shared, false, "srp guard-timer %s damping-period\t%u", timer,
                    guard->damping_s);
}

/* Each chassis names the other one, by an address that is not compared either. */
static bool
is_peer(const struct conf_srp *srp, const struct conf_srp_monitor *monitor)
{
    return monitor->chassis_to_chassis && monitor->addr == srp->peer;
}

static void
add_monitor(struct shared *shared, const struct conf_srp *srp,
            const struct conf_srp_monitor *monitor)
{
    if (is_peer(srp, monitor))
        conf_shared_add(shared, false, "srp monitor bfd context %s peer-ip-address\t",
                        conf_word(monitor->context).text);
    else
        conf_shared_add(shared, false, "srp %s\t", conf_monitor_text(monitor).text);
    if (monitor->kind == CONF_MONITOR_BFD)
        conf_shared_add(shared, true, "chassis-to-%s",
                        monitor->chassis_to_chassis ? "chassis" : "router");
    else if (monitor->group && monitor->kind != CONF_MONITOR_HSRP) /* which has it in its name */
        conf_shared_add(shared, true, "group %u", monitor->group);
    else
        conf_shared_add(shared, true, "on");
}

static void
add_monitors(struct shared *shared, const struct conf_srp *srp)
{
    for (uint8_t i = 0; i < srp->monitor_n; i++)
        add_monitor(shared, srp, &srp->monitors[i]);
    add_flag(shared, "monitor bgp exclusive-failover", srp->bgp_exclusive);
    add_flag(shared, "monitor bgp vrf-srp-validate", srp->bgp_vrf_validate);
    add_flag(shared, "bfd-mon-ignore-dead-interval", srp->bfd_ignore_dead);
    add_guard(shared, "aaa-switchover-timers", &srp->aaa_after_switch);
    add_guard(shared, "diameter-switchover-timers", &srp->diam_after_switch);
    add_guard(shared, "srp-redundancy-timers aaa", &srp->aaa_after_failure);
    add_guard(shared, "srp-redundancy-timers bgp", &srp->bgp_after_failure);
    add_guard(shared, "srp-redundancy-timers diam", &srp->diam_after_failure);
}

static void
add_switchover(struct shared *shared, const struct conf_srp *srp)
{
    add_number(shared, "internal-switchover-retry-interval", srp->retry_interval_s);
    add_number(shared, "num-internal-switchover-retry", srp->retries);
    add_flag(shared, "switchover allow-all-data-traffic", srp->allow_all_data);
    conf_shared_add(shared, false, "srp switchover allow-volte-data-traffic\t%s",
                    srp->maintain_accounting ? "maintain-accounting"
                    : srp->allow_volte_data  ? "on"
                                             : "off");
    add_flag(shared, "switchover allow-early-active-transition", srp->allow_early_active);
    add_flag(shared, "switchover control-outage-optimization", srp->control_optimization);
    add_flag(shared, "handle-interim-resource-msg", srp->handle_interim);
    conf_shared_add(shared, false, "srp advertise-routes-in-standby-state\t");
    if (!srp->advertise_in_standby)
        conf_shared_add(shared, true, "off");
    else
        conf_shared_add(shared, true, "hold-off-time %u", srp->hold_off_s);
    if (srp->advertise_in_standby && srp->reset_bfd_ms)
        conf_shared_add(shared, true, " reset-bfd-nbrs %u", srp->reset_bfd_ms);
}

static void
add_nack(struct shared *shared, const char *scale, const struct conf_nack *nack)
{
    conf_shared_add(shared, false, "srp checkpoint session nack %s\t", scale);
    if (nack->on)
        conf_shared_add(shared, true, "max-response %u", nack->max_response);
    else
        conf_shared_add(shared, true, "off");
}

static void
add_srp(struct shared *shared, const struct conf *conf)
{
    const struct conf_srp *srp = &conf->srp;

    conf_shared_add(shared, false, "srp context\t%s",
                    srp->configured ? conf_word(conf->contexts[srp->context]).text : "none");
    if (!srp->configured)
        return;
    add_number(shared, "hello-interval", srp->hello_s);
    add_number(shared, "dead-interval", srp->dead_s);
    if (srp->delay_s)
        add_number(shared, "delay-interval", srp->delay_s);
    else
        add_flag(shared, "delay-interval", false);
    add_number(shared, "configuration-interval", srp->config_s);
    add_number(shared, "route-modifier threshold", srp->rm_threshold);
    add_number(shared, "delta-route-modifier", srp->rm_delta);
    add_number(shared, "checkpoint session duration ims-session", srp->duration_ims_s);
    add_number(shared, "checkpoint session duration non-ims-session", srp->duration_non_ims_s);
    add_number(shared, "checkpoint session periodic-interval", srp->periodic_min);
    add_nack(shared, "macro", &srp->nack[CONF_MACRO]);
    add_nack(shared, "micro", &srp->nack[CONF_MICRO]);
    conf_shared_add(shared, false, "srp checkpoint session compression\t%s",
                    srp->compression == CONF_LZ4 ? "lz4" : "zlib");
    if (srp->audit_daily)
        conf_shared_add(shared, false, "srp audit daily-start-time\t%02u %02u",
                        srp->audit_start_min / 60, srp->audit_start_min % 60);
    else
        add_flag(shared, "audit daily-start-time", false);
    add_number(shared, "audit periodicity", srp->audit_periodicity_min);
    conf_shared_add(shared, false, "srp standby database-recovery\t%s",
                    srp->recovery_aggressive ? "aggressive" : "normal");
    conf_shared_add(shared, false, "srp dscp-marking control\t%s",
                    conf_dscp_name(srp->dscp_control));
    conf_shared_add(shared, false, "srp dscp-marking session\t%s",
                    conf_dscp_name(srp->dscp_session));
    add_monitors(shared, srp);
    add_switchover(shared, srp);
}

/* ---- the whole ---- */

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
collect(struct shared *shared, const struct conf *conf)
{
    shared->len = shared->line_n = 0;
    add_srp(shared, conf);
    conf_shared_objects(shared, conf);
    qsort(shared->lines, shared->line_n, sizeof *shared->lines, compare_lines);
}

size_t
conf_shared(const struct conf *conf, char *out, size_t room)
{
    struct shared shared;
    size_t at = 0;

    if (room)
        out[0] = '\0';
    collect(&shared, conf);
    if (shared.len >= room)
        return shared.len;
    for (size_t i = 0; i < shared.line_n; i++) {
        size_t len = strlen(shared.lines[i]);

        memcpy(out + at, shared.lines[i], len);
        at += len;
        out[at++] = '\n';
    }
    out[at] = '\0';
    return at;
}

uint32_t
conf_srp_checksum(const struct conf *conf)
{
    char text[CONF_SHARED];
    size_t len = conf_shared(conf, text, sizeof text);

    return (uint32_t)(conf_hash(text, len) >> 32);
}
