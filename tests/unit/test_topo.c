/* The topology: what the shipped one says, and what its keys mean. */
#include "tests/unit/topo_rig.h"

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
            "pair.json: srp-session: expected curve, plain or plain-anywhere");
}
END_TEST

START_TEST(a_plain_session_connection_stays_on_the_machine_unless_the_file_says_so)
{
    const uint32_t loopback = 0x7f00000b, beyond = 0x0a00000b;
    const struct topo *topo = accepts(KEY);

    ck_assert(topo_link_allowed(topo, beyond, beyond + 1));
    topo = accepts(KEY "\"srp-session\": \"plain\",");
    ck_assert(topo_link_allowed(topo, loopback, loopback + 1));
    ck_assert(!topo_link_allowed(topo, loopback, beyond));
    ck_assert(!topo_link_allowed(topo, beyond, loopback));
    topo = accepts(KEY "\"srp-session\": \"plain-anywhere\",");
    ck_assert(topo->srp_plain);
    ck_assert(topo_link_allowed(topo, beyond, beyond + 1));
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
    TCase *text = tcase_create("text");

    tcase_add_test(text, files_are_kept_where_the_topology_says_relative_to_it);
    tcase_add_test(text, two_instances_do_not_share_their_files);
    tcase_add_test(text, shipped_topology_is_understood);
    tcase_add_test(text,
                   shipped_topology_with_monitors_is_understood_and_nothing_in_it_is_suspicious);
    tcase_add_test(text, shipped_topology_of_a_million_has_room_for_a_million_calls);
    tcase_add_test(text, session_managers_are_numbered_in_the_order_of_the_slots);
    tcase_add_test(text, left_out_keys_take_their_defaults);
    tcase_add_test(text, fault_hooks_are_off_unless_the_file_says_true);
    tcase_add_test(text, election_says_which_priority_wins);
    tcase_add_test(text, the_session_connection_is_plain_only_when_asked_for);
    tcase_add_test(text, a_plain_session_connection_stays_on_the_machine_unless_the_file_says_so);
    tcase_add_test(text, aaa_responders_have_their_defaults);
    suite_add_tcase(suite, text);
    return unit_main(suite);
}
