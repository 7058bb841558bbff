/* conf_build.h - a configuration while it is being read, and the tables that read it
 *
 * Inside of common/conf, and for a console that edits a running configuration: match a
 * line against conf_table and run the row with a struct conf_build as its context.
 *
 * Ownership  a plain value; `file` is borrowed
 * Time       none
 * Errors     by cli_refuse, and conf_check's lines
 * Threads    one owner
 */
#ifndef VPCLAB_CONF_BUILD_H
#define VPCLAB_CONF_BUILD_H

#include "common/cli/cli.h"
#include "common/conf/conf.h"

/* The modes of the configuration; bits 20 and above are free for a console's own. */
enum {
    CONF_MODE_EXEC = 1u << 0,
    CONF_MODE_CONFIG = 1u << 1,
    CONF_MODE_CONTEXT = 1u << 2,
    CONF_MODE_INTERFACE = 1u << 3,
    CONF_MODE_LOOPBACK = 1u << 4,
    CONF_MODE_SUBSCRIBER = 1u << 5,
    CONF_MODE_APN = 1u << 6,
    CONF_MODE_GGSN = 1u << 7,
    CONF_MODE_EGTP = 1u << 8,
    CONF_MODE_GTPU = 1u << 9,
    CONF_MODE_PGW = 1u << 10,
    CONF_MODE_BGP = 1u << 11,
    CONF_MODE_SRP = 1u << 12,
    CONF_MODE_PORT = 1u << 13,
    CONF_MODE_DIAMETER = 1u << 14,
    CONF_MODE_HA = 1u << 15,
    CONF_MODE_BULKSTATS = 1u << 16,
    CONF_MODES_CONFIG = (1u << 17) - 1 - CONF_MODE_EXEC, /* all but Exec */
};

enum { CONF_RADIUS_PORT = 1812, CONF_ACCOUNTING_PORT = 1813 }; /* where nobody says */
enum { CONF_RADIUS_RETRIES = 5, CONF_RADIUS_TIMEOUT_S = 3 };

struct conf_build {
    struct conf conf;
    const char *file;
    unsigned line; /* being read, from 1 */

    /* A person types, who may be asked whether they are sure: the handler sets `question` and returns
     * DI_EAGAIN, nothing is changed, and the line comes again with `sure`. */
    bool asks, sure, question;

    /* What the current modes are about, as indices into conf. */
    uint8_t context, interface, service, apn, bgp, diameter, port, ha, pool;

    uint8_t printed; /* conf_print_context: the context that is wanted */

    /* Where each thing was configured, for what is found out only at the end. */
    unsigned context_line[CONF_CONTEXTS], interface_line[CONF_INTERFACES], pool_line[CONF_POOLS],
        service_line[CONF_SERVICES], apn_line[CONF_APNS], srp_line;
};

/* Every line of a configuration. */
extern const struct cli_table conf_table;

/* One line in *mode, a comment perhaps; as cli_run. Nothing is left of a line that fails but what
 * its handler may have put into *build: keep a copy. */
int conf_line(struct conf_build *build, uint32_t *mode, const char *line, size_t len, char *err,
              size_t room);

/* The same for a line of a file, which forgives an `exit` too many. */
struct conf_reading {
    uint32_t mode; /* begins as CONF_MODE_EXEC */
    bool left;     /* Global Configuration was left by `exit`, not `end` */
};
int conf_file_line(struct conf_build *build, struct conf_reading *reading, const char *line,
                   size_t len, char *err, size_t room);

/* The same for a person of that privilege; *column is where the word stands that was not
 * understood, from 1, or 0. */
int conf_line_as(struct conf_build *build, uint32_t *mode, enum cli_privilege privilege,
                 const char *line, size_t len, size_t *column, char *err, size_t room);

/* Its parts, chained below it. */
extern const struct cli_table conf_interface_table, conf_pool_table, conf_service_table,
    conf_apn_table, conf_bgp_table, conf_srp_table, conf_ckpt_table, conf_switch_table,
    conf_monitor_table, conf_radius_table, conf_aaa_table, conf_ha_table, conf_port_table,
    conf_system_table, conf_boot_table, conf_topics_table;

/* What rows of the SRP block share; the row's tag is the offset of a field of struct conf_srp,
 * uint32_t or bool. Set to <n>; put back to the default; true, or false after no or default. */
int conf_set_number(void *build, const struct cli_args *args);
int conf_reset_number(void *build, const struct cli_args *args);
int conf_set_flag(void *build, const struct cli_args *args);

/* ... and what they print: <n> if it is not the default, the bare command if the flag is set. */
bool conf_print_number(void *build, const struct cli_row *row, size_t i, struct cli_said *said);
bool conf_print_flag(void *build, const struct cli_row *row, size_t i, struct cli_said *said);

/* The print functions of rows that `show configuration srp` looks for. */
bool conf_print_interface(void *build, const struct cli_row *row, size_t i, struct cli_said *said);
bool conf_print_pool(void *build, const struct cli_row *row, size_t i, struct cli_said *said);
bool conf_print_busyout(void *build, const struct cli_row *row, size_t i, struct cli_said *said);

/* Index of item i of those in `context`, n if there is none. first: that field of the first of n
 * items of `size` octets. */
uint8_t conf_nth(const uint8_t *first, size_t size, uint8_t n, uint8_t context, size_t i);

/* Number of the i-th of n flags that is set, n if there is none. */
size_t conf_nth_set(const bool *flags, size_t n, size_t i);

/* An IPv6 address, or one with a length of 0 to 128 behind a slash, in the one form in which equal
 * ones are equal; "" for anything else. `room` of CONF_ADDR6, or CONF_PREFIX6. */
void conf_set_addr6(char *out, size_t room, const char *text);

/* A secret as entered in clear, or in hexadecimal as somebody's `encrypted`; and how an encrypted
 * one is said, as the argument <hex>. */
void conf_take_clear(struct conf_secret *secret, const char *text);
void conf_take_encrypted(struct conf_secret *secret, const char *hex);
void conf_say_secret(struct cli_said *said, const struct conf_secret *secret);

/* Each pool's `busyout`, from the busyouts. */
void conf_busy_pools(struct conf *conf);

/* Take an object of context out, with what refers to it by number. */
void conf_remove_context(struct conf_build *build, uint8_t at);
void conf_remove_interface(struct conf_build *build, uint8_t at);

/* Where an object was configured goes with it: n is the number of those that are left. */
void conf_remove_line(unsigned *lines, uint8_t n, uint8_t at);

/* Ports that were bound to that interface are not any more; NULL: to any of the context. */
void conf_unbind_ports(struct conf *conf, const char *context, const char *interface);

/* Can anybody say how the monitor's target is? Not of IPv6 peers and of HSRP groups. */
bool conf_monitor_seen(const struct conf_srp_monitor *monitor);

/* The <ipv4> of the line; 0.0.0.0, which nothing can have, is refused. */
int conf_take_addr(const struct cli_args *args, uint32_t *addr);

/* Is the mode within a context? The name of what a mode of *build is about, "" if its context or
 * nothing says it all; and the other way round, in build->context: false when it is not there. */
bool conf_mode_in_context(uint32_t mode);
void conf_place_name(const struct conf_build *build, uint32_t mode, char name[CONF_NAME]);
bool conf_place_find(struct conf_build *build, uint32_t mode, const char *name);

/* Where error lines go; counts those that found no room, too. */
struct conf_errors {
    char *out;
    size_t room, at;
    size_t n;
};

/* One more line, "FILE:LINE: " before it; without a file, nothing. */
void conf_error(struct conf_errors *errors, const char *file, unsigned line, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

void conf_add_line(struct conf_errors *errors, const char *line);

/* What can be judged only when all was read. */
void conf_check(const struct conf_build *build, struct conf_errors *errors);

/* Index of the context with that name, CONF_CONTEXTS if there is none. */
uint8_t conf_find_context(const struct conf *conf, const char *name);

/* Is addr the address of an interface of that context? The interface, or NULL. */
const struct conf_interface *conf_find_addr(const struct conf *conf, uint8_t context,
                                            uint32_t addr);

/* The service of that name and kind in that context, or NULL. */
const struct conf_service *conf_find_service(const struct conf *conf, uint8_t context,
                                             enum conf_service_kind kind, const char *name);

/* "public" */
const char *conf_pool_kind_name(enum conf_pool_kind kind);

/* "ggsn-service" */
const char *conf_service_kind_name(enum conf_service_kind kind);

/* The radius server, the diameter endpoint, its peer of that name; NULL if there is none. */
const struct conf_radius *conf_find_radius(const struct conf *conf, uint8_t context, uint32_t addr,
                                           uint16_t port);
const struct conf_diameter *conf_find_diameter(const struct conf *conf, uint8_t context,
                                               const char *endpoint);
const struct conf_diameter_peer *conf_find_peer(const struct conf_diameter *diameter,
                                                const char *name);

/* Has the context a pool of that name, or with "" any? */
bool conf_has_pool(const struct conf *conf, uint8_t context, const char *name);

/* Context index in which subscribers of the apn get their addresses, CONF_CONTEXTS if there
 * is no such context. */
uint8_t conf_apn_destination(const struct conf *conf, const struct conf_apn *apn);

/* Copy a word into a zeroed name field of CONF_NAME bytes, lower case if asked for. */
void conf_set_name(char field[CONF_NAME], const char *word);

/* Take item `at` out of a list of n items of `size` octets, and leave zeros behind it. */
void conf_remove(void *items, size_t size, uint8_t *n, uint8_t at);

/* A name as one word of a command line, in quotes if it has blanks. A long one is cut, and told
 * from others that begin alike by a digest at its end. */
enum { CONF_WORD = 30 };
struct conf_word {
    char text[CONF_WORD];
} conf_word(const char *name);

/* A hash of some text, and 24 bits of it: enough to see a difference, too little to find a
 * secret by. */
uint64_t conf_hash(const char *text, size_t len);
uint32_t conf_digest(const char *text);

/* "monitor bgp context dest 198.51.100.1": the command without its options. */
struct conf_monitor_text {
    char text[4 * CONF_WORD + 32];
} conf_monitor_text(const struct conf_srp_monitor *monitor);

/* "198.51.100.1" into text. */
struct conf_addr_text {
    char text[16];
} conf_addr_text(uint32_t addr);

#endif
