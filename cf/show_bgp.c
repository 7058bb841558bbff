#include <string.h>

#include "cf/show_service.h"
#include "common/conf/conf_build.h"
#include "common/loop/clock.h"

/* show ip bgp summary: what the demux told of the routers that `router bgp` names. */

enum { AGE = 24, FIGURE = 12, DAY_S = 86400 };

void
show_bgp_head(FILE *out)
{
    (void)fprintf(out, "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  "
                       "State/PfxRcd\n");
}

/* "02:14:09", from a hundred hours on "5d04h12m" */
static const char *
age_text(const struct bgp_row *row, char out[AGE])
{
    long long s = (long long)(row->seconds > 0 ? row->seconds : 0);

    if (!row->told)
        (void)snprintf(out, AGE, "never");
    else if (s < 100 * 3600)
        (void)snprintf(out, AGE, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        (void)snprintf(out, AGE, "%lldd%02lldh%02lldm", s / DAY_S % 10000, s / 3600 % 24,
                       s / 60 % 60);
    return out;
}

/* A number says that the session is up. */
static const char *
state_text(const struct bgp_row *row, char out[FIGURE])
{
    if (!row->told)
        return "Idle";
    if (!row->up)
        return "Active";
    (void)snprintf(out, FIGURE, "%u", row->prefixes);
    return out;
}

void
show_bgp_row(const struct bgp_row *row, FILE *out)
{
    char age[AGE], state[FIGURE];

    (void)fprintf(out, "%-15s %d %5u %7s %7s %8s %4s %4s %8s %12s\n",
                  conf_addr_text(row->addr).text, 4, row->as, "-", "-", "-", "-", "-",
                  age_text(row, age), state_text(row, state));
}

static struct bgp_row
row_of(const struct cf *cf, const struct conf_bgp *bgp, uint8_t peer)
{
    const struct net_seen *net = &cf->net;
    struct bgp_row row = {.addr = bgp->peers[peer].addr, .as = bgp->peers[peer].remote_as};
    uint8_t i = net_seen_find(net, cf->conf.contexts[bgp->context], row.addr);

    if (i == net->now.n)
        return row;
    row.told = true;
    row.up = net->now.neighbors[i].bgp_up;
    row.seconds = mono_between(net->bgp_since[i], clock_now()) / US_PER_S;
    row.prefixes = row.up ? net->now.offered : 0;
    return row;
}

static bool
is_meant(const struct cf *cf, const struct conf_bgp *bgp, const char *context)
{
    return !context || strcmp(cf->conf.contexts[bgp->context], context) == 0;
}

static void
print_context(const struct cf *cf, const struct conf_bgp *bgp, FILE *out)
{
    (void)fprintf(out,
                  "BGP Address-Family : IPv4\n"
                  "BGP router identifier %s, local AS number %u\n"
                  "BGP table version is -\n\n",
                  conf_addr_text(bgp->router_id).text, bgp->as);
    show_bgp_head(out);
    for (uint8_t i = 0; i < bgp->peer_n; i++) {
        struct bgp_row row = row_of(cf, bgp, i);

        show_bgp_row(&row, out);
    }
}

unsigned
show_bgp(const struct cf *cf, const char *context, FILE *out)
{
    unsigned n = 0;

    for (uint8_t i = 0; i < cf->conf.bgp_n; i++) {
        const struct conf_bgp *bgp = &cf->conf.bgp[i];

        if (!is_meant(cf, bgp, context))
            continue;
        if (out && !context && cf->conf.bgp_n > 1)
            (void)fprintf(out, "%sContext : %s\n", n ? "\n" : "", cf->conf.contexts[bgp->context]);
        if (out)
            print_context(cf, bgp, out);
        n++;
    }
    return n;
}

static json_t *
neighbor_json(const struct bgp_row *row)
{
    return json_pack("{s:s, s:I, s:s, s:b, s:o, s:I}", "neighbor", conf_addr_text(row->addr).text,
                     "as", (json_int_t)row->as, "state",
                     !row->told ? "idle"
                     : row->up  ? "established"
                                : "active",
                     "up", (int)row->up, "seconds_in_state",
                     row->told ? json_integer((json_int_t)row->seconds) : json_null(),
                     "prefixes_received", (json_int_t)row->prefixes);
}

json_t *
show_bgp_json(const struct cf *cf, const char *context)
{
    json_t *contexts = json_array();

    for (uint8_t i = 0; i < cf->conf.bgp_n; i++) {
        const struct conf_bgp *bgp = &cf->conf.bgp[i];
        json_t *neighbors = json_array();

        for (uint8_t peer = 0; peer < bgp->peer_n && is_meant(cf, bgp, context); peer++) {
            struct bgp_row row = row_of(cf, bgp, peer);

            (void)json_array_append_new(neighbors, neighbor_json(&row));
        }
        if (!is_meant(cf, bgp, context)) {
            json_decref(neighbors);
            continue;
        }
        (void)json_array_append_new(
            contexts,
            json_pack("{s:s, s:s, s:I, s:s, s:o}", "context", cf->conf.contexts[bgp->context],
                      "address_family", "ipv4", "local_as", (json_int_t)bgp->as, "router_id",
                      conf_addr_text(bgp->router_id).text, "neighbors", neighbors));
    }
    return json_pack("{s:o}", "contexts", contexts);
}
