#include "sf/gw_priv.h"

enum {
    QCI_VOICE = 1,
    QCI_IMS_SIGNALLING = 5,
    BEARER_QOS_QCI = 1, /* offset: priority comes first */
    /* GTPv1 QoS profile: allocation/retention priority, then the octets that TS 24.008
     * 10.5.6.5 counts from 3; a profile of release 97 or 99 ends before the last ones */
    PROFILE_CLASS = 4,       /* octet 6, its three highest bits */
    PROFILE_SIGNALLING = 12, /* octet 14 */
    CLASS_CONVERSATIONAL = 1,
    CLASS_INTERACTIVE = 3,
    SIGNALLING_INDICATION = 0x10,
};

static bool
bearer_is_volte(const uint8_t *qos, uint8_t len)
{
    if (len <= BEARER_QOS_QCI)
        return false;
    return qos[BEARER_QOS_QCI] == QCI_VOICE || qos[BEARER_QOS_QCI] == QCI_IMS_SIGNALLING;
}

static bool
profile_is_volte(const uint8_t *qos, uint8_t len)
{
    unsigned traffic_class = len > PROFILE_CLASS ? qos[PROFILE_CLASS] >> 5 : 0;

    if (traffic_class == CLASS_CONVERSATIONAL)
        return true;
    return traffic_class == CLASS_INTERACTIVE && len > PROFILE_SIGNALLING &&
           qos[PROFILE_SIGNALLING] & SIGNALLING_INDICATION;
}

static bool
find_class(const struct gw *gw, const struct sess *sess)
{
    /* A record may come from a peer with another list of access points. */
    if (sess->apn < gw->setup.apn_n && !strcmp(gw->setup.apns[sess->apn].name, "ims"))
        return true;
    return sess->gtp_version == 1 ? profile_is_volte(sess->qos, sess->qos_len)
                                  : bearer_is_volte(sess->qos, sess->qos_len);
}

bool
gw_is_volte(const struct gw *gw, const struct sess *sess)
{
    return sess->classed ? sess->volte : find_class(gw, sess);
}

void
gw_classify(const struct gw *gw, struct sess *sess)
{
    sess->volte = find_class(gw, sess);
    sess->classed = true;
}

bool
gw_passes_data(struct gw *gw, struct sess *sess)
{
    if (!sess->classed)
        gw_classify(gw, sess);
    return sess->volte ? gw_passes(gw, GATE_VOLTE, GW_GATED_VOLTE)
                       : gw_passes(gw, GATE_DATA, GW_GATED_DATA);
}
