/* The topology: what the shipped one says, and each way to write a bad one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/conf/conf_file.h"
#include "common/conf/topo.h"
#include "unit.h"

static char err[4096];

/* A key of the shipped topology, beside which others are put. */
#define KEY "\"name\": \"pair\","

/* A file of topologies/, terminated; the caller frees it. */
static char *
load(const char *name)
{
    char path[1024], *text = NULL, *copy;
    size_t len = 0;

    (void)snprintf(path, sizeof path, "%s/%s", TOPOLOGIES, name);
    ck_assert_int_eq(conf_file_read(path, name, &text, &len, err, sizeof err), 0);
    copy = strndup(text, len);
    free(text);
    return copy;
}

/* text with the first `from` replaced; the caller frees it. */
static char *
with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t room = strlen(text) + strlen(to) + 1;
    char *out = malloc(room);

    ck_assert_msg(at != NULL, "no \"%s\" to replace", from);
    (void)snprintf(out, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void
refuses_text(const char *text, size_t len, const char *sentence)
{
    static struct topo topo, before;

    memset(&before, 0x5a, sizeof before);
    topo = before;
    ck_assert_int_lt(topo_parse(&topo, "pair.json", "/lab", text, len, err, sizeof err), 0);
    ck_assert_str_eq(err, sentence);
    ck_assert_mem_eq(&topo, &before, sizeof topo);
}

/* The shipped topology, with `from` replaced by `to`, is refused with that sentence. */
static void
refuses(const char *from, const char *to, const char *sentence)
{
    char *pair = load("pair.json"), *text = with(pair, from, to);

    refuses_text(text, strlen(text), sentence);
    free(text);
    free(pair);
}

START_TEST(shipped_topology_is_understood)
{
    static struct topo topo;
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/pair.json", TOPOLOGIES);
    ck_assert_msg(topo_load(&topo, path, err, sizeof err) == 0, "%s", err);
    ck_assert_str_eq(topo.name, "pair");
    ck_assert_int_eq(topo.file[0], '/');
    ck_assert_uint_eq(topo.time_scale, 1);
    ck_assert_uint_eq(topo.srp_port, 5090);
    ck_assert_uint_eq(topo.sessions, 131072);
    ck_assert_int_eq(topo.access, TOPO_ACCESS_WORLD);
    ck_assert_uint_eq(topo.instance_n, 2);
    ck_assert_str_eq(topo.instances[0].name, "east");
    ck_assert_str_eq(topo.instances[1].name, "west");
    ck_assert_int_eq(topo_find(&topo, "west"), 1);
    ck_assert_int_eq(topo_find(&topo, "north"), DI_ENOTFOUND);
    for (int i = 0; i < 2; i++) {
        const struct topo_card *slots = topo.instances[i].slots;

        ck_assert_uint_eq(topo.instances[i].sessmgr_n, 2);
        ck_assert_int_eq(slots[1].type, CARD_CF);
        ck_assert_int_eq(slots[3].type, CARD_DEMUX);
        ck_assert_uint_eq(slots[4].sessmgr, 1);
        ck_assert_uint_eq(slots[5].sessmgr, 2);
        ck_assert_uint_eq(slots[6].sessmgr, 0);
        ck_assert(slots[6].spare);
        ck_assert_int_eq(slots[7].type, CARD_EMPTY);
    }
    ck_assert_mem_eq(topo.instances[0].slots[1].mac, "\x02\x00\x5e\x10\x00\x2b", 6);
    ck_assert_str_eq(topo.instances[0].slots[4].host, "host-d");
    ck_assert_str_eq(card_type_name(CARD_DEMUX), "demux");
}
END_TEST

/* Nothing in it is monitored that the chassis, or the world, does not have. */
START_TEST(shipped_topology_with_monitors_is_understood_and_nothing_in_it_is_suspicious)
{
    static struct topo topo;
    static struct conf conf;
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/monitored.json", TOPOLOGIES);
    ck_assert_msg(topo_load(&topo, path, err, sizeof err) == 0, "%s", err);
    ck_assert_str_eq(topo.name, "monitored");
    ck_assert_uint_eq(topo.aaa_n, 3);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(topo_load_conf(&topo.instances[i], &conf, err, sizeof err), 0);
        ck_assert_msg(conf_warnings(&conf, err, sizeof err) == 0, "%s", err);
        ck_assert_uint_eq(conf.srp.monitor_n, 8);
        for (uint8_t j = 0; j < conf.radius_n; j++) {
            ck_assert_uint_eq(conf.radius[j].addr, topo.aaa[j].addr);
            ck_assert_str_eq(conf.radius[j].key.text, ""); /* the lab's own */
        }
        ck_assert_uint_eq(conf.diameter[0].peers[0].addr, topo.aaa[2].addr);
        ck_assert_str_eq(conf.diameter[0].peers[0].name, topo.aaa[2].host);
    }
}
END_TEST

START_TEST(shipped_topology_of_a_million_has_room_for_a_million_calls)
{
    static struct topo topo;
    static struct conf conf;
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/million.json", TOPOLOGIES);
    ck_assert_msg(topo_load(&topo, path, err, sizeof err) == 0, "%s", err);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_ge(topo.instances[i].sessmgr_n * topo.sessions, 1000000);
        ck_assert_int_eq(topo_load_conf(&topo.instances[i], &conf, err, sizeof err), 0);
        ck_assert_msg(conf_warnings(&conf, err, sizeof err) == 0, "%s", err);
        ck_assert_uint_ge(~conf.pools[0].mask - 1, 1000000);
    }
}
END_TEST

START_TEST(session_managers_are_numbered_in_the_order_of_the_slots)
{
    static struct topo topo;
    const char *text =
        "{\"about\":\"x\",\"name\":\"a\",\"instances\":{\"n\":{\"config\":\"/c.cfg\","
        "\"cards\":[{\"slot\":9,\"type\":\"sf\",\"sessmgrs\":250},"
        "{\"slot\":4,\"type\":\"sf\",\"sessmgrs\":3},{\"slot\":5,\"type\":\"sf\",\"spare\":true},"
        "{\"slot\":7,\"type\":\"sf\"},{\"slot\":8,\"type\":\"sf\",\"sessmgrs\":1},"
        "{\"slot\":3,\"type\":\"demux\"},"
        "{\"slot\":2,\"type\":\"cf\",\"mac\":\"00-00-00-00-00-01\"}]}}}";
    const struct topo_card *slots = topo.instances[0].slots;

    ck_assert_msg(topo_parse(&topo, "a.json", "/lab", text, strlen(text), err, sizeof err) == 0,
                  "%s", err);
    ck_assert_uint_eq(slots[4].sessmgr, 1);
    ck_assert_uint_eq(slots[4].sessmgrs, 3);
    ck_assert_uint_eq(slots[5].sessmgr, 0);
    ck_assert_uint_eq(slots[5].sessmgrs, 0);
    ck_assert_uint_eq(slots[7].sessmgr, 4);
    ck_assert_uint_eq(slots[7].sessmgrs, 1);
    ck_assert_uint_eq(slots[8].sessmgr, 5);
    ck_assert_uint_eq(slots[9].sessmgr, 6);
    ck_assert_uint_eq(slots[9].sessmgrs, 250);
    ck_assert_uint_eq(slots[3].sessmgrs, 0);
    ck_assert_uint_eq(topo.instances[0].sessmgr_n, 255);
}
END_TEST

START_TEST(numbers_of_session_managers_that_cannot_be_are_refused_with_their_place)
{
#define SF4   "\"slot\": 4, \"type\": \"sf\""
#define RANGE "sessmgrs: expected a whole number from 1 to 255"
    refuses(SF4, SF4 ", \"sessmgrs\": 0", "pair.json: instances.east.cards[3]." RANGE);
    refuses(SF4, SF4 ", \"sessmgrs\": 256", "pair.json: instances.east.cards[3]." RANGE);
    refuses(SF4, SF4 ", \"sessmgrs\": \"3\"", "pair.json: instances.east.cards[3]." RANGE);
    refuses(SF4, SF4 ", \"sessmgrs\": 255",
            "pair.json: instances.east.cards: 256 session managers; expected at most 255 in all");
    refuses(SF4, SF4 ", \"sessmgrs\": 3",
            "pair.json: instances: east has 4 session managers, west has 2; they must be as many");
    refuses("\"spare\": true", "\"spare\": true, \"sessmgrs\": 1",
            "pair.json: instances.east.cards[5].sessmgrs: a spare hosts none");
    refuses("\"type\": \"demux\"", "\"type\": \"demux\", \"sessmgrs\": 1",
            "pair.json: instances.east.cards[2].sessmgrs: only an sf hosts some");
}
END_TEST

START_TEST(left_out_keys_take_their_defaults)
{
    static struct topo topo;
    const char *text =
        "{\"about\":\"x\",\"name\":\"a\",\"instances\":{\"n\":{\"config\":\"/c.cfg\","
        "\"cards\":[{\"slot\":48,\"type\":\"sf\"},{\"slot\":3,\"type\":\"demux\"},"
        "{\"slot\":2,\"type\":\"cf\",\"mac\":\"00-00-00-00-00-01\"}]}}}";

    ck_assert_msg(topo_parse(&topo, "a.json", "/lab", text, strlen(text), err, sizeof err) == 0,
                  "%s", err);
    ck_assert_uint_eq(topo.time_scale, 1);
    ck_assert_uint_eq(topo.srp_port, 5090);
    ck_assert_uint_eq(topo.sessions, 131072);
    ck_assert_str_eq(topo.instances[0].config, "/c.cfg");
    ck_assert_str_eq(topo.instances[0].slots[48].host, "n-48");
    ck_assert_uint_eq(topo.instances[0].slots[48].sessmgr, 1);
    ck_assert_uint_eq(topo.instances[0].slots[48].sessmgrs, 1);
}
END_TEST

START_TEST(unknown_keys_are_named_with_those_known)
{
    refuses("\"slot\": 4", "\"slto\": 4",
            "pair.json: instances.east.cards[3].slto: unknown key; known: slot, type, mac, host, "
            "spare, sessmgrs");
    refuses("\"config\"", "\"konfig\"",
            "pair.json: instances.east.konfig: unknown key; known: config, flash, cards");
    refuses("\"time-scale\"", "\"time\\u00e9\"",
            "pair.json: time??: unknown key; known: about, name, time-scale, access, srp-port, "
            "election, aaa, instances, sessions-per-sessmgr, srp-session, fault-hooks");
}
END_TEST

START_TEST(fault_hooks_are_off_unless_the_file_says_true)
{
    static struct topo topo;
    char *pair = load("pair.json"), *text = with(pair, KEY, KEY "\"fault-hooks\": true,");

    ck_assert_int_eq(topo_parse(&topo, "pair.json", "/lab", pair, strlen(pair), err, sizeof err),
                     0);
    ck_assert(!topo.fault_hooks);
    ck_assert_int_eq(topo_parse(&topo, "pair.json", "/lab", text, strlen(text), err, sizeof err),
                     0);
    ck_assert(topo.fault_hooks);
    refuses(KEY, KEY "\"fault-hooks\": 1,", "pair.json: fault-hooks: expected true or false");
    free(text);
    free(pair);
}
END_TEST

START_TEST(missing_keys_are_named)
{
    refuses("\"name\": \"pair\",", "", "pair.json: name: missing");
    refuses("\"slot\": 4, ", "", "pair.json: instances.east.cards[3].slot: missing");
    refuses(", \"type\": \"demux\"", "", "pair.json: instances.east.cards[2].type: missing");
    refuses("\"mac\": \"02-00-5E-10-00-2B\", ", "",
            "pair.json: instances.east.cards[0].mac: missing");
    refuses("\"config\": \"east.cfg\",", "", "pair.json: instances.east.config: missing");
    refuses_text("{\"about\":\"x\",\"name\":\"a\"}", 24, "pair.json: instances: missing");
    refuses_text("{\"name\":\"a\"}", 12, "pair.json: about: missing");
    refuses_text("{\"about\":\"x\",\"name\":\"a\",\"instances\":{\"n\":{\"config\":\"c\"}}}", 57,
                 "pair.json: instances.n.cards: missing");
}
END_TEST

START_TEST(wrong_types_are_named)
{
    refuses("\"time-scale\": 1", "\"time-scale\": \"1\"",
            "pair.json: time-scale: expected a whole number from 1 to 1000");
    refuses("\"time-scale\": 1", "\"time-scale\": 1.5",
            "pair.json: time-scale: expected a whole number from 1 to 1000");
    refuses("\"name\": \"pair\"", "\"name\": 1", "pair.json: name: expected a string");
    refuses("\"slot\": 4", "\"slot\": true",
            "pair.json: instances.east.cards[3].slot: expected a whole number from 1 to 48");
    refuses("\"spare\": true", "\"spare\": 1",
            "pair.json: instances.east.cards[5].spare: expected true or false");
    refuses("{ \"slot\": 3, \"type\": \"demux\", \"host\": \"host-c\" }", "7",
            "pair.json: instances.east.cards[2]: expected an object");
    refuses("\"access\": \"world\"", "\"access\": \"wire\"",
            "pair.json: access: expected world or direct");
    refuses("\"type\": \"demux\"", "\"type\": \"dmx\"",
            "pair.json: instances.east.cards[2].type: expected cf, sf or demux");
    refuses_text("[]", 2, "pair.json: expected an object");
    refuses_text("{\"about\":\"x\",\"name\":\"a\",\"instances\":[]}", 39,
                 "pair.json: instances: expected an object");
    refuses_text("{\"about\":\"x\",\"name\":\"a\",\"instances\":{}}", 39,
                 "pair.json: instances: expected one or two instances");
}
END_TEST

START_TEST(numbers_out_of_range_name_the_range)
{
    refuses("\"time-scale\": 1", "\"time-scale\": 0",
            "pair.json: time-scale: expected a whole number from 1 to 1000");
    refuses("\"time-scale\": 1", "\"time-scale\": 1001",
            "pair.json: time-scale: expected a whole number from 1 to 1000");
    refuses("5090", "65535", "pair.json: srp-port: expected a whole number from 1 to 65532");
    refuses("131072,", "2097153,",
            "pair.json: sessions-per-sessmgr: expected a whole number from 1 to 2097152");
    refuses("\"slot\": 4", "\"slot\": 49",
            "pair.json: instances.east.cards[3].slot: expected a whole number from 1 to 48");
}
END_TEST

START_TEST(cards_stand_where_they_may)
{
    refuses("\"slot\": 5", "\"slot\": 4",
            "pair.json: instances.east.cards[4].slot: slot 4 is taken already");
    refuses("\"slot\": 2", "\"slot\": 7",
            "pair.json: instances.east.cards[1].slot: a cf stands in slot 1 or 2");
    refuses("{ \"slot\": 1, \"type\": \"cf\", \"mac\": \"02-00-5E-10-00-2B\"",
            "{ \"slot\": 1, \"type\": \"sf\"",
            "pair.json: instances.east.cards[0].slot: slots 1 and 2 are for a cf");
    refuses("\"type\": \"demux\"", "\"type\": \"sf\"",
            "pair.json: instances.east.cards: 0 demux cards; exactly one is needed");
    refuses("\"slot\": 4, \"type\": \"sf\"", "\"slot\": 4, \"type\": \"demux\"",
            "pair.json: instances.east.cards: 2 demux cards; exactly one is needed");
    refuses("\"type\": \"demux\"", "\"type\": \"demux\", \"spare\": true",
            "pair.json: instances.east.cards[2].spare: only an sf may be a spare");
    refuses("\"type\": \"demux\"", "\"type\": \"demux\", \"mac\": \"02-00-5E-10-00-2B\"",
            "pair.json: instances.east.cards[2].mac: only a cf has one");
    refuses_text(
        "{\"about\":\"x\",\"name\":\"a\",\"instances\":{\"n\":{\"config\":\"c\",\"cards\":[]}}}",
        68, "pair.json: instances.n.cards: no cf; slot 1 or 2 needs one");
}
END_TEST

START_TEST(instance_needs_an_active_sf)
{
    char *pair = load("pair.json");
    char *one = with(pair, "\"slot\": 4, \"type\": \"sf\"",
                     "\"slot\": 4, \"type\": \"sf\", \"spare\": true");
    char *none = with(one, "\"slot\": 5, \"type\": \"sf\"",
                      "\"slot\": 5, \"type\": \"sf\", \"spare\": true");

    refuses_text(
        one, strlen(one),
        "pair.json: instances: east has 1 session managers, west has 2; they must be as many");
    refuses_text(none, strlen(none),
                 "pair.json: instances.east.cards: no active sf; at least one must not be a spare");
    free(none);
    free(one);
    free(pair);
}
END_TEST

START_TEST(names_hold_few_characters)
{
    const char *wrong = "expected a name of 1 to 31 characters a-z, 0-9 and -";
    char sentence[256];

    (void)snprintf(sentence, sizeof sentence, "pair.json: name: %s", wrong);
    refuses("\"pair\"", "\"pa/ir\"", sentence);
    refuses("\"pair\"", "\"a123456789012345678901234567890z\"", sentence);
    (void)snprintf(sentence, sizeof sentence, "pair.json: instances.East: %s", wrong);
    refuses("\"east\"", "\"East\"", sentence);
    (void)snprintf(sentence, sizeof sentence, "pair.json: instances.../x: %s", wrong);
    refuses("\"east\"", "\"../x\"", sentence);
    (void)snprintf(sentence, sizeof sentence, "pair.json: instances.east.cards[2].host: %s", wrong);
    refuses("\"host-c\"", "\"host c\"", sentence);
    refuses("\"pair\"", "\"\"", "pair.json: name: expected 1 to 255 characters");
}
END_TEST

START_TEST(macs_are_well_formed_and_differ)
{
    refuses("02-00-5E-10-00-2C", "02-00-5E-10-00-2G",
            "pair.json: instances.east.cards[1].mac: expected six octets, as in 02-00-5E-10-00-2B");
    refuses("02-00-5E-10-00-2C", "02-00-5E-10-00-",
            "pair.json: instances.east.cards[1].mac: expected six octets, as in 02-00-5E-10-00-2B");
    refuses("02-00-5E-10-00-2C", "02-00-5E-10-00-2b",
            "pair.json: instances: the cf in slot 1 of east and in slot 2 of east have the same "
            "mac");
    refuses("02-00-5E-20-00-2C", "02-00-5E-10-00-2C",
            "pair.json: instances: the cf in slot 2 of east and in slot 2 of west have the same "
            "mac");
    refuses("02-00-5E-20-00-2B", "03-00-5E-10-00-2B",
            "pair.json: instances: the cf in slot 1 of east and in slot 1 of west have macs with "
            "the same last three octets, which break ties");
}
END_TEST

/* The shipped topology with one more key is understood. */
static const struct topo *
accepts(const char *key)
{
    static struct topo topo;
    char *pair = load("pair.json"), *text = with(pair, KEY, key);

    ck_assert_msg(topo_parse(&topo, "pair.json", "/lab", text, strlen(text), err, sizeof err) == 0,
                  "%s", err);
    free(text);
    free(pair);
    return &topo;
}

START_TEST(election_says_which_priority_wins)
{
    ck_assert_int_eq(accepts(KEY)->election, TOPO_LOWER_WINS);
    ck_assert_int_eq(accepts(KEY "\"election\": \"lower\",")->election, TOPO_LOWER_WINS);
    ck_assert_int_eq(accepts(KEY "\"election\": \"higher\",")->election, TOPO_HIGHER_WINS);
    refuses(KEY, KEY "\"election\": \"highest\",", "pair.json: election: expected lower or higher");
    refuses(KEY, KEY "\"election\": 1,", "pair.json: election: expected a string");
}
END_TEST

START_TEST(the_session_connection_is_plain_only_when_asked_for)
{
    ck_assert(!accepts(KEY)->srp_plain);
    ck_assert(!accepts(KEY "\"srp-session\": \"curve\",")->srp_plain);
    ck_assert(accepts(KEY "\"srp-session\": \"plain\",")->srp_plain);
    refuses(KEY, KEY "\"srp-session\": \"none\",",
            "pair.json: srp-session: expected curve or plain");
}
END_TEST

START_TEST(aaa_responders_have_their_defaults)
{
    const struct topo *topo =
        accepts(KEY "\"aaa\": [{\"type\": \"radius\", \"address\": \"127.0.3.1\"},"
                    "{\"type\": \"radius\", \"address\": \"127.0.3.1\", \"port\": 1645},"
                    "{\"type\": \"diameter\", \"address\": \"127.0.3.2\", \"host\": \"h.example\","
                    " \"realm\": \"example\"},"
                    "{\"type\": \"diameter\", \"address\": \"127.0.3.2\", \"host\": \"h\","
                    " \"realm\": \"r\", \"port\": 65535}],");

    ck_assert_uint_eq(topo->aaa_n, 4);
    ck_assert_int_eq(topo->aaa[0].kind, TOPO_RADIUS);
    ck_assert_uint_eq(topo->aaa[0].addr, 0x7f000301);
    ck_assert_uint_eq(topo->aaa[0].port, 1812);
    ck_assert_uint_eq(topo->aaa[1].port, 1645);
    ck_assert_int_eq(topo->aaa[2].kind, TOPO_DIAMETER);
    ck_assert_uint_eq(topo->aaa[2].port, 3868);
    ck_assert_str_eq(topo->aaa[2].host, "h.example");
    ck_assert_str_eq(topo->aaa[2].realm, "example");
    ck_assert_uint_eq(topo->aaa[3].port, 65535);
    ck_assert_uint_eq(accepts(KEY)->aaa_n, 0);
    ck_assert_uint_eq(accepts(KEY "\"aaa\": [],")->aaa_n, 0);
}
END_TEST

START_TEST(bad_aaa_responders_are_refused_with_their_place)
{
#define RADIUS "{\"type\": \"radius\", \"address\": \"127.0.3.1\"}"
    static const struct {
        const char *aaa, *sentence;
    } bad[] = {
        {"{}", "aaa: expected an array"},
        {"[1]", "aaa[0]: expected an object"},
        {"[{}]", "aaa[0].type: missing"},
        {"[{\"type\": \"tacacs\"}]", "aaa[0].type: expected radius or diameter"},
        {"[{\"type\": \"radius\"}]", "aaa[0].address: missing"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3\"}]",
         "aaa[0].address: expected an IPv4 address (A.B.C.D)"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3.256\"}]",
         "aaa[0].address: expected an IPv4 address (A.B.C.D)"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3.1x\"}]",
         "aaa[0].address: expected an IPv4 address (A.B.C.D)"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3.01\"}]",
         "aaa[0].address: expected an IPv4 address (A.B.C.D)"},
        {"[{\"type\": \"radius\", \"address\": \"0.0.0.0\"}]",
         "aaa[0].address: expected an IPv4 address (A.B.C.D)"},
        {"[" RADIUS ", " RADIUS "]", "aaa[1]: aaa[0] has the same address and port"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3.1\", \"port\": 0}]",
         "aaa[0].port: expected a whole number from 1 to 65535"},
        {"[{\"type\": \"radius\", \"address\": \"127.0.3.1\", \"host\": \"h\"}]",
         "aaa[0].host: only a diameter responder has one"},
        {"[{\"type\": \"diameter\", \"address\": \"127.0.3.1\"}]", "aaa[0].host: missing"},
        {"[{\"type\": \"diameter\", \"address\": \"127.0.3.1\", \"host\": \"h\"}]",
         "aaa[0].realm: missing"},
        {"[{\"type\": \"diameter\", \"address\": \"127.0.3.1\", \"host\": \"h h\"}]",
         "aaa[0].host: expected letters, digits, points and hyphens"},
        {"[{\"type\": \"radius\", \"adress\": 1}]",
         "aaa[0].adress: unknown key; known: type, address, port, host, realm"},
        {"[" RADIUS "," RADIUS "," RADIUS "," RADIUS "," RADIUS "," RADIUS "," RADIUS "," RADIUS
         "," RADIUS "]",
         "aaa: expected at most 8 responders"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char key[1024], sentence[256];

        (void)snprintf(key, sizeof key, KEY "\"aaa\": %s,", bad[i].aaa);
        (void)snprintf(sentence, sizeof sentence, "pair.json: %s", bad[i].sentence);
        refuses(KEY, key, sentence);
    }
}
END_TEST

START_TEST(bad_json_is_refused_with_its_place)
{
    static char big[CONF_FILE_MOST + 1];

    refuses("\"name\": \"pair\"", "\"name\": \"pair\", \"name\": \"pear\"",
            "pair.json:3:24: duplicate object key near '\"name\"'");
    refuses_text("{", 1, "pair.json:1:1: string or '}' expected near end of file");
    refuses_text("", 0, "pair.json:1:0: '[' or '{' expected near end of file");
    memset(big, ' ', sizeof big);
    refuses_text(big, sizeof big, "pair.json: larger than 1048576 octets");
}
END_TEST

/* ---- the pair's configurations ---- */

static char dir[64];

static void
write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void
make_lab(void)
{
    static const char *const names[] = {"pair.json", "east.cfg", "west.cfg"};

    (void)snprintf(dir, sizeof dir, "/tmp/vpclab-topo-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (size_t i = 0; i < 3; i++) {
        char *text = load(names[i]);

        write_file(names[i], text);
        free(text);
    }
}

static void
remove_lab(void)
{
    static const char *const names[] = {"pair.json", "east.cfg", "west.cfg"};
    char path[128];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path); /* may be gone by intent */
    }
    ck_assert_int_eq(rmdir(dir), 0);
}

/* Loading the lab fails with `sentence`, which follows "PATH/pair.json: " if it begins with
 * "instances", and *topo is unchanged. */
static void
lab_fails(const char *sentence)
{
    static struct topo topo, before;
    char path[128], expected[512];

    memset(&before, 0x5a, sizeof before);
    topo = before;
    (void)snprintf(path, sizeof path, "%s/pair.json", dir);
    (void)snprintf(expected, sizeof expected, "%s%s%s", strncmp(sentence, "inst", 4) ? "" : path,
                   strncmp(sentence, "inst", 4) ? "" : ": ", sentence);
    ck_assert_int_lt(topo_load(&topo, path, err, sizeof err), 0);
    ck_assert_str_eq(err, expected);
    ck_assert_mem_eq(&topo, &before, sizeof topo);
}

/* West's configuration, with `from` replaced by `to`, makes the lab fail. */
static void
west_fails(const char *from, const char *to, const char *sentence)
{
    char *west = load("west.cfg"), *text = with(west, from, to);

    write_file("west.cfg", text);
    lab_fails(sentence);
    free(text);
    free(west);
}

START_TEST(instances_do_not_share_an_srp_address)
{
    west_fails("bind address 127.0.0.12\n      peer-ip-address 127.0.0.11",
               "bind address 127.0.0.11\n      peer-ip-address 127.0.0.12",
               "instances: east and west have the same SRP bind address 127.0.0.11");
    west_fails("ip address 127.0.0.12", "ip address 127.0.0.11",
               "instances: east and west both have address 127.0.0.11, which is not "
               "srp-activated");
    west_fails("255.255.255.255 srp-activate", "255.255.255.255",
               "instances: east and west both have address 127.0.1.1, which is not srp-activated");
}
END_TEST

START_TEST(peer_addresses_point_at_each_other)
{
    west_fails("peer-ip-address 127.0.0.11", "peer-ip-address 127.0.0.13",
               "instances: west has peer-ip-address 127.0.0.13, but east has bind address "
               "127.0.0.11");
    west_fails("bind address 127.0.0.12", "bind address 127.0.0.13",
               "instances: east has peer-ip-address 127.0.0.12, but west has bind address "
               "127.0.0.13");
}
END_TEST

START_TEST(services_and_pools_are_the_same_on_both)
{
    west_fails("associate egtp-service egtp1", "",
               "instances: the pgw-service of east answers on 127.0.1.1, that of west on nothing; "
               "they must be equal");
    west_fails("172.16.0.0 255.252.0.0", "172.16.0.0 255.254.0.0",
               "instances: west has not the same pool \"dyn1\" as east");
    west_fails("    ip pool dyn1",
               "    ip pool dyn2 10.0.0.0 255.0.0.0 public srp-activate\n"
               "    ip pool dyn1",
               "instances: east has not the same pool \"dyn2\" as west");
}
END_TEST

START_TEST(configuration_without_srp_makes_no_pair)
{
    write_file("west.cfg", "config\nend\n");
    lab_fails("instances: west has no service-redundancy-protocol");
}
END_TEST

START_TEST(bad_configuration_is_refused_with_file_and_line)
{
    write_file("west.cfg", "config\nhello\nthere\n");
    lab_fails("west.cfg:2: Failure: Unknown command - \"hello\", unrecognized keyword\n"
              "west.cfg:3: Failure: Unknown command - \"there\", unrecognized keyword");
}
END_TEST

START_TEST(missing_files_are_named)
{
    static struct topo topo;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/west.cfg", dir);
    ck_assert_int_eq(unlink(path), 0);
    lab_fails("west.cfg: cannot be opened: No such file or directory");
    ck_assert_int_eq(topo_load(&topo, "/nowhere/at/all.json", err, sizeof err), DI_ESYSTEM);
    ck_assert_str_eq(err, "/nowhere/at/all.json: cannot be opened: No such file or directory");
    ck_assert_int_eq(topo_load(&topo, "/tmp", err, sizeof err), DI_EREFUSED);
    ck_assert_str_eq(err, "/tmp: not a regular file");
}
END_TEST

START_TEST(files_are_kept_where_the_topology_says_relative_to_it)
{
    char *pair = load("pair.json"),
         *text = with(pair, "\"config\": \"east.cfg\",",
                      "\"config\": \"east.cfg\", \"flash\": \"disks/east\","),
         *both = with(text, "\"config\": \"west.cfg\",",
                      "\"config\": \"west.cfg\", \"flash\": \"/disks/west\",");
    static struct topo topo;

    ck_assert_int_eq(topo_parse(&topo, "pair.json", "/lab", both, strlen(both), err, sizeof err),
                     0);
    ck_assert_str_eq(topo.instances[0].flash, "/lab/disks/east");
    ck_assert_str_eq(topo.instances[1].flash, "/disks/west");
    ck_assert_int_eq(topo_parse(&topo, "pair.json", "/lab", pair, strlen(pair), err, sizeof err),
                     0);
    ck_assert_str_eq(topo.instances[0].flash, "");
    free(both);
    free(text);
    free(pair);
}
END_TEST

START_TEST(two_instances_do_not_share_their_files)
{
    char *pair = load("pair.json"),
         *text =
             with(pair, "\"config\": \"east.cfg\",", "\"config\": \"east.cfg\", \"flash\": \"d\","),
         *both = with(text, "\"config\": \"west.cfg\",",
                      "\"config\": \"west.cfg\", \"flash\": \"/lab/d\",");

    refuses_text(both, strlen(both),
                 "pair.json: instances: east and west have the same flash directory /lab/d");
    free(both);
    free(text);
    free(pair);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("topo");
    TCase *text = tcase_create("text"), *lab = tcase_create("lab");

    tcase_add_test(text, files_are_kept_where_the_topology_says_relative_to_it);
    tcase_add_test(text, two_instances_do_not_share_their_files);
    tcase_add_test(text, shipped_topology_is_understood);
    tcase_add_test(text,
                   shipped_topology_with_monitors_is_understood_and_nothing_in_it_is_suspicious);
    tcase_add_test(text, shipped_topology_of_a_million_has_room_for_a_million_calls);
    tcase_add_test(text, session_managers_are_numbered_in_the_order_of_the_slots);
    tcase_add_test(text, numbers_of_session_managers_that_cannot_be_are_refused_with_their_place);
    tcase_add_test(text, left_out_keys_take_their_defaults);
    tcase_add_test(text, unknown_keys_are_named_with_those_known);
    tcase_add_test(text, fault_hooks_are_off_unless_the_file_says_true);
    tcase_add_test(text, missing_keys_are_named);
    tcase_add_test(text, wrong_types_are_named);
    tcase_add_test(text, numbers_out_of_range_name_the_range);
    tcase_add_test(text, cards_stand_where_they_may);
    tcase_add_test(text, instance_needs_an_active_sf);
    tcase_add_test(text, names_hold_few_characters);
    tcase_add_test(text, macs_are_well_formed_and_differ);
    tcase_add_test(text, election_says_which_priority_wins);
    tcase_add_test(text, the_session_connection_is_plain_only_when_asked_for);
    tcase_add_test(text, aaa_responders_have_their_defaults);
    tcase_add_test(text, bad_aaa_responders_are_refused_with_their_place);
    tcase_add_test(text, bad_json_is_refused_with_its_place);
    suite_add_tcase(suite, text);
    tcase_add_checked_fixture(lab, make_lab, remove_lab);
    tcase_add_test(lab, instances_do_not_share_an_srp_address);
    tcase_add_test(lab, peer_addresses_point_at_each_other);
    tcase_add_test(lab, services_and_pools_are_the_same_on_both);
    tcase_add_test(lab, configuration_without_srp_makes_no_pair);
    tcase_add_test(lab, bad_configuration_is_refused_with_file_and_line);
    tcase_add_test(lab, missing_files_are_named);
    suite_add_tcase(suite, lab);
    return unit_main(suite);
}
