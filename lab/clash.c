#include "lab/clash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop/log.h"
#include "lab/proc.h"

enum {
    GTP_CONTROL = 2123,
    GTP_USER = 2152,
    SRP_PORTS = 4, /* of an instance: control and session of each CF slot */
    CLAIMS_MOST = TOPO_INSTANCES * (SRP_PORTS + 4) + TOPO_AAA,
    NET_MOST = 250,
    A_LAB = 2, /* as many ports that are taken are no chance: one may become free meanwhile */
};

/* An address and port that a lab listens on. */
struct claim {
    uint32_t addr;
    uint16_t port;
    bool tcp;
};

struct claims {
    struct claim all[CLAIMS_MOST];
    size_t n;
};

static void
add(struct claims *claims, uint32_t addr, unsigned port, bool tcp)
{
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *one = &claims->all[i];

        if (one->addr == addr && one->port == port && one->tcp == tcp)
            return; /* srp-activated: both chassis have it */
    }
    if (addr && claims->n < CLAIMS_MOST)
        claims->all[claims->n++] = (struct claim){addr, (uint16_t)port, tcp};
}

/* A configuration that cannot be read any more claims nothing: its lab may have another by now. */
static void
add_instance(struct claims *claims, const struct topo *topo, size_t i)
{
    static char err[4096];
    struct conf *conf = calloc(1, sizeof *conf);

    if (!conf)
        log_fatal("clash: out of memory");
    if (topo_load_conf(&topo->instances[i], conf, err, sizeof err) == 0) {
        for (unsigned port = 0; port < SRP_PORTS; port++)
            add(claims, conf->srp.bind, topo->srp_port + port, true);
        add(claims, conf_service_addr(conf, CONF_GGSN), GTP_CONTROL, false);
        add(claims, conf_service_addr(conf, CONF_PGW), GTP_CONTROL, false);
        add(claims, conf_service_addr(conf, CONF_GTPU), GTP_USER, false);
    }
    free(conf);
}

static struct claims
claims_of(const struct topo *topo)
{
    struct claims claims = {.n = 0};

    for (size_t i = 0; i < topo->instance_n; i++)
        add_instance(&claims, topo, i);
    for (size_t i = 0; i < topo->aaa_n; i++)
        add(&claims, topo->aaa[i].addr, topo->aaa[i].port, topo->aaa[i].kind == TOPO_DIAMETER);
    return claims;
}

/* The first of one that is of the other, too; NULL: they have nothing in common. */
static const struct claim *
in_common(const struct claims *one, const struct claims *other)
{
    for (size_t i = 0; i < one->n; i++) {
        for (size_t k = 0; k < other->n; k++) {
            const struct claim *a = &one->all[i], *b = &other->all[k];

            if (a->addr == b->addr && a->port == b->port && a->tcp == b->tcp)
                return a;
        }
    }
    return NULL;
}

/* Past what is left of connections that ended; any other failure shows when the lab starts. */
static bool
is_taken(const struct claim *claim)
{
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_port = htons(claim->port),
                              .sin_addr.s_addr = htonl(claim->addr)};
    int fd = socket(AF_INET, (claim->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), yes = 1;
    bool taken;

    if (fd < 0)
        return false;
    if (claim->tcp)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes); /* then it looks taken */
    taken = bind(fd, (const struct sockaddr *)&sin, sizeof sin) != 0 && errno == EADDRINUSE;
    (void)close(fd); /* nothing was sent */
    return taken;
}

static size_t
count_taken(const struct claims *claims, const struct claim **first)
{
    size_t n = 0;

    for (size_t i = claims->n; i > 0; i--) {
        if (is_taken(&claims->all[i - 1])) {
            *first = &claims->all[i - 1];
            n++;
        }
    }
    return n;
}

static bool
runs(const struct lab *lab)
{
    static struct proc procs[PROCS_MOST];

    for (size_t i = procs_found(lab, procs); i > 0; i--) {
        if (proc_look(&procs[i - 1]))
            return true;
    }
    return false;
}

/* What another lab of this user claims; false when nothing of it runs, or its topology is gone. */
static bool
other_claims(const char *name, struct lab *other, struct claims *claims)
{
    char topology[TOPO_PATH], err[4096];

    if (!lab_at(other, name) || !runs(other) || !lab_topology(other, topology) ||
        topo_load_alone(&other->topo, topology, err, sizeof err) != 0)
        return false;
    *claims = claims_of(&other->topo);
    return true;
}

/* The other lab of ours that has an address of these, or NULL. */
static const struct claim *
find_ours(const struct lab *lab, const struct claims *claims, struct lab *other)
{
    static char names[LABS_MOST][TOPO_NAME];
    size_t n = lab_list(names);
    const struct claim *common;
    struct claims theirs;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], lab->name) == 0 || !other_claims(names[i], other, &theirs))
            continue;
        common = in_common(claims, &theirs);
        if (common)
            return common;
    }
    return NULL;
}

static bool
are_of(const struct claims *claims, uint32_t net)
{
    for (size_t i = 0; i < claims->n; i++) {
        if (claims->all[i].addr >> 16 != (127u << 8 | net))
            return false;
    }
    return true;
}

int
clash_net(const struct topo *topo)
{
    struct claims claims = claims_of(topo);
    uint32_t net = claims.n ? claims.all[0].addr >> 16 & 0xff : 0;

    return claims.n && are_of(&claims, net) ? (int)net : -1;
}

/* A net in which all of them are free, or 0. */
static uint32_t
free_net(const struct lab *lab, struct claims claims)
{
    struct lab *other = calloc(1, sizeof *other);
    uint32_t net = 1;

    if (!other)
        log_fatal("clash: out of memory");
    for (; net <= NET_MOST; net++) {
        const struct claim *first;

        for (size_t i = 0; i < claims.n; i++)
            claims.all[i].addr = (claims.all[i].addr & 0xff00ffff) | net << 16;
        if (count_taken(&claims, &first) == 0 && !find_ours(lab, &claims, other))
            break;
    }
    free(other);
    return net <= NET_MOST ? net : 0;
}

static int
refuse(const struct lab *lab, const struct claims *claims, const struct claim *claim,
       const char *who, uint32_t moved)
{
    uint32_t net = are_of(claims, moved) ? free_net(lab, *claims) : 0;
    struct in_addr addr = {.s_addr = htonl(claim->addr)};
    char text[INET_ADDRSTRLEN], fix[96];

    (void)snprintf(fix, sizeof fix, "give it other addresses in its configurations");
    if (net)
        (void)snprintf(fix, sizeof fix, "start this one elsewhere: --net %u is free", net);
    (void)fprintf(stderr, "vpclab: %s:%u (%s) is taken by %s; %s\n",
                  inet_ntop(AF_INET, &addr, text, sizeof text), claim->port,
                  claim->tcp ? "TCP" : "UDP", who, fix);
    return LAB_FAILURE;
}

int
clash_check(const struct lab *lab, uint32_t moved)
{
    struct lab *other = calloc(1, sizeof *other);
    struct claims claims = claims_of(&lab->topo);
    const struct claim *claim = NULL;
    char who[TOPO_NAME + 64];
    int status = LAB_OK;

    if (!other)
        log_fatal("clash: out of memory");
    claim = find_ours(lab, &claims, other);
    if (claim) {
        (void)snprintf(who, sizeof who, "lab \"%s\"", other->name);
        status = refuse(lab, &claims, claim, who, moved);
    } else if (count_taken(&claims, &claim) >= A_LAB) {
        status = refuse(lab, &claims, claim, "another program, such as another user's lab", moved);
    }
    free(other);
    return status;
}
