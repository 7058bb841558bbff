#include "common/conf/topo.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/teid.h"
#include "common/conf/conf_file.h"

enum { DEFAULT_SRP_PORT = 5090, DEFAULT_SESSIONS = 131072, PATH = 128 };

/* One reading of a file. The first complaint is kept and ends it: every function below
 * returns false once `failed`. */
struct reader {
    const char *file;
    char *err;
    size_t room;
    bool failed;
};

static bool refuse(struct reader *reader, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "pair.json: instances.east: what is wrong"; false. */
static bool
refuse(struct reader *reader, const char *path, const char *format, ...)
{
    va_list list;
    char sentence[384];

    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    if (!reader->failed)
        (void)snprintf(reader->err, reader->room, "%s: %s%s%s", reader->file, path,
                       *path ? ": " : "", sentence);
    reader->failed = true;
    return false;
}

/* ---- JSON values ---- */

/* `path` may be a key of a stranger's: shown only as far as it is fit for a terminal. */
struct path {
    char text[PATH];
};

static struct path
path_to(const char *path, const char *key)
{
    struct path out;

    (void)snprintf(out.text, sizeof out.text, "%s%s%.40s", path, *path ? "." : "", key);
    for (char *at = out.text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return out;
}

static bool
is_known(const char *key, const char *const *known)
{
    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

/* Is it an object, with none but known keys? */
static bool
check_object(struct reader *reader, const char *path, json_t *json, const char *const *known)
{
    const char *key;
    json_t *value;

    if (!json_is_object(json))
        return refuse(reader, path, "expected an object");
    json_object_foreach(json, key, value)
    {
        char list[256] = "";

        if (is_known(key, known))
            continue;
        for (size_t at = 0; *known && at < sizeof list; known++)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", *known);
        return refuse(reader, path_to(path, key).text, "unknown key; known: %s", list);
    }
    return true;
}

/* A string of less than `room` characters; *out is unchanged when it is absent, which is
 * refused if it is `required`. */
static bool
get_string(struct reader *reader, const char *path, json_t *object, const char *key, bool required,
           char *out, size_t room)
{
    json_t *value = json_object_get(object, key);
    struct path here = path_to(path, key);

    if (!value)
        return required ? refuse(reader, here.text, "missing") : true;
    if (!json_is_string(value))
        return refuse(reader, here.text, "expected a string");
    if (json_string_length(value) == 0 || json_string_length(value) >= room)
        return refuse(reader, here.text, "expected 1 to %zu characters", room - 1);
    memset(out, 0, room);
    memcpy(out, json_string_value(value), json_string_length(value));
    return true;
}

static bool
get_number(struct reader *reader, const char *path, json_t *object, const char *key, bool required,
           uint32_t low, uint32_t high, uint32_t *out)
{
    json_t *value = json_object_get(object, key);
    struct path here = path_to(path, key);

    if (!value)
        return required ? refuse(reader, here.text, "missing") : true;
    if (!json_is_integer(value) || json_integer_value(value) < (json_int_t)low ||
        json_integer_value(value) > (json_int_t)high)
        return refuse(reader, here.text, "expected a whole number from %u to %u", low, high);
    *out = (uint32_t)json_integer_value(value);
    return true;
}

static bool
check_name(struct reader *reader, const char *path, const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= TOPO_NAME || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") < len)
        return refuse(reader, path, "expected a name of 1 to %d characters a-z, 0-9 and -",
                      TOPO_NAME - 1);
    return true;
}

static bool
get_name(struct reader *reader, const char *path, json_t *object, const char *key, bool required,
         char out[TOPO_NAME])
{
    char text[256] = "";
    struct path here = path_to(path, key);

    if (!get_string(reader, path, object, key, required, text, sizeof text))
        return false;
    if (!json_object_get(object, key))
        return true;
    if (!check_name(reader, here.text, text))
        return false;
    memset(out, 0, TOPO_NAME);
    memcpy(out, text, strlen(text));
    return true;
}

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
get_type(struct reader *reader, const char *path, json_t *json, enum card_type *type)
{
    char text[16] = "";

    if (!get_string(reader, path, json, "type", true, text, sizeof text))
        return false;
    for (*type = CARD_CF; *type < CARD_TYPES; (*type)++)
        if (strcmp(text, type_names[*type]) == 0)
            return true;
    return refuse(reader, path_to(path, "type").text, "expected cf, sf or demux");
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
get_mac(struct reader *reader, const char *path, json_t *json, struct topo_card *card)
{
    char text[18] = "";
    struct path here = path_to(path, "mac");

    if (card->type != CARD_CF && json_object_get(json, "mac"))
        return refuse(reader, here.text, "only a cf has one");
    if (card->type != CARD_CF)
        return true;
    if (!get_string(reader, path, json, "mac", true, text, sizeof text))
        return false;
    if (!read_mac(text, card->mac))
        return refuse(reader, here.text, "expected six octets, as in 02-00-5E-10-00-2B");
    return true;
}

static bool
get_spare(struct reader *reader, const char *path, json_t *json, struct topo_card *card)
{
    json_t *spare = json_object_get(json, "spare");
    struct path here = path_to(path, "spare");

    if (!spare)
        return true;
    if (!json_is_boolean(spare))
        return refuse(reader, here.text, "expected true or false");
    if (card->type != CARD_SF)
        return refuse(reader, here.text, "only an sf may be a spare");
    card->spare = json_is_true(spare);
    return true;
}

static bool
read_card(struct reader *reader, const char *path, json_t *json, struct topo_instance *instance)
{
    static const char *const known[] = {"slot", "type", "mac", "host", "spare", NULL};
    struct topo_card card;
    uint32_t slot = 0;

    memset(&card, 0, sizeof card);
    if (!check_object(reader, path, json, known) ||
        !get_number(reader, path, json, "slot", true, 1, TOPO_SLOTS, &slot) ||
        !get_type(reader, path, json, &card.type) || !get_mac(reader, path, json, &card) ||
        !get_spare(reader, path, json, &card) ||
        !get_name(reader, path, json, "host", false, card.host))
        return false;
    if (instance->slots[slot].type != CARD_EMPTY)
        return refuse(reader, path_to(path, "slot").text, "slot %u is taken already", slot);
    if ((card.type == CARD_CF) != (slot <= 2))
        return refuse(reader, path_to(path, "slot").text,
                      card.type == CARD_CF ? "a cf stands in slot 1 or 2"
                                           : "slots 1 and 2 are for a cf");
    if (!card.host[0]) /* each VM on a host of its own, unless said otherwise */
        (void)snprintf(card.host, sizeof card.host, "%.24s-%u", instance->name, slot % 100);
    instance->slots[slot] = card;
    return true;
}

/* The active SFs get the session manager numbers from 1, in the order of their slots. */
static bool
number_cards(struct reader *reader, const char *path, struct topo_instance *instance)
{
    unsigned n[CARD_TYPES] = {0};

    for (int slot = 1; slot <= TOPO_SLOTS; slot++) {
        struct topo_card *card = &instance->slots[slot];

        n[card->type]++;
        if (card->type == CARD_SF && !card->spare)
            card->sessmgr = ++instance->sessmgr_n;
    }
    if (n[CARD_CF] == 0)
        return refuse(reader, path, "no cf; slot 1 or 2 needs one");
    if (n[CARD_DEMUX] != 1)
        return refuse(reader, path, "%u demux cards; exactly one is needed", n[CARD_DEMUX]);
    if (instance->sessmgr_n == 0)
        return refuse(reader, path, "no active sf; at least one must not be a spare");
    return true;
}

/* ---- instances ---- */

static bool
get_config(struct reader *reader, const char *path, json_t *json, const char *dir,
           struct topo_instance *instance)
{
    char text[TOPO_PATH] = "";
    int n;

    if (!get_string(reader, path, json, "config", true, text, sizeof text))
        return false;
    n = *text == '/' ? snprintf(instance->config, TOPO_PATH, "%s", text)
                     : snprintf(instance->config, TOPO_PATH, "%s/%s", dir, text);
    if (n < 0 || n >= TOPO_PATH)
        return refuse(reader, path_to(path, "config").text, "path longer than %d characters",
                      TOPO_PATH - 1);
    return true;
}

static bool
read_instance(struct reader *reader, const char *name, json_t *json, const char *dir,
              struct topo_instance *instance)
{
    static const char *const known[] = {"config", "cards", NULL};
    struct path path = path_to("instances", name), cards_path = path_to(path.text, "cards");
    json_t *cards, *card;
    size_t i;

    if (!check_name(reader, path.text, name))
        return false;
    memcpy(instance->name, name, strlen(name));
    if (!check_object(reader, path.text, json, known) ||
        !get_config(reader, path.text, json, dir, instance))
        return false;
    cards = json_object_get(json, "cards");
    if (!cards)
        return refuse(reader, cards_path.text, "missing");
    if (!json_is_array(cards))
        return refuse(reader, cards_path.text, "expected an array");
    json_array_foreach(cards, i, card)
    {
        char at[PATH + 24];

        (void)snprintf(at, sizeof at, "%s[%zu]", cards_path.text, i);
        if (!read_card(reader, at, card, instance))
            return false;
    }
    return number_cards(reader, cards_path.text, instance);
}

/* The last three octets break ties in the election, so all CFs must differ in them. */
static bool
check_macs(struct reader *reader, const struct topo *topo)
{
    for (int a = 0; a < topo->instance_n * 2; a++) {
        for (int b = 0; b < a; b++) {
            const struct topo_instance *ia = &topo->instances[a / 2], *ib = &topo->instances[b / 2];
            const struct topo_card *ca = &ia->slots[a % 2 + 1], *cb = &ib->slots[b % 2 + 1];

            if (ca->type != CARD_CF || cb->type != CARD_CF)
                continue;
            if (memcmp(ca->mac, cb->mac, 6) == 0)
                return refuse(reader, "instances",
                              "the cf in slot %d of %s and in slot %d of %s have the same mac",
                              b % 2 + 1, ib->name, a % 2 + 1, ia->name);
            if (memcmp(ca->mac + 3, cb->mac + 3, 3) == 0)
                return refuse(
                    reader, "instances",
                    "the cf in slot %d of %s and in slot %d of %s have macs with the same "
                    "last three octets, which break ties",
                    b % 2 + 1, ib->name, a % 2 + 1, ia->name);
        }
    }
    return true;
}

static bool
read_instances(struct reader *reader, json_t *json, const char *dir, struct topo *topo)
{
    const char *name;
    json_t *value;

    if (!json)
        return refuse(reader, "instances", "missing");
    if (!json_is_object(json))
        return refuse(reader, "instances", "expected an object");
    if (json_object_size(json) < 1 || json_object_size(json) > TOPO_INSTANCES)
        return refuse(reader, "instances", "expected one or two instances");
    json_object_foreach(json, name, value) /* in the order of the file */
    {
        if (!read_instance(reader, name, value, dir, &topo->instances[topo->instance_n]))
            return false;
        topo->instance_n++;
    }
    if (topo->instance_n == 2 && topo->instances[0].sessmgr_n != topo->instances[1].sessmgr_n)
        return refuse(reader, "instances", "%s has %u active sf, %s has %u; they must be as many",
                      topo->instances[0].name, topo->instances[0].sessmgr_n,
                      topo->instances[1].name, topo->instances[1].sessmgr_n);
    return check_macs(reader, topo);
}

/* ---- the whole ---- */

static bool
get_access(struct reader *reader, json_t *json, enum topo_access *access)
{
    char text[16] = "world";

    if (!get_string(reader, "", json, "access", false, text, sizeof text))
        return false;
    *access = strcmp(text, "direct") == 0 ? TOPO_ACCESS_DIRECT : TOPO_ACCESS_WORLD;
    if (*access == TOPO_ACCESS_WORLD && strcmp(text, "world") != 0)
        return refuse(reader, "access", "expected world or direct");
    return true;
}

static bool
read_topo(struct reader *reader, json_t *json, const char *dir, struct topo *topo)
{
    static const char *const known[] = {"about",    "name",      "time-scale",           "access",
                                        "srp-port", "instances", "sessions-per-sessmgr", NULL};
    char about[512];
    uint32_t port = DEFAULT_SRP_PORT;

    topo->time_scale = 1;
    topo->sessions = DEFAULT_SESSIONS;
    if (!check_object(reader, "", json, known) ||
        !get_string(reader, "", json, "about", true, about, sizeof about) ||
        !get_name(reader, "", json, "name", true, topo->name) ||
        !get_number(reader, "", json, "time-scale", false, 1, 1000, &topo->time_scale) ||
        !get_access(reader, json, &topo->access) ||
        !get_number(reader, "", json, "srp-port", false, 1, UINT16_MAX - 3, &port) ||
        !get_number(reader, "", json, "sessions-per-sessmgr", false, 1, TEID_SLOTS,
                    &topo->sessions))
        return false;
    topo->srp_port = (uint16_t)port;
    return read_instances(reader, json_object_get(json, "instances"), dir, topo);
}

int
topo_parse(struct topo *topo, const char *name, const char *dir, const char *text, size_t len,
           char *err, size_t room)
{
    struct reader reader = {.file = name, .err = err, .room = room};
    struct topo read;
    json_error_t bad;
    json_t *json;

    if (len > CONF_FILE_MOST) {
        (void)refuse(&reader, "", "larger than %d octets", CONF_FILE_MOST);
        return DI_EREFUSED;
    }
    json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad);
    if (!json) {
        for (char *at = bad.text; *at; at++) /* quotes the file's own bytes */
            if (*at < ' ' || *at > '~')
                *at = '?';
        (void)snprintf(err, room, "%s:%d:%d: %s", name, bad.line, bad.column, bad.text);
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
