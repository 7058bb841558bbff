/* trap_link.h - sends the notifications that traps.h hands out, as SNMPv2c over UDP
 *
 * Each goes to every `snmp target` of the configuration, as fast as traps_deadline() allows.
 * Nothing is heard back: a trap has no answer. libnetsnmp encodes and sends; it is kept from
 * files of the system (no /etc/snmp, no /var/lib/snmp, no MIB).
 *
 * Ownership  trap_link_close frees; conf is read in trap_link_open only; traps is borrowed
 *            until trap_link_close
 * Time       real time between notifications; sysUpTime is lab time since trap_link_open
 * Errors     a target that cannot be sent to is logged when that begins and when it ends;
 *            its notifications are lost, as they may be anywhere on UDP
 * Threads    the loop's
 */
#ifndef VPCLAB_TRAP_LINK_H
#define VPCLAB_TRAP_LINK_H

#include <czmq.h>

#include "cf/trap/traps.h"
#include "common/conf/conf.h"

struct trap_link;

/* Never NULL. Says in traps->has_target whether there is anybody to send to. key: opens the communities (conf_seal.h), NULL: none is encrypted. */
struct trap_link *trap_link_open(zloop_t *loop, const struct conf *conf, const uint8_t *key,
                                 struct traps *traps);
void trap_link_close(struct trap_link **link);

/* Send what may be sent now, and the rest in its time: after each traps_raise. */
void trap_link_send(struct trap_link *link);

#endif
