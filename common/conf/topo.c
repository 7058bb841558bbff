#include "common/conf/topo.h"

#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "common/conf/conf_file.h"
#include "common/conf/topo_read.h"

enum { DEFAULT_SRP_PORT = 5090, DEFAULT_SESSIONS = 131072, DEFAULT_BOOT_DELAY = 1 };

#define OTHER "this is no topology (JSON, such as topologies/pair.json): "

/* ---- cards ---- */

static const char *const type_names[CARD_TYPES] = {
    [CARD_EMPTY] = "empty",
    [CARD_CF] = "cf",
    [CARD_SF] = "sf",
    [CARD_DEMUX] = "demux",
};

const char *
card_type_name(enum card_type type)
{
    return type_names[type];
}

static bool
get_type(struct topo_reader *reader, const char *path, json_t *json, enum card_type *type)
{
    char text[16] = "";

    if (!topo_get_string(reader, path, json, "type", true, text, sizeof text))
        return false;
    for (*type = CARD_CF; *type < CARD_TYPES; (*type)++)
        if (strcmp(text, type_names[*type]) == 0)
            return true;
    return topo_refuse(reader, topo_path_to(path, "type").text, "expected cf, sf or demux");
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++, text += 3) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0 || text[2] != (i < 5 ? '-' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool
get_mac(struct topo_reader *reader, const char *path, json_t *json, struct topo_card *card)
{
    char text[18] = "";
    struct topo_path here = topo_path_to(path, "mac");

    if (card->type != CARD_CF && json_object_get(json, "mac"))
        return topo_refuse(reader, here.text, "only a cf has one");
    if (card->type != CARD_CF)
        return true;
    if (!topo_get_string(reader, path, json, "mac", true, text, sizeof text))
        return false;
    if (!read_mac(text, card->mac))
        return topo_refuse(reader, here.text, "expected six octets, as in 02-00-5E-10-00-2B");
    return true;
}

static bool
get_spare(struct topo_reader *reader, const char *path, json_t *json, struct topo_card *card)
{
    if (!topo_get_bool(reader, path, json, "spare", &card->spare))
        return false;
    if (json_object_get(json, "spare") && card->type != CARD_SF)
        return topo_refuse(reader, topo_path_to(path, "spare").text, "only an sf may be a spare");
    return true;
}

/* An active SF hosts one, unless said otherwise. */
static bool
get_sessmgrs(struct topo_reader *reader, const char *path, json_t *json, struct topo_card *card)
{
    struct topo_path here = topo_path_to(path, "sessmgrs");
    uint32_t n = 1;

    if (card->type == CARD_SF && !card->spare) {
        if (!topo_get_number(reader, path, json, "sessmgrs", false, 1, TOPO_SESSMGRS, &n))
            return false;
        card->sessmgrs = (uint8_t)n;
        return true;
    }
    if (json_object_get(json, "sessmgrs"))
        return topo_refuse(reader, here.text,
                           card->type == CARD_SF ? "a spare hosts none" : "only an sf hosts some");
    return true;
}

static bool
read_card(struct topo_reader *reader, const char *path, json_t *json,
          struct topo_instance *instance)
{
    static const char *const known[] = {"slot",     "type",    "mac",        "host", "spare",
                                        "sessmgrs", "restart", "boot-delay", NULL};
    struct topo_card card;
    uint32_t slot = 0;

    memset(&card, 0, sizeof card);
    card.restart = instance->restart;
    if (!topo_check_object(reader, path, json, known) ||
        !topo_get_number(reader, path, json, "slot", true, 1, TOPO_SLOTS, &slot) ||
        !get_type(reader, path, json, &card.type) || !get_mac(reader, path, json, &card) ||
        !get_spare(reader, path, json, &card) || !get_sessmgrs(reader, path, json, &card) ||
        !topo_get_name(reader, path, json, "host", false, card.host) ||
        !topo_get_restart(reader, path, json, &card.restart))
        return false;
    if (instance->slots[slot].type != CARD_EMPTY)
        return topo_refuse(reader, topo_path_to(path, "slot").text, "slot %u is taken already",
                           slot);
    if ((card.type == CARD_CF) != (slot <= 2))
        return topo_refuse(reader, topo_path_to(path, "slot").text,
                           card.type == CARD_CF ? "a cf stands in slot 1 or 2"
                                                : "slots 1 and 2 are for a cf");
    if (!card.host[0]) /* each VM on a host of its own, unless said otherwise */
        (void)snprintf(card.host, sizeof card.host, "%.24s-%u", instance->name, slot % 100);
    instance->slots[slot] = card;
    return true;
}

/* The session managers are numbered from 1, in the order of the slots of their SFs. */
static bool
number_cards(struct topo_reader *reader, const char *path, struct topo_instance *instance)
{
    unsigned n[CARD_TYPES] = {0}, sessmgrs = 0;

    for (int slot = 1; slot <= TOPO_SLOTS; slot++) {
        struct topo_card *card = &instance->slots[slot];

        n[card->type]++;
        if (card->sessmgrs == 0)
            continue;
        card->sessmgr = (uint8_t)(sessmgrs + 1); /* told below, if it is too high */
        sessmgrs += card->sessmgrs;
    }
    if (n[CARD_CF] == 0)
        return topo_refuse(reader, path, "no cf; slot 1 or 2 needs one");
    if (n[CARD_DEMUX] != 1)
        return topo_refuse(reader, path, "%u demux cards; exactly one is needed", n[CARD_DEMUX]);
    if (sessmgrs == 0)
        return topo_refuse(reader, path, "no active sf; at least one must not be a spare");
    if (sessmgrs > TOPO_SESSMGRS)
        return topo_refuse(reader, path, "%u session managers; expected at most %d in all",
                           sessmgrs, TOPO_SESSMGRS);
    instance->sessmgr_n = (uint8_t)sessmgrs;
    return true;
}

/* ---- instances ---- */

/* A path, relative to the topology's directory; "" when it is not given. */
static bool
get_path(struct topo_reader *reader, const char *path, json_t *json, const char *key, bool required,
         const char *dir, char out[TOPO_PATH])
{
    char text[TOPO_PATH] = "";
    int n;

    if (!topo_get_string(reader, path, json, key, required, text, sizeof text))
        return false;
    if (!*text)
        return true;
    n = *text == '/' ? snprintf(out, TOPO_PATH, "%s", text)
                     : snprintf(out, TOPO_PATH, "%s/%s", dir, text);
    if (n < 0 || n >= TOPO_PATH)
        return topo_refuse(reader, topo_path_to(path, key).text, "path longer than %d characters",
                           TOPO_PATH - 1);
    return true;
}

/* Each instance has disks of its own: one boot stack cannot serve two. */
static bool
check_flash(struct topo_reader *reader, const struct topo *topo)
{
    const struct topo_instance *a = &topo->instances[0], *b = &topo->instances[1];

    if (topo->instance_n < 2 || !a->flash[0] || strcmp(a->flash, b->flash) != 0)
        return true;
    return topo_refuse(reader, "instances", "%s and %s have the same flash directory %s", a->name,
                       b->name, a->flash);
}

static bool
read_instance(struct topo_reader *reader, const char *name, json_t *json, const char *dir,
              struct topo_instance *instance)
{
    static const char *const known[] = {"config", "flash", "cards", "restart", "boot-delay", NULL};
    struct topo_path path = topo_path_to("instances", name),
                     cards_path = topo_path_to(path.text, "cards");
    json_t *cards, *card;
    size_t i;

    if (!topo_check_name(reader, path.text, name))
        return false;
    memcpy(instance->name, name, strlen(name));
    if (!topo_check_object(reader, path.text, json, known) ||
        !get_path(reader, path.text, json, "config", true, dir, instance->config) ||
        !get_path(reader, path.text, json, "flash", false, dir, instance->flash) ||
        !topo_get_restart(reader, path.text, json, &instance->restart))
        return false;
    cards = json_object_get(json, "cards");
    if (!cards)
        return topo_refuse(reader, cards_path.text, "missing");
    if (!json_is_array(cards))
        return topo_refuse(reader, cards_path.text, "expected an array");
    json_array_foreach(cards, i, card)
    {
        char at[TOPO_READ_PATH + 24];

        (void)snprintf(at, sizeof at, "%s[%zu]", cards_path.text, i);
        if (!read_card(reader, at, card, instance))
            return false;
    }
    return number_cards(reader, cards_path.text, instance);
}

/* The last three octets break ties in the election, so all CFs must differ in them. */
static bool
check_macs(struct topo_reader *reader, const struct topo *topo)
{
    for (int a = 0; a < topo->instance_n * 2; a++) {
        for (int b = 0; b < a; b++) {
            const struct topo_instance *ia = &topo->instances[a / 2], *ib = &topo->instances[b / 2];
            const struct topo_card *ca = &ia->slots[a % 2 + 1], *cb = &ib->slots[b % 2 + 1];

            if (ca->type != CARD_CF || cb->type != CARD_CF)
                continue;
            if (memcmp(ca->mac, cb->mac, 6) == 0)
                return topo_refuse(reader, "instances",
                                   "the cf in slot %d of %s and in slot %d of %s have the same mac",
                                   b % 2 + 1, ib->name, a % 2 + 1, ia->name);
            if (memcmp(ca->mac + 3, cb->mac + 3, 3) == 0)
                return topo_refuse(
                    reader, "instances",
                    "the cf in slot %d of %s and in slot %d of %s have macs with the same "
                    "last three octets, which break ties",
                    b % 2 + 1, ib->name, a % 2 + 1, ia->name);
        }
    }
    return true;
}

static bool
read_instances(struct topo_reader *reader, json_t *json, const char *dir, struct topo *topo)
{
    const char *name;
    json_t *value;

    if (!json)
        return topo_refuse(reader, "instances", "missing");
    if (!json_is_object(json))
        return topo_refuse(reader, "instances", "expected an object");
    if (json_object_size(json) < 1 || json_object_size(json) > TOPO_INSTANCES)
        return topo_refuse(reader, "instances", "expected one or two instances");
    json_object_foreach(json, name, value) /* in the order of the file */
    {
        topo->instances[topo->instance_n].restart = topo->restart;
        if (!read_instance(reader, name, value, dir, &topo->instances[topo->instance_n]))
            return false;
        topo->instance_n++;
    }
    if (topo->instance_n == 2 && topo->instances[0].sessmgr_n != topo->instances[1].sessmgr_n)
        return topo_refuse(reader, "instances",
                           "%s has %u session managers, %s has %u; they must be as many",
                           topo->instances[0].name, topo->instances[0].sessmgr_n,
                           topo->instances[1].name, topo->instances[1].sessmgr_n);
    return check_flash(reader, topo) && check_macs(reader, topo);
}

/* ---- the whole ---- */

static bool
get_access(struct topo_reader *reader, json_t *json, enum topo_access *access)
{
    char text[16] = "world";

    if (!topo_get_string(reader, "", json, "access", false, text, sizeof text))
        return false;
    *access = strcmp(text, "direct") == 0 ? TOPO_ACCESS_DIRECT : TOPO_ACCESS_WORLD;
    if (*access == TOPO_ACCESS_WORLD && strcmp(text, "world") != 0)
        return topo_refuse(reader, "access", "expected world or direct");
    return true;
}

static bool
get_election(struct topo_reader *reader, json_t *json, enum topo_election *election)
{
    char text[16] = "lower";

    if (!topo_get_string(reader, "", json, "election", false, text, sizeof text))
        return false;
    *election = strcmp(text, "higher") == 0 ? TOPO_HIGHER_WINS : TOPO_LOWER_WINS;
    if (*election == TOPO_LOWER_WINS && strcmp(text, "lower") != 0)
        return topo_refuse(reader, "election", "expected lower or higher");
    return true;
}

/* Plain is for measuring what CURVE costs. */
static bool
get_session_link(struct topo_reader *reader, json_t *json, struct topo *topo)
{
    char text[24] = "curve";

    if (!topo_get_string(reader, "", json, "srp-session", false, text, sizeof text))
        return false;
    topo->srp_plain_anywhere = strcmp(text, "plain-anywhere") == 0;
    topo->srp_plain = topo->srp_plain_anywhere || strcmp(text, "plain") == 0;
    if (!topo->srp_plain && strcmp(text, "curve") != 0)
        return topo_refuse(reader, "srp-session", "expected curve, plain or plain-anywhere");
    return true;
}

bool
topo_link_allowed(const struct topo *topo, uint32_t bind, uint32_t peer)
{
    return !topo->srp_plain || topo->srp_plain_anywhere || (bind >> 24 == 127 && peer >> 24 == 127);
}

static bool
read_topo(struct topo_reader *reader, json_t *json, const char *dir, struct topo *topo)
{
    static const char *const known[] = {
        "about",      "name",      "time-scale",           "access",      "srp-port",    "election",
        "aaa",        "instances", "sessions-per-sessmgr", "srp-session", "fault-hooks", "restart",
        "boot-delay", NULL};
    char about[512];
    uint32_t port = DEFAULT_SRP_PORT;

    topo->time_scale = 1;
    topo->sessions = DEFAULT_SESSIONS;
    topo->restart.boot_delay = DEFAULT_BOOT_DELAY;
    if (!topo_check_object(reader, "", json, known) ||
        !topo_get_string(reader, "", json, "about", true, about, sizeof about) ||
        !topo_get_name(reader, "", json, "name", true, topo->name) ||
        !topo_get_number(reader, "", json, "time-scale", false, 1, 1000, &topo->time_scale) ||
        !get_access(reader, json, &topo->access) || !get_election(reader, json, &topo->election) ||
        !get_session_link(reader, json, topo) ||
        !topo_read_aaa(reader, json_object_get(json, "aaa"), topo) ||
        !topo_get_bool(reader, "", json, "fault-hooks", &topo->fault_hooks) ||
        !topo_get_restart(reader, "", json, &topo->restart) ||
        !topo_get_number(reader, "", json, "srp-port", false, 1, UINT16_MAX - 3, &port) ||
        !topo_get_number(reader, "", json, "sessions-per-sessmgr", false, 1, TEID_SLOTS,
                         &topo->sessions))
        return false;
    topo->srp_port = (uint16_t)port;
    return read_instances(reader, json_object_get(json, "instances"), dir, topo);
}

/* What begins otherwise is not a topology with a slip, but another file. */
static bool
is_other(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && strchr(" \t\r\n", text[at]) && text[at])
        at++;
    return at < len && text[at] != '{';
}

int
topo_parse(struct topo *topo, const char *name, const char *dir, const char *text, size_t len,
           char *err, size_t room)
{
    struct topo_reader reader = {.file = name, .err = err, .room = room};
    struct topo read;
    json_error_t bad;
    json_t *json;

    if (len > CONF_FILE_MOST) {
        (void)topo_refuse(&reader, "", "larger than %d octets", CONF_FILE_MOST);
        return DI_EREFUSED;
    }
    json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad);
    if (!json) {
        for (char *at = bad.text; *at; at++) /* quotes the file's own bytes */
            if (*at < ' ' || *at > '~')
                *at = '?';
        (void)snprintf(err, room, "%s:%d:%d: %s%s", name, bad.line, bad.column,
                       is_other(text, len) ? OTHER : "", bad.text);
        return DI_EFORMAT;
    }
    memset(&read, 0, sizeof read);
    if (read_topo(&reader, json, dir, &read))
        *topo = read;
    json_decref(json);
    return reader.failed ? DI_EFORMAT : 0;
}

int
topo_find(const struct topo *topo, const char *name)
{
    for (int i = 0; i < topo->instance_n; i++)
        if (strcmp(topo->instances[i].name, name) == 0)
            return i;
    return DI_ENOTFOUND;
}
