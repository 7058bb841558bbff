/* What both chassis must share: what the checksum covers, what the comparison finds, and what
 * it says that should be entered. */
#include "unit_conf.h"

/* One chassis, a block of each kind in it. */
static const char whole[] =
    "config\nsystem hostname h\nsnmp target t 10.0.0.1\ncontext s\n"
    "interface gtp loopback\nip address 10.1.0.1 255.255.255.255 srp-activate\n"
    "interface own loopback\nip address 10.1.0.2 255.255.255.255\n"
    "gtpu-service u\nbind ipv4-address 10.1.0.1\ngtpu-service v\n"
    "ggsn-service g\nbind ipv4-address 10.1.0.1\nassociate gtpu-service u\n"
    "egtp-service e\ngtpc bind ipv4-address 10.1.0.1\npgw-service p\nassociate egtp-service e\n"
    "apn a\nip context-name d\nip address pool name p1\ndns primary 10.2.0.1\n"
    "radius server 10.3.0.1 key abc\n"
    "diameter endpoint x\norigin realm r\norigin host h\npeer y address 10.4.0.1\n"
    "context d\nip pool p1 10.5.0.0 255.255.0.0 public 0 srp-activate\n"
    "ip pool p2 10.6.0.0 255.255.0.0 private 1 srp-activate\n"
    "ip pool own 10.20.0.0 255.255.0.0 public\n"
    "router bgp 1\nrouter-id 1.1.1.1\nneighbor 10.8.0.1 remote-as 2\n"
    "context srp\ninterface i\nip address 127.0.0.1 255.0.0.0\n"
    "service-redundancy-protocol\nbind address 127.0.0.1\npeer-ip-address 127.0.0.2\n"
    "monitor bgp context d 10.8.0.1 group 1\nmonitor authentication-probe context s 10.3.0.1\n"
    "monitor diameter context s endpoint x peer y\n"
    "monitor bfd context d 10.8.0.1 chassis-to-router\n";

static struct conf_difference found[64];

/* conf as text, terminated; one of two buffers. */
static const char *
shared(int which)
{
    static char text[2][CONF_SHARED];
    size_t len = conf_shared(&conf, text[which], sizeof text[which]);

    ck_assert_uint_lt(len, sizeof text[which]);
    ck_assert_uint_eq(len, strlen(text[which]));
    return text[which];
}

static size_t
compare(const char *ours, const char *theirs)
{
    return conf_compare(ours, strlen(ours), theirs, strlen(theirs), found,
                        sizeof found / sizeof *found);
}

/* The whole chassis with `line` after it, against the one without. */
static size_t
compare_with(const char *line)
{
    static char text[8192];
    const char *ours, *theirs;
    uint32_t sum;
    size_t n;

    accepts(whole);
    theirs = shared(1);
    sum = conf_srp_checksum(&conf);
    (void)snprintf(text, sizeof text, "%s%s\n", whole, line);
    accepts(text);
    ours = shared(0);
    n = compare(ours, theirs);
    ck_assert_msg((n == 0) == (conf_srp_checksum(&conf) == sum), "%s", line);
    return n;
}

START_TEST(each_shared_value_is_one_difference_that_names_it)
{
    static const struct {
        const char *line, *key, *ours, *theirs;
    } cases[] = {
        {"hello-interval 9", "srp hello-interval", "9", "10"},
        {"dead-interval 31", "srp dead-interval", "31", "30"},
        {"delay-interval 1", "srp delay-interval", "1", "off"},
        {"configuration-interval 1", "srp configuration-interval", "1", "3600"},
        {"route-modifier threshold 9", "srp route-modifier threshold", "9", "16"},
        {"delta-route-modifier 2", "srp delta-route-modifier", "2", "1"},
        {"checkpoint session duration ims-session 1", "srp checkpoint session duration ims-session",
         "1", "60"},
        {"checkpoint session duration non-ims-session 1",
         "srp checkpoint session duration non-ims-session", "1", "60"},
        {"checkpoint session periodic-interval 60", "srp checkpoint session periodic-interval",
         "60", "45"},
        {"audit daily-start-time 6 5", "srp audit daily-start-time", "06 05", "off"},
        {"audit periodicity 90", "srp audit periodicity", "90", "60"},
        {"checkpoint session nack macro", "srp checkpoint session nack macro", "max-response 3",
         "off"},
        {"checkpoint session nack micro max-response 0", "srp checkpoint session nack micro",
         "max-response 0", "off"},
        {"checkpoint session compression lz4", "srp checkpoint session compression", "lz4", "zlib"},
        {"monitor bgp exclusive-failover", "srp monitor bgp exclusive-failover", "on", "off"},
        {"monitor bgp vrf-srp-validate", "srp monitor bgp vrf-srp-validate", "on", "off"},
        {"monitor bgp context d 2001:db8::1 group 2", "srp monitor bgp context d 2001:db8::1",
         "group 2", ""},
        {"monitor hsrp interface i afi-type ipv6 group 3",
         "srp monitor hsrp interface i afi-type ipv6 group 3", "on", ""},
        {"monitor bgp context d 10.8.0.1", "srp monitor bgp context d 10.8.0.1", "on", "group 1"},
        {"monitor bgp context d 10.8.0.2", "srp monitor bgp context d 10.8.0.2", "on", ""},
        {"no monitor bgp context d 10.8.0.1", "srp monitor bgp context d 10.8.0.1", "", "group 1"},
        {"monitor authentication-probe context s 10.3.0.1 group 4",
         "srp monitor authentication-probe context s 10.3.0.1 port 1812", "group 4", "on"},
        {"monitor authentication-probe context s 10.3.0.1 port 5",
         "srp monitor authentication-probe context s 10.3.0.1 port 5", "on", ""},
        {"monitor diameter context s endpoint x", "srp monitor diameter context s endpoint x", "on",
         ""},
        {"monitor diameter context s endpoint x peer y group 2",
         "srp monitor diameter context s endpoint x peer y", "group 2", "on"},
        {"monitor bfd context d 10.8.0.1 chassis-to-chassis", "srp monitor bfd context d 10.8.0.1",
         "chassis-to-chassis", "chassis-to-router"},
        {"bfd-mon-ignore-dead-interval", "srp bfd-mon-ignore-dead-interval", "on", "off"},
        {"guard-timer aaa-switchover-timers guard-period 0",
         "srp guard-timer aaa-switchover-timers guard-period", "0", "60"},
        {"guard-timer aaa-switchover-timers damping-period 0",
         "srp guard-timer aaa-switchover-timers damping-period", "0", "60"},
        {"guard-timer diameter-switchover-timers guard-period 0",
         "srp guard-timer diameter-switchover-timers guard-period", "0", "60"},
        {"guard-timer diameter-switchover-timers damping-period 0",
         "srp guard-timer diameter-switchover-timers damping-period", "0", "60"},
        {"guard-timer srp-redundancy-timers aaa guard-period 0",
         "srp guard-timer srp-redundancy-timers aaa guard-period", "0", "60"},
        {"guard-timer srp-redundancy-timers aaa damping-period 0",
         "srp guard-timer srp-redundancy-timers aaa damping-period", "0", "60"},
        {"guard-timer srp-redundancy-timers bgp guard-period 0",
         "srp guard-timer srp-redundancy-timers bgp guard-period", "0", "60"},
        {"guard-timer srp-redundancy-timers bgp damping-period 0",
         "srp guard-timer srp-redundancy-timers bgp damping-period", "0", "60"},
        {"guard-timer srp-redundancy-timers diam guard-period 0",
         "srp guard-timer srp-redundancy-timers diam guard-period", "0", "60"},
        {"guard-timer srp-redundancy-timers diam damping-period 0",
         "srp guard-timer srp-redundancy-timers diam damping-period", "0", "60"},
        {"internal-switchover-retry-interval 5", "srp internal-switchover-retry-interval", "5",
         "60"},
        {"num-internal-switchover-retry 0", "srp num-internal-switchover-retry", "0", "3"},
        {"advertise-routes-in-standby-state", "srp advertise-routes-in-standby-state",
         "hold-off-time 30", "off"},
        {"advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 6",
         "srp advertise-routes-in-standby-state", "hold-off-time 5 reset-bfd-nbrs 6", "off"},
        {"switchover allow-all-data-traffic", "srp switchover allow-all-data-traffic", "on", "off"},
        {"switchover allow-volte-data-traffic", "srp switchover allow-volte-data-traffic", "on",
         "off"},
        {"switchover allow-volte-data-traffic maintain-accounting",
         "srp switchover allow-volte-data-traffic", "maintain-accounting", "off"},
        {"switchover allow-early-active-transition", "srp switchover allow-early-active-transition",
         "on", "off"},
        {"switchover control-outage-optimization", "srp switchover control-outage-optimization",
         "on", "off"},
        {"context s\ninterface gtp loopback\nip address 10.1.0.1 255.255.255.0 srp-activate",
         "interface gtp in context s", "ip address 10.1.0.1 255.255.255.0 srp-activate",
         "ip address 10.1.0.1 255.255.255.255 srp-activate"},
        {"context s\ninterface own loopback\nip address 10.1.0.2 255.255.255.255 srp-activate",
         "interface own in context s", "ip address 10.1.0.2 255.255.255.255 srp-activate", ""},
        {"context d\nip pool p2 10.6.0.0 255.254.0.0 private 1 srp-activate\n",
         "ip pool p2 in context d", "10.6.0.0 255.254.0.0 private 1 srp-activate",
         "10.6.0.0 255.255.0.0 private 1 srp-activate"},
        {"context d\nip pool p2 10.6.0.0 255.255.0.0 static 1 srp-activate\n",
         "ip pool p2 in context d", "10.6.0.0 255.255.0.0 static 1 srp-activate",
         "10.6.0.0 255.255.0.0 private 1 srp-activate"},
        {"context d\nip pool p2 10.6.0.0 255.255.0.0 private 2 srp-activate\n",
         "ip pool p2 in context d", "10.6.0.0 255.255.0.0 private 2 srp-activate",
         "10.6.0.0 255.255.0.0 private 1 srp-activate"},
        {"context d\nip pool p3 10.9.0.0 255.255.0.0 public srp-activate\n",
         "ip pool p3 in context d", "10.9.0.0 255.255.0.0 public 0 srp-activate", ""},
        {"context d\nno ip pool p2\n", "ip pool p2 in context d", "",
         "10.6.0.0 255.255.0.0 private 1 srp-activate"},
        {"context d\nno ip pool p1\nip pool p1 10.5.0.0 255.255.0.0 public 0 srp-activate\n",
         "order of ip pools in context d", "p2 p1", "p1 p2"},
        {"context s\ngtpu-service u\nno bind ipv4-address", "gtpu-service u in context s",
         "no bind ipv4-address", "bind ipv4-address 10.1.0.1"},
        {"context s\nggsn-service g\nassociate gtpu-service v", "ggsn-service g in context s",
         "bind ipv4-address 10.1.0.1; associate gtpu-service v",
         "bind ipv4-address 10.1.0.1; associate gtpu-service u"},
        {"context s\negtp-service e\nno gtpc bind ipv4-address", "egtp-service e in context s",
         "no gtpc bind ipv4-address", "gtpc bind ipv4-address 10.1.0.1"},
        {"context s\negtp-service f\npgw-service p\nassociate egtp-service e\negtp-service f",
         "egtp-service f in context s", "no gtpc bind ipv4-address", ""},
        {"context s\npgw-service q", "pgw-service q in context s", "on", ""},
        {"context s\napn a\nip context-name s\nip address pool name sp\n"
         "ip pool sp 10.10.0.0 255.255.0.0 public",
         "apn a in context s", "ip context-name s; ip address pool name sp; dns primary 10.2.0.1",
         "ip context-name d; ip address pool name p1; dns primary 10.2.0.1"},
        {"context s\napn a\nno dns primary\ndns secondary 10.2.0.2", "apn a in context s",
         "ip context-name d; ip address pool name p1; dns secondary 10.2.0.2",
         "ip context-name d; ip address pool name p1; dns primary 10.2.0.1"},
        {"context s\napn b", "apn b in context s", "ip context-name s", ""},
        {"context s\nradius server 10.3.0.1", "radius server 10.3.0.1 port 1812 in context s",
         "key of the lab", NULL},
        {"context s\nradius server 10.3.0.1 key abcd",
         "radius server 10.3.0.1 port 1812 in context s", NULL, NULL},
        {"context s\nradius server 10.3.0.1 port 7", "radius server 10.3.0.1 port 7 in context s",
         "key of the lab", ""},
        {"context s\nradius max-retries 2", "radius max-retries in context s", "2", ""},
        {"context s\nradius timeout 2", "radius timeout in context s", "2", ""},
        {"context s\nradius probe-with status-server", "radius probe-with in context s",
         "status-server", ""},
        {"context s\ndiameter endpoint x\nwatchdog-timeout 4", "diameter endpoint x in context s",
         "origin realm r; watchdog-timeout 4", "origin realm r; watchdog-timeout 30"},
        {"context s\ndiameter endpoint x\npeer y realm z address 10.4.0.1 port 4",
         "diameter endpoint x peer y in context s", "peer y realm z address 10.4.0.1 port 4",
         "peer y address 10.4.0.1 port 3868"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = compare_with(cases[i].line);

        ck_assert_msg(n == 1, "%s: %zu", cases[i].line, n);
        ck_assert_str_eq(found[0].key, cases[i].key);
        if (cases[i].ours)
            ck_assert_str_eq(found[0].ours, cases[i].ours);
        if (cases[i].theirs)
            ck_assert_str_eq(found[0].theirs, cases[i].theirs);
        ck_assert_str_ne(found[0].ours, found[0].theirs);
        ck_assert_msg(strstr(found[0].fix, "enter ") == found[0].fix, "%s", found[0].fix);
    }
}
END_TEST

START_TEST(what_names_the_chassis_itself_is_no_difference)
{
    static const char *const own[] = {
        "bind address 127.0.0.9",
        "peer-ip-address 127.0.0.9",
        "chassis-mode primary",
        "priority 3",
        "system hostname other",
        "snmp target t 10.0.0.9",
        "context x",
        "context x\ninterface z\nip address 10.0.0.9 255.0.0.0",
        "context d\nrouter bgp 1\nrouter-id 2.2.2.2",
        "context d\nip pool own 10.20.0.0 255.254.0.0 static 9",
        "context s\ndiameter endpoint x\norigin host other address 10.0.0.9",
    };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        ck_assert_msg(compare_with(own[i]) == 0, "%s: %s", own[i], found[0].key);
}
END_TEST

START_TEST(the_fix_says_what_to_enter_where)
{
    static const struct {
        const char *line, *fix;
    } cases[] = {
        {"hello-interval 9", "enter \"hello-interval 9\" in service-redundancy-protocol of context "
                             "srp on the peer, or \"hello-interval 10\" here"},
        {"delay-interval 4", "enter \"delay-interval 4\" in service-redundancy-protocol of context "
                             "srp on the peer, or \"no delay-interval\" here"},
        {"switchover allow-all-data-traffic",
         "enter \"switchover allow-all-data-traffic\" in service-redundancy-protocol of context "
         "srp on the peer, or \"no switchover allow-all-data-traffic\" here"},
        {"no monitor bgp context d 10.8.0.1",
         "enter \"no monitor bgp context d 10.8.0.1\" in service-redundancy-protocol of context "
         "srp on the peer, or \"monitor bgp context d 10.8.0.1 group 1\" here"},
        {"context d\nip pool p3 10.9.0.0 255.255.0.0 public srp-activate\n",
         "enter \"ip pool p3 10.9.0.0 255.255.0.0 public 0 srp-activate\" in context d on the "
         "peer, or \"no ip pool p3\" here"},
        {"context d\nno ip pool p1\nip pool p1 10.5.0.0 255.255.0.0 public 0 srp-activate\n",
         "enter the ip pools of context d in the same order on both: remove those that stand too "
         "early, and enter them again"},
        {"context s\ninterface own loopback\nip address 10.1.0.2 255.255.255.255 srp-activate",
         "enter \"ip address 10.1.0.2 255.255.255.255 srp-activate\" in interface own in context s "
         "on the peer, or remove it here"},
        {"context s\negtp-service e\nno gtpc bind ipv4-address",
         "enter \"no gtpc bind ipv4-address\" in egtp-service e in context s on the peer, or "
         "\"gtpc bind ipv4-address 10.1.0.1\" here"},
        {"monitor hsrp interface i afi-type ipv6 group 3",
         "enter \"monitor hsrp interface i afi-type ipv6 group 3\" in "
         "service-redundancy-protocol of context srp on the peer, or \"no monitor hsrp interface "
         "i afi-type ipv6 group 3\" here"},
        {"context s\nradius max-retries 2",
         "enter \"radius max-retries 2\" in context s on the peer, or \"no radius max-retries\" "
         "here"},
        {"context s\nradius server 10.3.0.1 key abcd",
         "enter \"radius server 10.3.0.1 port 1812\" with one and the same key in context s on "
         "both"},
        {"context s\nradius server 10.3.0.1 port 7",
         "enter \"radius server 10.3.0.1 port 7\" with its key in context s on the peer, or \"no "
         "radius server 10.3.0.1 port 7\" here"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_uint_eq(compare_with(cases[i].line), 1);
        ck_assert_str_eq(found[0].fix, cases[i].fix);
    }
}
END_TEST

/* What a fix tells to enter in the SRP block is understood, and ends the difference. */
START_TEST(entering_the_fix_makes_both_the_same)
{
    static const char *const lines[] = {
        "delay-interval 4",
        "checkpoint session compression lz4",
        "monitor bgp context d 10.8.0.1",
        "no monitor diameter context s endpoint x peer y",
        "monitor bfd context d 10.8.0.1 chassis-to-chassis",
        "advertise-routes-in-standby-state hold-off-time 5 reset-bfd-nbrs 6",
        "guard-timer srp-redundancy-timers bgp damping-period 7",
        "switchover allow-volte-data-traffic maintain-accounting",
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *command, *quote;
        char mended[1024];

        ck_assert_uint_eq(compare_with(lines[i]), 1);
        quote = strstr(found[0].fix, ", or \""); /* here */
        ck_assert_ptr_nonnull(quote);
        command = quote + strlen(", or \"");
        (void)snprintf(mended, sizeof mended, "%s\n%.*s", lines[i],
                       (int)(strchr(command, '"') - command), command);
        ck_assert_msg(compare_with(mended) == 0, "%s: %s", mended, found[0].key);
    }
}
END_TEST

START_TEST(layout_and_order_do_not_matter_but_of_pools)
{
    const char *a = "config\ncontext d\nip pool p 10.0.0.0 255.0.0.0 public 0 srp-activate\n"
                    "context s\ninterface l loopback\n"
                    "ip address 10.0.0.1 255.255.255.255 srp-activate\napn a\napn b\n";
    const char *b = "config\n  context s\n    apn b\n    #exit\n    apn a\n    #exit\n"
                    "    interface l loopback\n     ip address 10.0.0.1 "
                    "255.255.255.255 srp-activate\n    #exit\n  #exit\n  context d\n"
                    "  ip po p 10.0.0.0 255.0.0.0 public srp\nend\n";
    uint32_t sum;

    accepts(a);
    sum = conf_srp_checksum(&conf);
    accepts(b);
    ck_assert_uint_eq(conf_srp_checksum(&conf), sum);
}
END_TEST

static void
has_no_difference(const char *east_name, const char *west_name)
{
    char *east = NULL, *west = NULL;
    size_t east_len = load(east_name, &east), west_len = load(west_name, &west);
    const char *ours, *theirs;
    uint32_t sum;

    ck_assert_uint_eq(conf_parse(&conf, east_name, east, east_len, err, sizeof err), 0);
    sum = conf_srp_checksum(&conf);
    ours = shared(0);
    ck_assert_uint_eq(conf_parse(&conf, west_name, west, west_len, err, sizeof err), 0);
    ck_assert_uint_eq(conf_srp_checksum(&conf), sum);
    theirs = shared(1);
    ck_assert_uint_eq(compare(ours, theirs), 0);
    ck_assert_ptr_nonnull(strstr(ours, "\nsrp hello-interval\t1\n"));
    free(east);
    free(west);
}

START_TEST(shipped_pairs_have_no_difference_and_one_checksum)
{
    has_no_difference("east.cfg", "west.cfg");
    has_no_difference("monitored-east.cfg", "monitored-west.cfg");
}
END_TEST

START_TEST(a_bfd_monitor_of_the_peer_chassis_is_compared_but_not_its_address)
{
    ck_assert_uint_eq(compare_with("monitor bfd context d 127.0.0.2 chassis-to-chassis"), 1);
    ck_assert_str_eq(found[0].key, "srp monitor bfd context d peer-ip-address");
    ck_assert_str_eq(found[0].ours, "chassis-to-chassis");
    ck_assert_str_eq(
        found[0].fix,
        "enter \"monitor bfd context d ADDRESS chassis-to-chassis\", ADDRESS being the "
        "peer-ip-address there, in service-redundancy-protocol of context srp on the "
        "peer, or \"no monitor bfd context d ADDRESS\" here");
}
END_TEST

START_TEST(lines_are_sorted_and_keys_unique_and_no_key_is_told)
{
    char last[256] = "";
    const char *text;

    accepts(whole);
    text = shared(0);
    ck_assert_ptr_null(strstr(text, "abc"));
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        char key[256];

        (void)snprintf(key, sizeof key, "%.*s", (int)strcspn(at, "\t"), at);
        ck_assert_int_lt(strcmp(last, key), 0);
        memcpy(last, key, sizeof key);
    }
}
END_TEST

START_TEST(text_without_room_is_told_by_its_length)
{
    char small[8] = "before";
    size_t len;

    accepts(whole);
    len = strlen(shared(0));
    ck_assert_uint_eq(conf_shared(&conf, small, sizeof small), len);
    ck_assert_str_eq(small, "");
    ck_assert_uint_eq(conf_shared(&conf, NULL, 0), len);
}
END_TEST

/* A name of 79 characters that differs from others in its last ones only. */
static void
fill_name(char name[CONF_NAME], unsigned i)
{
    memset(name, 'n', CONF_NAME - 1);
    (void)snprintf(name + CONF_NAME - 5, 5, "%04u", i);
}

/* In each context some of everything that has lines of a context's own. */
START_TEST(the_largest_configuration_fits)
{
    const char *text;
    size_t lines = 0, orders = 0, bgps = 0;

    accepts(whole);
    for (unsigned i = 0; i < CONF_CONTEXTS; i++)
        fill_name(conf.contexts[i], i);
    conf.context_n = CONF_CONTEXTS;
    for (unsigned i = 0; i < CONF_INTERFACES; i++) {
        fill_name(conf.interfaces[i].name, i);
        conf.interfaces[i].srp_activate = true;
        conf.interfaces[i].addr = conf.interfaces[i].mask = UINT32_MAX;
        conf.interfaces[i].context = i % CONF_CONTEXTS;
        conf.interfaces[i].srp_activate6 = true;
        memset(conf.interfaces[i].addr6, 'f', CONF_PREFIX6 - 1);
    }
    conf.interface_n = CONF_INTERFACES;
    for (unsigned i = 0; i < CONF_POOLS; i++) {
        fill_name(conf.pools[i].name, i);
        conf.pools[i].srp_activate = true;
        conf.pools[i].kind = CONF_POOL_PRIVATE;
        conf.pools[i].net = conf.pools[i].mask = UINT32_MAX;
        conf.pools[i].context = i % CONF_CONTEXTS;
        conf.pools[i].priority = 10;
    }
    conf.pool_n = CONF_POOLS;
    for (unsigned i = 0; i < CONF_SERVICES; i++) {
        fill_name(conf.services[i].name, i);
        fill_name(conf.services[i].associate_gtpu, i);
        fill_name(conf.services[i].associate_egtp, i);
        conf.services[i].kind = CONF_EGTP;
        conf.services[i].bind = UINT32_MAX;
        conf.services[i].pgw_ingress = true;
    }
    conf.service_n = CONF_SERVICES;
    for (unsigned i = 0; i < CONF_APNS; i++) {
        fill_name(conf.apns[i].name, i);
        fill_name(conf.apns[i].ip_context, i);
        fill_name(conf.apns[i].pool, i);
        conf.apns[i].dns[0] = conf.apns[i].dns[1] = UINT32_MAX;
        conf.apns[i].selection =
            CONF_SELECTION_SUBSCRIBED | CONF_SELECTION_SENT_BY_MS | CONF_SELECTION_CHOSEN;
    }
    conf.apn_n = CONF_APNS;
    for (unsigned i = 0; i < CONF_RADIUS; i++) {
        conf.radius[i].addr = UINT32_MAX - i;
        conf.radius[i].port = UINT16_MAX;
        conf.radius[i].context = i % CONF_CONTEXTS;
        fill_name(conf.radius[i].key.text, i);
    }
    conf.radius_n = CONF_RADIUS;
    memcpy(conf.accounting, conf.radius, sizeof conf.radius);
    conf.accounting_n = CONF_RADIUS;
    for (unsigned i = 0; i < CONF_HA; i++) {
        fill_name(conf.ha[i].name, i);
        conf.ha[i].bind = UINT32_MAX;
        for (unsigned k = 0; k < CONF_SPIS; k++) {
            conf.ha[i].spis[k].foreign_agent = true;
            conf.ha[i].spis[k].hash = CONF_HASH_RFC2002_MD5;
            conf.ha[i].spis[k].spi = UINT32_MAX - k;
            conf.ha[i].spis[k].net = conf.ha[i].spis[k].mask = UINT32_MAX;
        }
        conf.ha[i].spi_n = CONF_SPIS;
    }
    conf.ha_n = CONF_HA;
    for (unsigned i = 0; i < CONF_BUSYOUTS; i++) {
        fill_name(conf.busyouts[i].pool, i);
        conf.busyouts[i].context = i % CONF_CONTEXTS;
        conf.busyouts[i].ipv6 = true;
        conf.busyouts[i].kind = CONF_BUSY_RANGE;
        memset(conf.busyouts[i].from, 'f', CONF_ADDR6 - 1);
        memset(conf.busyouts[i].to, 'f', CONF_ADDR6 - 1);
    }
    conf.busyout_n = CONF_BUSYOUTS;
    for (uint8_t i = 0; i < CONF_CONTEXTS; i++) {
        conf.of_context[i].nas_ip = UINT32_MAX;
        conf.radius_ways[i] =
            (struct conf_radius_ways){.retries = 100, .timeout_s = 100, .status_server = true};
        conf.bgp[i].context = i;
        for (unsigned k = 0; k < CONF_BGP_PEERS; k++) {
            conf.bgp[i].peers[k].addr = UINT32_MAX - 100 + k;
            conf.bgp[i].peers[k].remote_as = UINT32_MAX - 1;
        }
        for (unsigned k = 0; k < CONF_NETWORKS; k++) {
            conf.bgp[i].networks[k].net = UINT32_MAX - 100 + k;
            conf.bgp[i].networks[k].mask = UINT32_MAX - 1;
        }
        conf.bgp[i].as = UINT32_MAX;
        conf.bgp[i].peer_n = CONF_BGP_PEERS;
        conf.bgp[i].network_n = CONF_NETWORKS;
    }
    conf.bgp_n = CONF_CONTEXTS;
    conf.srp.bgp_vrf_validate = true;
    for (unsigned i = 0; i < CONF_DIAMETER; i++) {
        fill_name(conf.diameter[i].endpoint, i);
        fill_name(conf.diameter[i].realm, i);
        for (unsigned k = 0; k < CONF_DIAMETER_PEERS; k++) {
            fill_name(conf.diameter[i].peers[k].name, k);
            fill_name(conf.diameter[i].peers[k].realm, k);
            conf.diameter[i].peers[k].addr = UINT32_MAX;
            conf.diameter[i].peers[k].port = UINT16_MAX;
        }
        conf.diameter[i].peer_n = CONF_DIAMETER_PEERS;
    }
    conf.diameter_n = CONF_DIAMETER;
    for (unsigned i = 0; i < CONF_MONITORS; i++) {
        conf.srp.monitors[i].kind = CONF_MONITOR_DIAMETER;
        fill_name(conf.srp.monitors[i].context, i);
        fill_name(conf.srp.monitors[i].endpoint, i);
        fill_name(conf.srp.monitors[i].peer, i);
        conf.srp.monitors[i].group = 10;
    }
    conf.srp.monitor_n = CONF_MONITORS;
    conf.srp.advertise_in_standby = conf.srp.audit_daily = conf.srp.maintain_accounting = true;
    conf.srp.reset_bfd_ms = UINT32_MAX;
    conf.srp.nack[CONF_MACRO].on = conf.srp.nack[CONF_MICRO].on = true;
    text = shared(0);
    ck_assert_uint_gt(strlen(text), 128 * 1024); /* no small one by mistake */
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        ck_assert_uint_lt(strcspn(at, "\t"), sizeof found->key);
        lines++;
        orders += strncmp(at, "order of ", 9) == 0;
        bgps += strncmp(at, "router bgp ", 11) == 0;
    }
    ck_assert_uint_eq(orders, CONF_CONTEXTS); /* not told as a difference where the pools differ */
    ck_assert_uint_gt(lines, CONF_INTERFACES + CONF_POOLS + CONF_SERVICES + CONF_APNS);
    ck_assert_uint_eq(compare(text, text), 0);
    ck_assert_uint_eq(bgps, CONF_CONTEXTS); /* nor where one chassis does not compare it */
    ck_assert_uint_eq(compare(text, ""), lines - orders - bgps);
    ck_assert_uint_eq(compare("", text), lines - orders - bgps);
}
END_TEST

START_TEST(long_names_are_cut_and_still_differ)
{
    char a[CONF_NAME], b[CONF_NAME];

    fill_name(a, 1);
    fill_name(b, 2);
    a[CONF_NAME - 1] = b[CONF_NAME - 1] = '\0';
    ck_assert_uint_eq(strlen(conf_word(a).text), CONF_WORD - 1);
    ck_assert_str_ne(conf_word(a).text, conf_word(b).text);
    ck_assert_str_eq(conf_word("two words").text, "\"two words\"");
    ck_assert_str_eq(conf_word("twenty-nine-characters-are-it").text,
                     "twenty-nine-characters-are-it");
}
END_TEST

/* ---- text of a stranger ---- */

START_TEST(long_values_are_shown_from_where_they_differ)
{
    char a[512], b[512];

    (void)snprintf(a, sizeof a, "k\t%0200d one", 0);
    (void)snprintf(b, sizeof b, "k\t%0200d two", 0);
    ck_assert_uint_eq(compare(a, b), 1);
    ck_assert_str_eq(found[0].ours, "... one");
    ck_assert_str_eq(found[0].theirs, "... two");
    ck_assert_str_eq(found[0].fix, "make \"k\" the same on both");
    (void)snprintf(b, sizeof b, "k\t%0200d", 1);
    ck_assert_uint_eq(compare(a, b), 1);
    ck_assert_uint_eq(strlen(found[0].ours), sizeof found->ours - 1);
    ck_assert_str_eq(found[0].ours + sizeof found->ours - 4, "...");
}
END_TEST

START_TEST(malformed_text_makes_differences_and_no_harm)
{
    ck_assert_uint_eq(compare("", ""), 0);
    ck_assert_uint_eq(compare("\n\n\t\n\tx\n", ""), 0);
    ck_assert_uint_eq(compare("a\t1\nb\t2\n", "a\t1"), 1);
    ck_assert_str_eq(found[0].key, "b");
    ck_assert_uint_eq(compare("a\t1\n", "b\x1b[0m\t\xff\x01\n\n a"), 3);
    ck_assert_str_eq(found[1].key, "b?[0m");
    ck_assert_str_eq(found[1].theirs, "??");
    ck_assert_uint_eq(compare("srp \t1\n in context \t2\nip pool \tx", "apn in context"), 4);
    ck_assert_uint_eq(conf_compare("a\nb\nc\n", 6, "", 0, found, 1), 3);
    ck_assert_str_eq(found[0].key, "a");
    ck_assert_uint_eq(conf_compare("a\nb\nc\n", 6, "", 0, NULL, 0), 3);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_shared");
    TCase *tcase = tcase_create("conf_shared");

    tcase_add_test(tcase, each_shared_value_is_one_difference_that_names_it);
    tcase_add_test(tcase, what_names_the_chassis_itself_is_no_difference);
    tcase_add_test(tcase, the_fix_says_what_to_enter_where);
    tcase_add_test(tcase, entering_the_fix_makes_both_the_same);
    tcase_add_test(tcase, layout_and_order_do_not_matter_but_of_pools);
    tcase_add_test(tcase, shipped_pairs_have_no_difference_and_one_checksum);
    tcase_add_test(tcase, a_bfd_monitor_of_the_peer_chassis_is_compared_but_not_its_address);
    tcase_add_test(tcase, lines_are_sorted_and_keys_unique_and_no_key_is_told);
    tcase_add_test(tcase, text_without_room_is_told_by_its_length);
    tcase_add_test(tcase, the_largest_configuration_fits);
    tcase_add_test(tcase, long_names_are_cut_and_still_differ);
    tcase_add_test(tcase, long_values_are_shown_from_where_they_differ);
    tcase_add_test(tcase, malformed_text_makes_differences_and_no_harm);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
