#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "cf/trap/trap_link.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/udp.h"

enum { OID_MOST = 16, TICK_US = 10000 /* of TimeTicks */ };

struct target {
    char name[CONF_NAME];
    void *session; /* of libnetsnmp's single-session API */
    bool failing;  /* ... and that was said */
};

struct trap_link {
    struct traps *traps;
    struct target targets[CONF_SNMP_TARGETS];
    size_t target_n;
    mono_t opened;
    struct timer timer;
};

/* ---- objects ----------------------------------------------------------------------------- */

static const oid sys_up_time[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const oid snmp_trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};

#define STARENT 1, 3, 6, 1, 4, 1, 8164

/* Objects without their instance; those from 9001 on are the emulator's own numbers
 * (docs/staros.md "Notifications"). */
static const struct object {
    unsigned var;
    u_char type;
    size_t len;
    oid oid[OID_MOST];
} objects[] = {
    {TRAP_VAR_CONTEXT, ASN_OCTET_STR, 10, {STARENT, 1, 31, 9001}},
    {TRAP_VAR_SRP_ADDR, ASN_IPADDRESS, 10, {STARENT, 1, 31, 13}},
    {TRAP_VAR_PORT, ASN_UNSIGNED, 10, {STARENT, 1, 31, 9002}},
    {TRAP_VAR_BGP_PEER, ASN_IPADDRESS, 10, {STARENT, 1, 31, 9003}},
    {TRAP_VAR_REASON, ASN_INTEGER, 10, {STARENT, 1, 31, 135}},
    {TRAP_VAR_SLOT, ASN_INTEGER, 12, {STARENT, 1, 2, 1, 1, 1}},
    {TRAP_VAR_NAME, ASN_OCTET_STR, 10, {STARENT, 1, 31, 9004}},
};

/* ---- one notification as a PDU ------------------------------------------------------------- */

static void
add(netsnmp_pdu *pdu, const oid *name, size_t len, u_char type, const void *value, size_t size)
{
    if (!snmp_pdu_add_variable(pdu, name, len, type, value, size))
        log_fatal("snmp: out of memory");
}

static void
add_object(netsnmp_pdu *pdu, const struct object *object, const struct trap *trap)
{
    bool is_slot = object->var == TRAP_VAR_SLOT; /* a column of the card table; else scalars */
    const char *text = object->var == TRAP_VAR_CONTEXT ? trap->context : trap->name;
    uint32_t addr = htonl(object->var == TRAP_VAR_SRP_ADDR ? trap->srp_addr : trap->bgp_peer);
    u_long number = trap->port;
    long integer = is_slot ? trap->slot : trap->reason;
    oid name[OID_MOST];

    memcpy(name, object->oid, sizeof name);
    name[object->len] = is_slot ? trap->slot : 0;
    switch (object->type) {
    case ASN_OCTET_STR:
        add(pdu, name, object->len + 1, object->type, text, strlen(text));
        break;
    case ASN_IPADDRESS:
        add(pdu, name, object->len + 1, object->type, &addr, sizeof addr);
        break;
    case ASN_UNSIGNED:
        add(pdu, name, object->len + 1, object->type, &number, sizeof number);
        break;
    default:
        add(pdu, name, object->len + 1, object->type, &integer, sizeof integer);
        break;
    }
}

/* The caller's, until it is sent. */
static netsnmp_pdu *
pdu_of(const struct trap_link *link, const struct trap *trap)
{
    const oid trap_oid[] = {STARENT, 2, trap_number(trap->id)};
    int64_t up_us = mono_between(link->opened, trap->at);
    u_long ticks = up_us > 0 ? (uint32_t)(up_us / TICK_US) : 0; /* wraps, as TimeTicks do */
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_TRAP2);

    if (!pdu)
        log_fatal("snmp: out of memory");
    add(pdu, sys_up_time, OID_LENGTH(sys_up_time), ASN_TIMETICKS, &ticks, sizeof ticks);
    add(pdu, snmp_trap_oid, OID_LENGTH(snmp_trap_oid), ASN_OBJECT_ID, trap_oid, sizeof trap_oid);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (trap_vars(trap->id) & objects[i].var)
            add_object(pdu, &objects[i], trap);
    return pdu;
}

/* ---- sending ------------------------------------------------------------------------------- */

static void
failure(struct target *target)
{
    char *text = NULL;

    if (target->failing)
        return;
    target->failing = true;
    snmp_sess_error(target->session, NULL, NULL, &text);
    log_warn("snmp target %s: cannot send notifications, they are lost: %s", target->name,
             text ? text : "no reason known");
    free(text);
}

static void
send_one(struct trap_link *link, const struct trap *trap)
{
    for (size_t i = 0; i < link->target_n; i++) {
        struct target *target = &link->targets[i];
        netsnmp_pdu *pdu = pdu_of(link, trap);

        if (snmp_sess_send(target->session, pdu) == 0) { /* else the session has freed it */
            snmp_free_pdu(pdu);
            failure(target);
            continue;
        }
        if (target->failing)
            log_info("snmp target %s: notifications are sent again", target->name);
        target->failing = false;
    }
}

void
trap_link_send(struct trap_link *link)
{
    mono_t now = clock_now();
    struct trap trap;

    while (traps_next(link->traps, now, &trap))
        send_one(link, &trap);
    timer_at(&link->timer, traps_deadline(link->traps, now));
}

static void
due(void *ctx)
{
    trap_link_send(ctx);
}

/* ---- open and close ------------------------------------------------------------------------ */

/* The address is numeric and SNMPv2c has no state to keep, so nothing is looked up. */
static void *
session_open(const struct conf_snmp_target *target)
{
    netsnmp_session session;
    char addr[16], peer[32], community[CONF_NAME];
    void *opened;

    (void)snprintf(peer, sizeof peer, "udp:%s:%u", udp_addr_text(target->addr, addr), target->port);
    (void)snprintf(community, sizeof community, "%s", target->community);
    snmp_sess_init(&session);
    session.version = SNMP_VERSION_2c;
    session.peername = peer;
    session.community = (u_char *)community;
    session.community_len = strlen(community);
    opened = snmp_sess_open(&session);
    if (!opened)
        log_error("snmp target %s: no socket towards %s (%s); it gets no notifications until the "
                  "CF is started again",
                  target->name, peer, snmp_api_errstring(snmp_errno));
    return opened;
}

struct trap_link *
trap_link_open(zloop_t *loop, const struct conf *conf, struct traps *traps)
{
    struct trap_link *link = calloc(1, sizeof *link);

    if (!link)
        log_fatal("snmp: out of memory");
    /* Before the first session, which initialises the library. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    link->traps = traps;
    link->opened = clock_now();
    timer_init(&link->timer, loop, due, link);
    for (size_t i = 0; i < conf->snmp_n; i++) {
        struct target *target = &link->targets[link->target_n];

        target->session = session_open(&conf->snmp[i]);
        if (!target->session)
            continue;
        memcpy(target->name, conf->snmp[i].name, sizeof target->name);
        link->target_n++;
    }
    traps->has_target = link->target_n > 0;
    return link;
}

void
trap_link_close(struct trap_link **link)
{
    if (!*link)
        return;
    timer_at(&(*link)->timer, MONO_NEVER);
    for (size_t i = 0; i < (*link)->target_n; i++)
        (void)snmp_sess_close((*link)->targets[i].session); /* it is one */
    (*link)->traps->has_target = false;
    free(*link);
    *link = NULL;
}
