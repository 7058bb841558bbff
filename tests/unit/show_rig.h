/* show_rig.h - a control function whose show commands are asked, and what they print
 *
 * Shared by the check programs of cf/show_*.c.
 *
 * Ownership  plain values; what was printed is freed when it has been compared
 * Time       the process' clock
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_SHOW_RIG_H
#define VPCLAB_SHOW_RIG_H

#include <stdio.h>
#include <string.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "tests/unit/unit.h"

enum { CF_SLOT = 1, OTHER_CF = 2, DEMUX = 3, SF = 4, SF_TWO = 5, SPARE = 6 };
enum { SOURCE = 1, DEST = 2, ROOM = 100 };

static const uint32_t SERVICE = 0xc0000201, ROUTER = 0xc6336401, SECOND = 0xc6336402;
static const int64_t MARCH_3 = INT64_C(1772500500) * 1000000; /* 2026-03-03 01:15:00 */

static struct cf cf;
static struct node node;
static char *text;
static size_t text_len;

/* ---- one control function, of an instance with two SFs of one and two session managers ------ */

static inline void
add_cards(void)
{
    static const struct {
        uint8_t slot, type, sessmgr;
        bool spare;
    } cards[] = {{CF_SLOT, CARD_CF, 0, false},  {OTHER_CF, CARD_CF, 0, false},
                 {DEMUX, CARD_DEMUX, 0, false}, {SF, CARD_SF, 1, false},
                 {SF_TWO, CARD_SF, 2, false},   {SPARE, CARD_SF, 0, true}};

    cards_init(&cf.cards);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        cards_set(&cf.cards, cards[i].slot, cards[i].type, cards[i].spare, cards[i].sessmgr);
    cards_add(&cf.cards, SF_TWO, 3);
}

static inline void
reports(uint16_t row, uint32_t sessions, uint32_t v2)
{
    struct card_status status = {.type = cf.cards.slots[row].type,
                                 .sessmgr = cf.cards.slots[row].sessmgr,
                                 .sessions = sessions,
                                 .sessions_v2 = v2,
                                 .state = CHASSIS_ACTIVE,
                                 .peer_ready = true};

    status.usage.memory_kib[USAGE_NOW] = 2048;
    ck_assert(cards_heard(&cf.cards, row, &status, clock_now()));
}

static inline void
all_report(void)
{
    reports(DEMUX, 0, 0);
    reports(SF, 12, 5);
    reports(SF_TWO, 6, 0);
    reports(cards_row(&cf.cards, SF_TWO, 3), 2, 2);
    reports(SPARE, 0, 0);
}

static inline void
add_service(uint8_t kind, const char *name, uint32_t bind)
{
    struct conf_service *s = &cf.conf.services[cf.conf.service_n++];

    s->kind = (enum conf_service_kind)kind;
    s->context = SOURCE;
    s->bind = bind;
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    if (kind == CONF_PGW)
        strcpy(s->associate_egtp, "egtp1");
}

static inline void
configure(void)
{
    static const char *const contexts[] = {"local", "source", "dest"};

    conf_defaults(&cf.conf);
    cf.conf.context_n = 3;
    for (size_t i = 0; i < 3; i++)
        strcpy(cf.conf.contexts[i], contexts[i]);
    cf.conf.interface_n = 1;
    cf.conf.interfaces[0] = (struct conf_interface){.context = SOURCE, .addr = SERVICE};
    add_service(CONF_EGTP, "egtp1", SERVICE);
    add_service(CONF_PGW, "PGW-1", 0);
    add_service(CONF_GTPU, "lost", SERVICE + 1);
    cf.conf.bgp_n = 1;
    cf.conf.bgp[0] = (struct conf_bgp){.context = DEST, .as = 65001, .router_id = SERVICE};
    cf.conf.bgp[0].peer_n = 2;
    cf.conf.bgp[0].peers[0].addr = ROUTER;
    cf.conf.bgp[0].peers[0].remote_as = 65000;
    cf.conf.bgp[0].peers[1].addr = SECOND;
    cf.conf.bgp[0].peers[1].remote_as = 65000;
}

static inline void
set_up(void)
{
    clock_scale(1);
    memset(&cf, 0, sizeof cf);
    memset(&node, 0, sizeof node);
    node.slot = CF_SLOT;
    node.topo.sessions = ROOM;
    node.topo.instances[0].sessmgr_n = 3;
    cf.node = &node;
    cf.srp.state = CHASSIS_ACTIVE;
    cf.started = clock_now();
    add_cards();
    configure();
    traps_init(&cf.traps, false);
}

static inline FILE *
out(void)
{
    FILE *stream = open_memstream(&text, &text_len);

    ck_assert_ptr_nonnull(stream);
    return stream;
}

/* Closes it, and compares the whole. */
static inline void
printed(FILE *stream, const char *expected)
{
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_str_eq(text, expected);
    free(text);
}

static inline void
prints(void (*show)(const struct cf *, FILE *), const char *expected)
{
    FILE *stream = out();

    show(&cf, stream);
    printed(stream, expected);
}

static inline bool
has(void (*show)(const struct cf *, FILE *), const char *line)
{
    FILE *stream = out();
    bool found;

    show(&cf, stream);
    ck_assert_int_eq(fclose(stream), 0);
    found = strstr(text, line) != NULL;
    free(text);
    return found;
}

static inline json_int_t
number(json_t *object, const char *path, const char *key)
{
    json_t *inner = path ? json_object_get(object, path) : object;

    ck_assert_msg(json_is_integer(json_object_get(inner, key)), "%s", key);
    return json_integer_value(json_object_get(inner, key));
}
#endif
