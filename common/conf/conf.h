/* conf.h - what a StarOS-syntax configuration means, as plain structs
 *
 * The command table (conf_rows.c) fills these from lines of text; everything else only
 * reads them. Addresses are IPv4 in host byte order; 0 stands for "not configured".
 *
 * Secrets are kept encrypted (conf_seal.h); what was entered in clear is so for a moment only.
 *
 * Ownership  one struct conf is a plain value without pointers: copy, compare, print it
 * Time       seconds where the configured command says seconds
 * Errors     none here; the parser reports file, line and a sentence
 * Threads    any, read only
 */
#ifndef VPCLAB_CONF_H
#define VPCLAB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf/boot_stack.h"

enum {
    CONF_NAME = 80, /* longest name with its terminator (StarOS: 79 characters) */
    CONF_CONTEXTS = 16,
    CONF_INTERFACES = 64,
    CONF_POOLS = 64,
    CONF_SERVICES = 32,
    CONF_APNS = 64,
    CONF_MONITORS = 32,
    CONF_BGP_PEERS = 32,
    CONF_NETWORKS = 32,
    CONF_RADIUS = 16,
    CONF_DIAMETER = 8,
    CONF_DIAMETER_PEERS = 8,
    CONF_SNMP_TARGETS = 8,
    CONF_ADDR6 = 46, /* longest IPv6 address with its terminator */
    CONF_PREFIX6 = CONF_ADDR6 + 4,
    CONF_SECRET = 256, /* longest encrypted secret in hexadecimal, with its terminator */
    CONF_PORTS = 32,
    CONF_BUSYOUTS = 32, /* in one context: the order counts there */
    CONF_HA = 4,
    CONF_SPIS = 16,
};

/* What nobody may read: a key, a community. */
enum conf_secret_state {
    CONF_SECRET_NONE,
    CONF_SECRET_CLEAR,     /* as entered; conf_seal encrypts it */
    CONF_SECRET_ENCRYPTED, /* hexadecimal digits in lower case */
    CONF_SECRET_FOREIGN,   /* likewise, and not encrypted with the key of this lab: unreadable */
};

struct conf_secret {
    uint8_t state; /* enum conf_secret_state */
    char text[CONF_SECRET];
};

/* What else a context has. */
struct conf_context {
    char description[CONF_NAME];
    bool subscriber_default; /* subscriber default: was entered, and has nothing in it */
    uint32_t nas_ip;         /* radius attribute nas-ip-address; 0: none */
};

struct conf_interface {
    char name[CONF_NAME];
    uint8_t context; /* index into contexts[] */
    bool loopback;
    bool srp_activate; /* answers and is announced on the Active chassis only */
    uint32_t addr, mask;
    char addr6[CONF_PREFIX6]; /* "2001:db8::1/64", "" if none; kept, nothing answers there */
    bool srp_activate6;
    char description[CONF_NAME];
};

enum conf_pool_kind { CONF_POOL_PUBLIC, CONF_POOL_PRIVATE, CONF_POOL_STATIC };

struct conf_pool {
    char name[CONF_NAME];
    uint8_t context;
    enum conf_pool_kind kind;
    uint8_t priority;
    bool srp_activate;
    bool busyout; /* gives out no address any more: follows from the busyouts of its context */
    uint32_t net, mask;
};

/* `busyout`: addresses that are not given out any more. Their order is compared. */
enum conf_busyout_kind { CONF_BUSY_ALL, CONF_BUSY_LOWER, CONF_BUSY_UPPER, CONF_BUSY_RANGE };
struct conf_busyout {
    uint8_t context;
    uint8_t kind; /* enum conf_busyout_kind */
    bool ipv6;
    char pool[CONF_NAME];                  /* "" = all pools of the context */
    uint8_t percent;                       /* of a pool's lower or upper addresses */
    char from[CONF_ADDR6], to[CONF_ADDR6]; /* address-range */
};

enum conf_service_kind { CONF_GGSN, CONF_PGW, CONF_EGTP, CONF_GTPU };

struct conf_service {
    char name[CONF_NAME];
    uint8_t context;
    enum conf_service_kind kind;
    uint32_t bind;                  /* 0: not bound */
    char associate_gtpu[CONF_NAME]; /* name of the associated gtpu-service, "" if none */
    char associate_egtp[CONF_NAME]; /* PGW only */
    bool pgw_ingress;               /* EGTP: interface-type interface-pgw-ingress */
};

/* `ha-service`: kept, shown and compared. There is no home agent here, so it answers nothing. */
enum conf_hash { CONF_HASH_UNSAID, CONF_HASH_MD5, CONF_HASH_HMAC_MD5, CONF_HASH_RFC2002_MD5 };
struct conf_spi {
    bool foreign_agent; /* fa-ha-spi, with its remote-address; else mn-ha-spi */
    uint8_t hash;       /* enum conf_hash */
    uint32_t net, mask, spi;
    struct conf_secret secret;
};

struct conf_ha {
    char name[CONF_NAME];
    uint8_t context;
    uint32_t bind; /* 0: not bound */
    struct conf_spi spis[CONF_SPIS];
    uint8_t spi_n;
};

struct conf_apn {
    char name[CONF_NAME];       /* lower case */
    uint8_t context;            /* where the apn stands */
    char ip_context[CONF_NAME]; /* destination context, "" = own context */
    char pool[CONF_NAME];       /* "" = any pool of the destination context */
    uint32_t dns[2];
    uint8_t selection; /* selection-mode: bits CONF_SELECTION_*, 0 if not said */
};

enum { CONF_SELECTION_SUBSCRIBED = 1, CONF_SELECTION_SENT_BY_MS = 2, CONF_SELECTION_CHOSEN = 4 };

/* `port ethernet`. A lab has no wires: kept and shown. */
struct conf_port {
    uint8_t slot, port;
    char description[CONF_NAME];
    uint16_t speed;                                /* medium: 10, 100, 1000; 0: auto */
    bool half;                                     /* ... duplex half */
    bool enabled;                                  /* no shutdown */
    char interface[CONF_NAME], context[CONF_NAME]; /* bind interface; "" if not bound */
};

enum conf_mode { CONF_BACKUP, CONF_PRIMARY };
enum conf_compression { CONF_ZLIB, CONF_LZ4 };

/* checkpoint session nack: is a checkpoint that cannot be applied complained about, how often? */
enum conf_scale { CONF_MACRO, CONF_MICRO, CONF_SCALES };
struct conf_nack {
    bool on;
    uint32_t max_response; /* 0-65535 */
};

enum conf_monitor_kind {
    CONF_MONITOR_AAA, /* monitor authentication-probe */
    CONF_MONITOR_BGP,
    CONF_MONITOR_DIAMETER,
    CONF_MONITOR_BFD,
    CONF_MONITOR_HSRP, /* interface and group; nobody can say how they are */
    CONF_MONITOR_KINDS
};

struct conf_srp_monitor {
    uint8_t kind; /* enum conf_monitor_kind */
    char context[CONF_NAME];
    uint32_t addr;             /* AAA, BGP, BFD; 0: IPv6 */
    char addr6[CONF_ADDR6];    /* BGP, in its shortest form: nobody can say how it is */
    uint16_t port;             /* AAA: 1812 */
    uint8_t group;             /* 0: none */
    char endpoint[CONF_NAME];  /* Diameter */
    char peer[CONF_NAME];      /* Diameter: "" = every peer of the endpoint */
    bool chassis_to_chassis;   /* BFD: the other chassis, not a router */
    bool ipv6;                 /* HSRP: afi-type */
    char interface[CONF_NAME]; /* HSRP */
};

/* Seconds; see docs/staros.md "Guard timers". */
struct conf_guard {
    uint32_t guard_s, damping_s;
};

/* `radius server`: a server that a monitor may probe; `radius accounting server` likewise. */
struct conf_radius {
    uint8_t context;
    uint32_t addr;
    uint16_t port;          /* 1812; accounting: 1813 */
    struct conf_secret key; /* none: the lab's own, made on first use */
};

/* How the RADIUS servers of a context are asked. */
struct conf_radius_ways {
    uint32_t retries;   /* radius max-retries: 5 */
    uint32_t timeout_s; /* radius timeout: 3 */
    bool status_server; /* radius probe-with status-server */
};

/* ... of a context that does not say. */
extern const struct conf_radius_ways conf_radius_default;

/* `diameter endpoint` with its peers. */
struct conf_diameter_peer {
    char name[CONF_NAME]; /* Origin-Host of the peer */
    char realm[CONF_NAME];
    uint32_t addr;
    uint16_t port; /* 3868 */
};

struct conf_diameter {
    uint8_t context;
    char endpoint[CONF_NAME];
    char realm[CONF_NAME]; /* origin realm */
    char host[CONF_NAME];  /* origin host */
    uint32_t addr;         /* of the origin host; 0: any */
    uint32_t watchdog_s;   /* 30 */
    struct conf_diameter_peer peers[CONF_DIAMETER_PEERS];
    uint8_t peer_n;
};

/* `snmp target`: gets SNMPv2c traps. */
struct conf_snmp_target {
    char name[CONF_NAME];
    uint32_t addr;
    uint16_t port;                /* 162 */
    struct conf_secret community; /* security-name; none: "public" */
};

/* service-redundancy-protocol; defaults as the emulated system's (conf_defaults). */
struct conf_srp {
    bool configured; /* the block was seen */
    uint8_t context;
    uint32_t bind, peer;                       /* 0 if unset, or IPv6 */
    char bind6[CONF_ADDR6], peer6[CONF_ADDR6]; /* in their shortest form; no link is made of them */
    enum conf_mode mode;
    uint32_t priority;        /* 1-255, lower wins */
    uint32_t hello_s, dead_s; /* dead >= 3 x hello, or an entry in errors */
    uint32_t delay_s;         /* 0: unset */
    uint32_t config_s;
    uint32_t rm_threshold, rm_delta;
    uint32_t duration_ims_s, duration_non_ims_s;
    uint32_t periodic_min;
    struct conf_nack nack[CONF_SCALES];
    enum conf_compression compression;
    bool recovery_aggressive;           /* standby database-recovery */
    bool audit_daily;                   /* audit daily-start-time */
    uint32_t audit_start_min;           /* ... minutes after midnight */
    uint32_t audit_periodicity_min;     /* audit periodicity: 60-1440 */
    uint8_t dscp_control, dscp_session; /* dscp-marking: code points, 0-63 */

    struct conf_srp_monitor monitors[CONF_MONITORS];
    uint8_t monitor_n;
    bool bgp_exclusive;                   /* monitor bgp exclusive-failover */
    bool bgp_vrf_validate;                /* monitor bgp vrf-srp-validate */
    bool bfd_ignore_dead;                 /* bfd-mon-ignore-dead-interval */
    struct conf_guard aaa_after_switch;   /* guard-timer aaa-switchover-timers */
    struct conf_guard diam_after_switch;  /* guard-timer diameter-switchover-timers */
    struct conf_guard aaa_after_failure;  /* guard-timer srp-redundancy-timers aaa */
    struct conf_guard bgp_after_failure;  /* ... bgp */
    struct conf_guard diam_after_failure; /* ... diam */
    uint32_t retry_interval_s;            /* internal-switchover-retry-interval */
    uint32_t retries;                     /* num-internal-switchover-retry */
    bool advertise_in_standby;            /* advertise-routes-in-standby-state */
    uint32_t hold_off_s;                  /* ... hold-off-time */
    uint32_t reset_bfd_ms;                /* ... reset-bfd-nbrs; 0: not given */
    bool allow_all_data;                  /* switchover allow-all-data-traffic */
    bool allow_volte_data;                /* switchover allow-volte-data-traffic */
    bool maintain_accounting;             /* ... maintain-accounting */
    bool allow_early_active;              /* switchover allow-early-active-transition */
    bool control_optimization;            /* switchover control-outage-optimization */
    bool handle_interim;                  /* handle-interim-resource-msg */
};

/* The block with every value at its default. */
extern const struct conf_srp conf_srp_default;

/* require graceful-cleanup-during-audit-failure del-cause non-ims-apn */
enum conf_del_cause { CONF_CAUSE_UNSAID, CONF_CAUSE_SYSTEM_FAILURE, CONF_CAUSE_NONE };

struct conf_bgp {
    uint8_t context;
    uint32_t as;
    uint32_t router_id;
    struct {
        uint32_t addr, remote_as;
    } peers[CONF_BGP_PEERS];
    uint8_t peer_n;
    struct {
        uint32_t net, mask;
    } networks[CONF_NETWORKS];
    uint8_t network_n;
};

struct conf {
    char hostname[CONF_NAME];                /* system hostname; "" = name of the instance */
    char contexts[CONF_CONTEXTS][CONF_NAME]; /* [0] is "local" */
    struct conf_context of_context[CONF_CONTEXTS];
    uint8_t context_n;
    struct conf_interface interfaces[CONF_INTERFACES];
    uint8_t interface_n;
    struct conf_pool pools[CONF_POOLS];
    uint8_t pool_n;
    struct conf_busyout busyouts[CONF_BUSYOUTS];
    uint8_t busyout_n;
    struct conf_service services[CONF_SERVICES];
    uint8_t service_n;
    struct conf_ha ha[CONF_HA];
    uint8_t ha_n;
    struct conf_apn apns[CONF_APNS];
    uint8_t apn_n;
    struct conf_srp srp;
    bool graceful_cleanup; /* require graceful-cleanup-during-audit-failure */
    uint8_t del_cause;     /* ... del-cause: enum conf_del_cause */
    bool session_recovery; /* require session recovery */
    bool gather_off;       /* bulkstats mode: no gather-on-standby */
    struct conf_bgp bgp[CONF_CONTEXTS];
    uint8_t bgp_n;
    struct conf_radius radius[CONF_RADIUS];
    uint8_t radius_n;
    struct conf_radius accounting[CONF_RADIUS]; /* radius accounting server */
    uint8_t accounting_n;
    struct conf_radius_ways radius_ways[CONF_CONTEXTS];
    struct conf_diameter diameter[CONF_DIAMETER];
    uint8_t diameter_n;
    struct conf_snmp_target snmp[CONF_SNMP_TARGETS];
    uint8_t snmp_n;
    struct boot_stack boot; /* of boot.sys; not shared with the peer, nor with the cards */
    struct conf_port ports[CONF_PORTS];
    uint8_t port_n;
};

/* An empty configuration: context local, every SRP value at its default. */
void conf_defaults(struct conf *conf);

/* Parse a whole configuration. `name` is what error texts call it. On failure *conf is
 * unchanged, err[room] holds one line per bad line ("east.cfg:12: Failure: ..."), and the
 * result is the number of bad lines; 0 when all was understood and the whole is
 * consistent. text need not be terminated. Warnings (dead-interval too short for the
 * hello-interval) do not count; conf_warnings prints them. */
size_t conf_parse(struct conf *conf, const char *name, const char *text, size_t len, char *err,
                  size_t room);

/* The same for a running configuration, which an operator may leave unfinished: all lines are good,
 * but services may be bound to addresses that are not there, and SRP to none. */
size_t conf_read(struct conf *conf, const char *name, const char *text, size_t len, char *err,
                 size_t room);

/* Objects in the order in which they are printed: by context, then by kind, then as entered. conf_parse
 * and conf_read leave them so; who enters lines one by one (conf_build.h) does it at the end. */
void conf_settle(struct conf *conf);

/* What an operator should mend though it is accepted, a line each; returns their number. */
size_t conf_warnings(const struct conf *conf, char *out, size_t room);

/* All that is wrong with a running configuration, a line each, for `show configuration errors`: what
 * conf_parse would refuse, and the warnings; returns their number. */
size_t conf_faults(const struct conf *conf, char *out, size_t room);

/* What both chassis must share (everything but bind and peer address, mode, priority, hostname
 * and the addresses of single chassis): docs/staros.md "Configuration validation". One line
 * an item, "key<TAB>value\n", in a fixed order, secrets as digests; key is the command or object
 * the value belongs to, in words an operator would look for ("srp hello-interval"). Returns
 * its length; more than room - 1: it did not fit (CONF_SHARED always does). */
enum { CONF_SHARED = 256 * 1024 };
size_t conf_shared(const struct conf *conf, char *out, size_t room);

/* Checksum of that text. */
uint32_t conf_srp_checksum(const struct conf *conf);

/* Compare two such texts: a difference each in out[most], in order; returns their number, also
 * beyond `most`. */
struct conf_difference {
    char key[CONF_NAME * 2];
    char ours[CONF_NAME * 2], theirs[CONF_NAME * 2]; /* "" = not there */
    char fix[CONF_NAME * 4];                         /* a sentence: what to enter, where */
};
size_t conf_compare(const char *ours, size_t ours_len, const char *theirs, size_t theirs_len,
                    struct conf_difference *out, size_t most);

/* "af21" of a code point that `dscp-marking` knows. */
const char *conf_dscp_name(uint8_t code);

/* The routers that the chassis has BGP and BFD sessions with: those that a monitor watches, then
 * the other ones of router bgp. Each once, in out[most]; returns their number, also beyond `most`:
 * the first CONF_NEIGHBORS have a session, conf_warnings names the rest. */
enum { CONF_NEIGHBORS = 32 };
struct conf_neighbor {
    const char *context; /* inside of conf */
    uint32_t addr;
};
size_t conf_neighbors(const struct conf *conf, struct conf_neighbor *out, size_t most);

/* The address the service of that kind answers on, srp-activated or not; 0 if none. One that is bound
 * to an address that no interface of its context has does not answer. */
uint32_t conf_service_addr(const struct conf *conf, enum conf_service_kind kind);

/* Does anything answer there: on the port of GTP-C (of GTP-U)? Where there is no gtpu-service, the
 * others have the user plane, too. */
bool conf_answers_control(const struct conf *conf, uint32_t addr);
bool conf_answers_user(const struct conf *conf, uint32_t addr);

/* The number of that service in conf->services; 0 if none. */
uint8_t conf_service_number(const struct conf *conf, enum conf_service_kind kind);

#endif
