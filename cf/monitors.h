/* monitors.h - the chassis' monitors at work: what cf/monitor/monitor.h decides, with eyes and voice
 *
 * Builds the monitors of the configuration, feeds them (servers through cf/monitor/eyes.h, BGP
 * and BFD through what the demux says of the network), keeps their timer, logs each change
 * (event monitor.state) and raises its notification. When the verdict changes it calls
 * chassis_monitor(), which reads it from monitors_core().
 *
 * A CF that follows has them, too, and learns of the network, but looks at no server and says
 * nothing.
 *
 * Ownership  monitors_close frees; borrows cf, of which configuration only monitors_open reads
 * Time       lab time; wall clock for display and notifications
 * Errors     none at run time
 * Threads    the loop's. chassis_monitor() and notify_...() are called as the last thing done
 *            with an event: they may call back, but not close
 */
#ifndef VPCLAB_MONITORS_H
#define VPCLAB_MONITORS_H

#include "cf/monitor/eyes.h"
#include "cf/monitor/monitor.h"
#include "common/conf/conf.h"
#include "common/msg/body.h"

struct cf;
struct monitors;

/* What the configuration asks for (monitors_conf.c); target i is monitors[i]. */
struct monitor_setup monitors_setup(const struct conf_srp *srp);

struct monitors *monitors_open(struct cf *cf);
void monitors_close(struct monitors **monitors);

/* The chassis entered that state, or this CF leads from now on; `reason` of the last change.
 * Answers with chassis_monitor() unless the chassis hands over, or comes back from that. A CF
 * that leads no longer says CHASSIS_INIT. */
void monitors_role(struct monitors *monitors, enum chassis_state state, uint8_t reason);

/* The peer says what this chassis took over for, which this CF did not know. */
void monitors_cause(struct monitors *monitors, uint8_t reason);

/* A card here was lost, or came (cf->cards knows of it already); or this CF took over from one
 * that died. */
void monitors_card(struct monitors *monitors, bool lost);

/* The demux says what it knows of the network. A neighbor it does not speak of keeps the state
 * it has. */
void monitors_net(struct monitors *monitors, const struct net_body *net);

/* srp reset-auth-probe-fail, srp reset-diameter-fail */
void monitors_reset(struct monitors *monitors, uint8_t kind);

const struct monitor *monitors_core(const struct monitors *monitors);

/* For the other CF; bits 1 << reason. Setting comes after monitors_role(). */
uint32_t monitors_latched(const struct monitors *monitors);
void monitors_latch(struct monitors *monitors, uint32_t latched);

/* ---- for display ---- */

/* What target `i` of the core is, as configured. */
const struct conf_srp_monitor *monitors_target(const struct monitors *monitors, uint8_t i);

/* Of a server: the eyes' counters. */
struct eyes_counters monitors_counters(const struct monitors *monitors, uint8_t i);

/* Wall clock of the last change of any target of that kind, and of its last failure as a whole;
 * 0: never. */
struct monitors_times {
    int64_t changed_us, failed_us;
};
struct monitors_times monitors_times(const struct monitors *monitors, uint8_t kind);

#endif
