/* The StarOS configuration: what is accepted, what each line means, what is refused how. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "unit_conf.h"

static const char golden[] = "config\n"
                             "  context srp\n"
                             "    interface srp1\n"
                             "      ip address 192.0.2.1 255.255.255.0\n"
                             "    #exit\n"
                             "    service-redundancy-protocol\n"
                             "      chassis-mode primary\n"
                             "      priority 1\n"
                             "      peer-ip-address 192.0.2.2\n"
                             "      hello-interval 10\n"
                             "      dead-interval 30\n"
                             "      monitor bgp context dest 198.51.100.1 group 1\n"
                             "      monitor bgp context dest 198.51.100.2 group 1\n"
                             "      bind address 192.0.2.1\n"
                             "    #exit\n"
                             "  #exit\n"
                             "end\n";

START_TEST(minimal_srp_configuration_is_understood)
{
    accepts(golden);
    ck_assert(conf.srp.configured);
    ck_assert_str_eq(conf.contexts[conf.srp.context], "srp");
    ck_assert_uint_eq(conf.srp.bind, 0xc0000201);
    ck_assert_uint_eq(conf.srp.peer, 0xc0000202);
    ck_assert_int_eq(conf.srp.mode, CONF_PRIMARY);
    ck_assert_uint_eq(conf.srp.priority, 1);
    ck_assert_uint_eq(conf.srp.hello_s, 10);
    ck_assert_uint_eq(conf.srp.dead_s, 30);
    ck_assert_uint_eq(conf.srp.monitor_n, 2);
    ck_assert_str_eq(conf.srp.monitors[1].context, "dest");
    ck_assert_uint_eq(conf.srp.monitors[1].addr, 0xc6336402);
    ck_assert_uint_eq(conf.srp.monitors[1].group, 1);
    ck_assert_uint_eq(conf.interface_n, 1);
    ck_assert_uint_eq(conf.interfaces[0].mask, 0xffffff00);
    ck_assert(!conf.interfaces[0].loopback);
}
END_TEST

START_TEST(empty_configuration_holds_the_defaults)
{
    accepts("");
    ck_assert_uint_eq(conf.context_n, 1);
    ck_assert_str_eq(conf.contexts[0], "local");
    ck_assert(!conf.srp.configured);
    ck_assert_uint_eq(conf.srp.priority, 125);
    ck_assert_uint_eq(conf.srp.hello_s, 10);
    ck_assert_uint_eq(conf.srp.dead_s, 30);
    ck_assert_uint_eq(conf.srp.delay_s, 0);
    ck_assert_uint_eq(conf.srp.config_s, 3600);
    ck_assert_uint_eq(conf.srp.rm_threshold, 16);
    ck_assert_uint_eq(conf.srp.rm_delta, 1);
    ck_assert_uint_eq(conf.srp.duration_ims_s, 60);
    ck_assert_uint_eq(conf.srp.duration_non_ims_s, 60);
    ck_assert_uint_eq(conf.srp.periodic_min, 45);
    ck_assert_uint_eq(conf.srp.audit_periodicity_min, 60);
    ck_assert(!conf.srp.audit_daily);
    ck_assert_int_eq(conf.srp.compression, CONF_ZLIB);
}
END_TEST

START_TEST(shipped_configuration_means_what_it_says)
{
    char *text = NULL;
    size_t len = load("east.cfg", &text), bad;

    bad = conf_parse(&conf, "east.cfg", text, len, err, sizeof err);
    ck_assert_msg(bad == 0, "%s", err);
    ck_assert_uint_eq(conf_warnings(&conf, err, sizeof err), 0);
    ck_assert_str_eq(conf.hostname, "east");
    ck_assert_uint_eq(conf_service_addr(&conf, CONF_GGSN), 0x7f000101);
    ck_assert_uint_eq(conf_service_addr(&conf, CONF_PGW), 0x7f000101);
    ck_assert_uint_eq(conf_service_addr(&conf, CONF_GTPU), 0x7f000101);
    ck_assert_uint_eq(conf.interfaces[0].loopback + conf.interfaces[0].srp_activate, 2);
    ck_assert_uint_eq(conf.pool_n, 1);
    ck_assert_str_eq(conf.pools[0].name, "dyn1");
    ck_assert_uint_eq(conf.pools[0].net, 0xac100000);
    ck_assert_uint_eq(conf.pools[0].mask, 0xfffc0000);
    ck_assert(conf.pools[0].srp_activate);
    ck_assert_int_eq(conf.pools[0].kind, CONF_POOL_PUBLIC);
    ck_assert_uint_eq(conf.apn_n, 2);
    ck_assert_str_eq(conf.apns[1].name, "ims");
    ck_assert_str_eq(conf.apns[1].ip_context, "dest");
    ck_assert_uint_eq(conf.apns[0].dns[1], 0x7f000436);
    ck_assert_uint_eq(conf.bgp_n, 1);
    ck_assert_uint_eq(conf.bgp[0].as, 65001);
    ck_assert_uint_eq(conf.bgp[0].peers[0].remote_as, 65000);
    ck_assert_uint_eq(conf.bgp[0].networks[0].mask, 0xfffc0000);
    ck_assert_uint_eq(conf.srp.duration_ims_s + conf.srp.duration_non_ims_s, 0);
    ck_assert_int_eq(conf.srp.compression, CONF_LZ4);
    free(text);
}
END_TEST

/* Shorten each keyword of the line to a random length at which it still means the same. */
static void
abbreviate(struct rng *rng, const struct cli_args *args, uint32_t mode, char *out)
{
    char words[CLI_WORDS][CLI_NAME + 1];

    for (size_t i = 0; i < args->n; i++)
        (void)snprintf(words[i], sizeof words[i], "%s", args->words[i].text);
    for (size_t i = 0; i < args->n; i++) {
        size_t len = strlen(words[i]);

        for (bool same = false; !args->words[i].is_argument && !same;) {
            struct cli_args other;
            char line[CLI_LINE] = "", ignored[CLI_ERR];
            uint32_t found = mode;

            words[i][rng_between(rng, 1, (int64_t)len)] = '\0';
            for (size_t k = 0; k < args->n; k++) {
                strcat(line, k ? " " : "");
                strcat(line, words[k]);
            }
            same = cli_match(&conf_table, mode, CLI_ADMIN, line, strlen(line), &other, ignored,
                             sizeof ignored) == 0;
            /* Ambiguous, or the same: nothing else but a whole word of a parent mode. */
            ck_assert_msg(same ? other.row == args->row : !!strstr(ignored, "Ambiguous"), "%s: %s",
                          line, ignored);
            ck_assert_int_eq(cli_match_upwards(&conf_table, &found, CLI_ADMIN, line, strlen(line),
                                               &other, ignored, sizeof ignored) == 0,
                             same);
            same = same && found == mode;
            if (!same)
                (void)snprintf(words[i], sizeof words[i], "%s", args->words[i].text);
        }
    }
    for (size_t i = 0; i < args->n; i++) {
        strcat(out, words[i]);
        strcat(out, " ");
    }
    strcat(out, "\n");
}

START_TEST(abbreviated_configuration_means_the_same)
{
    char *text = NULL;
    size_t len = load("west.cfg", &text);
    struct conf whole;

    ck_assert_uint_eq(conf_parse(&whole, "west.cfg", text, len, err, sizeof err), 0);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng rng = {.state = seed};
        char *out = calloc(1, len + 1), *copy = strndup(text, len), *save = NULL;
        uint32_t mode = CONF_MODE_EXEC;

        for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
            struct cli_args args;

            line += strspn(line, " ");
            if (*line == '#')
                continue; /* blocks are left by the next line alone */
            ck_assert_int_eq(cli_match_upwards(&conf_table, &mode, CLI_ADMIN, line, strlen(line),
                                               &args, err, sizeof err),
                             0);
            abbreviate(&rng, &args, mode, out);
            mode = args.row->enters ? args.row->enters : mode;
        }
        ck_assert_msg(parse(out) == 0, "seed %d: %s\n%s", (int)seed, err, out);
        ck_assert_mem_eq(&conf, &whole, sizeof conf);
        free(out);
        free(copy);
    }
    free(text);
}
END_TEST

START_TEST(each_range_is_kept_to_its_limits)
{
    static const struct {
        const char *command, *name;
        size_t offset;
        uint32_t low, high, step;
    } ranges[] = {
        {"priority", "n", offsetof(struct conf_srp, priority), 1, 255, 1},
        {"hello-interval", "n", offsetof(struct conf_srp, hello_s), 1, 60, 1},
        {"dead-interval", "n", offsetof(struct conf_srp, dead_s), 1, 65535, 1},
        {"delay-interval", "n", offsetof(struct conf_srp, delay_s), 1, 65535, 1},
        {"configuration-interval", "n", offsetof(struct conf_srp, config_s), 1, 65535, 1},
        {"route-modifier threshold", "n", offsetof(struct conf_srp, rm_threshold), 2, 32, 1},
        {"delta-route-modifier", "n", offsetof(struct conf_srp, rm_delta), 1, 8, 1},
        {"checkpoint session duration", "n", offsetof(struct conf_srp, duration_ims_s), 0, 65535,
         1},
        {"checkpoint session duration ims-session", "n", offsetof(struct conf_srp, duration_ims_s),
         0, 65535, 1},
        {"checkpoint session duration non-ims-session", "n",
         offsetof(struct conf_srp, duration_non_ims_s), 0, 65535, 1},
        {"checkpoint session periodic-interval", "n", offsetof(struct conf_srp, periodic_min), 30,
         1440, 15},
        {"audit periodicity", "n", offsetof(struct conf_srp, audit_periodicity_min), 60, 1440, 1},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const uint32_t values[] = {ranges[i].low, ranges[i].low + ranges[i].step, ranges[i].high};
        char line[128], expected[256];

        for (size_t k = 0; k < 3; k++) {
            uint32_t got;

            (void)snprintf(line, sizeof line, "%s %u", ranges[i].command, values[k]);
            accepts(srp(line));
            memcpy(&got, (const char *)&conf.srp + ranges[i].offset, sizeof got);
            ck_assert_uint_eq(got, values[k]);
        }
        for (int above = ranges[i].low == 0; above < 2; above++) {
            uint32_t bad = above ? ranges[i].high + 1 : ranges[i].low - 1;

            (void)snprintf(line, sizeof line, "%s %u", ranges[i].command, bad);
            (void)snprintf(expected, sizeof expected,
                           "test.cfg:8: Failure: Invalid value - \"%u\", <n> must be a number from "
                           "%u to %u",
                           bad, ranges[i].low, ranges[i].high);
            refuses(srp(line), expected);
        }
    }
}
END_TEST

START_TEST(periodic_interval_is_a_multiple_of_fifteen)
{
    refuses(srp("checkpoint session periodic-interval 40"),
            "test.cfg:8: Failure: periodic-interval 40 is not a multiple of 15");
}
END_TEST

START_TEST(cleanup_after_an_audit_is_silent_unless_it_is_required)
{
    accepts("config\n");
    ck_assert(!conf.graceful_cleanup);
    accepts("config\nrequire graceful-cleanup-during-audit-failure\n");
    ck_assert(conf.graceful_cleanup);
    accepts("config\nrequire graceful-cleanup-during-audit-failure\n"
            "no require graceful-cleanup-during-audit-failure\n");
    ck_assert(!conf.graceful_cleanup);
}
END_TEST

START_TEST(audits_begin_at_hours_and_minutes_of_the_day)
{
    accepts(srp("audit daily-start-time 06 00"));
    ck_assert(conf.srp.audit_daily);
    ck_assert_uint_eq(conf.srp.audit_start_min, 6 * 60);
    accepts(srp("audit daily-start-time 0 0"));
    ck_assert(conf.srp.audit_daily);
    ck_assert_uint_eq(conf.srp.audit_start_min, 0);
    accepts(srp("audit daily-start-time 06 00\naudit daily-start-time 23 59"));
    ck_assert_uint_eq(conf.srp.audit_start_min, 23 * 60 + 59);
    accepts(srp("audit daily-start-time 06 00\nno audit daily-start-time"));
    ck_assert(!conf.srp.audit_daily);
    refuses(srp("audit daily-start-time 6"),
            "test.cfg:8: Failure: Incomplete command - <mm> is missing");
    refuses(srp("audit daily-start-time 24 00"),
            "test.cfg:8: Failure: Invalid value - \"24\", <hh> must be a number from 0 to 23");
    refuses(srp("audit daily-start-time 23 60"),
            "test.cfg:8: Failure: Invalid value - \"60\", <mm> must be a number from 0 to 59");
}
END_TEST

START_TEST(duration_without_keyword_sets_both)
{
    accepts(srp("checkpoint session duration 7"));
    ck_assert_uint_eq(conf.srp.duration_ims_s, 7);
    ck_assert_uint_eq(conf.srp.duration_non_ims_s, 7);
    accepts(srp("checkpoint session duration ims-session 5\n"
                "checkpoint session duration non-ims-session 6"));
    ck_assert_uint_eq(conf.srp.duration_ims_s, 5);
    ck_assert_uint_eq(conf.srp.duration_non_ims_s, 6);
    accepts(srp("checkpoint session duration 7\ndefault checkpoint session duration ims-session"));
    ck_assert_uint_eq(conf.srp.duration_ims_s, 60);
    ck_assert_uint_eq(conf.srp.duration_non_ims_s, 7);
}
END_TEST

START_TEST(nack_is_off_until_configured_for_macro_and_micro_apart)
{
    const struct conf_nack *nack = conf.srp.nack;

    accepts(srp(""));
    ck_assert(!nack[CONF_MACRO].on && !nack[CONF_MICRO].on);
    accepts(srp("checkpoint session nack micro"));
    ck_assert(!nack[CONF_MACRO].on && nack[CONF_MICRO].on);
    ck_assert_uint_eq(nack[CONF_MICRO].max_response, 3);
    accepts(srp("checkpoint session nack macro max-response 65535\n"
                "checkpoint session nack micro max-response 0"));
    ck_assert(nack[CONF_MACRO].on && nack[CONF_MICRO].on);
    ck_assert_uint_eq(nack[CONF_MACRO].max_response, 65535);
    ck_assert_uint_eq(nack[CONF_MICRO].max_response, 0);
    accepts(srp("checkpoint session nack macro max-response 7\n"
                "checkpoint session nack macro\ncheckpoint session nack micro max-response 7\n"
                "no checkpoint session nack micro"));
    ck_assert(nack[CONF_MACRO].on && !nack[CONF_MICRO].on);
    ck_assert_uint_eq(nack[CONF_MACRO].max_response, 3);
    ck_assert_uint_eq(nack[CONF_MICRO].max_response, 3);
}
END_TEST

START_TEST(nack_names_its_kind_and_a_number_in_range)
{
    refuses(srp("checkpoint session nack"),
            "test.cfg:8: Failure: Incomplete command - one of macro, micro is missing");
    refuses(srp("checkpoint session nack micro max-response 65536"),
            "test.cfg:8: Failure: Invalid value - \"65536\", <n> must be a number from 0 to 65535");
    refuses(srp("no checkpoint session nack micro max-response 3"),
            "test.cfg:8: Failure: Unknown command - \"max-response\", unrecognized keyword; the "
            "command ends before it");
}
END_TEST

START_TEST(default_and_no_forms_restore_the_defaults)
{
    struct conf set, defaults;

    accepts(srp(""));
    defaults = conf;
    accepts(srp("chassis-mode primary\npriority 9\nhello-interval 2\ndead-interval 9\n"
                "delay-interval 4\nconfiguration-interval 5\nroute-modifier threshold 20\n"
                "delta-route-modifier 3\ncheckpoint session duration 8\n"
                "checkpoint session compression lz4\ncheckpoint session periodic-interval 60\n"
                "audit daily-start-time 06 00\naudit periodicity 90\n"
                "monitor bgp context c 10.0.0.1 group 2\nmonitor bgp context c 10.0.0.2\n"));
    set = conf;
    ck_assert_uint_eq(set.srp.monitors[1].group, 0);
    ck_assert_mem_ne(&set.srp, &defaults.srp, sizeof set.srp);
    accepts(srp("chassis-mode primary\npriority 9\nhello-interval 2\ndead-interval 9\n"
                "delay-interval 4\nconfiguration-interval 5\nroute-modifier threshold 20\n"
                "delta-route-modifier 3\ncheckpoint session duration 8\n"
                "checkpoint session compression lz4\ncheckpoint session periodic-interval 60\n"
                "audit daily-start-time 06 00\naudit periodicity 90\n"
                "monitor bgp context c 10.0.0.1 group 2\nmonitor bgp context c 10.0.0.2\n"
                "default chassis-mode\ndefault priority\ndefault hello-interval\n"
                "default dead-interval\nno delay-interval\ndefault delay-interval\n"
                "default configuration-interval\ndefault route-modifier threshold\n"
                "default delta-route-modifier\ndefault checkpoint session duration\n"
                "default checkpoint session compression\n"
                "no checkpoint session periodic-interval\n"
                "no audit daily-start-time\ndefault audit periodicity\nno audit periodicity\n"
                "no monitor bgp context c 10.0.0.1\nno monitor bgp context c 10.0.0.2\n"));
    ck_assert_mem_eq(&conf.srp, &defaults.srp, sizeof conf.srp);
    refuses(srp("no bind address"),
            "test.cfg:7: Failure: service-redundancy-protocol has no bind address");
    refuses(srp("no peer-ip-address"),
            "test.cfg:7: Failure: service-redundancy-protocol has no peer-ip-address");
    refuses(srp("no monitor bgp context c 10.0.0.1"),
            "test.cfg:8: Failure: There is no \"monitor bgp context c 10.0.0.1\"");
}
END_TEST

START_TEST(blocks_are_left_by_exit_by_comment_or_by_the_next_line)
{
    static const char *const leave[] = {"exit\n", "#exit\n", "  #exit \n", "",
                                        "#exit\n#exit\n#exit\n"};

    for (size_t i = 0; i < sizeof leave / sizeof *leave; i++) {
        char text[512];

        (void)snprintf(text, sizeof text,
                       "config\ncontext a\ninterface x\nip address 10.0.0.1 255.0.0.0\n%s"
                       "context b\ninterface y\nip-address 10.0.0.2 255.0.0.0\n%sexit\nend\n",
                       leave[i], i == 4 ? "context b\n" : leave[i]);
        accepts(text);
        ck_assert_uint_eq(conf.context_n, 3);
        ck_assert_uint_eq(conf.interface_n, 2);
        ck_assert_str_eq(conf.contexts[conf.interfaces[1].context], "b");
    }
}
END_TEST

START_TEST(layout_of_the_text_does_not_matter)
{
    accepts(
        "configure\r\n\tcontext \"a\" -noconfirm\r\n\r\n# a comment \x01\xff\r\n"
        "   INTERFACE l loopback\r\n ip   address 10.0.0.1 255.255.255.255 srp-activate\r\nend");
    ck_assert_uint_eq(conf.interface_n, 1);
    ck_assert(conf.interfaces[0].srp_activate);
    ck_assert_str_eq(conf.interfaces[0].name, "l");
}
END_TEST

START_TEST(ports_are_accepted)
{
    accepts("config\ncontext srp\ninterface i\nip address 10.0.0.1 255.0.0.0\n#exit\n#exit\n"
            "port ethernet 1/10\ndescription \"to the peer\"\nmedium speed 1000 duplex full\n"
            "medium auto\nno shutdown\nshutdown\nbind interface i srp\n#exit\nend\n");
    refuses("config\nport ethernet 1/10\nbind interface i srp\nport ethernet 0/1\n",
            "test.cfg:3: Failure: No interface \"i\" in context \"srp\"\n"
            "test.cfg:4: Failure: Invalid value - \"0/1\", <port> must be a port "
            "(SLOT/PORT, each 1 to 48)");
}
END_TEST

START_TEST(all_bad_lines_are_reported)
{
    refuses("xyz\nconfig\ncontext\nsystem hostname a b\ncontext c\nip pool p 10.0.0.1 255.0.0.0 "
            "public\n",
            "test.cfg:1: Failure: Unknown command - \"xyz\", unrecognized keyword; here stands "
            "configure\n"
            "test.cfg:3: Failure: Incomplete command - <name> is missing\n"
            "test.cfg:4: Failure: Unknown command - \"b\", unrecognized keyword; the command ends "
            "before it\n"
            "test.cfg:6: Failure: Network 10.0.0.1 has bits outside of mask 255.0.0.0");
    ck_assert_uint_eq(parse("x\ny\nz\n"), 3);
}
END_TEST

START_TEST(bad_lines_without_room_are_still_counted)
{
    char small[100];

    conf_defaults(&conf);
    ck_assert_uint_eq(conf_parse(&conf, "t", "x\ny\nz\n", 6, small, sizeof small), 3);
    ck_assert_str_eq(small, "t:1: Failure: Unknown command - \"x\", unrecognized keyword; "
                            "here stands configure");
    ck_assert_uint_eq(conf_parse(&conf, "t", "x\ny\n", 4, NULL, 0), 2);
}
END_TEST

START_TEST(garbage_and_oversized_text_is_refused)
{
    static char big[CONF_FILE_MOST + 1];

    memset(big, '\n', sizeof big);
    conf_defaults(&conf);
    ck_assert_uint_eq(conf_parse(&conf, "t", big, sizeof big, err, sizeof err), 1);
    ck_assert_str_eq(err, "t:1: Failure: Configuration larger than 1048576 octets");
    ck_assert_uint_eq(conf_parse(&conf, "t", big, sizeof big - 1, err, sizeof err), 0);
    ck_assert_uint_eq(conf_parse(&conf, "t", "conf\0ig\n", 8, err, sizeof err), 1);
    ck_assert_str_eq(err, "t:1: Failure: Unprintable character 0x00 in column 5");
}
END_TEST

#define SOURCE "config\ncontext s\ninterface l loopback\nip address 10.0.0.1 255.255.255.255\n"

START_TEST(service_needs_an_address_of_its_context)
{
    accepts(SOURCE
            "ggsn-service g\nbind address 10.0.0.1\ngtpu-service u\nbind ipv4-address 10.0.0.1\n");
    refuses(SOURCE "ggsn-service g\nbind address 10.0.0.2\n",
            "test.cfg:6: Failure: ggsn-service \"g\" is bound to 10.0.0.2, which no interface of "
            "context \"s\" has");
    refuses(SOURCE "context t\ngtpu-service u\nbind ipv4-address 10.0.0.1\n",
            "test.cfg:7: Failure: gtpu-service \"u\" is bound to 10.0.0.1, which no interface of "
            "context \"t\" has");
    refuses(SOURCE "ggsn-service g\nbind address 10.0.0.1\nggsn-service h\nbind address 10.0.0.1\n",
            "test.cfg:8: Failure: ggsn-service \"h\" is bound to 10.0.0.1, as is \"g\"");
}
END_TEST

START_TEST(associated_service_must_exist)
{
    refuses(SOURCE "egtp-service e\nassociate gtpu-service u\n",
            "test.cfg:6: Failure: egtp-service \"e\" is associated with gtpu-service \"u\", which "
            "is not in its context");
    refuses(SOURCE "ggsn-service e\npgw-service p\nassociate egtp-service e\n",
            "test.cfg:7: Failure: pgw-service \"p\" is associated with egtp-service \"e\", which "
            "is not in its context");
    accepts(SOURCE "pgw-service p\nassociate egtp-service e\negtp-service e\n"
                   "gtpc bind ipv4-address 10.0.0.1\n");
    ck_assert_uint_eq(conf_service_addr(&conf, CONF_PGW), 0x0a000001);
    ck_assert_uint_eq(conf_service_addr(&conf, CONF_GGSN), 0);
}
END_TEST

START_TEST(pool_of_an_apn_must_exist)
{
    refuses("config\ncontext s\napn A\nip context-name d\n",
            "test.cfg:4: Failure: apn \"a\" leads to context \"d\", which does not exist");
    refuses("config\ncontext s\napn a\nip address pool name p\n",
            "test.cfg:4: Failure: apn \"a\" uses pool \"p\", which context \"s\" does not have");
    accepts("config\ncontext s\napn a\nip address pool name p\nip context-name d\n"
            "context d\nip pool p 10.0.0.0 255.0.0.0 static\n");
    ck_assert_int_eq(conf.pools[0].kind, CONF_POOL_STATIC);
}
END_TEST

START_TEST(pools_do_not_overlap_and_may_be_replaced)
{
    refuses("config\ncontext d\nip pool p 10.0.0.0 255.0.0.0 private 10\n"
            "ip pool q 10.1.0.0 255.255.0.0 public\n",
            "test.cfg:4: Failure: Pool overlaps pool \"p\" of the same context");
    accepts("config\ncontext d\nip pool p 10.0.0.0 255.0.0.0 private 10\n"
            "ip pool p 10.0.0.0 255.255.0.0 private 3 srp-activate\n"
            "ip pool q 10.1.0.0 255.255.0.0 public\nno ip pool p\n");
    ck_assert_uint_eq(conf.pool_n, 1);
    ck_assert_str_eq(conf.pools[0].name, "q");
}
END_TEST

START_TEST(interfaces_do_not_share_an_address)
{
    refuses(SOURCE "interface m\nip address 10.0.0.1 255.0.0.0\n",
            "test.cfg:6: Failure: Address 10.0.0.1 is already that of interface \"l\"");
    refuses(SOURCE "interface l\n",
            "test.cfg:5: Failure: Interface \"l\" exists and is a loopback interface");
    refuses("config\ncontext s\ninterface i\nip address 10.0.0.1 255.0.0.0 srp-activate\n",
            "test.cfg:4: Failure: Unknown command - \"srp-activate\", unrecognized keyword; the "
            "command ends before it");
}
END_TEST

START_TEST(srp_block_needs_two_different_addresses)
{
    refuses("config\ncontext s\nservice-redundancy-protocol\n",
            "test.cfg:3: Failure: service-redundancy-protocol has no bind address\n"
            "test.cfg:3: Failure: service-redundancy-protocol has no peer-ip-address");
    refuses(srp("peer-ip-address 127.0.0.1"),
            "test.cfg:8: Failure: bind address and peer-ip-address are both 127.0.0.1");
    refuses(srp("context other\nservice-redundancy-protocol"),
            "test.cfg:9: Failure: service-redundancy-protocol is already in context \"srp\"");
}
END_TEST

START_TEST(full_tables_are_refused)
{
    static char text[32768];
    size_t at = (size_t)snprintf(text, sizeof text, "config\n");

    for (int i = 0; i < CONF_CONTEXTS; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "context c%d\n", i);
    refuses(text, "test.cfg:17: Failure: No more than 16 contexts can be configured");
    at = (size_t)snprintf(text, sizeof text, "config\ncontext c\n");
    for (int i = 0; i <= CONF_POOLS; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "interface i%d\nip pool p%d 10.%d.0.0 255.255.0.0 public\napn a%d\n"
                               "gtpu-service u%d\n",
                               i, i, i, i, i % CONF_SERVICES);
    refuses(text, "test.cfg:259: Failure: No more than 64 interfaces can be configured\n"
                  "test.cfg:260: Failure: No more than 64 pools can be configured\n"
                  "test.cfg:261: Failure: No more than 64 APNs can be configured");
}
END_TEST

START_TEST(bgp_router_is_one_a_context)
{
    accepts("config\ncontext d\nrouter bgp 4294967295\nneighbor 10.0.0.1 remote-as 1\n"
            "network 10.0.0.0/8\nnetwork 10.1.0.1\nrouter bgp 4294967295\nrouter-id 1.1.1.1\n"
            "neighbor 10.0.0.1 remote-as 2\n");
    ck_assert_uint_eq(conf.bgp_n, 1);
    ck_assert_uint_eq(conf.bgp[0].peer_n, 1);
    ck_assert_uint_eq(conf.bgp[0].peers[0].remote_as, 2);
    ck_assert_uint_eq(conf.bgp[0].networks[1].mask, UINT32_MAX);
    refuses("config\ncontext d\nrouter bgp 1\nrouter bgp 2\n",
            "test.cfg:4: Failure: Context \"d\" already has BGP router 1");
}
END_TEST

START_TEST(warnings_name_what_should_be_mended)
{
    accepts(srp("hello-interval 10\ndead-interval 29\nbind address 127.0.0.3\n"
                "monitor bgp context nowhere 10.0.0.1\ncontext s\npgw-service p\n"
                "ggsn-service g\napn a\ngtpu-service u\nbind address 10.0.0.1\n"
                "interface x\nip address 10.0.0.1 255.0.0.0"));
    ck_assert_uint_eq(conf_warnings(&conf, err, sizeof err), 7);
    ck_assert_str_eq(
        err,
        "Warning: dead-interval 29 is less than three times hello-interval 10\n"
        "Warning: SRP bind address 127.0.0.3 is that of no interface of context \"srp\"\n"
        "Warning: monitor bgp context nowhere 10.0.0.1: there is no such context\n"
        "Warning: gtpu-service \"u\" is bound to 10.0.0.1, which does not follow a switchover\n"
        "Warning: ggsn-service \"g\" is not bound and answers nothing\n"
        "Warning: pgw-service \"p\" has no egtp-service and answers nothing\n"
        "Warning: apn \"a\" has no pool to take addresses from");
    accepts(srp("hello-interval 10\ndead-interval 30"));
    ck_assert_uint_eq(conf_warnings(&conf, err, sizeof err), 0);
}
END_TEST

START_TEST(monitored_neighbors_have_sessions_first_and_the_rest_is_named)
{
    char lines[2000];
    struct conf_neighbor found[CONF_NEIGHBORS];
    int at = snprintf(lines, sizeof lines,
                      "monitor bgp context d 10.0.1.1\n"
                      "monitor bgp context d 2001:db8::1\n"
                      "monitor hsrp interface i afi-type ipv4 group 1\n"
                      "monitor bfd context d 10.0.0.31 chassis-to-router\n"
                      "monitor bfd context d 10.0.9.9 chassis-to-chassis\n"
                      "context d\nrouter bgp 1\n");

    for (int i = 0; i < CONF_BGP_PEERS; i++)
        at += snprintf(lines + at, sizeof lines - (size_t)at, "neighbor 10.0.0.%d remote-as 2\n",
                       i + 1);
    accepts(srp(lines));
    ck_assert_uint_eq(conf_neighbors(&conf, found, CONF_NEIGHBORS), CONF_BGP_PEERS + 1);
    ck_assert_uint_eq(found[0].addr, 0x0a000101);
    ck_assert_uint_eq(found[1].addr, 0x0a00001f);
    ck_assert_uint_eq(found[2].addr, 0x0a000000 + 1);
    ck_assert_str_eq(found[2].context, "d");
    (void)conf_warnings(&conf, err, sizeof err);
    ck_assert_ptr_nonnull(
        strstr(err, "Warning: neighbor 10.0.0.32 of context \"d\" has no session: a chassis has "
                    "32, first with those it monitors"));
    ck_assert_ptr_null(strstr(err, "neighbor 10.0.0.31 of context \"d\" has no"));
    ck_assert_ptr_nonnull(strstr(err, "Warning: monitor bgp context d 2001:db8::1: nothing here "
                                      "tells its state; it stays Initializing"));
    ck_assert_ptr_nonnull(strstr(err, "Warning: monitor hsrp interface i afi-type ipv4 group 1: "));
}
END_TEST

START_TEST(table_is_well_written)
{
    ck_assert_msg(cli_table_check(&conf_table, err, sizeof err) == 0, "%s", err);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf");
    TCase *tcase = tcase_create("conf");

    tcase_add_test(tcase, minimal_srp_configuration_is_understood);
    tcase_add_test(tcase, empty_configuration_holds_the_defaults);
    tcase_add_test(tcase, shipped_configuration_means_what_it_says);
    tcase_add_test(tcase, abbreviated_configuration_means_the_same);
    tcase_add_test(tcase, each_range_is_kept_to_its_limits);
    tcase_add_test(tcase, periodic_interval_is_a_multiple_of_fifteen);
    tcase_add_test(tcase, cleanup_after_an_audit_is_silent_unless_it_is_required);
    tcase_add_test(tcase, audits_begin_at_hours_and_minutes_of_the_day);
    tcase_add_test(tcase, nack_is_off_until_configured_for_macro_and_micro_apart);
    tcase_add_test(tcase, nack_names_its_kind_and_a_number_in_range);
    tcase_add_test(tcase, duration_without_keyword_sets_both);
    tcase_add_test(tcase, default_and_no_forms_restore_the_defaults);
    tcase_add_test(tcase, blocks_are_left_by_exit_by_comment_or_by_the_next_line);
    tcase_add_test(tcase, layout_of_the_text_does_not_matter);
    tcase_add_test(tcase, ports_are_accepted);
    tcase_add_test(tcase, all_bad_lines_are_reported);
    tcase_add_test(tcase, bad_lines_without_room_are_still_counted);
    tcase_add_test(tcase, garbage_and_oversized_text_is_refused);
    tcase_add_test(tcase, service_needs_an_address_of_its_context);
    tcase_add_test(tcase, associated_service_must_exist);
    tcase_add_test(tcase, pool_of_an_apn_must_exist);
    tcase_add_test(tcase, pools_do_not_overlap_and_may_be_replaced);
    tcase_add_test(tcase, interfaces_do_not_share_an_address);
    tcase_add_test(tcase, srp_block_needs_two_different_addresses);
    tcase_add_test(tcase, full_tables_are_refused);
    tcase_add_test(tcase, bgp_router_is_one_a_context);
    tcase_add_test(tcase, warnings_name_what_should_be_mended);
    tcase_add_test(tcase, monitored_neighbors_have_sessions_first_and_the_rest_is_named);
    tcase_add_test(tcase, table_is_well_written);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
