/* ckpt_drive.c - one end of a checkpoint benchmark: a session manager that does nothing else
 *
 *   ckpt_drive send|receive items|sessmgr replication|resync lz4|zlib N -t FILE -i NAME -s SLOT
 *   ckpt_drive values N
 *
 * Takes the place of an SF beside a real CF, and carries checkpoints as vpc-sf does. Driven by
 * lines on stdin, answers in lines of JSON on stdout; times are microseconds of the monotonic
 * clock, which all processes of a machine share.
 *
 *   "go"   sender, replication: make N items now. Receiver: hear the peer from now on.
 *   "sum"  how many items are here, and their sum.
 *
 * `values` writes N items' octets to stdout: what the peer is to store.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/ckpt/ckpt_pack.h"
#include "common/loop/bus.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "tests/bench/ckpt_drive.h"

enum {
    QUEUE = 64,
    BATCH = 2048, /* items made ahead of what is sent: a few frames */
    WORDS = 6,    /* the program and what precedes the options of a node */
};

struct drive {
    const struct node *node;
    const struct drive_kind *kind;
    struct drive_setup setup;
    bool resync;
    void *keeper;
    struct bus *bus;
    struct timer timer;
    struct ckpt_packer *packer;
    bool going, heard, ready, done;
    uint32_t made;
    int64_t go_at, first_at;
    uint64_t raw, packed, frames;
    uint8_t message[CKPT_MESSAGE], frame[CKPT_MESSAGE + CKPT_PACK_HEADER];
};

static struct drive drive;

static void
say_ready(struct drive *d)
{
    if (d->ready)
        return;
    d->ready = true;
    (void)printf("{\"event\": \"ready\"}\n");
    (void)fflush(stdout);
}

static void
say_done(struct drive *d)
{
    d->done = true;
    (void)printf("{\"event\": \"done\", \"go\": %lld, \"first\": %lld, \"at\": %lld, "
                 "\"raw\": %llu, \"packed\": %llu, \"frames\": %llu}\n",
                 (long long)d->go_at, (long long)d->first_at, (long long)clock_now().us,
                 (unsigned long long)d->raw, (unsigned long long)d->packed,
                 (unsigned long long)d->frames);
    (void)fflush(stdout);
}

/* Where the sender stands: synchronised for the first time, or with everything. */
static void
judge(struct drive *d)
{
    struct ckpt_tx_status status;

    if (!d->setup.sends || d->done)
        return;
    d->kind->status(d->keeper, &status);
    if (!status.synced)
        return;
    if (d->made < d->setup.items)
        say_ready(d);
    else
        say_done(d);
}

/* As clients would: sessions come while those before them are on their way. */
static void
make_some(struct drive *d, mono_t now)
{
    struct ckpt_tx_status status;

    if (!d->going || d->made == d->setup.items)
        return;
    d->kind->status(d->keeper, &status);
    for (; status.write_list < BATCH && d->made < d->setup.items; status.write_list++)
        d->kind->make(d->keeper, ++d->made, now);
}

static void
count(struct drive *d, size_t len, size_t packed)
{
    if (len > CKPT_LEAST) {
        if (d->frames++ == 0)
            d->first_at = clock_now().us;
        d->raw += len;
        d->packed += packed;
    }
}

static void
pump(struct drive *d)
{
    enum ckpt_algo algo;
    size_t len;

    for (;;) {
        mono_t now = clock_now();

        if (d->setup.sends)
            make_some(d, now);
        len = d->kind->next(d->keeper, now, d->message, sizeof d->message, &algo);
        if (len == 0)
            break;

        size_t packed = ckpt_pack(d->packer, algo, d->message, len, d->frame, sizeof d->frame);

        count(d, len, packed);
        (void)bus_send(d->bus, NULL, MSG_CKPT, DRIVE_SESSMGR, 1, d->frame, packed);
    }
    judge(d);
    timer_at(&d->timer, d->kind->deadline(d->keeper));
}

static void
on_timer(void *arg)
{
    struct drive *d = arg;

    if (d->setup.sends || d->going)
        pump(d);
}

static void
on_frame(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct drive *d = ctx;
    size_t len;

    (void)peer;
    if (head->type != MSG_CKPT || head->port != DRIVE_SESSMGR)
        return;
    if (!d->setup.sends && !d->going) {
        say_ready(d); /* the peer can be heard */
        return;
    }
    if (ckpt_unpack(d->packer, body->at, rd_left(body), d->message, sizeof d->message, &len) != 0)
        log_fatal("drive: a frame does not unpack");
    d->kind->receive(d->keeper, clock_now(), d->message, len);
    pump(d);
}

static void
say_sum(struct drive *d)
{
    uint32_t n;
    uint64_t sum = d->kind->sum(d->keeper, &n);

    (void)printf("{\"event\": \"sum\", \"items\": %u, \"sum\": \"%016llx\"}\n", n,
                 (unsigned long long)sum);
    (void)fflush(stdout);
}

static void
go(struct drive *d)
{
    d->going = true;
    d->raw = d->packed = d->frames = 0;
    d->go_at = clock_now().us;
    (void)printf("{\"event\": \"go\", \"at\": %lld}\n", (long long)d->go_at);
    (void)fflush(stdout);
    pump(d);
}

static int
on_line(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    char text[64];
    ssize_t len = read(item->fd, text, sizeof text - 1);

    (void)loop;
    if (len <= 0)
        return -1; /* whoever drives us is gone */
    text[len] = '\0';
    if (streq(text, "go\n"))
        go(arg);
    else if (streq(text, "sum\n"))
        say_sum(arg);
    return 0;
}

static int
build(struct node *node, void **self)
{
    struct drive *d = &drive;
    zmq_pollitem_t item = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    char endpoint[NODE_PATH];
    mono_t now = clock_now();

    *self = d;
    d->node = node;
    d->setup.incarnation = node->incarnation;
    d->keeper = d->kind->open(&d->setup, now);
    while (d->setup.sends && d->resync && d->made < d->setup.items)
        d->kind->make(d->keeper, ++d->made, now);
    d->packer = ckpt_packer_new();
    timer_init(&d->timer, node->loop, on_timer, d);
    endpoint_ckpt(node->rundir, node_instance(node)->name, 1, endpoint);
    d->bus = bus_open(&(struct bus_setup){
        .node = node,
        .loop = node->loop,
        .name = "checkpoint",
        .endpoint = endpoint,
        .queue = QUEUE,
        .sessmgr = DRIVE_SESSMGR,
        .message = on_frame,
        .ctx = d,
    });
    if (!d->bus || zloop_poller(node->loop, &item, on_line, d) != 0)
        return -1;
    on_timer(d);
    return 0;
}

static void
teardown(void *self)
{
    struct drive *d = self;

    if (!d)
        return;
    timer_at(&d->timer, MONO_NEVER);
    bus_close(&d->bus);
    ckpt_packer_destroy(&d->packer);
}

/* ---- command line ---- */

static bool
choose(const char *word, const char *yes, const char *no, bool *chosen)
{
    *chosen = streq(word, yes);
    return *chosen || streq(word, no);
}

static bool
count_of(const char *word, uint32_t *n)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);

    *n = (uint32_t)value;
    return !*end && value >= 1 && value <= 2000000;
}

static int
values(uint32_t n)
{
    uint8_t state[ITEM_OCTETS];

    for (uint32_t i = 1; i <= n; i++) {
        item_fill(state, i);
        if (fwrite(state, sizeof state, 1, stdout) != 1)
            return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_SF,
        .purpose = "One end of a checkpoint benchmark.",
        .build = build,
        .teardown = teardown,
    };
    struct drive_setup *setup = &drive.setup;
    bool items = true;

    if (argc == 3 && streq(argv[1], "values") && count_of(argv[2], &setup->items))
        return values(setup->items);
    if (argc <= WORDS || !choose(argv[1], "send", "receive", &setup->sends) ||
        !choose(argv[2], "items", "sessmgr", &items) ||
        !choose(argv[3], "resync", "replication", &drive.resync) ||
        !choose(argv[4], "lz4", "zlib", &setup->lz4) || !count_of(argv[5], &setup->items)) {
        (void)fprintf(stderr,
                      "usage: %s send|receive items|sessmgr replication|resync lz4|zlib N "
                      "-t FILE -i NAME -s SLOT\n       %s values N\n",
                      argv[0], argv[0]);
        return 2;
    }
    drive.kind = items ? &drive_items : &drive_sessmgr;
    argv[WORDS - 1] = argv[0];
    return node_main(&program, argc - (WORDS - 1), argv + WORDS - 1);
}
