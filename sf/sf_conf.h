/* sf_conf.h - a session manager and its gateway, made from the running configuration
 *
 * The configuration may change at any time, under calls: what it says holds at once, for new calls
 * where it is about calls, and for new connections to the peer where it is about compression. Calls
 * keep what they have (sf/smgr.h, sf/gw.h).
 *
 * Ownership  sf_core owns the memory of both cores; sf_core_free gives it back
 * Time       lab time
 * Errors     a configuration that does not parse, or finds no memory, is refused with a log line;
 *            the one in force stays
 * Threads    the loop's
 */
#ifndef VPCLAB_SF_CONF_H
#define VPCLAB_SF_CONF_H

#include "common/loop/node.h"
#include "common/msg/body.h"
#include "sf/gw.h"
#include "sf/smgr.h"

struct sf_core {
    void *smgr_memory, *gw_memory;
    void *addrs_memory; /* index of addresses of the last change of pools; NULL: there was none */
    void *notes;        /* mapped; NULL: without a file */
    uint32_t capacity;  /* ... for so many sessions */
    struct smgr *smgr;  /* NULL until configured */
    struct gw *gw;
    struct ckpt_nack_setup nack; /* as configured, and disabled by command */
};

/* Make the cores of that session manager, or take over what changed. 0, or negative after having logged why. */
int sf_core_configure(struct sf_core *core, const struct node *node, uint8_t sessmgr,
                      const struct config_body *config);
void sf_core_free(struct sf_core *core);

#endif
