/* The topology: each way to write a bad one is refused with its place. */
#include "tests/unit/topo_rig.h"

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

START_TEST(unknown_keys_are_named_with_those_known)
{
    refuses("\"slot\": 4", "\"slto\": 4",
            "pair.json: instances.east.cards[3].slto: unknown key; known: slot, type, mac, host, "
            "spare, sessmgrs, restart, boot-delay");
    refuses("\"config\"", "\"konfig\"",
            "pair.json: instances.east.konfig: unknown key; known: config, flash, cards, restart, "
            "boot-delay");
    refuses("\"time-scale\"", "\"time\\u00e9\"",
            "pair.json: time??: unknown key; known: about, name, time-scale, access, srp-port, "
            "election, aaa, instances, sessions-per-sessmgr, srp-session, fault-hooks, restart, "
            "boot-delay");
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
    refuses_text("# east\nconfigure\n", 17,
                 "pair.json:1:1: this is no topology (JSON, such as topologies/pair.json): '[' or "
                 "'{' expected near '#'");
    memset(big, ' ', sizeof big);
    refuses_text(big, sizeof big, "pair.json: larger than 1048576 octets");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("topo: bad ones");
    TCase *text = tcase_create("text");

    tcase_add_test(text, numbers_of_session_managers_that_cannot_be_are_refused_with_their_place);
    tcase_add_test(text, unknown_keys_are_named_with_those_known);
    tcase_add_test(text, missing_keys_are_named);
    tcase_add_test(text, wrong_types_are_named);
    tcase_add_test(text, numbers_out_of_range_name_the_range);
    tcase_add_test(text, cards_stand_where_they_may);
    tcase_add_test(text, instance_needs_an_active_sf);
    tcase_add_test(text, names_hold_few_characters);
    tcase_add_test(text, macs_are_well_formed_and_differ);
    tcase_add_test(text, bad_aaa_responders_are_refused_with_their_place);
    tcase_add_test(text, bad_json_is_refused_with_its_place);
    suite_add_tcase(suite, text);
    return unit_main(suite);
}
