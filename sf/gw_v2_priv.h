/* gw_v2_priv.h - what the procedures of GTPv2 share: causes, and looks at a message
 *
 * gw_v2.c answers requests, gw_bearer.c follows commands with requests of the gateway's own. For
 * these files only.
 *
 * Ownership  none
 * Time       as gw.h
 * Errors     as gw.h
 * Threads    one owner
 */
#ifndef VPCLAB_GW_V2_PRIV_H
#define VPCLAB_GW_V2_PRIV_H

#include "common/gtp/gtp2.h"
#include "sf/gw_priv.h"

enum {
    EBI_LEAST = 5,   /* 0 to 4 are reserved, TS 24.007 11.2.3.1.5 */
    FLAG_BEARER = 2, /* cause flag BCE: the offending element is of a bearer context */
    SENDER = 0,      /* instance of the F-TEID of a message's sender */
};

static const struct gtp2_cause_ie fine = {0}; /* nothing to refuse for */

static inline struct gtp2_cause_ie
plain(uint8_t value)
{
    return (struct gtp2_cause_ie){.value = value};
}

static inline struct gtp2_cause_ie
offending(uint8_t value, uint8_t ie, uint8_t instance)
{
    return (struct gtp2_cause_ie){.value = value, .bad_ie = ie, .bad_instance = instance};
}

static inline struct gtp2_cause_ie
offending_in_bearer(uint8_t value, uint8_t ie, uint8_t instance)
{
    struct gtp2_cause_ie cause = offending(value, ie, instance);

    cause.flags = FLAG_BEARER;
    return cause;
}

static inline bool
is_accepted(uint8_t cause)
{
    return cause == GTP2_CAUSE_ACCEPTED || cause == GTP2_CAUSE_ACCEPTED_PARTIALLY ||
           cause == GTP2_CAUSE_NEW_PDN_TYPE;
}

static inline bool
has(const struct gtp2_msg *msg, uint32_t elements)
{
    return (msg->has & elements) == elements;
}

static inline bool
fteid_fits(const struct gw *gw, const struct gtp2_fteid *fteid, enum gtp2_iface iface)
{
    return fteid->iface == iface && fteid->teid && gw_peer_plausible(gw, fteid->ipv4);
}

/* The bearer contexts of the request that are to be created or modified, not removed. */
static inline const struct gtp2_bearer *
next_bearer(const struct gtp2_msg *msg, const struct gtp2_bearer *after)
{
    const struct gtp2_bearer *bearer = after ? after + 1 : msg->bearer;

    while (bearer < msg->bearer + msg->bearer_n && bearer->instance)
        bearer++;
    return bearer < msg->bearer + msg->bearer_n ? bearer : NULL;
}

/* Count what is answered by its cause. */
void gw_v2_count_cause(struct gw *gw, uint8_t cause);

/* Commands, and responses to the requests they brought about. */
void gw_v2_bearer(struct gw *gw, mono_t now, const struct dgram *in, const struct gtp2_msg *msg,
                  int fault, struct wr *out);

#endif
