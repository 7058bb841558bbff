/* The block service-redundancy-protocol beyond its intervals, and the servers that its monitors
 * and notifications speak to: every form, its range, how it is taken back. */
#include <stddef.h>

#include "unit_conf.h"

static struct conf_srp
block(const char *lines)
{
    accepts(srp(lines));
    return conf.srp;
}

/* The block is as if none of its lines had been entered. */
static void
is_default(const char *lines)
{
    struct conf_srp defaults = block("");

    accepts(srp(lines));
    ck_assert_msg(memcmp(&conf.srp, &defaults, sizeof defaults) == 0, "%s", lines);
}

/* That one line is refused with that reason. */
static void
line_fails(const char *line, const char *reason)
{
    char expected[512];

    (void)snprintf(expected, sizeof expected, "test.cfg:8: Failure: %s", reason);
    refuses(srp(line), expected);
}

static void
warns(const char *lines, const char *warning)
{
    accepts(srp(lines));
    ck_assert_uint_eq(conf_warnings(&conf, err, sizeof err), *warning ? 1 : 0);
    ck_assert_str_eq(err, warning);
}

START_TEST(defaults_are_those_of_the_emulated_system)
{
    struct conf_srp s = block("");
    const struct conf_guard *guards[] = {&s.aaa_after_switch, &s.diam_after_switch,
                                         &s.aaa_after_failure, &s.bgp_after_failure,
                                         &s.diam_after_failure};

    for (size_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(guards[i]->guard_s, 60);
        ck_assert_uint_eq(guards[i]->damping_s, 60);
    }
    ck_assert_uint_eq(s.retry_interval_s, 60);
    ck_assert_uint_eq(s.retries, 3);
    ck_assert_uint_eq(s.hold_off_s, 30);
    ck_assert_uint_eq(s.reset_bfd_ms, 0);
    ck_assert(!s.advertise_in_standby && !s.bgp_exclusive && !s.bfd_ignore_dead);
    ck_assert(!s.allow_all_data && !s.allow_volte_data && !s.maintain_accounting);
    ck_assert(!s.allow_early_active && !s.control_optimization);
    ck_assert_uint_eq(s.monitor_n, 0);
}
END_TEST

START_TEST(numbers_are_kept_to_their_ranges)
{
    static const struct {
        const char *command;
        size_t offset;
        uint32_t low, high, otherwise;
    } ranges[] = {
#define FIELD(name) offsetof(struct conf_srp, name)
        {"internal-switchover-retry-interval", FIELD(retry_interval_s), 5, 300, 60},
        {"num-internal-switchover-retry", FIELD(retries), 0, 10, 3},
        {"guard-timer aaa-switchover-timers guard-period", FIELD(aaa_after_switch.guard_s), 0, 300,
         60},
        {"guard-timer aaa-switchover-timers damping-period", FIELD(aaa_after_switch.damping_s), 0,
         300, 60},
        {"guard-timer diameter-switchover-timers guard-period", FIELD(diam_after_switch.guard_s), 0,
         300, 60},
        {"guard-timer diameter-switchover-timers damping-period",
         FIELD(diam_after_switch.damping_s), 0, 300, 60},
        {"guard-timer srp-redundancy-timers aaa guard-period", FIELD(aaa_after_failure.guard_s), 0,
         300, 60},
        {"guard-timer srp-redundancy-timers aaa damping-period", FIELD(aaa_after_failure.damping_s),
         0, 300, 60},
        {"guard-timer srp-redundancy-timers bgp guard-period", FIELD(bgp_after_failure.guard_s), 0,
         300, 60},
        {"guard-timer srp-redundancy-timers bgp damping-period", FIELD(bgp_after_failure.damping_s),
         0, 300, 60},
        {"guard-timer srp-redundancy-timers diam guard-period", FIELD(diam_after_failure.guard_s),
         0, 300, 60},
        {"guard-timer srp-redundancy-timers diam damping-period",
         FIELD(diam_after_failure.damping_s), 0, 300, 60},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const uint32_t values[] = {ranges[i].low, ranges[i].high};
        char line[256], reason[256];

        for (size_t k = 0; k < 2; k++) {
            struct conf_srp expected = block("");

            (void)snprintf(line, sizeof line, "%s %u", ranges[i].command, values[k]);
            memcpy((char *)&expected + ranges[i].offset, &values[k], sizeof values[k]);
            accepts(srp(line)); /* and nothing else changes */
            ck_assert_msg(memcmp(&conf.srp, &expected, sizeof expected) == 0, "%s", line);
        }
        (void)snprintf(line, sizeof line, "%s %u", ranges[i].command, ranges[i].high + 1);
        (void)snprintf(reason, sizeof reason,
                       "Invalid value - \"%u\", <n> must be a number from %u to %u",
                       ranges[i].high + 1, ranges[i].low, ranges[i].high);
        line_fails(line, reason);
        (void)snprintf(line, sizeof line, "%s %u\ndefault %s", ranges[i].command, ranges[i].high,
                       ranges[i].command);
        is_default(line);
    }
    line_fails("internal-switchover-retry-interval 4",
               "Invalid value - \"4\", <n> must be a number from 5 to 300");
}
END_TEST

START_TEST(each_code_point_has_its_name_and_each_connection_its_code_point)
{
    static const struct {
        const char *name;
        uint8_t code;
    } all[] = {
        {"be", 0},    {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},
        {"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},
        {"af22", 20}, {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34},
        {"af42", 36}, {"af43", 38}, {"ef", 46},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char line[128];
        struct conf_srp s;

        (void)snprintf(line, sizeof line, "dscp-marking control %s", all[i].name);
        s = block(line);
        ck_assert_uint_eq(s.dscp_control, all[i].code);
        ck_assert_uint_eq(s.dscp_session, 0);
        ck_assert_str_eq(conf_dscp_name(all[i].code), all[i].name);
        (void)snprintf(line, sizeof line, "dscp-marking session %s", all[i].name);
        s = block(line);
        ck_assert_uint_eq(s.dscp_control, 0);
        ck_assert_uint_eq(s.dscp_session, all[i].code);
    }
    is_default("dscp-marking control ef\ndscp-marking session ef\n"
               "default dscp-marking session\ndefault dscp-marking control");
    ck_assert_str_eq(conf_dscp_name(1), "unknown");
}
END_TEST

START_TEST(a_monitor_is_kept_with_all_it_says)
{
    struct conf_srp s =
        block("monitor authentication-probe context s 10.0.0.1\n"
              "monitor authentication-probe context s 10.0.0.1 port 1645 group 10\n"
              "monitor bgp context d 10.0.0.1 group 1\nmonitor diameter context s endpoint e\n"
              "monitor diameter context s endpoint e peer p group 2\n"
              "monitor bfd context d 10.0.0.1 chassis-to-router\n"
              "monitor bfd context d 10.0.0.2 chassis-to-chassis\n");

    ck_assert_uint_eq(s.monitor_n, 7);
    ck_assert_int_eq(s.monitors[0].kind, CONF_MONITOR_AAA);
    ck_assert_uint_eq(s.monitors[0].addr, 0x0a000001);
    ck_assert_uint_eq(s.monitors[0].port, 1812);
    ck_assert_uint_eq(s.monitors[0].group, 0);
    ck_assert_uint_eq(s.monitors[1].port, 1645);
    ck_assert_uint_eq(s.monitors[1].group, 10);
    ck_assert_int_eq(s.monitors[2].kind, CONF_MONITOR_BGP);
    ck_assert_uint_eq(s.monitors[2].port, 0);
    ck_assert_str_eq(s.monitors[2].context, "d");
    ck_assert_int_eq(s.monitors[3].kind, CONF_MONITOR_DIAMETER);
    ck_assert_str_eq(s.monitors[3].endpoint, "e");
    ck_assert_str_eq(s.monitors[3].peer, "");
    ck_assert_str_eq(s.monitors[4].peer, "p");
    ck_assert_uint_eq(s.monitors[4].group, 2);
    ck_assert_int_eq(s.monitors[5].kind, CONF_MONITOR_BFD);
    ck_assert(!s.monitors[5].chassis_to_chassis && s.monitors[6].chassis_to_chassis);
}
END_TEST

START_TEST(monitors_of_what_nobody_sees_are_kept)
{
    struct conf_srp s = block("monitor bgp context d 2001:db8::1 group 1\n"
                              "monitor bgp context d 2001:DB8:0::1 group 2\n"
                              "monitor hsrp interface i1 afi-type ipv4 group 0\n"
                              "monitor hsrp interface i1 afi-type ipv6 group 255\n"
                              "monitor hsrp interface i1 afi-type ipv6 group 254\n"
                              "monitor bgp vrf-srp-validate\n");

    ck_assert_uint_eq(s.monitor_n, 4);
    ck_assert_str_eq(s.monitors[0].addr6, "2001:db8::1"); /* twice the same one */
    ck_assert_uint_eq(s.monitors[0].group, 2);
    ck_assert_uint_eq(s.monitors[0].addr, 0);
    ck_assert_int_eq(s.monitors[1].kind, CONF_MONITOR_HSRP);
    ck_assert_str_eq(s.monitors[1].interface, "i1");
    ck_assert(!s.monitors[1].ipv6 && s.monitors[2].ipv6);
    ck_assert_uint_eq(s.monitors[2].group, 255);
    ck_assert(s.bgp_vrf_validate);
    is_default("monitor bgp vrf-srp-validate\nno monitor bgp vrf-srp-validate");
    is_default("monitor bgp context d 2001:db8::1\nno monitor bgp context d 2001:db8:0::1");
    is_default("monitor hsrp interface i afi-type ipv4 group 1\n"
               "no monitor hsrp interface i afi-type ipv4 group 1");
    line_fails("no monitor hsrp interface i afi-type ipv4 group 2",
               "There is no \"monitor hsrp interface i afi-type ipv4 group 2\"");
    line_fails("monitor hsrp interface i afi-type ipv4 group 256",
               "Invalid value - \"256\", <n> must be a number from 0 to 255");
    line_fails("monitor bgp context d ::", "Nothing can have address ::");
    line_fails("monitor bgp context d 2001:db8::g",
               "Invalid value - \"2001:db8::g\", <ip> must be an IPv4 or IPv6 address");
}
END_TEST

START_TEST(how_servers_are_asked_belongs_to_their_context)
{
    static const struct conf_radius_ways usual = {.retries = 5, .timeout_s = 3};

    accepts("config\ncontext s\nradius max-retries 0\nradius timeout 100\n"
            "radius probe-with status-server\ncontext t\nradius max-retries 100\n"
            "context u\nradius max-retries 1\nno radius max-retries\nradius timeout 1\n"
            "default radius timeout\nradius probe-with status-server\n"
            "default radius probe-with\n");
    ck_assert_uint_eq(conf.radius_ways[1].retries, 0);
    ck_assert_uint_eq(conf.radius_ways[1].timeout_s, 100);
    ck_assert(conf.radius_ways[1].status_server);
    ck_assert_uint_eq(conf.radius_ways[2].retries, 100);
    ck_assert_uint_eq(conf.radius_ways[2].timeout_s, 3);
    ck_assert_mem_eq(&conf.radius_ways[3], &usual, sizeof usual);
    refuses("config\ncontext s\nradius max-retries 101\n",
            "test.cfg:3: Failure: Invalid value - \"101\", <n> must be a number from 0 to 100");
    refuses("config\ncontext s\nradius timeout 0\n",
            "test.cfg:3: Failure: Invalid value - \"0\", <n> must be a number from 1 to 100");
}
END_TEST

START_TEST(a_monitor_entered_again_is_changed)
{
    struct conf_srp s =
        block("monitor bgp context d 10.0.0.1 group 1\nmonitor bgp context d 10.0.0.1 group 2\n"
              "monitor bfd context d 10.0.0.1 chassis-to-router\n"
              "monitor bfd context d 10.0.0.1 chassis-to-chassis\n");

    ck_assert_uint_eq(s.monitor_n, 2);
    ck_assert_uint_eq(s.monitors[0].group, 2);
    ck_assert(s.monitors[1].chassis_to_chassis);
}
END_TEST

START_TEST(no_takes_a_monitor_back)
{
    is_default("monitor authentication-probe context s 10.0.0.1\n"
               "no monitor authentication-probe context s 10.0.0.1 port 1812");
    is_default("monitor authentication-probe context s 10.0.0.1 port 1 group 3\n"
               "no monitor authentication-probe context s 10.0.0.1 port 1 group 3");
    is_default("monitor bgp context d 10.0.0.1\nno monitor bgp context d 10.0.0.1");
    is_default("monitor diameter context s endpoint e peer p\n"
               "no monitor diameter context s endpoint e peer p");
    is_default("monitor bfd context d 10.0.0.1 chassis-to-router\n"
               "no monitor bfd context d 10.0.0.1");
    is_default("monitor bgp context d 10.0.0.1\nmonitor bgp context d 10.0.0.2\n"
               "no monitor bgp context d 10.0.0.1\nno monitor bgp context d 10.0.0.2");
    line_fails("no monitor bfd context d 10.0.0.1 chassis-to-chassis",
               "There is no \"monitor bfd context d 10.0.0.1\"");
    line_fails("no monitor diameter context s endpoint e",
               "There is no \"monitor diameter context s endpoint e\"");
    refuses(
        srp("monitor bgp context d 10.0.0.1 group 1\nno monitor bgp context d 10.0.0.1 group 2"),
        "test.cfg:9: Failure: \"monitor bgp context d 10.0.0.1\" is not in group 2");
    refuses(srp("monitor authentication-probe context s 10.0.0.1 port 1645\n"
                "no monitor authentication-probe context s 10.0.0.1"),
            "test.cfg:9: Failure: There is no "
            "\"monitor authentication-probe context s 10.0.0.1 port 1812\"");
}
END_TEST

START_TEST(a_monitor_needs_an_address_and_a_kind)
{
    line_fails("monitor bgp context d 0.0.0.0", "Nothing can have address 0.0.0.0");
    line_fails("monitor authentication-probe context d 0.0.0.0",
               "Nothing can have address 0.0.0.0");
    line_fails("monitor bfd context d 10.0.0.1",
               "Incomplete command - one of chassis-to-chassis, chassis-to-router is missing");
    line_fails("monitor bgp context d 10.0.0.1 group 11",
               "Invalid value - \"11\", <n> must be a number from 1 to 10");
    line_fails("monitor authentication-probe context d 10.0.0.1 port 0",
               "Invalid value - \"0\", <port> must be a number from 1 to 65535");
}
END_TEST

START_TEST(there_is_room_for_so_many_monitors)
{
    char lines[3000];
    size_t at = 0;

    for (int i = 0; i <= CONF_MONITORS; i++)
        at += (size_t)snprintf(lines + at, sizeof lines - at, "monitor bgp context d 10.0.0.%d\n",
                               i + 1);
    refuses(srp(lines), "test.cfg:40: Failure: No more than 32 monitors can be configured");
}
END_TEST

START_TEST(options_are_switched_on_and_off)
{
    static const struct {
        const char *command;
        size_t offset;
        bool has_default;
    } flags[] = {
        {"monitor bgp exclusive-failover", FIELD(bgp_exclusive), false},
        {"bfd-mon-ignore-dead-interval", FIELD(bfd_ignore_dead), true},
        {"switchover allow-all-data-traffic", FIELD(allow_all_data), false},
        {"switchover allow-volte-data-traffic", FIELD(allow_volte_data), false},
        {"switchover allow-early-active-transition", FIELD(allow_early_active), false},
        {"switchover control-outage-optimization", FIELD(control_optimization), false},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct conf_srp expected = block("");
        char line[256];

        *((char *)&expected + flags[i].offset) = true;
        accepts(srp(flags[i].command));
        ck_assert_msg(memcmp(&conf.srp, &expected, sizeof expected) == 0, "%s", flags[i].command);
        (void)snprintf(line, sizeof line, "%s\nno %s", flags[i].command, flags[i].command);
        is_default(line);
        (void)snprintf(line, sizeof line, "%s\ndefault %s", flags[i].command, flags[i].command);
        if (flags[i].has_default)
            is_default(line);
        else
            ck_assert_uint_eq(parse(srp(line)), 1);
    }
}
END_TEST

START_TEST(volte_data_may_keep_its_accounting)
{
    struct conf_srp s = block("switchover allow-volte-data-traffic maintain-accounting");

    ck_assert(s.allow_volte_data && s.maintain_accounting);
    s = block("switchover allow-volte-data-traffic maintain-accounting\n"
              "switchover allow-volte-data-traffic");
    ck_assert(s.allow_volte_data && !s.maintain_accounting);
    s = block("switchover allow-volte-data-traffic maintain-accounting\n"
              "no switchover allow-volte-data-traffic maintain-accounting");
    ck_assert(s.allow_volte_data && !s.maintain_accounting);
    is_default("switchover allow-volte-data-traffic maintain-accounting\n"
               "no switchover allow-volte-data-traffic");
}
END_TEST

START_TEST(routes_may_be_advertised_in_standby)
{
    struct conf_srp s = block("advertise-routes-in-standby-state");

    ck_assert(s.advertise_in_standby);
    ck_assert_uint_eq(s.hold_off_s, 30);
    s = block("advertise-routes-in-standby-state hold-off-time 300 reset-bfd-nbrs 500");
    ck_assert(s.advertise_in_standby);
    ck_assert_uint_eq(s.hold_off_s, 300);
    ck_assert_uint_eq(s.reset_bfd_ms, 500);
    s = block("advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 500\n"
              "advertise-routes-in-standby-state reset-bfd-nbrs 7");
    ck_assert_uint_eq(s.hold_off_s, 30);
    ck_assert_uint_eq(s.reset_bfd_ms, 7);
    s = block("advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 500\n"
              "default advertise-routes-in-standby-state hold-off-time");
    ck_assert(s.advertise_in_standby);
    ck_assert_uint_eq(s.hold_off_s, 30);
    ck_assert_uint_eq(s.reset_bfd_ms, 500);
    s = block("advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 500\n"
              "no advertise-routes-in-standby-state reset-bfd-nbrs");
    ck_assert(s.advertise_in_standby);
    ck_assert_uint_eq(s.hold_off_s, 5);
    ck_assert_uint_eq(s.reset_bfd_ms, 0);
    is_default("advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 500\n"
               "no advertise-routes-in-standby-state");
    line_fails("advertise-routes-in-standby-state hold-off-time 301",
               "Invalid value - \"301\", <sec> must be a number from 1 to 300");
    line_fails("advertise-routes-in-standby-state hold-off-time 0",
               "Invalid value - \"0\", <sec> must be a number from 1 to 300");
}
END_TEST

/* ---- servers ---- */

START_TEST(radius_servers_have_address_port_and_key)
{
    accepts("config\ncontext s\nradius server 10.0.0.1\nradius server 10.0.0.1 port 1645\n"
            "radius server 10.0.0.2 key \"a b\" port 1\n"
            "radius server 10.0.0.3 encrypted key 01abD002c82b4a2C port 1812\n");
    ck_assert_uint_eq(conf.radius_n, 4);
    ck_assert_uint_eq(conf.radius[0].context, 1);
    ck_assert_uint_eq(conf.radius[0].addr, 0x0a000001);
    ck_assert_uint_eq(conf.radius[0].port, 1812);
    ck_assert_str_eq(conf.radius[0].key.text, "");
    ck_assert_uint_eq(conf.radius[1].port, 1645);
    ck_assert_str_eq(conf.radius[2].key.text, "a b");
    ck_assert_uint_eq(conf.radius[2].port, 1);
    ck_assert_str_eq(conf.radius[3].key.text, "01abd002c82b4a2c");
    ck_assert_uint_eq(conf.radius[3].key.state, CONF_SECRET_ENCRYPTED);
    accepts("config\ncontext s\nradius server 10.0.0.1 key x\nradius server 10.0.0.1 key y\n"
            "context t\nradius server 10.0.0.1\n");
    ck_assert_uint_eq(conf.radius_n, 2);
    ck_assert_str_eq(conf.radius[0].key.text, "y");
    accepts("config\ncontext s\nradius server 10.0.0.1 key x\nradius server 10.0.0.2 port 9\n"
            "no radius server 10.0.0.1\nno radius server 10.0.0.2 port 9\n");
    ck_assert_uint_eq(conf.radius_n, 0);
    ck_assert_str_eq(conf.radius[0].key.text, "");
}
END_TEST

START_TEST(bad_radius_servers_are_refused_and_keys_not_repeated)
{
    static const char *const bad[] = {"01ab0", "01ag", "0x01", "xyzzy-plugh"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];

        (void)snprintf(text, sizeof text,
                       "config\ncontext s\nradius server 10.0.0.1 encrypted key %s\n", bad[i]);
        refuses(text, "test.cfg:3: Failure: Invalid value - <hex> must be octets, two hexadecimal "
                      "digits each");
    }
    refuses("config\ncontext s\nradius server 10.0.0.1 key "
            "xyzzy-plugh-xyzzy-plugh-xyzzy-plugh-xyzzy-plugh-xyzzy-plugh-xyzzy-plugh-xyzzy-plugh\n",
            "test.cfg:3: Failure: Invalid value - <key> must be 1 to 79 characters, in quotes if "
            "there are blanks");
    refuses("config\ncontext s\nradius server 0.0.0.0\nno radius server 10.0.0.1\n",
            "test.cfg:3: Failure: Nothing can have address 0.0.0.0\n"
            "test.cfg:4: Failure: No radius server 10.0.0.1 port 1812 in this context");
}
END_TEST

START_TEST(diameter_endpoints_have_an_origin_and_peers)
{
    accepts("config\n  context s\n    diameter endpoint e\n      origin realm r.example\n"
            "      origin host h.r.example address 10.0.0.9\n"
            "      peer p1.example realm q.example address 10.0.0.1 port 3869\n"
            "      peer p2.example address 10.0.0.2\n      watchdog-timeout 6\n    #exit\n"
            "    diameter endpoint f\n    exit\n  #exit\nend\n");
    ck_assert_uint_eq(conf.diameter_n, 2);
    ck_assert_str_eq(conf.diameter[0].endpoint, "e");
    ck_assert_str_eq(conf.diameter[0].realm, "r.example");
    ck_assert_str_eq(conf.diameter[0].host, "h.r.example");
    ck_assert_uint_eq(conf.diameter[0].addr, 0x0a000009);
    ck_assert_uint_eq(conf.diameter[0].watchdog_s, 6);
    ck_assert_uint_eq(conf.diameter[0].peer_n, 2);
    ck_assert_str_eq(conf.diameter[0].peers[0].realm, "q.example");
    ck_assert_uint_eq(conf.diameter[0].peers[0].port, 3869);
    ck_assert_str_eq(conf.diameter[0].peers[1].name, "p2.example");
    ck_assert_uint_eq(conf.diameter[0].peers[1].port, 3868);
    ck_assert_uint_eq(conf.diameter[1].watchdog_s, 30);
}
END_TEST

START_TEST(diameter_lines_are_taken_back)
{
    struct conf empty;

    accepts("config\ncontext s\ndiameter endpoint e\n");
    empty = conf;
    accepts("config\ncontext s\ndiameter endpoint e\norigin realm r\norigin host h address "
            "10.0.0.9\nwatchdog-timeout 1\npeer p address 10.0.0.1\npeer q address 10.0.0.2\n"
            "no peer p\nno peer q\nno origin realm\nno origin host\nno watchdog-timeout\n");
    ck_assert_mem_eq(&conf, &empty, sizeof conf);
    accepts("config\ncontext s\ndiameter endpoint d\nno diameter endpoint d\n"
            "diameter endpoint e\nwatchdog-timeout 1\ndefault watchdog-timeout\n");
    ck_assert_mem_eq(&conf, &empty, sizeof conf);
    refuses("config\ncontext s\nno diameter endpoint e\ndiameter endpoint e\nno peer p\n"
            "peer p address 0.0.0.0\nwatchdog-timeout 31\n",
            "test.cfg:3: Failure: No diameter endpoint \"e\" in this context\n"
            "test.cfg:5: Failure: No peer \"p\" of diameter endpoint \"e\"\n"
            "test.cfg:6: Failure: Nothing can have address 0.0.0.0\n"
            "test.cfg:7: Failure: Invalid value - \"31\", <n> must be a number from 1 to 30");
}
END_TEST

START_TEST(snmp_targets_get_traps)
{
    accepts("config\nsnmp target nms 10.0.0.1\n"
            "snmp target two 10.0.0.2 port 1162 security-name secret version 2c traps\n"
            "snmp target nms 10.0.0.3\nno snmp target two\n");
    ck_assert_uint_eq(conf.snmp_n, 1);
    ck_assert_str_eq(conf.snmp[0].name, "nms");
    ck_assert_uint_eq(conf.snmp[0].addr, 0x0a000003);
    ck_assert_uint_eq(conf.snmp[0].port, 162);
    ck_assert_uint_eq(conf.snmp[0].community.state, CONF_SECRET_NONE);
    accepts("config\nsnmp target two 10.0.0.2 port 1162 security-name secret version 2c traps\n");
    ck_assert_uint_eq(conf.snmp[0].port, 1162);
    ck_assert_str_eq(conf.snmp[0].community.text, "secret");
    refuses("config\nno snmp target nms\nsnmp target nms 0.0.0.0\nsnmp target a 10.0.0.1 version "
            "3\n",
            "test.cfg:2: Failure: No snmp target \"nms\"\n"
            "test.cfg:3: Failure: Nothing can have address 0.0.0.0\n"
            "test.cfg:4: Failure: Unknown command - \"3\", unrecognized keyword; here stands 2c");
}
END_TEST

START_TEST(full_tables_of_servers_are_refused)
{
    static char text[8192];
    size_t at = (size_t)snprintf(text, sizeof text, "config\ncontext s\n");

    for (int i = 1; i <= CONF_RADIUS + 1; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "radius server 10.0.0.%d\n", i);
    for (int i = 1; i <= CONF_DIAMETER; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "diameter endpoint e%d\n", i);
    for (int i = 1; i <= CONF_DIAMETER_PEERS + 1; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "peer p%d address 10.0.0.1\n", i);
    at += (size_t)snprintf(text + at, sizeof text - at, "diameter endpoint f\n");
    for (int i = 1; i <= CONF_SNMP_TARGETS + 1; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "snmp target t%d 10.0.0.1\n", i);
    refuses(text, "test.cfg:19: Failure: No more than 16 radius servers can be configured\n"
                  "test.cfg:36: Failure: No more than 8 peers of an endpoint can be configured\n"
                  "test.cfg:37: Failure: No more than 8 diameter endpoints can be configured\n"
                  "test.cfg:46: Failure: No more than 8 snmp targets can be configured");
}
END_TEST

/* ---- warnings ---- */

START_TEST(early_active_needs_a_data_command)
{
    const char *warning =
        "Warning: switchover allow-early-active-transition has no effect without "
        "allow-all-data-traffic, or allow-volte-data-traffic without maintain-accounting";

    warns("switchover allow-early-active-transition", warning);
    warns("switchover allow-early-active-transition\n"
          "switchover allow-volte-data-traffic maintain-accounting",
          warning);
    warns("switchover allow-early-active-transition\nswitchover allow-volte-data-traffic", "");
    warns("switchover allow-early-active-transition\nswitchover allow-all-data-traffic\n"
          "switchover allow-volte-data-traffic maintain-accounting",
          "");
}
END_TEST

START_TEST(a_monitor_of_nothing_draws_a_warning)
{
    const char *aaa = "Warning: monitor authentication-probe context srp 10.0.0.1 port 1812: the "
                      "context has no such radius server";

    warns("monitor authentication-probe context srp 10.0.0.1", aaa);
    warns("monitor authentication-probe context srp 10.0.0.1\nexit\nradius server 10.0.0.1 port 2",
          aaa);
    warns("monitor authentication-probe context srp 10.0.0.1\ncontext s\nradius server 10.0.0.1",
          aaa);
    warns("monitor authentication-probe context srp 10.0.0.1\nexit\nradius server 10.0.0.1", "");
    warns("monitor bgp context srp 10.0.0.1",
          "Warning: monitor bgp context srp 10.0.0.1: the context has no such BGP neighbor");
    warns("monitor bgp context srp 10.0.0.1\nexit\nrouter bgp 1\nneighbor 10.0.0.1 remote-as 2",
          "");
    warns("monitor bgp context d 10.0.0.1\nexit\nrouter bgp 1\nneighbor 10.0.0.1 remote-as 2\n"
          "context d",
          "Warning: monitor bgp context d 10.0.0.1: the context has no such BGP neighbor");
    warns("monitor diameter context srp endpoint e",
          "Warning: monitor diameter context srp endpoint e: the context has no such diameter "
          "endpoint");
    warns("monitor diameter context srp endpoint e\nexit\ndiameter endpoint e",
          "Warning: monitor diameter context srp endpoint e: the endpoint has no peers");
    warns("monitor diameter context srp endpoint e peer q\nexit\ndiameter endpoint e\n"
          "peer p address 10.0.0.1",
          "Warning: monitor diameter context srp endpoint e peer q: the endpoint has no such peer");
    warns("monitor diameter context srp endpoint e peer p\nexit\ndiameter endpoint e\n"
          "peer p address 10.0.0.1",
          "");
    warns("monitor bfd context nowhere 10.0.0.1 chassis-to-router",
          "Warning: monitor bfd context nowhere 10.0.0.1: there is no such context");
}
END_TEST

START_TEST(ignoring_the_dead_interval_needs_a_bfd_monitor)
{
    const char *warning =
        "Warning: bfd-mon-ignore-dead-interval without a monitor bfd that is chassis-to-chassis: a "
        "Standby never takes over from a dead peer";

    warns("bfd-mon-ignore-dead-interval", warning);
    warns("bfd-mon-ignore-dead-interval\nmonitor bfd context srp 10.0.0.1 chassis-to-router",
          warning);
    warns("bfd-mon-ignore-dead-interval\nmonitor bfd context srp 10.0.0.1 chassis-to-chassis", "");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_srp");
    TCase *tcase = tcase_create("conf_srp");

    tcase_add_test(tcase, defaults_are_those_of_the_emulated_system);
    tcase_add_test(tcase, numbers_are_kept_to_their_ranges);
    tcase_add_test(tcase, each_code_point_has_its_name_and_each_connection_its_code_point);
    tcase_add_test(tcase, a_monitor_is_kept_with_all_it_says);
    tcase_add_test(tcase, monitors_of_what_nobody_sees_are_kept);
    tcase_add_test(tcase, how_servers_are_asked_belongs_to_their_context);
    tcase_add_test(tcase, a_monitor_entered_again_is_changed);
    tcase_add_test(tcase, no_takes_a_monitor_back);
    tcase_add_test(tcase, a_monitor_needs_an_address_and_a_kind);
    tcase_add_test(tcase, there_is_room_for_so_many_monitors);
    tcase_add_test(tcase, options_are_switched_on_and_off);
    tcase_add_test(tcase, volte_data_may_keep_its_accounting);
    tcase_add_test(tcase, routes_may_be_advertised_in_standby);
    tcase_add_test(tcase, radius_servers_have_address_port_and_key);
    tcase_add_test(tcase, bad_radius_servers_are_refused_and_keys_not_repeated);
    tcase_add_test(tcase, diameter_endpoints_have_an_origin_and_peers);
    tcase_add_test(tcase, diameter_lines_are_taken_back);
    tcase_add_test(tcase, snmp_targets_get_traps);
    tcase_add_test(tcase, full_tables_of_servers_are_refused);
    tcase_add_test(tcase, early_active_needs_a_data_command);
    tcase_add_test(tcase, a_monitor_of_nothing_draws_a_warning);
    tcase_add_test(tcase, ignoring_the_dead_interval_needs_a_bfd_monitor);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
