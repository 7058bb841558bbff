/* halted.h - the life of a card that was halted: it waits to be rebooted, and does nothing else
 *
 * Its process runs and is reached by both control functions, but reports no status, so they
 * have it Offline. It obeys as every card does: the CF of the highest epoch.
 *
 * Ownership  halted_close frees; the node is borrowed until then
 * Time       none
 * Errors     NULL after having logged why
 * Threads    the loop's
 */
#ifndef VPCLAB_HALTED_H
#define VPCLAB_HALTED_H

#include "common/loop/node.h"

struct halted;

struct halted *halted_open(struct node *node);
void halted_close(struct halted **halted);

#endif
