/* The demux takes changed configurations: addresses open and close, routes are said again if they
 * are others, and what comes to a service that did not change comes through. Direct adapter, on
 * loopback addresses of the test's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "demux/demux.h"
#include "unit.h"

#define SERVICE   0x7f4d0101u /* 127.77.1.1 */
#define SERVICE_2 0x7f4d0102u
#define CONTROL   2123

enum { PATIENCE_S = 30 };

static char dir[] = "/tmp/vpclab-dm-XXXXXX";
static struct node node;
static struct demux *demux;
static struct timer deadline, look;
static int client;
static uint32_t generation;

/* What is configured, in parts that tests leave out or put in. */
static const char loopback[] = "interface i loopback\nip address 127.77.1.1 255.255.255.255 "
                               "srp-activate\n#exit\n";
static const char loopback_2[] = "interface j loopback\nip address 127.77.1.2 255.255.255.255 "
                                 "srp-activate\n#exit\n";
static const char gtpu[] = "gtpu-service u\nbind ipv4-address 127.77.1.1\n#exit\n";
static const char ggsn[] = "ggsn-service g\nbind ipv4-address 127.77.1.1\n#exit\n";
static const char ggsn_2[] = "ggsn-service h\nbind ipv4-address 127.77.1.2\n#exit\n";
static const char pool[] = "context dest\nip pool p 10.0.0.0 255.255.255.0 public 0 srp-activate\n";
static const char pool_2[] = "ip pool q 10.0.1.0 255.255.255.0 public 0 srp-activate\n";
static const char dest[] = "context dest\n";

static void
configure(const char *a, const char *b, const char *c, const char *d)
{
    char text[2048];
    struct config_body config = {.generation = ++generation, .text = (const uint8_t *)text};

    config.len =
        (size_t)snprintf(text, sizeof text, "config\ncontext source\n%s%s%s%send\n", a, b, c, d);
    ck_assert_int_eq(demux_config(demux, &config), 0);
}

static void
role(enum chassis_state state, uint8_t gates, bool announce)
{
    demux_role(demux, &(struct role_body){.state = (uint8_t)state,
                                          .srp_epoch = 5,
                                          .order = 1,
                                          .gates = gates,
                                          .announce = announce,
                                          .route_modifier = 6,
                                          .restart = 9});
}

static struct card_link *
open_card(void)
{
    return card_link_open(&(struct card_link_setup){.node = &node,
                                                    .loop = node.loop,
                                                    .ctx = demux,
                                                    .role = demux_role,
                                                    .config = demux_config,
                                                    .fill = demux_fill});
}

static int
stop(zloop_t *of, int id, void *arg)
{
    (void)of;
    (void)id;
    (void)arg;
    return -1;
}

static void
on_deadline(void *arg)
{
    (void)arg;
    ck_abort_msg("it does not come to pass");
}

static void
nothing(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    (void)ctx;
    (void)peer;
    (void)head;
    (void)body;
}

static void
set_up(void)
{
    char endpoint[NODE_PATH], err[4096];
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(topo_load(&node.topo, TOPOLOGIES "/pair.json", err, sizeof err), 0);
    (void)snprintf(node.rundir, sizeof node.rundir, "%s", dir);
    (void)snprintf(node.dir, sizeof node.dir, "%s/east", dir);
    ck_assert_int_eq(mkdir(node.dir, 0700), 0);
    node.slot = 3;
    node.type = CARD_DEMUX;
    node.incarnation = 1;
    node.loop = zloop_new();
    demux = calloc(1, sizeof *demux);
    demux->node = &node;
    dist_init(&demux->dist, 2);
    timer_init(&demux->announce_timer, node.loop, demux_announce, demux);
    timer_init(&deadline, node.loop, on_deadline, NULL);
    demux->udp = udp_open(node.loop, demux_from_clients, demux_flush, demux);
    endpoint_world(dir, "east", endpoint);
    demux->world = bus_open(&(struct bus_setup){.node = &node,
                                                .loop = node.loop,
                                                .name = "world",
                                                .endpoint = endpoint,
                                                .queue = 10,
                                                .any_instance = true,
                                                .message = nothing,
                                                .ctx = demux});
    ck_assert_ptr_nonnull(demux->world);
    demux->card = open_card();
    ck_assert_ptr_nonnull(demux->card);
    client = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(client, (const struct sockaddr *)&here, sizeof here), 0);
    generation = 0;
}

static void
tear_down(void)
{
    timer_at(&demux->announce_timer, MONO_NEVER);
    timer_at(&deadline, MONO_NEVER);
    timer_at(&look, MONO_NEVER);
    card_link_close(&demux->card);
    bus_close(&demux->world);
    udp_close(&demux->udp);
    demux_gathered_free(demux);
    free(demux);
    zloop_destroy(&node.loop);
    (void)close(client);
    ck_assert_int_eq(rmdir(node.dir), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* An Echo Request of GTPv1, to which the demux knows the answer. */
static void
send_echo(uint32_t to)
{
    static const uint8_t echo[] = {0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0};
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(CONTROL), .sin_addr.s_addr = htonl(to)};

    (void)sendto(client, echo, sizeof echo, 0, (const struct sockaddr *)&at, sizeof at);
}

static unsigned got, wanted;

static void
on_look(void *arg)
{
    uint8_t answer[64];

    (void)arg;
    while (recv(client, answer, sizeof answer, MSG_DONTWAIT) > 0)
        got++;
    if (got >= wanted && demux->counters.from_access >= wanted)
        (void)zloop_timer(node.loop, 0, 1, stop, NULL);
    else
        timer_at(&look, mono_after(clock_now(), 1000));
}

/* Turn until so many answers have come. */
static void
turn_until_answers(unsigned n)
{
    wanted = n;
    timer_init(&look, node.loop, on_look, NULL);
    timer_at(&look, clock_now());
    timer_at(&deadline, mono_after(clock_now(), PATIENCE_S * US_PER_S));
    (void)zloop_start(node.loop);
    timer_at(&look, MONO_NEVER);
    timer_at(&deadline, MONO_NEVER);
}

START_TEST(addresses_open_and_close_with_their_services)
{
    configure("", "", "", "");
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    ck_assert(!udp_bound(demux->udp, SERVICE));
    configure(loopback, "", "", "");
    ck_assert(!udp_bound(demux->udp, SERVICE)); /* no service */
    configure(loopback, ggsn, "", "");
    ck_assert(udp_bound(demux->udp, SERVICE));
    configure(ggsn, "", "", "");
    ck_assert(!udp_bound(demux->udp, SERVICE)); /* no interface has it */
    configure(loopback, loopback_2, ggsn, ggsn_2);
    ck_assert(udp_bound(demux->udp, SERVICE));
    ck_assert(udp_bound(demux->udp, SERVICE_2));
    configure(loopback, loopback_2, ggsn_2, "");
    ck_assert(!udp_bound(demux->udp, SERVICE));
    ck_assert(udp_bound(demux->udp, SERVICE_2));
}
END_TEST

START_TEST(a_standby_opens_nothing_whatever_is_configured)
{
    configure(loopback, ggsn, "", "");
    role(CHASSIS_STANDBY, 0, false);
    configure(loopback, loopback_2, ggsn, ggsn_2);
    ck_assert(!udp_bound(demux->udp, SERVICE));
    ck_assert(!udp_bound(demux->udp, SERVICE_2));
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    ck_assert(udp_bound(demux->udp, SERVICE_2));
}
END_TEST

START_TEST(what_waits_at_an_unchanged_service_is_not_lost)
{
    configure(loopback, ggsn, "", "");
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    got = 0;
    for (unsigned i = 0; i < 20; i++) { /* the loop does not turn: they lie in the socket */
        send_echo(SERVICE);
        configure(loopback, i % 2 ? loopback_2 : "", ggsn, i % 2 ? ggsn_2 : "");
    }
    turn_until_answers(20);
    ck_assert_uint_eq(got, 20);
    ck_assert_uint_eq(demux->counters.echoes, 20);
}
END_TEST

/* One address, two ports: each is its own service's. */
START_TEST(a_port_without_a_service_answers_nothing)
{
    struct dgram d = {.side = DGRAM_CTRL, .local = SERVICE, .peer = 0x7f000001, .port = 9};
    static const uint8_t echo[] = {0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0};
    struct card_status status = {0};

    d.bytes = echo;
    d.len = sizeof echo;
    configure(loopback, gtpu, "", "");
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    demux_from_clients(demux, &d, 1);
    ck_assert_uint_eq(demux->counters.no_service, 1);
    ck_assert_uint_eq(demux->counters.echoes, 0);
    d.side = DGRAM_USER;
    demux_from_clients(demux, &d, 1);
    ck_assert_uint_eq(demux->counters.echoes, 1);
    configure(loopback, ggsn, "", ""); /* no gtpu-service: the user plane is where signalling is */
    demux_from_clients(demux, &d, 1);
    ck_assert_uint_eq(demux->counters.echoes, 2);
    configure(loopback, loopback_2, ggsn_2, gtpu);
    d.side = DGRAM_CTRL;
    demux_from_clients(demux, &d, 1);
    d.side = DGRAM_USER;
    d.local = SERVICE_2;
    demux_from_clients(demux, &d, 1);
    ck_assert_uint_eq(demux->counters.no_service, 3);
    demux_fill(demux, &status);
    ck_assert_uint_eq(status.calls.dropped, 3);
}
END_TEST

START_TEST(routes_are_announced_anew_only_if_they_are_others)
{
    uint64_t number;

    configure(loopback, ggsn, pool, "");
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    number = demux->announce.number;
    configure(loopback, ggsn, pool, "");
    configure(loopback, gtpu, ggsn, pool);
    ck_assert_uint_eq(demux->announce.number, number);
    configure(loopback, ggsn, pool, pool_2);
    ck_assert_uint_gt(demux->announce.number, number);
    ck_assert_uint_eq(demux->routes.n, 3);
    ck_assert_uint_eq(demux->routes.srp_epoch, 5);
    ck_assert_uint_eq(demux->routes.prepend, 6);
    number = demux->announce.number;
    configure(loopback, ggsn, dest, "router bgp 65001\nneighbor 127.0.2.1 remote-as 65000\n");
    ck_assert_uint_gt(demux->announce.number, number);
    ck_assert_uint_eq(demux->routes.n, 1);
    ck_assert_uint_eq(demux->routes.neighbor_n, 1);
    ck_assert_uint_eq(demux->routes.as, 65001);
}
END_TEST

START_TEST(packets_go_to_the_owners_of_the_pools_configured_now)
{
    uint8_t packet[20] = {0x45};

    dist_alive(&demux->dist, 1, true);
    dist_alive(&demux->dist, 2, true);
    packet[16] = 10;
    packet[18] = 1;
    packet[19] = 5; /* 10.0.1.5 */
    configure(loopback, ggsn, pool, "");
    ck_assert_int_eq(dist_packet(&demux->dist, packet, sizeof packet).verdict, DIST_NOBODY);
    configure(loopback, ggsn, pool, pool_2);
    ck_assert_int_eq(dist_packet(&demux->dist, packet, sizeof packet).verdict, DIST_SESSMGR);
    configure(loopback, ggsn, dest, pool_2);
    ck_assert_int_eq(dist_packet(&demux->dist, packet, sizeof packet).verdict, DIST_SESSMGR);
    configure(loopback, ggsn, "", "");
    ck_assert_int_eq(dist_packet(&demux->dist, packet, sizeof packet).verdict, DIST_NOBODY);
}
END_TEST

START_TEST(what_is_no_configuration_changes_nothing)
{
    static const char text[] = "config\ncontext source\nggsn service g\nend\n";
    const struct config_body config = {
        .generation = 99, .text = (const uint8_t *)text, .len = sizeof text - 1};

    configure(loopback, ggsn, pool, "");
    role(CHASSIS_ACTIVE, GATES_ALL, true);
    ck_assert_int_lt(demux_config(demux, &config), 0);
    ck_assert(udp_bound(demux->udp, SERVICE));
    ck_assert_uint_eq(demux->routes.n, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("demux_conf");
    TCase *tc = tcase_create("demux_conf");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 2 * PATIENCE_S);
    tcase_add_test(tc, addresses_open_and_close_with_their_services);
    tcase_add_test(tc, a_standby_opens_nothing_whatever_is_configured);
    tcase_add_test(tc, what_waits_at_an_unchanged_service_is_not_lost);
    tcase_add_test(tc, a_port_without_a_service_answers_nothing);
    tcase_add_test(tc, routes_are_announced_anew_only_if_they_are_others);
    tcase_add_test(tc, packets_go_to_the_owners_of_the_pools_configured_now);
    tcase_add_test(tc, what_is_no_configuration_changes_nothing);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
