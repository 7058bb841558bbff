#include <stdio.h>
#include <string.h>

#include "cf/cf.h"
#include "cf/show_alarm.h"
#include "cf/show_recovery.h"
#include "cf/show_service.h"
#include "cf/show_session.h"
#include "cf/show_task.h"
#include "common/loop/clock.h"
#include "tests/unit/unit.h"

/* What the console prints, octet by octet; and that it says what is true. */

enum { CF_SLOT = 1, OTHER_CF = 2, DEMUX = 3, SF = 4, SF_TWO = 5, SPARE = 6 };
enum { SOURCE = 1, DEST = 2, ROOM = 100 };

static const uint32_t SERVICE = 0xc0000201, ROUTER = 0xc6336401, SECOND = 0xc6336402;
static const int64_t MARCH_3 = INT64_C(1772500500) * 1000000; /* 2026-03-03 01:15:00 */

static struct cf cf;
static struct node node;
static char *text;
static size_t text_len;

/* ---- one control function, of an instance with two SFs of one and two session managers ------ */

static void
add_cards(void)
{
    static const struct {
        uint8_t slot, type, sessmgr;
        bool spare;
    } cards[] = {{CF_SLOT, CARD_CF, 0, false},  {OTHER_CF, CARD_CF, 0, false},
                 {DEMUX, CARD_DEMUX, 0, false}, {SF, CARD_SF, 1, false},
                 {SF_TWO, CARD_SF, 2, false},   {SPARE, CARD_SF, 0, true}};

    cards_init(&cf.cards);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        cards_set(&cf.cards, cards[i].slot, cards[i].type, cards[i].spare, cards[i].sessmgr);
    cards_add(&cf.cards, SF_TWO, 3);
}

static void
reports(uint16_t row, uint32_t sessions, uint32_t v2)
{
    struct card_status status = {.type = cf.cards.slots[row].type,
                                 .sessmgr = cf.cards.slots[row].sessmgr,
                                 .sessions = sessions,
                                 .sessions_v2 = v2,
                                 .state = CHASSIS_ACTIVE,
                                 .peer_ready = true};

    status.usage.memory_kib[USAGE_NOW] = 2048;
    ck_assert(cards_heard(&cf.cards, row, &status, clock_now()));
}

static void
all_report(void)
{
    reports(DEMUX, 0, 0);
    reports(SF, 12, 5);
    reports(SF_TWO, 6, 0);
    reports(cards_row(&cf.cards, SF_TWO, 3), 2, 2);
    reports(SPARE, 0, 0);
}

static void
add_service(uint8_t kind, const char *name, uint32_t bind)
{
    struct conf_service *s = &cf.conf.services[cf.conf.service_n++];

    s->kind = (enum conf_service_kind)kind;
    s->context = SOURCE;
    s->bind = bind;
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    if (kind == CONF_PGW)
        strcpy(s->associate_egtp, "egtp1");
}

static void
configure(void)
{
    static const char *const contexts[] = {"local", "source", "dest"};

    conf_defaults(&cf.conf);
    cf.conf.context_n = 3;
    for (size_t i = 0; i < 3; i++)
        strcpy(cf.conf.contexts[i], contexts[i]);
    cf.conf.interface_n = 1;
    cf.conf.interfaces[0] = (struct conf_interface){.context = SOURCE, .addr = SERVICE};
    add_service(CONF_EGTP, "egtp1", SERVICE);
    add_service(CONF_PGW, "PGW-1", 0);
    add_service(CONF_GTPU, "lost", SERVICE + 1);
    cf.conf.bgp_n = 1;
    cf.conf.bgp[0] = (struct conf_bgp){.context = DEST, .as = 65001, .router_id = SERVICE};
    cf.conf.bgp[0].peer_n = 2;
    cf.conf.bgp[0].peers[0].addr = ROUTER;
    cf.conf.bgp[0].peers[0].remote_as = 65000;
    cf.conf.bgp[0].peers[1].addr = SECOND;
    cf.conf.bgp[0].peers[1].remote_as = 65000;
}

static void
set_up(void)
{
    clock_scale(1);
    memset(&cf, 0, sizeof cf);
    memset(&node, 0, sizeof node);
    node.slot = CF_SLOT;
    node.topo.sessions = ROOM;
    node.topo.instances[0].sessmgr_n = 3;
    cf.node = &node;
    cf.srp.state = CHASSIS_ACTIVE;
    cf.started = clock_now();
    add_cards();
    configure();
    traps_init(&cf.traps, false);
}

static FILE *
out(void)
{
    FILE *stream = open_memstream(&text, &text_len);

    ck_assert_ptr_nonnull(stream);
    return stream;
}

/* Closes it, and compares the whole. */
static void
printed(FILE *stream, const char *expected)
{
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void
prints(void (*show)(const struct cf *, FILE *), const char *expected)
{
    FILE *stream = out();

    show(&cf, stream);
    printed(stream, expected);
}

static bool
has(void (*show)(const struct cf *, FILE *), const char *line)
{
    FILE *stream = out();
    bool found;

    show(&cf, stream);
    ck_assert_int_eq(fclose(stream), 0);
    found = strstr(text, line) != NULL;
    free(text);
    return found;
}

static json_int_t
number(json_t *object, const char *path, const char *key)
{
    json_t *inner = path ? json_object_get(object, path) : object;

    ck_assert_msg(json_is_integer(json_object_get(inner, key)), "%s", key);
    return json_integer_value(json_object_get(inner, key));
}

/* ---- session recovery ------------------------------------------------------------------------- */

START_TEST(the_table_of_session_recovery_has_the_genuine_columns)
{
    FILE *stream = out();

    show_recovery_head(stream);
    show_recovery_row(&(struct recovery_row){.slot = 4, .alive = true, .sessmgrs = 48}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 5, .alive = true, .demux = true}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 16, .alive = true, .spare = true}, stream);
    show_recovery_row(&(struct recovery_row){.slot = 7}, stream);
    printed(stream, "              ----sessmgr---  ----aaamgr---- demux\n"
                    " cpu state    active standby  active standby  active  status\n"
                    "---- -------  ------ -------  ------ -------  ------  "
                    "-------------------------\n"
                    " 4/0 Active   48     0        0      0        0       "
                    "Good                     \n"
                    " 5/0 Active   0      0        0      0        1       "
                    "Good (Demux)             \n"
                    "16/0 Standby  0      0        0      0        0       "
                    "Good                     \n"
                    " 7/0 Offline  0      0        0      0        0       "
                    "Not Good (card is offline)\n");
}
END_TEST

START_TEST(session_recovery_is_not_ready_and_says_why)
{
    all_report();
    ck_assert(has(show_recovery, "  Overall Status     : Not Ready For Recovery (no session "
                                 "manager has a standby-mode twin: "));
    ck_assert(!has(show_recovery, "status\n"));
    ck_assert(
        has(show_recovery_verbose, " 5/0 Active   2      0        0      0        0       Good "));
}
END_TEST

START_TEST(a_card_that_is_gone_is_not_good)
{
    json_t *object, *card;

    all_report();
    (void)cards_gone(&cf.cards, SF, true, clock_now());
    ck_assert(has(show_recovery_verbose, " 4/0 Offline  0      0        0      0        0       "
                                         "Not Good (card is offline)\n"));
    object = show_recovery_json(&cf);
    card = json_array_get(json_object_get(object, "cards"), SF - DEMUX);
    ck_assert_int_eq(number(card, NULL, "slot"), SF);
    ck_assert(json_is_false(json_object_get(card, "good")));
    json_decref(object);
}
END_TEST

/* ---- resources ---------------------------------------------------------------------------------- */

START_TEST(resources_have_the_genuine_rows)
{
    struct resource pgw = {.name = "PGW Service", .in_use = 1201, .limit = 10000};
    FILE *stream = out();

    pgw.peak = (struct peak){.most = 1350, .wall_us = MARCH_3};
    show_resource(&pgw, stream);
    printed(stream, "PGW Service:\n"
                    "    In Use              : 1201\n"
                    "    Max Used            : 1350 ( Tuesday March 03 01:15:00 UTC 2026 )\n"
                    "    Limit               : 10000\n"
                    "    License Status      : Within Acceptable Limits\n");
    stream = out();
    show_resource(&(struct resource){.name = "SGW Service"}, stream);
    printed(stream, "SGW Service:\n"
                    "    In Use              : 0\n"
                    "    Max Used            : 0 ( Never )\n"
                    "    Limit               : 0\n"
                    "    License Status      : Within Acceptable Limits\n");
}
END_TEST

static bool
is_null(json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key));
}

START_TEST(what_never_happened_is_null)
{
    json_t *resources = show_resources_json(&cf), *alarms = show_alarm_statistics_json(&cf),
           *bgp = show_bgp_json(&cf, "dest"), *contexts = json_object_get(bgp, "contexts"),
           *neighbors = json_object_get(json_array_get(contexts, 0), "neighbors");

    ck_assert(is_null(json_object_get(resources, "pgw_service"), "max_used_at"));
    ck_assert(is_null(alarms, "last_received"));
    ck_assert(is_null(json_array_get(neighbors, 0), "seconds_in_state"));
    json_decref(resources);
    json_decref(alarms);
    json_decref(bgp);
    cf.chronicle.pgw = (struct peak){.most = 1, .wall_us = MARCH_3};
    traps_stand(&cf.traps, &(struct trap){.id = TRAP_SPOF, .slot = SF}); /* another CF raised it */
    resources = show_resources_json(&cf);
    alarms = show_alarms_json(&cf);
    ck_assert(
        json_is_real(json_object_get(json_object_get(resources, "pgw_service"), "max_used_at")));
    ck_assert(is_null(json_array_get(json_object_get(alarms, "outstanding"), 0), "raised"));
    json_decref(resources);
    json_decref(alarms);
}
END_TEST

START_TEST(a_service_at_its_limit_is_not_within_it)
{
    FILE *stream = out();

    show_resource(&(struct resource){.name = "GGSN Service", .in_use = 5, .limit = 5}, stream);
    printed(stream, "GGSN Service:\n"
                    "    In Use              : 5\n"
                    "    Max Used            : 0 ( Never )\n"
                    "    Limit               : 5\n"
                    "    License Status      : Limit Reached\n");
}
END_TEST

START_TEST(sessions_in_use_are_told_apart_by_their_gtp_version)
{
    json_t *object;

    all_report();
    object = show_resources_json(&cf);
    ck_assert_int_eq(number(object, "pgw_service", "in_use"), 7);
    ck_assert_int_eq(number(object, "ggsn_service", "in_use"), 13);
    ck_assert_int_eq(number(object, "pgw_service", "limit"), 3 * ROOM);
    json_decref(object);
    cf.srp.state = CHASSIS_STANDBY; /* they are records now */
    object = show_resources_json(&cf);
    ck_assert_int_eq(number(object, "ggsn_service", "in_use"), 0);
    json_decref(object);
}
END_TEST

START_TEST(a_task_has_the_genuine_columns)
{
    struct card_usage usage = {.thread = 4,
                               .cpu = {[USAGE_NOW] = 37},
                               .memory_kib = {[USAGE_NOW] = 218829},
                               .files = 32,
                               .files_most = 500};
    struct task_row row = {.slot = 3,
                           .facility = "sessmgr",
                           .instance = 4,
                           .usage = &usage,
                           .alive = true,
                           .of_thread = true,
                           .has_sessions = true,
                           .sessions = 150,
                           .sessions_most = 12000};
    FILE *stream = out();

    show_task_head(stream);
    show_task_row(&row, stream);
    row = (struct task_row){
        .slot = 3, .facility = "demux", .instance = 3, .usage = &usage, .alive = true};
    usage.files_most = 1048576;
    usage.memory_kib[USAGE_NOW] = 3u << 20;
    show_task_row(&row, stream);
    row.alive = false;
    show_task_row(&row, stream);
    printed(stream,
            "                   task   cputime        memory     files      sessions\n"
            " cpu facility      inst  used  allc   used  alloc used allc  used  allc S status\n"
            "----------------------- ----------- ------------- --------- ------------- ------\n"
            " 3/0 sessmgr          4 0.40%  100% 213.7M      -   32  500   150 12000 I   good\n"
            " 3/0 demux            3 3.70%     -   3.0G      -   32   1M    --    -- -   good\n"
            " 3/0 demux            3     -     -      -      -    -    -     -     - -   down\n");
}
END_TEST

START_TEST(tasks_stand_in_the_order_of_their_cards)
{
    json_t *object, *tasks;

    all_report();
    object = show_tasks_json(&cf, false, 0);
    tasks = json_object_get(object, "tasks");
    ck_assert_uint_eq(json_array_size(tasks), 6); /* of the other CF nothing is known */
    ck_assert_int_eq(number(json_array_get(tasks, 0), NULL, "slot"), CF_SLOT);
    ck_assert_int_eq(number(json_array_get(tasks, 4), NULL, "instance"), 3);
    ck_assert_int_eq(number(json_array_get(tasks, 4), NULL, "sessions"), 2);
    json_decref(object);
    object = show_tasks_json(&cf, true, 2);
    tasks = json_object_get(object, "tasks");
    ck_assert_uint_eq(json_array_size(tasks), 1);
    ck_assert_int_eq(number(json_array_get(tasks, 0), NULL, "slot"), SF_TWO);
    json_decref(object);
}
END_TEST

START_TEST(a_processor_nobody_told_of_has_no_figures)
{
    all_report();
    cf.cards.slots[SF].status.usage =
        (struct card_usage){.cpu = {15, 120, 1500}, .memory_kib = {2048, 3072, 1024}};
    ck_assert(has(show_cpu_table, "\n 2/0 Offline     -     -     -      -     -     -       -     "
                                  " -      - "));
    ck_assert(has(show_cpu_table, "\n 4/0 Active      -     -     -  1.50% 12.0%  150%    2.0M   "
                                  "3.0M   1.0M "));
}
END_TEST

START_TEST(crashes_are_listed_and_counted)
{
    prints(show_crashes, "=== ==================== ======== ========== =============== ==========\n"
                         "#           Time         Process  Card/CPU/        SW        HW_SER_NUM\n"
                         "                                     PID         VERSION               \n"
                         "=== ==================== ======== ========== =============== ==========\n"
                         "\nTotal Crashes : 0\n");
    chronicle_gone(
        &cf.chronicle,
        &(struct crash){
            .wall_us = MARCH_3, .slot = SF, .type = CARD_SF, .pid = 812, .incarnation = 1});
    ck_assert(has(show_crashes, "\n1   2026-Mar-03+01:15:00 sf       04/0/00812 " VPCLAB_VERSION));
    ck_assert(has(show_crashes, "\nTotal Crashes : 1\n"));
}
END_TEST

/* ---- alarms ---------------------------------------------------------------------------------------- */

static void
raised(enum trap_id id, uint8_t slot)
{
    struct trap trap = {
        .id = (uint8_t)id, .slot = slot, .card_type = TRAP_SFC2P, .wall_us = clock_wall_us()};

    trap.peer = ROUTER;
    strcpy(trap.context, "dest");
    (void)traps_raise(&cf.traps, &trap);
}

START_TEST(alarms_have_the_genuine_columns)
{
    raised(TRAP_SPOF, 3);
    raised(TRAP_BGP_DOWN, 0);
    prints(show_alarms,
           "Outstanding Alarms:\n\n"
           "Sev Object          Event\n"
           "--- ----------      ------------------------------------------------------------\n"
           "MN  Card 3          The 2-Port Service Function Virtual Card in slot 3 is a single "
           "point of failure. Another card of the same type is needed.\n"
           "MJ  BGP             The BGP session with 198.51.100.1 of context dest is down.\n");
}
END_TEST

START_TEST(an_alarm_that_ended_is_counted_but_not_outstanding)
{
    raised(TRAP_SPOF, 3);
    raised(TRAP_CARD_DOWN, 4);
    raised(TRAP_SPOF_CLEAR, 3);
    raised(TRAP_CARD_ACTIVE, 4); /* no alarm at all */
    ck_assert(has(show_alarm_all, "  Current Outstanding Alarms\n"
                                  "    Total:    1\n"
                                  "    Critical: 0\n"
                                  "    Major:    1\n"
                                  "    Minor:    0\n"
                                  "  Cumulative Totals\n"
                                  "    Total:    2\n"
                                  "    Critical: 0\n"
                                  "    Major:    1\n"
                                  "    Minor:    1\n"
                                  "  Last Alarm Received: "));
    ck_assert(has(show_alarm_all, "MJ  Card 4          The 2-Port Service Function Virtual Card in "
                                  "slot 4 is down.\n"));
}
END_TEST

START_TEST(alarms_that_were_cleared_are_shown_again_when_raised_again)
{
    raised(TRAP_SPOF, 3);
    show_alarms_clear(&cf);
    ck_assert(!has(show_alarms, "Card 3"));
    raised(TRAP_SPOF_CLEAR, 3);
    cf.alarms_cleared_us--; /* the clock goes on */
    raised(TRAP_SPOF, 3);
    ck_assert(has(show_alarms, "Card 3"));
}
END_TEST

START_TEST(each_kind_of_alarm_has_an_object_and_an_event)
{
    static const enum trap_id ids[] = {TRAP_CARD_DOWN,       TRAP_SPOF,         TRAP_SRP_CONN_DOWN,
                                       TRAP_CONFIG_OUT,      TRAP_BGP_DOWN,     TRAP_BFD_DOWN,
                                       TRAP_AAA_UNREACHABLE, TRAP_DIAMETER_DOWN};
    struct alarm alarm;
    unsigned alarms = 0;

    for (uint8_t id = 0; id < TRAP_N; id++) {
        if (!show_alarm_of(&(struct trap){.id = id}, &alarm))
            continue;
        alarms++;
        ck_assert_msg(alarm.object[0] && strlen(alarm.event) > 10, "%s", trap_name(id));
    }
    ck_assert_uint_eq(alarms, sizeof ids / sizeof *ids);
    for (size_t i = 0; i < alarms; i++)
        ck_assert(show_alarm_of(&(struct trap){.id = (uint8_t)ids[i]}, &alarm));
}
END_TEST

/* ---- services and BGP -------------------------------------------------------------------------------- */

START_TEST(services_have_the_genuine_columns_and_their_state)
{
    all_report();
    prints(show_services,
           "ContextID   ServiceID   ContextName   ServiceName   State      MaxSessions   Type\n"
           "---------   ---------   -----------   -----------   ----------    -----------   ----\n"
           "2           1           source        egtp1         Started       300           egtp\n"
           "2           2           source        PGW-1         Started       300           pgw\n"
           "2           3           source        lost          Initialized    300           "
           "gtpu\n");
}
END_TEST

START_TEST(without_a_demux_no_service_is_started)
{
    all_report();
    (void)cards_gone(&cf.cards, DEMUX, true, clock_now());
    ck_assert(!has(show_services, "Started"));
}
END_TEST

START_TEST(a_kind_of_service_is_shown_with_a_line_for_its_status)
{
    FILE *stream = out();

    all_report();
    ck_assert_uint_eq(show_service_kind(&cf, CONF_PGW, NULL, stream), 1);
    printed(stream, "Service name:                      PGW-1\n"
                    "  Service-Id:                      2\n"
                    "  Context:                         source\n"
                    "  Service Status:                  Started\n"
                    "  GTP-C Address of EGTP Service:   192.0.2.1\n"
                    "  EGTP Service:                    egtp1\n"
                    "  Sessions (all of the kind):      7\n"
                    "  Max Sessions:                    300\n\n");
    ck_assert_uint_eq(show_service_kind(&cf, CONF_GGSN, NULL, NULL), 0);
    ck_assert_uint_eq(show_service_kind(&cf, CONF_PGW, "other", NULL), 0);
}
END_TEST

START_TEST(contexts_are_numbered_from_one)
{
    prints(show_contexts, "Context Name    ContextID    State     Description\n"
                          "--------------- --------- ----------   -----------------------\n"
                          "local           1         Active    \n"
                          "source          2         Active    \n"
                          "dest            3         Active    \n");
}
END_TEST

START_TEST(bgp_neighbors_have_the_genuine_columns)
{
    FILE *stream = out();
    struct bgp_row row = {.addr = ROUTER, .as = 65000, .told = true, .up = true};

    row.seconds = 8049;
    row.prefixes = 4;
    show_bgp_head(stream);
    show_bgp_row(&row, stream);
    row.up = false;
    row.seconds = 41;
    show_bgp_row(&row, stream);
    row.seconds = 10 * 86400 + 5 * 3600 + 60;
    show_bgp_row(&row, stream);
    row.told = false;
    show_bgp_row(&row, stream);
    printed(stream,
            "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
            "198.51.100.1    4 65000       -       -        -    -    - 02:14:09            4\n"
            "198.51.100.1    4 65000       -       -        -    -    - 00:00:41       Active\n"
            "198.51.100.1    4 65000       -       -        -    -    - 10d05h01m       Active\n"
            "198.51.100.1    4 65000       -       -        -    -    -    never         Idle\n");
}
END_TEST

START_TEST(bgp_shows_what_the_demux_told_of_each_neighbor)
{
    struct net_body net = {.n = 1, .offered = 3};
    json_t *object, *neighbors;

    strcpy(net.neighbors[0].of.context, "dest");
    net.neighbors[0].of.addr = ROUTER;
    net.neighbors[0].bgp_up = true;
    net_seen_take(&cf.net, &net, clock_now());
    ck_assert_uint_eq(show_bgp(&cf, NULL, NULL), 1);
    ck_assert_uint_eq(show_bgp(&cf, "source", NULL), 0);
    object = show_bgp_json(&cf, "dest");
    neighbors =
        json_object_get(json_array_get(json_object_get(object, "contexts"), 0), "neighbors");
    ck_assert(json_is_true(json_object_get(json_array_get(neighbors, 0), "up")));
    ck_assert_int_eq(number(json_array_get(neighbors, 0), NULL, "prefixes_received"), 3);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(neighbors, 1), "state")),
                     "idle");
    json_decref(object);
}
END_TEST

/* ---- sessions -------------------------------------------------------------------------------------------- */

START_TEST(the_summary_of_subscribers_has_the_genuine_columns)
{
    static const char head[] =
        "Total Subscribers:             1201      \n"
        "Active:                        1201          Dormant:                       0         \n"
        "pgw-gtp-ipv6:                  0             pgw-gtp-ipv4:                  1200      \n";
    FILE *stream = out();

    show_subscribers_of(&(struct subscribers){.gtpv1 = 1, .gtpv2 = 1200}, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(strncmp(text, head, sizeof head - 1), 0);
    ck_assert_ptr_nonnull(strstr(
        text, "\nin bytes dropped:              -             out bytes dropped:             -  "));
    free(text);
}
END_TEST

START_TEST(only_an_active_chassis_has_subscribers)
{
    all_report();
    ck_assert(has(show_subscribers, "Total Subscribers:             20 "));
    ck_assert(has(show_progress, " 20 In-progress calls @ PDN-TYPE-IPv4 CONNECTED state\n"));
    cf.srp.state = CHASSIS_STANDBY;
    ck_assert(has(show_subscribers, "Total Subscribers:             0 "));
    ck_assert(has(show_progress, " 0 In-progress calls\n"));
}
END_TEST

START_TEST(a_quarter_of_an_hour_is_a_row)
{
    struct chronicle_row row = {.wall_us = MARCH_3,
                                .count = {.opened = 70, .refused = 5, .closed = 20}};
    FILE *stream = out();

    row.count.audit_failed = 2;
    show_history_row(1, &row, stream);
    printed(stream,
            "   1 2026:03:03:01:15:00        75        5        70       20        2        "
            "-        -       95\n");
}
END_TEST

START_TEST(reasons_of_disconnects_sum_up_to_all)
{
    struct chronicle_count ends = {
        .closed = 7, .replaced = 1, .peer_errors = 2, .audit_failed = 1, .superseded = 1};
    FILE *stream = out();

    show_ends_of(&ends, stream);
    printed(stream,
            "Session Disconnect Statistics\n"
            "Total Disconnects: 8\n\n"
            "Disconnect Reason                                        Num Disc   Percentage\n"
            "---------------------------------------------------- ------------ ------------\n"
            "Remote-disconnect                                               3     37.50000\n"
            "Session-replaced-by-new-request                                 1     12.50000\n"
            "GTPU-error-indication-of-peer                                   2     25.00000\n"
            "Audit-failure                                                   1     12.50000\n"
            "Superseded-by-peer-chassis                                      1     12.50000\n");
}
END_TEST

START_TEST(all_counters_of_a_session_manager_are_shown_under_their_names)
{
    FILE *stream = out();

    all_report();
    cf.cards.slots[SF].status.calls.opened = 77;
    show_subsystem(&cf, 1, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_ptr_nonnull(strstr(text, "SessMgr: Instance 1\n"));
    ck_assert_ptr_null(strstr(text, "SessMgr: Instance 2\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  opened                                  77\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  full_sent                               0\n"));
    free(text);
}
END_TEST

/* ---- the instance -------------------------------------------------------------------------------------------- */

START_TEST(uptime_is_in_days_hours_and_minutes)
{
    cf.started = mono_after(clock_now(), -(INT64_C(26) * 3600 + 12 * 60 + 59) * US_PER_S);
    prints(show_uptime, "System uptime: 1D 2H 12M\n");
}
END_TEST

START_TEST(licenses_name_what_is_not_emulated)
{
    ck_assert(has(show_license, "\n  Inter-Chassis Session Recovery                   Enabled\n"));
    ck_assert(has(show_license, "\n  Session Recovery                                 Not "
                                "emulated\n"));
    ck_assert(has(show_dinet, "Info: "));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("show");
    TCase *tcase = tcase_create("show");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_table_of_session_recovery_has_the_genuine_columns);
    tcase_add_test(tcase, session_recovery_is_not_ready_and_says_why);
    tcase_add_test(tcase, a_card_that_is_gone_is_not_good);
    tcase_add_test(tcase, resources_have_the_genuine_rows);
    tcase_add_test(tcase, what_never_happened_is_null);
    tcase_add_test(tcase, a_service_at_its_limit_is_not_within_it);
    tcase_add_test(tcase, sessions_in_use_are_told_apart_by_their_gtp_version);
    tcase_add_test(tcase, a_task_has_the_genuine_columns);
    tcase_add_test(tcase, tasks_stand_in_the_order_of_their_cards);
    tcase_add_test(tcase, a_processor_nobody_told_of_has_no_figures);
    tcase_add_test(tcase, crashes_are_listed_and_counted);
    tcase_add_test(tcase, alarms_have_the_genuine_columns);
    tcase_add_test(tcase, an_alarm_that_ended_is_counted_but_not_outstanding);
    tcase_add_test(tcase, alarms_that_were_cleared_are_shown_again_when_raised_again);
    tcase_add_test(tcase, each_kind_of_alarm_has_an_object_and_an_event);
    tcase_add_test(tcase, services_have_the_genuine_columns_and_their_state);
    tcase_add_test(tcase, without_a_demux_no_service_is_started);
    tcase_add_test(tcase, a_kind_of_service_is_shown_with_a_line_for_its_status);
    tcase_add_test(tcase, contexts_are_numbered_from_one);
    tcase_add_test(tcase, bgp_neighbors_have_the_genuine_columns);
    tcase_add_test(tcase, bgp_shows_what_the_demux_told_of_each_neighbor);
    tcase_add_test(tcase, the_summary_of_subscribers_has_the_genuine_columns);
    tcase_add_test(tcase, only_an_active_chassis_has_subscribers);
    tcase_add_test(tcase, a_quarter_of_an_hour_is_a_row);
    tcase_add_test(tcase, reasons_of_disconnects_sum_up_to_all);
    tcase_add_test(tcase, all_counters_of_a_session_manager_are_shown_under_their_names);
    tcase_add_test(tcase, uptime_is_in_days_hours_and_minutes);
    tcase_add_test(tcase, licenses_name_what_is_not_emulated);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
