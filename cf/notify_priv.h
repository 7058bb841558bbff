/* notify_priv.h - what notify.c, which raises notifications, and notify_stands.c, which knows those that
 * stand, say of the same things
 *
 * Ownership  plain values; cf is borrowed
 * Time       none: a notification gets its moment when it is raised
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_NOTIFY_PRIV_H
#define VPCLAB_NOTIFY_PRIV_H

#include "cf/cf.h"

/* A notification about the chassis, a card, or what target `target` of cf->monitors is. */
struct trap notify_srp_trap(const struct cf *cf, enum trap_id id);
struct trap notify_card_trap(const struct cf *cf, enum trap_id id, uint8_t slot);
struct trap notify_monitor_trap(const struct cf *cf, uint8_t target, bool up);

/* Has that target notifications of its own? HSRP has none at all; those of authentication servers
 * are about all of them. */
bool notify_is_single(const struct cf *cf, uint8_t target);

/* Does its alarm stand? */
bool notify_target_stands(const struct cf *cf, uint8_t target);

#endif
