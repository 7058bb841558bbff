/* Two session managers of one SF on a loop of the test's, which plays their CF and puts load on
 * them: each is a peer of its own to the CF, obeys it, and answers its own calls. */
#include "sf/notes_file.h"
#include "sf/sessmgr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/teid.h"
#include "common/conf/conf_file.h"
#include "common/loop/bus.h"
#include "common/loop/clock.h"
#include "common/loop/timer.h"
#include "common/msg/dgram.h"
#include "gw_rig.h"

enum { MANAGERS = 2, SF_SLOT = 4, PATIENCE_S = 30, SERVICE = 0x7f000101 };

static char dir[] = "/tmp/vpclab-sm-XXXXXX";
static struct node cf, sf;
static zloop_t *loop;
static struct bus *card_bus;
static struct timer look, deadline;
static struct sessmgr *managers[MANAGERS];
static struct card_status heard[MANAGERS + 1]; /* by instance number */
static struct audit_report reported[MANAGERS + 1];
static unsigned alive, answers[MANAGERS + 1];
static uint8_t owner[MANAGERS + 1]; /* ... that the TEID of its last answer names */
static char *config;                /* east.cfg */
static size_t config_len;
static uint32_t generation;       /* of what is to be in force */
static char text[CONF_FILE_MOST]; /* ... this */
static uint8_t cause;             /* of the last answer ... */
static uint32_t addr;             /* ... and the address it gave */

/* ---- the CF ------------------------------------------------------------------------------- */

static void
give_config(struct bus_peer *peer)
{
    static uint8_t bytes[CONF_FILE_MOST + 64];
    struct wr wr = wr_over(bytes, sizeof bytes);
    const struct config_body body = {
        .generation = generation, .text = (const uint8_t *)text, .len = strlen(text)};

    config_put(&wr, &body);
    ck_assert_int_eq(bus_send(card_bus, peer, MSG_CONFIG, 0, 1, bytes, wr_len(&wr)), 0);
}

static void
order(struct bus_peer *peer)
{
    uint8_t bytes[64];
    struct wr wr = wr_over(bytes, sizeof bytes);
    const struct role_body role = {
        .state = CHASSIS_ACTIVE, .srp_epoch = 1, .order = 1, .gates = GATES_ALL, .restart = 3};

    give_config(peer);
    wr = wr_over(bytes, sizeof bytes);
    role_put(&wr, &role);
    ck_assert_int_eq(bus_send(card_bus, peer, MSG_ROLE, 0, 1, bytes, wr_len(&wr)), 0);
}

static void
on_report(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct card_status status;

    (void)ctx;
    if (head->type == MSG_AUDIT_REPORT)
        ck_assert(audit_report_get(body, &reported[peer->hello.sessmgr]));
    if (head->type != MSG_CARD_STATUS)
        return;
    ck_assert(card_status_get(body, &status));
    ck_assert_uint_eq(status.sessmgr, peer->hello.sessmgr);
    ck_assert_uint_le(status.sessmgr, MANAGERS);
    heard[status.sessmgr] = status;
    if (status.order == 0)
        order(peer);
}

static void
on_peer(void *ctx, struct bus_peer *peer, bool is_alive, const char *why)
{
    (void)ctx;
    (void)peer;
    (void)why;
    alive += is_alive ? 1 : -1u;
}

static bool
both_serve(void)
{
    for (unsigned i = 1; i <= MANAGERS; i++) {
        if (heard[i].state != CHASSIS_ACTIVE || heard[i].config != generation)
            return false;
    }
    return true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static int
stop(zloop_t *of, int id, void *arg)
{
    (void)of;
    (void)id;
    (void)arg;
    return -1;
}

static void
on_look(void *arg)
{
    bool (*const over)(void) = *(bool (**)(void))arg;

    if (over())
        (void)zloop_timer(loop, 0, 1, stop, NULL);
    else
        timer_at(&look, mono_after(clock_now(), 1000));
}

static void
on_deadline(void *arg)
{
    (void)arg;
    ck_abort_msg("it does not come to pass");
}

/* Turn until that holds. */
static void
turn_until(bool (*over)(void))
{
    timer_init(&look, loop, on_look, &over);
    timer_at(&look, clock_now());
    timer_at(&deadline, mono_after(clock_now(), PATIENCE_S * US_PER_S));
    (void)zloop_start(loop);
    timer_at(&look, MONO_NEVER);
    timer_at(&deadline, MONO_NEVER);
}

/* ---- load ------------------------------------------------------------------------------------ */

static int
on_answer(void *ctx, const void *batch, size_t len)
{
    unsigned sessmgr = *(const uint8_t *)ctx;
    struct rd rd = rd_over(batch, len);
    struct dgram d;
    struct gtp1_msg told;
    const char *reason = "";

    while (dgram_next(&rd, &d)) {
        ck_assert_uint_eq(d.peer, CLIENT);
        ck_assert_msg(gtp1_decode(&told, d.bytes, d.len, &reason) == 0, "%s", reason);
        cause = told.cause;
        addr = told.eua.ipv4;
        owner[sessmgr] = teid_instance(told.teid_control);
        answers[sessmgr]++;
    }
    ck_assert(!rd.bad);
    return 0;
}

static void
put_load_from(struct sessmgr *sessmgr, unsigned first, unsigned calls)
{
    static uint8_t batch[DGRAM_ROOM];
    struct wr wr = wr_over(batch, sizeof batch);
    uint8_t bytes[GTP_MESSAGE_MAX];
    char imsi[16];

    for (unsigned i = 0; i < calls; i++) {
        (void)snprintf(imsi, sizeof imsi, "00101%010u", first + i);

        struct gtp1_msg create = create_pdp(imsi, (uint16_t)(first + i + 1));
        struct dgram d = {.side = DGRAM_CTRL, .peer = CLIENT, .port = PORT, .local = SERVICE};

        d.len = (uint16_t)gtp1_encode(bytes, sizeof bytes, &create);
        d.bytes = bytes;
        ck_assert(dgram_put(&wr, &d));
    }

    struct rd rd = rd_over(batch, wr_len(&wr));

    sessmgr_calls(sessmgr, &rd);
}

static void
put_load(struct sessmgr *sessmgr, unsigned calls)
{
    cause = GTP1_CAUSE_ACCEPTED;
    put_load_from(sessmgr, 0, calls);
    ck_assert_uint_eq(cause, GTP1_CAUSE_ACCEPTED);
}

/* ---- fixture ----------------------------------------------------------------------------------- */

static void
set_up(void)
{
    static uint8_t numbers[MANAGERS] = {1, 2};
    static char err[4096];
    char endpoint[NODE_PATH];

    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(topo_load(&cf.topo, TOPOLOGIES "/pair.json", err, sizeof err), 0);
    ck_assert_int_eq(
        conf_file_read(TOPOLOGIES "/east.cfg", "east.cfg", &config, &config_len, err, sizeof err),
        0);
    ck_assert_uint_lt(config_len, sizeof text);
    memcpy(text, config, config_len);
    text[config_len] = '\0';
    generation = 77;
    cf.topo.instances[0].slots[2].type = CARD_EMPTY; /* one CF is enough */
    cf.topo.sessions = 1000;
    (void)snprintf(cf.rundir, sizeof cf.rundir, "%s", dir);
    (void)snprintf(err, sizeof err, "%s/east", dir);
    ck_assert_int_eq(mkdir(err, 0700), 0);
    (void)snprintf(cf.dir, sizeof cf.dir, "%s/east", dir);
    cf.incarnation = 1;
    sf = cf;
    cf.slot = 1;
    cf.type = CARD_CF;
    sf.slot = SF_SLOT;
    sf.type = CARD_SF;
    loop = zloop_new();
    timer_init(&deadline, loop, on_deadline, NULL);
    endpoint_card(dir, "east", 1, endpoint);
    card_bus = bus_open(&(struct bus_setup){.node = &cf,
                                            .loop = loop,
                                            .name = "card",
                                            .endpoint = endpoint,
                                            .serve = true,
                                            .queue = 100,
                                            .message = on_report,
                                            .peer = on_peer});
    ck_assert_ptr_nonnull(card_bus);
    for (size_t i = 0; i < MANAGERS; i++) {
        managers[i] = sessmgr_open(&(struct sessmgr_setup){.node = &sf,
                                                           .loop = loop,
                                                           .sessmgr = numbers[i],
                                                           .answer = on_answer,
                                                           .answer_ctx = &numbers[i]});
        ck_assert_ptr_nonnull(managers[i]);
    }
}

static void
tear_down(void)
{
    char path[64], notes[NOTES_PATH];

    for (size_t i = 0; i < MANAGERS; i++)
        sessmgr_close(&managers[i]);
    bus_close(&card_bus);
    zloop_destroy(&loop);
    free(config);
    (void)snprintf(path, sizeof path, "%s/east/cf1-ckpt.ipc", dir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/east/cf1-card.ipc", dir);
    (void)unlink(path); /* its owner may have done so already */
    for (uint8_t i = 1; i <= MANAGERS; i++) {
        notes_path(cf.dir, i, false, notes);
        (void)unlink(notes); /* of one that was configured; it outlives its session manager */
    }
    ck_assert_int_eq(rmdir(cf.dir), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* ---- cases ----------------------------------------------------------------------------------- */

START_TEST(two_session_managers_of_one_slot_are_two_peers_of_their_cf)
{
    turn_until(both_serve);
    ck_assert_uint_eq(alive, MANAGERS);
    for (unsigned i = 1; i <= MANAGERS; i++) {
        ck_assert_uint_eq(heard[i].sessmgr, i);
        ck_assert_uint_eq(heard[i].order, 1);
        ck_assert_uint_eq(heard[i].srp_epoch, 1);
    }
}
END_TEST

static bool
one_is_gone(void)
{
    return alive == MANAGERS - 1;
}

START_TEST(one_that_ends_leaves_the_other_alone)
{
    turn_until(both_serve);
    sessmgr_close(&managers[0]);
    turn_until(one_is_gone);
    put_load(managers[1], 3);
    ck_assert_uint_eq(answers[2], 3);
}
END_TEST

START_TEST(load_without_a_configuration_is_dropped)
{
    put_load(managers[0], 3);
    ck_assert_uint_eq(answers[1], 0);
}
END_TEST

static bool
calls_are_told(void)
{
    return heard[1].sessions == 5 && heard[2].sessions == 7;
}

START_TEST(load_put_on_each_is_answered_by_each_out_of_its_own_table)
{
    turn_until(both_serve);
    put_load(managers[0], 5);
    put_load(managers[1], 7); /* the same subscribers: the tables share nothing */
    ck_assert_uint_eq(answers[1], 5);
    ck_assert_uint_eq(answers[2], 7);
    ck_assert_uint_eq(owner[1], 1);
    ck_assert_uint_eq(owner[2], 2);
    turn_until(calls_are_told);
}
END_TEST

static bool
both_report(enum audit_progress state)
{
    for (unsigned i = 1; i <= MANAGERS; i++) {
        if (reported[i].run != 9 || reported[i].type != AUDIT_MANUAL || reported[i].state != state)
            return false;
    }
    return true;
}

static bool
both_are_at_work(void)
{
    return both_report(AUDIT_AT_WORK);
}

static bool
both_have_stopped(void)
{
    return both_report(AUDIT_STOPPED);
}

static void
tell(enum msg_type type, const uint8_t *bytes, size_t len)
{
    ck_assert_int_eq(bus_send(card_bus, NULL, type, 0, 1, bytes, len), 0);
}

/* There is no peer here: the audit waits for its stream until the role ends it. */
START_TEST(audit_that_is_ordered_is_reported_and_so_is_its_end)
{
    const struct audit_order audit = {.run = 9, .type = AUDIT_MANUAL, .sync = true};
    const struct role_body standby = {.state = CHASSIS_STANDBY, .srp_epoch = 2, .order = 2};
    uint8_t bytes[64];
    struct wr wr = wr_over(bytes, sizeof bytes);

    turn_until(both_serve);
    tell(MSG_AUDIT, bytes, 0); /* malformed: dropped, and no report */
    audit_order_put(&wr, &audit);
    tell(MSG_AUDIT, bytes, wr_len(&wr));
    turn_until(both_are_at_work);
    memset(reported, 0, sizeof reported);
    tell(MSG_AUDIT, bytes, wr_len(&wr)); /* a repetition asks for the report alone */
    turn_until(both_are_at_work);
    wr = wr_over(bytes, sizeof bytes);
    role_put(&wr, &standby);
    tell(MSG_ROLE, bytes, wr_len(&wr));
    turn_until(both_have_stopped);
}
END_TEST

START_TEST(audit_of_one_that_is_not_active_stops_at_once)
{
    const struct audit_order audit = {.run = 9, .type = AUDIT_MANUAL, .sync = true};
    const struct role_body standby = {.state = CHASSIS_STANDBY, .srp_epoch = 2, .order = 2};
    uint8_t bytes[64];
    struct wr wr = wr_over(bytes, sizeof bytes);

    turn_until(both_serve);
    role_put(&wr, &standby);
    tell(MSG_ROLE, bytes, wr_len(&wr));
    wr = wr_over(bytes, sizeof bytes);
    audit_order_put(&wr, &audit);
    tell(MSG_AUDIT, bytes, wr_len(&wr));
    turn_until(both_have_stopped);
}
END_TEST

/* ---- the configuration changes ----------------------------------------------------------------- */

/* In the text, each `old` is `new`. */
static void
replace(const char *old, const char *new)
{
    static char before[sizeof text];
    char *out = text;
    const char *in = before, *at;

    memcpy(before, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(before, old));
    for (; (at = strstr(in, old)); in = at + strlen(old))
        out += sprintf(out, "%.*s%s", (int)(at - in), in, new);
    (void)strcpy(out, in);
}

static void
configure(void)
{
    generation++;
    give_config(NULL);
    turn_until(both_serve);
}

static uint8_t
one_call(unsigned imsi)
{
    unsigned before = answers[1];

    put_load_from(managers[0], imsi, 1);
    return answers[1] == before ? 0 : cause;
}

START_TEST(one_that_starts_with_nothing_gets_everything_line_by_line)
{
    (void)strcpy(text, "config\nend\n");
    turn_until(both_serve);
    ck_assert_uint_eq(one_call(1), 0); /* no service: no answer */
    (void)strcpy(text, "config\ncontext source\nggsn-service g\nbind ipv4-address 127.0.1.1\n"
                       "apn internet\nip context-name dest\nend\n");
    configure();
    ck_assert_uint_eq(one_call(1), 0); /* no interface has that address */
    replace("ggsn-service g", "interface i loopback\nip address 127.0.1.1 255.255.255.255\n#exit\n"
                              "ggsn-service g");
    configure();
    ck_assert_uint_eq(one_call(2), GTP1_CAUSE_SYSTEM_FAILURE); /* no pool */
    replace("end\n", "context dest\nip pool p 10.0.0.0 255.255.255.0 public 0 srp-activate\nend\n");
    configure();
    ck_assert_uint_eq(one_call(3), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(addr & 0xffffff00, 0x0a000000);
}
END_TEST

static bool
two_calls_are_told(void)
{
    return heard[1].sessions == 2;
}

START_TEST(calls_stay_and_new_ones_are_as_configured_now)
{
    turn_until(both_serve);
    ck_assert_uint_eq(one_call(1), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(addr & 0xfffc0000, 0xac100000);
    replace("ip pool dyn1 172.16.0.0 255.252.0.0", "ip pool dyn1 10.0.0.0 255.255.0.0");
    configure();
    ck_assert_uint_eq(one_call(2), GTP1_CAUSE_ACCEPTED);
    ck_assert_uint_eq(addr & 0xffff0000, 0x0a000000);
    turn_until(two_calls_are_told);
    replace("apn internet", "apn other");
    configure();
    ck_assert_uint_eq(one_call(3), GTP1_CAUSE_UNKNOWN_APN);
    replace("apn other", "apn internet");
    configure();
    ck_assert_uint_eq(one_call(4), GTP1_CAUSE_ACCEPTED);
    replace("gtpc bind ipv4-address 127.0.1.1", "");
    replace("gtpu1\n      bind ipv4-address 127.0.1.1\n    #exit\n    # GTPv2", "gtpu1\n# GTPv2");
    configure();
    ck_assert_uint_eq(one_call(5), 0);
    ck_assert_uint_eq(heard[1].sessions, 3);
}
END_TEST

/* The address of one more call; 0: it got none. */
static uint32_t
one_addr(unsigned imsi)
{
    return one_call(imsi) == GTP1_CAUSE_ACCEPTED ? addr : 0;
}

START_TEST(parts_of_pools_are_busied_out_as_configured)
{
    replace("ip pool dyn1 172.16.0.0 255.252.0.0", "ip pool dyn1 10.0.0.0 255.255.255.0");
    turn_until(both_serve);
    ck_assert_uint_eq(one_addr(1) >> 8, 0x0a0000);
    replace("ip pool dyn1", "busyout ip pool name dyn1 lower-percentage 50\nip pool dyn1");
    configure();
    ck_assert_uint_ge(one_addr(2), 0x0a000080);
    replace("busyout ip", "busyout ip pool all address-range 10.0.0.128 10.0.0.223\nbusyout ip");
    configure();
    ck_assert_uint_ge(one_addr(3), 0x0a0000e0);
    replace("busyout ip pool name",
            "busyout ip pool all upper-percentage 13\nbusyout ip pool name");
    configure();
    ck_assert_uint_eq(one_addr(4), 0); /* 34 of 256, from 222 on */
    ck_assert_uint_eq(cause, GTP1_CAUSE_ADDRESSES_OCCUPIED);
    replace("busyout ip pool name dyn1 lower-percentage 50", "");
    configure();
    ck_assert_uint_lt(one_addr(5), 0x0a000080);
}
END_TEST

static bool
both_heard(void)
{
    return heard[1].order == 1 && heard[2].order == 1;
}

START_TEST(a_configuration_that_is_none_leaves_the_one_in_force)
{
    turn_until(both_serve);
    replace("apn internet", "apnea internet");
    generation++;
    give_config(NULL);
    memset(heard, 0, sizeof heard);
    turn_until(both_heard);
    ck_assert_uint_eq(heard[1].config, generation - 1);
    ck_assert_uint_eq(one_call(1), GTP1_CAUSE_ACCEPTED);
}
END_TEST

/* ---- checkpoint frames that are none --------------------------------------------------------- */

static bool
relayed(struct bus *relay, const char *frame, size_t len)
{
    struct bus_peer *peer = NULL;

    while ((peer = bus_peer_next(relay, peer)) && peer->hello.sessmgr != 1)
        ;
    return peer && bus_send(relay, peer, MSG_CKPT, 1, 1, frame, len) == 0;
}

static struct bus *relay;

static bool
one_is_connected(void)
{
    return relayed(relay, "", 0);
}

static bool
refusals_are_told(void)
{
    const struct card_ckpt *c = &heard[1].ckpt;

    return c->refused_unpack == 7 && c->refused_length == 2 && c->refused_malformed == 1 &&
           c->refused_version == 1;
}

static void
take_nothing(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    (void)ctx;
    (void)peer;
    (void)head;
    (void)body;
}

START_TEST(checkpoint_frames_that_are_refused_are_counted_by_reason)
{
#define FRAME(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
    static const struct {
        const char *bytes;
        size_t len;
    } frames[] = {
        FRAME("\0\0\0"), /* shorter than its head */
        FRAME("\0\0\0\0\x09"
              "12345678"), /* stored: one octet is missing */
        FRAME("\1\0\0\0\x09"
              "not zlib"), /* a bad head */
        FRAME("\2\0\0\1\0\x1f"
              "a\1\0\xff\xff\xff"), /* LZ4: a match that has no end */
        FRAME("\1\0\0\0\1"
              "\x78\x9c\x4b\4\0"), /* zlib: cut short */
        FRAME("\x63\0\0\0\1"
              "a"), /* no such algorithm */
        FRAME("\1\xff\xff\xff\xff"
              "\x78\x9c"), /* 4 GiB, they say */
        FRAME("\2\0\x08\0\0"
              "\0"), /* half a mebibyte is too much, too */
        FRAME("\0\0\0\0\3"
              "\2\x03\1"), /* unpacks, but is too short a message */
        FRAME("\0\0\0\0\3"
              "\x7f\x03\1"), /* of no known version */
    };
#undef FRAME
    char endpoint[NODE_PATH];

    turn_until(both_serve);
    endpoint_ckpt(dir, "east", 1, endpoint);
    relay = bus_open(&(struct bus_setup){.node = &cf,
                                         .loop = loop,
                                         .name = "checkpoint",
                                         .endpoint = endpoint,
                                         .serve = true,
                                         .queue = 100,
                                         .message = take_nothing});
    ck_assert_ptr_nonnull(relay);
    turn_until(one_is_connected); /* the empty frame is the first of those refused */
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
        ck_assert(relayed(relay, frames[i].bytes, frames[i].len));
    turn_until(refusals_are_told);
    ck_assert_uint_eq(heard[1].ckpt.frames_refused, 1 + sizeof frames / sizeof frames[0]);
    ck_assert_uint_eq(heard[2].ckpt.frames_refused, 0);
    bus_close(&relay);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sessmgr");
    TCase *all = tcase_create("two of one slot");

    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 2 * PATIENCE_S);
    tcase_add_test(all, two_session_managers_of_one_slot_are_two_peers_of_their_cf);
    tcase_add_test(all, one_that_ends_leaves_the_other_alone);
    tcase_add_test(all, load_without_a_configuration_is_dropped);
    tcase_add_test(all, load_put_on_each_is_answered_by_each_out_of_its_own_table);
    tcase_add_test(all, audit_that_is_ordered_is_reported_and_so_is_its_end);
    tcase_add_test(all, audit_of_one_that_is_not_active_stops_at_once);
    tcase_add_test(all, one_that_starts_with_nothing_gets_everything_line_by_line);
    tcase_add_test(all, calls_stay_and_new_ones_are_as_configured_now);
    tcase_add_test(all, parts_of_pools_are_busied_out_as_configured);
    tcase_add_test(all, a_configuration_that_is_none_leaves_the_one_in_force);
    tcase_add_test(all, checkpoint_frames_that_are_refused_are_counted_by_reason);
    suite_add_tcase(suite, all);
    return unit_main(suite);
}
