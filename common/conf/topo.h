/* topo.h - a lab's topology: instances, cards, addresses, time-scale
 *
 * Read from a JSON file. Checked whole before anything starts: a wrong file is refused
 * with its name, the path inside it and what was expected there.
 *
 * Ownership  a plain value without pointers
 * Time       time_scale: lab seconds per real second
 * Errors     topo_load returns a negative enum di_err and one sentence in err
 * Threads    any, read only
 */
#ifndef VPCLAB_TOPO_H
#define VPCLAB_TOPO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf/conf.h"

enum {
    TOPO_NAME = 32,
    TOPO_INSTANCES = 2,
    TOPO_SLOTS = 48, /* highest slot number (starSlotNum 1..48) */
    TOPO_PATH = 512,
    TOPO_AAA = 8,
    TOPO_SESSMGRS = 255, /* most session managers of an instance: an octet of each TEID */
};

enum card_type { CARD_EMPTY, CARD_CF, CARD_SF, CARD_DEMUX, CARD_TYPES };

/* What a host does when the process of a VM ends: `"restart": "never" | "always"` and
 * `"boot-delay": S`, of the lab, an instance or a card; the nearest counts. */
struct topo_restart {
    bool always;
    uint32_t boot_delay; /* lab seconds from its end to its next start */
};

struct topo_card {
    enum card_type type;
    struct topo_restart restart;
    bool spare;           /* SF only: idles until sparing orders otherwise */
    uint8_t sessmgr;      /* SF only, active ones: its first sessmgr instance number ... */
    uint8_t sessmgrs;     /* ... and how many it hosts, numbered on from it; both 0 elsewhere */
    uint8_t mac[6];       /* CF only: the tie-breaker */
    char host[TOPO_NAME]; /* which host the VM stands on */
};

enum topo_access { TOPO_ACCESS_WORLD, TOPO_ACCESS_DIRECT };

struct topo_instance {
    char name[TOPO_NAME];
    struct topo_restart restart; /* of cards that say nothing else */
    char config[TOPO_PATH];      /* StarOS configuration, absolute path */
    char
        flash[TOPO_PATH]; /* directory that keeps the CFs' files, absolute; "": the run directory */
    struct topo_card slots[TOPO_SLOTS + 1]; /* [slot]; [0] unused */
    uint8_t sessmgr_n; /* session managers: 1..sessmgr_n, in the order of the slots */
};

/* A responder of the embedded outside world: `"aaa": [{"type": "radius", "address": ...}]`. */
enum topo_aaa_kind { TOPO_RADIUS, TOPO_DIAMETER };
struct topo_aaa {
    enum topo_aaa_kind kind;
    uint32_t addr;
    uint16_t port;                                  /* default 1812, 3868 */
    char host[2 * TOPO_NAME], realm[2 * TOPO_NAME]; /* Diameter: Origin-Host, Origin-Realm */
};

/* `"election"`: which priority number wins. */
enum topo_election {
    TOPO_LOWER_WINS,  /* "lower", the default: StarOS 21 */
    TOPO_HIGHER_WINS, /* "higher": the reading of ST16 documents */
};

struct topo {
    char file[TOPO_PATH]; /* absolute path of the file read */
    char name[TOPO_NAME]; /* name of the lab */
    uint32_t time_scale;  /* 1..1000 */
    enum topo_access access;
    uint16_t srp_port;       /* CF slot 1: control, then session; slot 2: the next two */
    bool srp_plain;          /* `"srp-session": "plain"`: checkpoints travel without CURVE ... */
    bool srp_plain_anywhere; /* ... "plain-anywhere": also beyond the loopback network */
    uint32_t sessions;       /* most sessions of one session manager */
    enum topo_election election;
    bool fault_hooks; /* "fault-hooks": commands that let something go wrong are admitted */
    struct topo_restart restart; /* of the world, and of instances that say nothing else */
    struct topo_aaa aaa[TOPO_AAA];
    uint8_t aaa_n;
    struct topo_instance instances[TOPO_INSTANCES];
    uint8_t instance_n;
};

/* Read and check `path`. On failure *topo is unchanged and err[room] holds one sentence:
 * file, path inside it, what was expected. Also loads both configurations and refuses two
 * instances with one address. */
int topo_load(struct topo *topo, const char *path, char *err, size_t room);

/* Same, from text; config paths are taken relative to `dir`; configurations are not read. */
int topo_parse(struct topo *topo, const char *name, const char *dir, const char *text, size_t len,
               char *err, size_t room);

/* As topo_load, but for the configurations: those of a running instance are its own business. */
int topo_load_alone(struct topo *topo, const char *path, char *err, size_t room);

/* Load the configuration of one instance; errors as conf_parse, err lists all bad lines. */
int topo_load_conf(const struct topo_instance *instance, struct conf *conf, char *err, size_t room);

/* Index of the instance with that name, or DI_ENOTFOUND. */
int topo_find(const struct topo *topo, const char *name);

/* May checkpoints travel between these addresses as the topology has it? False of a plain link
 * that leaves the machine, unless the topology says so. Host order. */
bool topo_link_allowed(const struct topo *topo, uint32_t bind, uint32_t peer);

/* "cf", "sf", "demux" */
const char *card_type_name(enum card_type type);

#endif
