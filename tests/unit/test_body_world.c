/* What a control function and the demux tell each other of the world: routes and neighbors. */
#include "tests/unit/body_rig.h"

static struct neighbor
some_neighbor(struct rng *rng)
{
    struct neighbor neighbor = {.addr = (uint32_t)rng_next(rng)};

    memset(neighbor.context, 'a' + (int)rng_below(rng, 26), rng_below(rng, NEIGHBOR_CONTEXT));
    return neighbor;
}

static void
routes_make(struct rng *rng, struct wr *wr, union body *body)
{
    struct routes_body *routes = &body->routes;

    *routes = (struct routes_body){
        .srp_epoch = rng_next(rng),
        .prepend = r8(rng),
        .as = (uint32_t)rng_next(rng),
        .n = (uint8_t)rng_below(rng, ROUTES_MOST + 1),
        .neighbor_n = (uint8_t)rng_below(rng, NEIGHBORS_MOST + 1),
    };
    for (size_t i = 0; i < routes->n; i++) {
        uint64_t bits = rng_below(rng, 33);
        uint32_t mask = (uint32_t)(UINT64_C(0xffffffff00000000) >> bits);

        routes->routes[i] = (struct route_entry){
            .net = (uint32_t)rng_next(rng) & mask,
            .mask = mask,
            .kind = coin(rng) ? ROUTE_POOL : ROUTE_SERVICE,
        };
    }
    for (size_t i = 0; i < routes->neighbor_n; i++)
        routes->neighbors[i] = some_neighbor(rng);
    routes_put(wr, routes);
}

static bool
routes_read(struct rd *rd, union body *body)
{
    return routes_get(rd, &body->routes);
}

static void
routes_same(const union body *a, const union body *b)
{
    const struct routes_body *in = &a->routes, *out = &b->routes;

    SAME(srp_epoch);
    SAME(prepend);
    SAME(as);
    SAME(n);
    for (size_t i = 0; i < in->n; i++) {
        SAME(routes[i].net);
        SAME(routes[i].mask);
        SAME(routes[i].kind);
    }
    SAME(neighbor_n);
    for (size_t i = 0; i < in->neighbor_n; i++)
        ck_assert(neighbor_same(&in->neighbors[i], &out->neighbors[i]));
}

static void
net_make(struct rng *rng, struct wr *wr, union body *body)
{
    struct net_body *net = &body->net;

    *net = (struct net_body){
        .srp_epoch = rng_next(rng),
        .best = coin(rng),
        .peer_bfd_up = coin(rng),
        .offered = (uint32_t)rng_next(rng),
        .offered_as = (uint32_t)rng_next(rng),
        .n = (uint8_t)rng_below(rng, NEIGHBORS_MOST + 1),
    };
    for (size_t i = 0; i < net->n; i++)
        net->neighbors[i] = (struct net_neighbor){
            .of = some_neighbor(rng),
            .bgp_up = coin(rng),
            .bfd_up = coin(rng),
        };
    net_put(wr, net);
}

static bool
net_read(struct rd *rd, union body *body)
{
    return net_get(rd, &body->net);
}

static void
net_same(const union body *a, const union body *b)
{
    const struct net_body *in = &a->net, *out = &b->net;

    SAME(srp_epoch);
    SAME(best);
    SAME(peer_bfd_up);
    SAME(offered);
    SAME(offered_as);
    SAME(n);
    for (size_t i = 0; i < in->n; i++) {
        ck_assert(neighbor_same(&in->neighbors[i].of, &out->neighbors[i].of));
        SAME(neighbors[i].bgp_up);
        SAME(neighbors[i].bfd_up);
    }
}

static const struct body_kind table[] = {
    {"routes", routes_make, routes_read, routes_same, 0, {0}},
    {"net", net_make, net_read, net_same, 0, {8, 9}},
};

enum { ROUTES, NET };
enum { KINDS = sizeof table / sizeof *table };

START_TEST(neighbor_neither_up_nor_down_is_refused)
{
    enum { HEAD = 19, BGP = HEAD + 1 + 4, BFD };
    struct net_body net = {.n = 1, .neighbors = {{.of.addr = 1, .bgp_up = true}}};
    uint8_t buf[64];
    struct wr wr = wr_over(buf, sizeof buf);

    net_put(&wr, &net);
    ck_assert(reads(NET, buf, wr_len(&wr)));
    buf[BGP] = 2;
    ck_assert(!reads(NET, buf, wr_len(&wr)));
    buf[BGP] = 0;
    buf[BFD] = 255;
    ck_assert(!reads(NET, buf, wr_len(&wr)));
}
END_TEST

static bool
route_reads(uint32_t net, uint32_t mask, uint8_t kind)
{
    struct routes_body routes = {.n = 1, .routes = {{.net = net, .mask = mask, .kind = kind}}};
    uint8_t buf[64];
    struct wr wr = wr_over(buf, sizeof buf);

    routes_put(&wr, &routes);
    return reads(ROUTES, buf, wr_len(&wr));
}

START_TEST(impossible_routes_are_refused)
{
    ck_assert(route_reads(0x7f000100, 0xffffff00, ROUTE_POOL));
    ck_assert(route_reads(0, 0, ROUTE_POOL));
    ck_assert(route_reads(0x7f000101, 0xffffffff, ROUTE_SERVICE));
    ck_assert(!route_reads(0x7f000101, 0xffffff00, ROUTE_POOL)); /* host bits */
    ck_assert(!route_reads(0x7f000000, 0xff00ff00, ROUTE_POOL)); /* mask with a hole */
    ck_assert(!route_reads(0x7f000000, 0x00ffffff, ROUTE_POOL)); /* mask turned round */
    ck_assert(!route_reads(0x7f000100, 0xffffff00, ROUTE_POOL + 1));
}
END_TEST

START_TEST(more_routes_than_fit_are_refused)
{
    enum { COUNT = 13, HEAD = COUNT + 1, ENTRY = 9, NEIGHBORS = 1 };
    uint8_t buf[HEAD + 256 * ENTRY + NEIGHBORS] = {0};

    buf[COUNT] = ROUTES_MOST;
    ck_assert(reads(ROUTES, buf, HEAD + ROUTES_MOST * ENTRY + NEIGHBORS));
    buf[COUNT] = ROUTES_MOST + 1;
    ck_assert(!reads(ROUTES, buf, HEAD + (ROUTES_MOST + 1) * ENTRY + NEIGHBORS));
    buf[COUNT] = 255;
    ck_assert(!reads(ROUTES, buf, HEAD + 255 * ENTRY + NEIGHBORS));
}
END_TEST

START_TEST(more_neighbors_than_fit_are_refused)
{
    static const struct {
        int kind;
        size_t count, entry; /* where their number stands, octets of each */
    } cases[] = {{ROUTES, 14, 5}, {NET, 18, 7}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t buf[32 + 256 * 7] = {0};
        size_t head = cases[i].count + 1, entry = cases[i].entry;

        buf[cases[i].count] = NEIGHBORS_MOST;
        ck_assert(reads(cases[i].kind, buf, head + NEIGHBORS_MOST * entry));
        buf[cases[i].count] = NEIGHBORS_MOST + 1;
        ck_assert(!reads(cases[i].kind, buf, head + (NEIGHBORS_MOST + 1) * entry));
        buf[cases[i].count] = 255;
        ck_assert(!reads(cases[i].kind, buf, head + 255 * entry));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("body: world");
    TCase *single = tcase_create("single");

    kinds = table;
    suite_add_tcase(suite, body_trips(KINDS));
    tcase_add_test(single, neighbor_neither_up_nor_down_is_refused);
    tcase_add_test(single, impossible_routes_are_refused);
    tcase_add_test(single, more_routes_than_fit_are_refused);
    tcase_add_test(single, more_neighbors_than_fit_are_refused);
    suite_add_tcase(suite, single);
    return unit_main(suite);
}
