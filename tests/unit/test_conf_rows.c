/* What is kept and compared, what is told of it, and what is taken back. */
#include "unit_conf_print.h"

/* ---- what is kept ---- */

START_TEST(what_once_left_no_trace_is_shown)
{
    shows("port ethernet 5/11\ndescription \"to the peer\"\nmedium speed 100 duplex half\n"
          "no shutdown",
          "  port ethernet 5/11\n    description \"to the peer\"\n"
          "    medium speed 100 duplex half\n    no shutdown\n  #exit\n");
    shows("port ethernet 5/11\nmedium speed 10 duplex full\nmedium auto\nno shutdown\nshutdown",
          "  port ethernet 5/11\n  #exit\n");
    shows("context a\ndescription x\nsubscriber default\negtp-service e\n"
          "interface-type interface-pgw-ingress\napn i\nselection-mode sent-by-ms subscribed",
          "  context a\n    description x\n    subscriber default\n    #exit\n"
          "    egtp-service e\n      interface-type interface-pgw-ingress\n    #exit\n"
          "    apn i\n      selection-mode subscribed sent-by-ms\n    #exit\n  #exit\n");
    shows("require session recovery\nbulkstats mode\nno gather-on-standby",
          "  require session recovery\n  bulkstats mode\n    no gather-on-standby\n  #exit\n");
    shows("context a\nservice-redundancy-protocol\nbind address 2001:DB8:0::1\n"
          "peer-ip-address 2001:db8::2\nhandle-interim-resource-msg",
          "  context a\n    service-redundancy-protocol\n      bind address 2001:db8::1\n"
          "      peer-ip-address 2001:db8::2\n      handle-interim-resource-msg\n    #exit\n"
          "  #exit\n");
    shows("context a\ninterface i loopback\nip-address 10.0.0.1/8 srp-activate\n"
          "ipv6 address 2001:DB8::1/64",
          "  context a\n    interface i loopback\n"
          "      ip address 10.0.0.1 255.0.0.0 srp-activate\n"
          "      ipv6 address 2001:db8::1/64\n    #exit\n  #exit\n");
}
END_TEST

START_TEST(each_fault_is_told_with_what_to_do)
{
    static const struct {
        const char *lines, *fault;
    } faults[] = {
        {"context a\nservice-redundancy-protocol\n", "has no bind address"},
        {"context a\nservice-redundancy-protocol\n", "has no peer-ip-address"},
        {"context a\nservice-redundancy-protocol\nhello-interval 20\n",
         "dead-interval 30 is less than three times hello-interval 20"},
        {"context a\nservice-redundancy-protocol\nswitchover allow-early-active-transition\n",
         "allow-early-active-transition has no effect without"},
        {"context a\nservice-redundancy-protocol\nbind address ::1\npeer-ip-address ::2\n",
         "stays Not Connected"},
        {"context a\nservice-redundancy-protocol\nbind address ::1\npeer-ip-address 10.0.0.1\n",
         "of different families"},
        {"context a\nservice-redundancy-protocol\nbind address ::1\npeer-ip-address ::1\n",
         "are both ::1"},
        {"context a\nggsn-service g\nbind address 10.0.0.1\n", "which no interface of context"},
        {"context a\napn i\n", "has no pool to take addresses from"},
        {"context a\nradius attribute nas-ip-address address 10.0.0.1\n",
         "nas-ip-address 10.0.0.1 is that of no interface"},
        {"context a\nha-service h\n", "no home agent here"},
        {"context a\nbusyout ip pool name p\n", "which context \"a\" does not have"},
        {"context a\nbusyout ipv6 pool all\n", "no IPv6 pools here"},
        {"context a\ninterface i\nipv6 address 2001:db8::1/64\n", "nothing answers there"},
        {"require session recovery\n", "not recovered inside of its chassis"},
        {"bulkstats mode\nno gather-on-standby\n", "no bulk statistics"},
        {"context a\nradius server 10.0.0.1 encrypted key 01abd002c82b4a2c\n",
         "encrypted key of radius server 10.0.0.1 cannot be read by this lab; enter it anew with "
         "\"key\""},
    };

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char whole[1024];
        size_t n;

        (void)snprintf(whole, sizeof whole, "config\n%send\n", faults[i].lines);
        reads(whole);
        conf_seal(&conf, key);
        n = conf_faults(&conf, err, sizeof err);
        ck_assert_msg(n > 0 && strstr(err, faults[i].fault) != NULL, "%s: %s", faults[i].fault,
                      err);
        ck_assert_ptr_null(strstr(err, ":0:")); /* a running configuration has no lines */
    }
    reads("config\nend\n");
    ck_assert_uint_eq(conf_faults(&conf, err, sizeof err), 0);
    ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(what_cannot_be_is_refused_and_the_fix_named)
{
    does_not_read("config\nrequire demux management-card\n",
                  "test.cfg:2: Failure: Demux on the management card is for hardware platforms; "
                  "this one has a demux card of its own (\"show card table\")");
    does_not_read(
        "config\ndo show srp info\n",
        "test.cfg:2: Failure: \"do\" runs an Exec command at a console; enter the command "
        "without \"do\" in Exec mode");
    does_not_read("config\nno context local\n",
                  "test.cfg:2: Failure: Context \"local\" cannot be removed; remove what stands in "
                  "it");
    does_not_read("config\ncontext a\nbusyout ip pool all address-range 10.0.0.2 10.0.0.1\n",
                  "test.cfg:3: Failure: The range ends before it begins; enter the lower address "
                  "first");
    does_not_read("config\ncontext a\nbusyout ip pool all address-range ::1 10.0.0.1\n",
                  "test.cfg:3: Failure: The range of an ip pool is from one IPv4 address to "
                  "another");
    does_not_read("config\ncontext a\nbusyout ipv6 pool all address-range 2001:db8::10 "
                  "2001:db8::f\n",
                  "test.cfg:3: Failure: The range ends before it begins; enter the lower address "
                  "first");
    does_not_read("config\ncontext a\nbusyout ip pool all lower-percentage 50\n"
                  "no busyout ip pool all lower-percentage 7\n",
                  "test.cfg:4: Failure: There is no such busyout in this context, but one of 50 "
                  "percent; enter that number to remove it");
    does_not_read(
        "config\ncontext a\nservice-redundancy-protocol variable\n",
        "test.cfg:3: Failure: Unknown command - \"variable\", unrecognized keyword; the command "
        "ends before it");
}
END_TEST

/* ---- one form of equal addresses ---- */

START_TEST(an_ipv6_length_is_shown_as_the_number_that_was_read)
{
    char length[300];

    shows("context a\ninterface i loopback\nipv6 address 2001:DB8::2/064",
          "  context a\n    interface i loopback\n      ipv6 address 2001:db8::2/64\n    #exit\n"
          "  #exit\n");
    (void)snprintf(length, sizeof length, "context a\ninterface i loopback\nipv6 address ::1/%060d",
                   64);
    shows(length, "  context a\n    interface i loopback\n      ipv6 address ::1/64\n    #exit\n"
                  "  #exit\n");
}
END_TEST

/* ---- where a console is ---- */

/* Is the mode of that name found in context a of what the lines make? */
static bool
finds(const char *lines, uint32_t mode, const char *name)
{
    static struct conf_build build;

    reads(lines);
    memset(&build, 0, sizeof build);
    build.conf = conf;
    build.context = conf_find_context(&conf, "a");
    return conf_place_find(&build, mode, name);
}

START_TEST(a_console_does_not_go_on_in_another_object_of_the_same_name)
{
    static const char plain[] = "config\ncontext a\ninterface i\n",
                      loopback[] = "config\ncontext a\ninterface i loopback\n",
                      bgp[] = "config\ncontext a\nrouter bgp 7\n",
                      apn[] = "config\ncontext b\napn n\ncontext a\n";
    static struct conf_build build;
    char name[CONF_NAME];

    ck_assert(finds(plain, CONF_MODE_INTERFACE, "i"));
    ck_assert(!finds(plain, CONF_MODE_LOOPBACK, "i"));
    ck_assert(finds(loopback, CONF_MODE_LOOPBACK, "i"));
    ck_assert(!finds(loopback, CONF_MODE_INTERFACE, "i"));
    ck_assert(finds(bgp, CONF_MODE_BGP, "7"));
    ck_assert(!finds(bgp, CONF_MODE_BGP, "8"));
    build.conf = conf;
    conf_place_name(&build, CONF_MODE_BGP, name);
    ck_assert_str_eq(name, "7");
    ck_assert(!finds(apn, CONF_MODE_APN, "n"));
    ck_assert(finds("config\ncontext a\napn n\n", CONF_MODE_APN, "n"));
}
END_TEST

/* ---- busyout ---- */

START_TEST(a_pool_is_busied_out_by_its_name_or_with_all)
{
    static const char pools[] = "config\ncontext a\nip pool p 10.0.0.0 255.255.0.0 public\n"
                                "ip pool q 10.1.0.0 255.255.0.0 static\ncontext b\n"
                                "ip pool p 10.0.0.0 255.255.0.0 public\ncontext a\n";
    static const struct {
        const char *lines;
        bool busy[3];
    } cases[] = {
        {"", {false, false, false}},
        {"busyout ip pool name q\n", {false, true, false}},
        {"busyout ip pool all\n", {true, true, false}},
        {"busyout ip pool all\nno busyout ip pool all\n", {false, false, false}},
        {"busyout ip pool all\nbusyout ip pool name p\nno busyout ip pool all\n",
         {true, false, false}},
        {"busyout ip pool name p upper-percentage 50\n", {false, false, false}},
        {"busyout ipv6 pool all\n", {false, false, false}},
        {"busyout ip pool name q\nip pool q 10.1.0.0 255.255.0.0 public 3\n", {false, true, false}},
        {"busyout ip pool name r\nip pool r 10.2.0.0 255.255.0.0 public\nno ip pool p\n",
         {false, true, false}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char whole[1024];

        (void)snprintf(whole, sizeof whole, "%s%s", pools, cases[i].lines);
        reads(whole);
        ck_assert_uint_eq(conf.pool_n, 3);
        for (int k = 0; k < 3; k++)
            ck_assert_msg(conf.pools[k].busyout == cases[i].busy[k], "%s: pool %d", cases[i].lines,
                          k);
    }
}
END_TEST

START_TEST(the_order_of_busyouts_is_kept_and_compared)
{
    static char ours[CONF_SHARED], theirs[CONF_SHARED];
    static struct conf_difference difference;
    size_t ours_n, theirs_n;

    reads("config\ncontext a\nbusyout ip pool name q\nbusyout ip pool name p\n");
    ours_n = conf_shared(&conf, ours, sizeof ours);
    ck_assert_ptr_nonnull(strstr(printed(), "pool name q\n    busyout ip pool name p\n"));
    reads("config\ncontext a\nbusyout ip pool name p\nbusyout ip pool name q\n");
    theirs_n = conf_shared(&conf, theirs, sizeof theirs);
    ck_assert_uint_eq(conf_compare(ours, ours_n, theirs, theirs_n, &difference, 1), 1);
    ck_assert_str_eq(difference.key, "busyout in context a");
    ck_assert_str_eq(difference.fix,
                     "enter the busyout commands of context a in the same order on both: remove "
                     "those that stand too early or differ, and enter them again");
}
END_TEST

START_TEST(bgp_is_compared_on_request_and_without_its_order)
{
    static char ours[CONF_SHARED], theirs[CONF_SHARED];
    static struct conf_difference difference;
    size_t ours_n, theirs_n;

    reads("config\ncontext a\nservice-redundancy-protocol\nmonitor bgp vrf-srp-validate\n"
          "router bgp 7\nnetwork 10.0.0.0/8\nneighbor 10.0.0.1 remote-as 1\n"
          "neighbor 10.0.0.2 remote-as 2\nnetwork 0.0.0.0/0\n");
    ours_n = conf_shared(&conf, ours, sizeof ours);
    reads("config\ncontext a\nservice-redundancy-protocol\nmonitor bgp vrf-srp-validate\n"
          "router bgp 7\nneighbor 10.0.0.2 remote-as 2\nneighbor 10.0.0.1 remote-as 1\n"
          "network 0.0.0.0/0\nnetwork 10.0.0.0/8\n");
    theirs_n = conf_shared(&conf, theirs, sizeof theirs);
    ck_assert_str_eq(ours, theirs);
    reads("config\ncontext a\nservice-redundancy-protocol\nmonitor bgp vrf-srp-validate\n"
          "router bgp 8\n");
    theirs_n = conf_shared(&conf, theirs, sizeof theirs);
    ck_assert_uint_eq(conf_compare(ours, ours_n, theirs, theirs_n, &difference, 1), 1);
    ck_assert_str_eq(difference.key, "router bgp in context a");
    reads("config\ncontext a\nservice-redundancy-protocol\nrouter bgp 8\n");
    ck_assert_ptr_null(strstr((conf_shared(&conf, ours, sizeof ours), ours), "router bgp"));
}
END_TEST

START_TEST(objects_have_the_places_that_the_printed_text_gives_them)
{
    static struct conf entered;

    reads("config\ncontext a\nservice-redundancy-protocol\nmonitor bfd context a 10.0.0.1 "
          "chassis-to-router\nmonitor bgp context a 10.0.0.1\n"
          "monitor authentication-probe context a 10.0.0.1\ncontext b\n"
          "ip pool p 10.0.0.0 255.255.0.0 public\npgw-service p\nggsn-service g\ncontext a\n"
          "ip pool p 10.0.0.0 255.255.0.0 public\n");
    entered = conf;
    ck_assert_uint_eq(conf.srp.monitors[0].kind, CONF_MONITOR_AAA);
    ck_assert_uint_eq(conf.srp.monitors[2].kind, CONF_MONITOR_BFD);
    ck_assert_uint_eq(conf.pools[0].context, 1);
    reads(printed());
    ck_assert_mem_eq(&conf, &entered, sizeof conf);
}
END_TEST

/* ---- what is taken back ---- */

START_TEST(no_takes_back_what_was_entered)
{
    static const char *const lines[][2] = {
        {"context a\ninterface i\nexit\nno interface i\nexit\n", "context a\n"},
        {"context a\nip pool p 10.0.0.0 255.0.0.0 public\nno ip pool p\n", "context a\n"},
        {"context a\nggsn-service g\nexit\nno ggsn-service g\n", "context a\n"},
        {"context a\nggsn-service g\nassociate gtpu-service u\nno associate gtpu-service\n",
         "context a\nggsn-service g\n"},
        {"context a\nha-service h\nexit\nno ha-service h\n", "context a\n"},
        {"context a\nha-service h\nmn-ha-spi spi-number 256 secret x\n"
         "no mn-ha-spi spi-number 256\n",
         "context a\nha-service h\n"},
        {"context a\napn I\nexit\nno apn i\n", "context a\n"},
        {"context a\nrouter bgp 7\nexit\nno router bgp 7\n", "context a\n"},
        {"context a\nrouter bgp 7\nneighbor 10.0.0.1 remote-as 1\nno neighbor 10.0.0.1\n"
         "network 10.0.0.0/8\nno network 10.0.0.0/8\nrouter-id 1.1.1.1\nno router-id\n",
         "context a\nrouter bgp 7\n"},
        {"context a\nradius accounting server 10.0.0.1\nno radius accounting server 10.0.0.1\n"
         "radius attribute nas-ip-address address 10.0.0.1\nno radius attribute nas-ip-address\n",
         "context a\n"},
        {"context a\ndescription x\nno description\nsubscriber default\nno subscriber default\n",
         "context a\n"},
        {"context a\nservice-redundancy-protocol\npriority 7\nbind address 10.0.0.1\nexit\n"
         "no service-redundancy-protocol\n",
         "context a\n"},
        {"require graceful-cleanup-during-audit-failure del-cause non-ims-apn none\n"
         "no require graceful-cleanup-during-audit-failure\n",
         ""},
        {"port ethernet 1/1\nno shutdown\nexit\ncontext a\ninterface i\nport ethernet 1/1\n"
         "bind interface i a\nno bind interface i a\nshutdown\nexit\nno context a\n",
         "port ethernet 1/1\n"},
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        static struct conf with;
        char whole[1024];

        (void)snprintf(whole, sizeof whole, "config\n%s", lines[i][0]);
        reads(whole);
        with = conf;
        (void)snprintf(whole, sizeof whole, "config\n%s", lines[i][1]);
        reads(whole);
        ck_assert_msg(memcmp(&with, &conf, sizeof conf) == 0, "%s", lines[i][0]);
    }
}
END_TEST

START_TEST(a_context_goes_with_all_that_stands_in_it)
{
#define IN_CONTEXT                                                                                 \
    "description d\ninterface i\nip address 10.0.0.1 255.0.0.0\nip pool p 10.0.0.0 255.0.0.0 "     \
    "public\nbusyout ip pool all\nggsn-service g\nha-service h\napn "
#define BEHIND_APN                                                                                 \
    "\nrouter bgp 7\nradius server 10.0.0.1\nradius timeout 7\nradius accounting server "          \
    "10.0.0.1\nradius attribute nas-ip-address address 10.0.0.1\ndiameter endpoint e\n"
    static struct conf without;

    reads("config\ncontext a\n" IN_CONTEXT "a1" BEHIND_APN "context c\n" IN_CONTEXT "c1" BEHIND_APN
          "service-redundancy-protocol\npriority 7\nport ethernet 1/1\nport ethernet 1/2\n"
          "bind interface i c\n");
    without = conf;
    reads("config\ncontext a\n" IN_CONTEXT "a1" BEHIND_APN "context b\n" IN_CONTEXT "b1" BEHIND_APN
          "context c\n" IN_CONTEXT "c1" BEHIND_APN
          "service-redundancy-protocol\npriority 7\nport ethernet 1/1\nbind interface i b\n"
          "port ethernet 1/2\nbind interface i c\nno context b\n");
    ck_assert_mem_eq(&conf, &without, sizeof conf);
}
END_TEST

/* ---- parts of it ---- */

START_TEST(srp_shows_what_both_chassis_share_and_no_more)
{
    reads("config\nsystem hostname h\ncontext a\ninterface i loopback\n"
          "ip address 10.0.0.1 255.255.255.255 srp-activate\ninterface j\n"
          "ip address 10.0.0.2 255.0.0.0\nip pool p 10.1.0.0 255.255.0.0 public srp-activate\n"
          "ip pool q 10.2.0.0 255.255.0.0 public\nggsn-service g\nbind address 10.0.0.1\n"
          "ggsn-service h\nbind address 10.0.0.2\napn i\nrouter bgp 7\ncontext b\ncontext c\n"
          "service-redundancy-protocol\nbind address 10.0.0.9\nport ethernet 1/1\n");
    ck_assert_str_eq(
        printed_by(conf_print_srp),
        "config\n  context a\n    interface i loopback\n"
        "      ip address 10.0.0.1 255.255.255.255 srp-activate\n    #exit\n"
        "    ip pool p 10.1.0.0 255.255.0.0 public 0 srp-activate\n    ggsn-service g\n"
        "      bind ipv4-address 10.0.0.1\n    #exit\n  #exit\n  context c\n"
        "    service-redundancy-protocol\n      bind address 10.0.0.9\n    #exit\n  #exit\nend\n");
    reads(text); /* a configuration, too */
    reads("config\ncontext a\nrouter bgp 7\ncontext c\nservice-redundancy-protocol\n"
          "monitor bgp vrf-srp-validate\n");
    ck_assert_ptr_nonnull(strstr(printed_by(conf_print_srp), "    router bgp 7\n    #exit\n"));
    ck_assert_ptr_nonnull(strstr(text, "      monitor bgp vrf-srp-validate\n"));
}
END_TEST

START_TEST(one_context_is_shown_alone)
{
    FILE *out = fmemopen(text, sizeof text, "w");

    reads("config\nsystem hostname h\ncontext a\ninterface i\ncontext b\ninterface j\n");
    ck_assert_int_eq(conf_print_context(&conf, "b", out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, "config\n  context b\n    interface j\n    #exit\n  #exit\nend\n");
    ck_assert_int_eq(conf_print_context(&conf, "c", stdout), DI_ENOTFOUND);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_rows");
    TCase *tcase = tcase_create("conf_rows");

    tcase_add_test(tcase, what_once_left_no_trace_is_shown);
    tcase_add_test(tcase, each_fault_is_told_with_what_to_do);
    tcase_add_test(tcase, what_cannot_be_is_refused_and_the_fix_named);
    tcase_add_test(tcase, a_pool_is_busied_out_by_its_name_or_with_all);
    tcase_add_test(tcase, an_ipv6_length_is_shown_as_the_number_that_was_read);
    tcase_add_test(tcase, a_console_does_not_go_on_in_another_object_of_the_same_name);
    tcase_add_test(tcase, the_order_of_busyouts_is_kept_and_compared);
    tcase_add_test(tcase, bgp_is_compared_on_request_and_without_its_order);
    tcase_add_test(tcase, objects_have_the_places_that_the_printed_text_gives_them);
    tcase_add_test(tcase, no_takes_back_what_was_entered);
    tcase_add_test(tcase, a_context_goes_with_all_that_stands_in_it);
    tcase_add_test(tcase, srp_shows_what_both_chassis_share_and_no_more);
    tcase_add_test(tcase, one_context_is_shown_alone);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
