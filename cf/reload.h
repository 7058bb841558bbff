/* reload.h - cards and control functions that start anew, by order
 *
 * An order (MSG_RELOAD) makes a process end in peace and start its program again in place, as a
 * reboot does a VM: same card, same pid, nothing of what it held. A CF that was ordered to, by
 * itself or by the other one, falls silent at once, towards cards, the other CF and the peer chassis, so
 * that nobody takes what it says for a life that is over, and starts anew when its orders and answers
 * have left.
 *
 * Ownership  struct cf's
 * Time       real time
 * Errors     DI_ENOTFOUND: the card's process is not there
 * Threads    the loop's
 */
#ifndef VPCLAB_RELOAD_H
#define VPCLAB_RELOAD_H

#include "cf/cf.h"

void reload_open(struct cf *cf);
void reload_close(struct cf *cf);

/* The whole instance: the demux, and when it has gone the rest. */
void reload_all(struct cf *cf);

/* A card's link has closed while this CF reloads. */
void reload_gone(struct cf *cf);

/* One card of the instance, also this CF itself. */
int reload_card(struct cf *cf, uint8_t slot);

/* An SF or a demux does nothing from here on, until it is rebooted. DI_EEXISTS: it does nothing
 * already. */
int reload_halt(struct cf *cf, uint8_t slot);

/* This CF alone, in a moment; `why` for the log. */
void reload_self(struct cf *cf, const char *why);

/* The other CF ordered something. */
void reload_heard(struct cf *cf, const struct msg_head *head, struct rd *body);

#endif
