/* The blocks that the manuals show, with values for their placeholders. */
#include "unit_conf_print.h"

/* ---- the manuals' blocks, with values for their placeholders ---- */

static const char *const blocks[] = {
    "configure\ncontext srp -noconfirm\nservice-redundancy-protocol\nbind address 192.0.2.1\nend\n",
    "configure\ncontext srp\nservice-redundancy-protocol\nchassis-mode primary\npriority 10\n"
    "peer-ip-address 192.0.2.2\nhello-interval 10\ndead-interval 30\nend\n",
    "configure\ncontext srp\nservice-redundancy-protocol\nchassis-mode backup\npriority 20\n"
    "peer-ip-address 192.0.2.1\nhello-interval 10\ndead-interval 30\nend\n",
    "configure\n  context srp\n    service-redundancy-protocol\n"
    "      guard-timer aaa-switchover-timers damping-period 30\n"
    "      guard-timer aaa-switchover-timers guard-period 40\n"
    "      guard-timer diameter-switchover-timers damping-period 30\n"
    "      guard-timer diameter-switchover-timers guard-period 40\n"
    "      guard-timer srp-redundancy-timers aaa damping-period 1\n"
    "      guard-timer srp-redundancy-timers aaa guard-period 2\n"
    "      guard-timer srp-redundancy-timers bgp damping-period 3\n"
    "      guard-timer srp-redundancy-timers bgp guard-period 4\n"
    "      guard-timer srp-redundancy-timers diam damping-period 5\n"
    "      guard-timer srp-redundancy-timers diam guard-period 6\n    end\n",
    "configure\ncontext srp\nservice-redundancy-protocol\ndscp-marking control af21\n"
    "dscp-marking session ef\n",
    "configure\ncontext srp\nservice-redundancy-protocol\nswitchover allow-all-data-traffic\n",
    "configure\ncontext srp\nservice-redundancy-protocol\n"
    "switchover allow-volte-data-traffic maintain-accounting\n",
    "configure\ncontext srp\nservice-redundancy-protocol\n"
    "switchover allow-early-active-transition\n",
    "configure\n  require graceful-cleanup-during-audit-failure del-cause non-ims-apn "
    "system-failure\n",
    "configure\n  require graceful-cleanup-during-audit-failure del-cause non-ims-apn none\n",
    "configure\n  require graceful-cleanup-during-audit-failure\n",
    "configure\ncontext srp\nservice-redundancy-protocol\n"
    "switchover control-outage-optimization\nend\n",
    /* one exit too many, as the VPC-DI edition has it */
    "configure\ncontext srp -noconfirm\n    interface srp1\n    ip-address 192.0.2.1/24\n    exit\n"
    "    exit\n    exit\n    port ethernet 5/11\n    description \"towards the peer\"\n"
    "    medium speed 1000 duplex full\n    no shutdown\n    bind interface srp1 srp\n    end\n",
    "configure\ncontext srp -noconfirm\n  interface srp1\n    ip-address 192.0.2.1\n  exit\nexit\n"
    "port ethernet 5/11\n  description peer\n  medium auto\n  no shutdown\n"
    "  bind interface srp1 srp\nend\n",
    "configure\n  context srp\n   service-redundancy-protocol\n"
    "     checkpoint session nack macro max-response 5\n"
    "     checkpoint session nack micro\n     no checkpoint session nack micro\n     end\n",
    "configure\ncontext srp\nservice-redundancy-protocol\ncheckpoint session periodic-interval 60\n"
    "default checkpoint session periodic-interval\nno checkpoint session periodic-interval\nend\n",
    "configure\n  context srp\n   service-redundancy-protocol\n"
    "      checkpoint session compression lz4\n   end\n",
    "configure\n  context srp\n   service-redundancy-protocol\n"
    "    standby database-recovery aggressive\n   end\n",
    "configure\ncontext source\nrouter bgp 65001\nnetwork 192.0.2.65\n"
    "neighbor 192.0.2.66 remote-as 65000\nend\n",
    "configure\ncontext srp\nservice-redundancy-protocol\nmonitor bgp context source 192.0.2.66\n"
    "end\n",
    "config\ncontext srp\nservice-redundancy-protocol\n"
    "monitor bgp context PGWin 10.1.1.16 group 1\nmonitor bgp context PGWin 10.1.1.17 group 1\n"
    "monitor bgp context PGWin 69.2.215.0 group 2\nmonitor bgp context PGWin 69.2.215.1 group 2\n"
    "monitor bgp context PGWin 2001:4333:201:1102:103:2a1:: group 3\n"
    "monitor bgp context PGWin 2001:4333:201:1102:103:2a1:0:1 group 3\nend\n",
    "configure\ncontext srp\n  service-redundancy-protocol\n    monitor bgp vrf-srp-validate\n"
    "    no monitor bgp vrf-srp-validate\n  end\n",
    "configure\n  context dest\n    subscriber default\n    end\n",
    "configure\nbulkstat mode\nno gather-on-standby\nend\n",
    "config\n  context srp\n  service-redundancy-protocol\n   audit daily-start-time 06 00\n"
    "   audit periodicity 90\n  end\n",
    "config\ncontext srp\nservice-redundancy-protocol\npriority 3\nend\n",
};

/* What `show configuration srp` prints there, all in one. */
static const char shown_by_manual[] =
    "config\n  context source\n   interface haservice loopback\n"
    "     ip address 172.17.1.1 255.255.255.255 srp-activate\n    #exit\n"
    "   radius attribute nas-ip-address address 172.17.1.1\n"
    "    radius server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1812\n"
    "    radius accounting server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1813\n"
    "   ha-service ha-pdsn\n"
    "     mn-ha-spi spi-number 256 encrypted secret 6c93f7960b726b6f6c93f7960b726b6f "
    "hash-algorithm md5\n"
    "      fa-ha-spi remote-address 192.168.82.0/24 spi-number 256 encrypted secret "
    "1088bdd6817f64df\n"
    "     bind address 172.17.1.1\n    #exit\n  #exit\n  context destination\n"
    "   ip pool dynamic 172.18.0.0 255.255.0.0 public 0 srp-activate\n"
    "   ip pool static 172.19.0.0 255.255.240.0 static srp-activate\n  #exit\n  context srp\n"
    "   service-redundancy-protocol\n    #exit\n  #exit\nend\n";

/* The same lines without what stands before them; `exit` for `#exit`. */
static void
rewritten(const char *block, bool comments, char out[4096])
{
    size_t at = 0;

    for (const char *line = block; *line; line += strcspn(line, "\n") + 1) {
        size_t len;

        line += strspn(line, " ");
        if (!comments && *line == '#')
            line++;
        len = strcspn(line, "\n");
        memcpy(out + at, line, len);
        at += len;
        out[at++] = '\n';
        out[at] = '\0';
        if (!line[len])
            break;
    }
}

static void
reads_however_it_is_laid_out(const char *block)
{
    static struct conf first;
    char out[4096];

    reads(block);
    first = conf;
    for (int comments = 0; comments < 2; comments++) {
        rewritten(block, comments, out);
        reads(out);
        ck_assert_msg(memcmp(&conf, &first, sizeof conf) == 0, "%s", out);
    }
}

START_TEST(each_block_of_the_manuals_is_read_however_it_is_laid_out)
{
    char whole[16 * 1024] = "";

    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        reads_however_it_is_laid_out(blocks[i]);
        if (strstr(blocks[i], "end\n")) /* one after the other, they are one file */
            strcat(whole, blocks[i]);
    }
    reads_however_it_is_laid_out(shown_by_manual);
    reads(whole);
}
END_TEST

START_TEST(the_block_that_the_manual_shows_is_shown_like_it)
{
    char out[4096], want[4096];

    reads(shown_by_manual);
    conf_seal(&conf, key);
    (void)printed_by(conf_print_srp);
    rewritten(shown_by_manual, true, want);
    rewritten(text, true, out);
    /* the same lines in an order of ours: the SRP lines of the source context */
    for (const char *line = want; *line; line += strcspn(line, "\n") + 1) {
        char one[256] = "";

        memcpy(one, line, strcspn(line, "\n") + 1);
        ck_assert_msg(strstr(out, one) != NULL, "no %s in\n%s", one, out);
    }
    ck_assert_uint_eq(strlen(out), strlen(want));
}
END_TEST

START_TEST(an_exit_too_many_closes_nothing_and_end_still_ends)
{
    reads("config\nexit\nexit\nsystem hostname a\nend\n");
    ck_assert_str_eq(conf.hostname, "a");
    reads("config\ncontext x\nexit\nexit\nconfig\nsystem hostname b\nexit\nport ethernet 1/1\n");
    ck_assert_str_eq(conf.hostname, "b");
    ck_assert_uint_eq(conf.port_n, 1);
    does_not_read(
        "config\nend\nsystem hostname c\n",
        "test.cfg:3: Failure: Unknown command - \"system\", unrecognized keyword; here stands "
        "configure");
    does_not_read(
        "config\nexit\nsytem hostname c\n",
        "test.cfg:3: Failure: Unknown command - \"sytem\", unrecognized keyword; did you mean "
        "\"system\"?");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_blocks");
    TCase *tcase = tcase_create("conf_blocks");

    tcase_add_test(tcase, each_block_of_the_manuals_is_read_however_it_is_laid_out);
    tcase_add_test(tcase, the_block_that_the_manual_shows_is_shown_like_it);
    tcase_add_test(tcase, an_exit_too_many_closes_nothing_and_end_still_ends);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
