#include "demux/announce.h"

void
announce_order(struct announce *announce, bool wanted, const struct routes_body *routes)
{
    announce->wanted = wanted;
    announce->number++;
    announce->epoch = wanted && routes->n ? routes->srp_epoch : 0;
    announce->answered = false;
}

void
announce_said(struct announce *announce)
{
    announce->may_be_out = announce->may_be_out || announce->wanted;
}

void
announce_heard(struct announce *announce, uint64_t number, const struct net_body *net)
{
    announce->known = true;
    announce->net = *net;
    announce->answered = number == announce->number;
    if (announce->answered && !announce->wanted)
        announce->may_be_out = net->srp_epoch != 0;
}

/* All sessions run over the one link that ended. */
void
announce_lost(struct announce *announce)
{
    struct net_body *net = &announce->net;

    announce->answered = announce->may_be_out = false;
    net->srp_epoch = 0;
    net->best = net->peer_bfd_up = false;
    net->offered = net->offered_as = 0;
    for (size_t i = 0; i < net->n; i++)
        net->neighbors[i].bgp_up = net->neighbors[i].bfd_up = false;
}

bool
announce_is_out(const struct announce *announce)
{
    if (!announce->wanted)
        return announce->may_be_out;
    return announce->answered && announce->net.srp_epoch == announce->epoch;
}

bool
announce_is_best(const struct announce *announce)
{
    /* nothing to announce: nothing that could go elsewhere */
    return announce->wanted && announce_is_out(announce) &&
           (announce->net.best || announce->epoch == 0);
}

struct announce_offer
announce_offer_of(const struct net_body *net, uint32_t own_as)
{
    bool loop = own_as != 0 && net->offered_as == own_as;

    return (struct announce_offer){
        .offered = net->offered,
        .filtered = loop ? net->offered : 0,
        .accepted = loop ? 0 : net->offered,
    };
}
