/* Raises notifications through trap_link, for test_snmp.py.
 * usage: trap_send ADDRESS PORT COMMUNITY [NUMBER [TIME-SCALE]]
 * Every one of the catalogue, each alarm before what clears it; or NUMBER SRPActive at once,
 * told apart by the address. Ends when all are sent. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/trap/trap_link.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

static struct traps traps;

static void
raise_one(struct trap_link *link, const struct trap *trap)
{
    struct trap now = *trap;

    now.at = clock_now();
    now.wall_us = clock_wall_us();
    if (!traps_raise(&traps, &now))
        log_fatal("%s was not raised", trap_name(trap->id));
    trap_link_send(link);
}

static bool
is_clear(uint8_t id)
{
    static const bool clears[TRAP_N] = {
#define X(name, number, text, vars, clears, gated) [name] = (clears) != 0,
        TRAPS(X)
#undef X
    };

    return clears[id];
}

static void
raise_catalogue(struct trap_link *link)
{
    struct trap trap = {.srp_addr = 0xc0000201,
                        .peer = 0xc6336401,
                        .port = 1812,
                        .reason = 9,
                        .slot = 4,
                        .to_slot = 5,
                        .card_type = TRAP_SFC2P,
                        .context = "srp",
                        .endpoint = "gy",
                        .software = VPCLAB_VERSION};

    for (int clears = 0; clears <= 1; clears++)
        for (trap.id = 0; trap.id < TRAP_N; trap.id++)
            if (is_clear(trap.id) == clears)
                raise_one(link, &trap);
    /* a session between the chassis, whose own end is known */
    trap.id = TRAP_BFD_UP;
    trap.self = 0xc0000201;
    raise_one(link, &trap);
}

static void
raise_burst(struct trap_link *link, uint32_t n)
{
    struct trap trap = {.id = TRAP_SRP_ACTIVE, .context = "srp"};

    for (trap.srp_addr = 1; trap.srp_addr <= n; trap.srp_addr++)
        raise_one(link, &trap);
}

static int
look(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    (void)arg;
    return traps.queue_n == 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
    static struct conf conf;
    struct conf_snmp_target *target = &conf.snmp[0];
    struct trap_link *link;
    struct in_addr addr;
    zloop_t *loop = zloop_new();

    if (argc < 4 || inet_pton(AF_INET, argv[1], &addr) != 1)
        return 2;
    target->addr = ntohl(addr.s_addr);
    target->port = (uint16_t)atoi(argv[2]);
    (void)snprintf(target->name, sizeof target->name, "test");
    target->community.state = CONF_SECRET_CLEAR;
    (void)snprintf(target->community.text, CONF_NAME, "%s", argv[3]);
    conf.snmp_n = 1;
    if (argc > 5)
        clock_scale((uint32_t)atoi(argv[5]));
    traps_init(&traps, true);
    link = trap_link_open(loop, &conf, NULL, &traps);
    if (argc > 4)
        raise_burst(link, (uint32_t)atoi(argv[4]));
    else
        raise_catalogue(link);
    (void)zloop_timer(loop, 5, 0, look, NULL);
    (void)zloop_start(loop);
    trap_link_close(&link);
    zloop_destroy(&loop);
    for (uint8_t id = 0; id < TRAP_N; id++)
        if (traps.counts[id].discarded > 0)
            return 1;
    return 0;
}
