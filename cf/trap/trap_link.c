#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "cf/trap/trap_link.h"
#include "common/conf/conf_seal.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/udp.h"

enum {
    OID_MOST = 16,
    TICK_US = 10000, /* of TimeTicks */
    ADDR_UNKNOWN = 0,
    ADDR_IPV4 = 1,        /* InetAddressType */
    CHASSIS_QVPC_DI = 10, /* starChassisType */
};

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
#define DATA    STARENT, 1, 31      /* starentTrapData: scalars */
#define CHASSIS STARENT, 1, 1       /* starentChassis: scalars */
#define SLOTS   STARENT, 1, 2, 1, 1 /* starSlotEntry: columns, by slot */

/* What of a notification an object tells. */
enum source {
    SOURCE_CONTEXT,
    SOURCE_ENDPOINT,
    SOURCE_SRP_ADDR,
    SOURCE_PEER,
    SOURCE_PEER_TYPE,
    SOURCE_SELF,
    SOURCE_SELF_TYPE,
    SOURCE_PORT,
    SOURCE_REASON,
    SOURCE_SLOT,
    SOURCE_TO_SLOT,
    SOURCE_CARD_TYPE,
    SOURCE_CHASSIS_TYPE,
    SOURCE_CHASSIS,
    SOURCE_SOFTWARE,
    SOURCE_ZERO,  /* a number that the emulator does not have */
    SOURCE_EMPTY, /* ... and a text */
};

/* Objects without their instance, in the order of the MIB. */
static const struct object {
    unsigned var;
    u_char type;
    enum source source;
    size_t len;
    oid oid[OID_MOST];
} objects[] = {
    {TRAP_VAR_CONTEXT, ASN_OCTET_STR, SOURCE_CONTEXT, 10, {DATA, 5}},
    {TRAP_VAR_SRP_ADDR, ASN_IPADDRESS, SOURCE_SRP_ADDR, 10, {DATA, 13}},
    {TRAP_VAR_PORT, ASN_INTEGER, SOURCE_PORT, 10, {DATA, 12}},
    {TRAP_VAR_BGP, ASN_IPADDRESS, SOURCE_PEER, 10, {DATA, 14}},
    {TRAP_VAR_REASON, ASN_INTEGER, SOURCE_REASON, 10, {DATA, 135}},
    {TRAP_VAR_DIAMETER, ASN_OCTET_STR, SOURCE_CONTEXT, 10, {DATA, 24}},
    {TRAP_VAR_DIAMETER, ASN_IPADDRESS, SOURCE_PEER, 10, {DATA, 25}},
    {TRAP_VAR_DIAMETER, ASN_OCTET_STR, SOURCE_ENDPOINT, 10, {DATA, 26}},
    {TRAP_VAR_BFD, ASN_INTEGER, SOURCE_SELF_TYPE, 10, {DATA, 128}},
    {TRAP_VAR_BFD, ASN_OCTET_STR, SOURCE_SELF, 10, {DATA, 129}},
    {TRAP_VAR_BFD, ASN_INTEGER, SOURCE_PEER_TYPE, 10, {DATA, 130}},
    {TRAP_VAR_BFD, ASN_OCTET_STR, SOURCE_PEER, 10, {DATA, 131}},
    {TRAP_VAR_BFD, ASN_UNSIGNED, SOURCE_ZERO, 10, {DATA, 132}}, /* discriminators */
    {TRAP_VAR_BFD, ASN_UNSIGNED, SOURCE_ZERO, 10, {DATA, 133}},
    {TRAP_VAR_DIAG, ASN_INTEGER, SOURCE_ZERO, 10, {DATA, 134}},
    {TRAP_VAR_BFD, ASN_INTEGER, SOURCE_ZERO, 10, {DATA, 145}}, /* port */
    {TRAP_VAR_SLOT, ASN_INTEGER, SOURCE_SLOT, 12, {SLOTS, 1}},
    {TRAP_VAR_TO, ASN_INTEGER, SOURCE_TO_SLOT, 12, {SLOTS, 1}},
    {TRAP_VAR_CARD, ASN_INTEGER, SOURCE_CARD_TYPE, 12, {SLOTS, 3}},
    {TRAP_VAR_CARD, ASN_OCTET_STR, SOURCE_EMPTY, 12, {SLOTS, 41}}, /* serial number */
    {TRAP_VAR_CHASSIS, ASN_INTEGER, SOURCE_CHASSIS_TYPE, 10, {CHASSIS, 10}},
    {TRAP_VAR_CHASSIS, ASN_OCTET_STR, SOURCE_CHASSIS, 10, {CHASSIS, 11}},
    {TRAP_VAR_CHASSIS, ASN_OCTET_STR, SOURCE_SOFTWARE, 10, {CHASSIS, 12}},
};

/* ---- their values ---------------------------------------------------------------------------- */

struct value {
    const void *at;
    size_t len;
    long number;
    in_addr_t addr;
};

static void
set_number(struct value *value, long number)
{
    value->number = number;
    value->at = &value->number;
    value->len = sizeof value->number;
}

static void
set_text(struct value *value, const char *text)
{
    value->at = text;
    value->len = strlen(text);
}

static void
set_addr(struct value *value, uint32_t addr)
{
    value->addr = htonl(addr);
    value->at = &value->addr;
    value->len = sizeof value->addr;
}

static void
set_value(struct value *value, enum source source, const struct trap *trap)
{
    switch (source) {
    case SOURCE_CONTEXT:
        set_text(value, trap->context);
        break;
    case SOURCE_ENDPOINT:
        set_text(value, trap->endpoint);
        break;
    case SOURCE_SRP_ADDR:
        set_addr(value, trap->srp_addr);
        break;
    case SOURCE_PEER:
        set_addr(value, trap->peer);
        break;
    case SOURCE_PEER_TYPE:
        set_number(value, ADDR_IPV4);
        break;
    case SOURCE_SELF:
        set_addr(value, trap->self);
        value->len = trap->self ? value->len : 0;
        break;
    case SOURCE_SELF_TYPE:
        set_number(value, trap->self ? ADDR_IPV4 : ADDR_UNKNOWN);
        break;
    case SOURCE_PORT:
        set_number(value, trap->port);
        break;
    case SOURCE_REASON:
        set_number(value, trap->reason);
        break;
    case SOURCE_SLOT:
        set_number(value, trap->slot);
        break;
    case SOURCE_TO_SLOT:
        set_number(value, trap->to_slot);
        break;
    case SOURCE_CARD_TYPE:
        set_number(value, trap->card_type);
        break;
    case SOURCE_CHASSIS_TYPE:
        set_number(value, CHASSIS_QVPC_DI);
        break;
    case SOURCE_CHASSIS:
        set_text(value, "vpclab");
        break;
    case SOURCE_SOFTWARE:
        set_text(value, trap->software);
        break;
    case SOURCE_ZERO:
        set_number(value, 0);
        break;
    case SOURCE_EMPTY:
        set_text(value, "");
        break;
    }
}

static oid
instance_of(unsigned var, const struct trap *trap)
{
    if (var == TRAP_VAR_TO)
        return trap->to_slot;
    return var == TRAP_VAR_SLOT || var == TRAP_VAR_CARD ? trap->slot : 0;
}

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
    struct value value;
    oid name[OID_MOST];

    memcpy(name, object->oid, sizeof name);
    name[object->len] = instance_of(object->var, trap);
    set_value(&value, object->source, trap);
    add(pdu, name, object->len + 1, object->type, value.at, value.len);
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

/* The receiver does not live faster because the lab does: pacing is in real time. */
static mono_t
real_now(void)
{
    return (mono_t){.us = clock_real_us()};
}

void
trap_link_send(struct trap_link *link)
{
    mono_t now = real_now();
    struct trap trap;

    while (traps_next(link->traps, now, &trap))
        send_one(link, &trap);
    timer_at_real(&link->timer, traps_deadline(link->traps, now).us);
}

static void
due(void *ctx)
{
    trap_link_send(ctx);
}

/* ---- open and close ------------------------------------------------------------------------ */

/* The address is numeric and SNMPv2c has no state to keep, so nothing is looked up. */
static void *
session_open(const struct conf_snmp_target *target, const uint8_t *key)
{
    netsnmp_session session;
    char addr[16], peer[32], community[CONF_NAME];
    void *opened;

    (void)snprintf(peer, sizeof peer, "udp:%s:%u", udp_addr_text(target->addr, addr), target->port);
    if (!conf_unseal(&target->community, key, community)) {
        log_error("snmp target %s: its community cannot be read by this lab; enter it anew with "
                  "\"security-name\"",
                  target->name);
        return NULL;
    }
    if (!*community)
        (void)snprintf(community, sizeof community, "public");
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
trap_link_open(zloop_t *loop, const struct conf *conf, const uint8_t *key, struct traps *traps)
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

        target->session = session_open(&conf->snmp[i], key);
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
