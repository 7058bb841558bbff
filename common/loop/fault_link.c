#include "common/loop/fault_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"

struct fault_flow {
    struct fault_flow *next;
    uint8_t instance, slot, port;
    uint8_t id[FAULT_ID];
    size_t id_len;
    void *memory;
    struct fault_hook hook;
};

/* ---- flows -------------------------------------------------------------------------- */

static bool
hits_us(const struct fault_end *end, const struct fault *lease, uint8_t instance, uint8_t slot,
        bool out)
{
    const struct node *node = end->setup.node;

    return out ? fault_hits_frame(lease, end->setup.link, node->instance, node->slot, instance,
                                  slot)
               : fault_hits_frame(lease, end->setup.link, instance, slot, node->instance,
                                  node->slot);
}

/* Those that hit what we send to that end; connections are reset by their owner. */
static size_t
leases_to(const struct fault_end *end, uint8_t instance, uint8_t slot,
          struct fault out[FAULTS_MOST])
{
    size_t n = 0;

    for (size_t i = 0; i < end->n; i++) {
        if (end->leases[i].kind != FAULT_RESET &&
            hits_us(end, &end->leases[i], instance, slot, !end->setup.inbound))
            out[n++] = end->leases[i];
    }
    return n;
}

static void
free_flow(struct fault_end *end, struct fault_flow **at)
{
    struct fault_flow *flow = *at;
    const struct fault_counts *c = &flow->hook.counts;

    if (c->lost + c->over + c->late + c->doubled + c->behind + c->wrong + c->old + c->stale > 0)
        log_info("fault: %s to slot %u: %llu frames, lost=%llu over=%llu late=%llu doubled=%llu "
                 "behind=%llu wrong=%llu old=%llu stale=%llu",
                 fault_link_word(end->setup.link), flow->slot, (unsigned long long)c->frames,
                 (unsigned long long)c->lost, (unsigned long long)c->over,
                 (unsigned long long)c->late, (unsigned long long)c->doubled,
                 (unsigned long long)c->behind, (unsigned long long)c->wrong,
                 (unsigned long long)c->old, (unsigned long long)c->stale);
    *at = flow->next;
    free(flow->memory);
    free(flow);
}

static struct fault_flow *
add_flow(struct fault_end *end, const struct fault_to *to)
{
    struct fault_flow *flow = calloc(1, sizeof *flow);
    size_t room = FAULT_HOOK_LEAST + end->setup.room;

    if (!flow || !(flow->memory = malloc(room)))
        log_fatal("fault: out of memory");
    flow->instance = to->instance;
    flow->slot = to->slot;
    flow->port = to->port;
    flow->id_len = to->id_len < FAULT_ID ? to->id_len : FAULT_ID;
    if (flow->id_len)
        memcpy(flow->id, to->id, flow->id_len);
    fault_hook_init(&flow->hook,
                    (uint64_t)end->setup.inbound << 32 | (uint64_t)to->instance << 16 |
                        (uint64_t)to->slot << 8 | to->port,
                    flow->memory, room);
    flow->next = end->flows;
    end->flows = flow;
    return flow;
}

static struct fault_flow **
find_flow(struct fault_end *end, const uint8_t *id, size_t id_len)
{
    struct fault_flow **at = &end->flows;

    while (*at && ((*at)->id_len != id_len || (id_len && memcmp((*at)->id, id, id_len) != 0)))
        at = &(*at)->next;
    return at;
}

static void
drain(struct fault_end *end, struct fault_flow *flow, int64_t now)
{
    const uint8_t *frame;
    size_t len;

    end->passing = true;
    while (fault_hook_take(&flow->hook, now, &frame, &len))
        end->setup.pass(end->setup.ctx, flow->id_len ? flow->id : NULL, flow->id_len, frame, len);
    end->passing = false;
}

/* ---- leases ------------------------------------------------------------------------- */

static void
settle(struct fault_end *end)
{
    end->busy = end->n > 0 || end->flows;
}

/* Whose time is over is let go, so that the link is quiet though the file stays. The clock is read
 * behind the generation, which is raised when a time is over: read before, it could show an instant
 * at which the lease still was in force, and nobody would say again that it is not. */
static int64_t
refresh(struct fault_end *end)
{
    uint32_t generation = atomic_load(&fault_generation);
    int64_t now = clock_real_us();
    size_t n, kept = 0;

    if (generation == end->seen)
        return now;
    end->seen = generation; /* before the look: what changes meanwhile is looked up again */
    n = fault_leases_of(end->setup.link, end->leases);
    for (size_t i = 0; i < n; i++) {
        if (now < end->leases[i].end_us)
            end->leases[kept++] = end->leases[i];
    }
    end->n = kept;
    for (struct fault_flow *flow = end->flows; flow; flow = flow->next) {
        struct fault hit[FAULTS_MOST];

        fault_hook_set(&flow->hook, hit, leases_to(end, flow->instance, flow->slot, hit), now);
    }
    settle(end);
    return now;
}

static void
arm(struct fault_end *end)
{
    int64_t next = INT64_MAX;
    struct itimerspec at = {0};

    for (const struct fault_flow *flow = end->flows; flow; flow = flow->next) {
        int64_t due = fault_hook_next(&flow->hook);

        next = due < next ? due : next;
    }
    for (size_t i = 0; i < end->n; i++) {
        int64_t due = fault_reset_next(&end->leases[i], end->reset_us);

        next = due < next ? due : next;
    }
    if (next != INT64_MAX) {
        at.it_value.tv_sec = next / US_PER_S;
        at.it_value.tv_nsec = next % US_PER_S * 1000;
    }
    (void)timerfd_settime(end->item.fd, TFD_TIMER_ABSTIME, &at, NULL); /* it is one */
    if (atomic_load(&fault_generation) == end->seen)
        return;
    at = (struct itimerspec){.it_value.tv_nsec = 1}; /* we overwrote what was to wake us */
    (void)timerfd_settime(end->item.fd, 0, &at, NULL);
}

static int
on_wake(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct fault_end *end = arg;
    int64_t now;
    uint64_t n;

    (void)loop;
    if (read(item->fd, &n, sizeof n) != sizeof n)
        return 0;
    now = refresh(end);
    for (struct fault_flow **at = &end->flows; *at;) {
        drain(end, *at, now);
        if (fault_hook_idle(&(*at)->hook))
            free_flow(end, at);
        else
            at = &(*at)->next;
    }
    settle(end);
    if (end->setup.changed)
        end->setup.changed(end->setup.ctx);
    else
        end->reset_us = now;
    arm(end);
    return 0;
}

/* ---- for the owner ------------------------------------------------------------------ */

struct fault_end *
fault_end_open(const struct fault_end_setup *setup)
{
    struct fault_end *end;

    if (!setup->node->topo.fault_hooks || setup->link == FAULT_NO_LINK)
        return NULL;
    end = calloc(1, sizeof *end);
    if (!end)
        log_fatal("fault: out of memory");
    end->setup = *setup;
    end->reset_us = clock_real_us();
    end->item.events = ZMQ_POLLIN;
    end->item.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (end->item.fd < 0 || zloop_poller(setup->loop, &end->item, on_wake, end) != 0)
        log_fatal("fault: cannot watch a link: %s", strerror(errno));
    fault_leases_wake(end->item.fd);
    (void)refresh(end);
    arm(end);
    return end;
}

void
fault_end_close(struct fault_end **end_p)
{
    struct fault_end *end = *end_p;

    *end_p = NULL;
    if (!end)
        return;
    fault_leases_forget(end->item.fd);
    zloop_poller_end(end->setup.loop, &end->item);
    (void)close(end->item.fd); /* a timer */
    fault_end_drop(end, NULL, 0);
    free(end->frame);
    free(end);
}

/* The flow to that receiver if something hits or holds its frames, else NULL. */
static struct fault_flow *
flow_to(struct fault_end *end, const struct fault_to *to, int64_t now)
{
    struct fault_flow **at = find_flow(end, to->id, to->id_len), *flow = *at;
    struct fault hit[FAULTS_MOST];
    size_t n;

    if (flow && flow->instance == to->instance && flow->slot == to->slot) {
        if (!fault_hook_idle(&flow->hook))
            return flow;
        free_flow(end, at);
        settle(end);
        return NULL;
    }
    n = leases_to(end, to->instance, to->slot, hit);
    if (!flow && n == 0)
        return NULL;
    if (!flow)
        flow = add_flow(end, to);
    flow->instance = to->instance; /* it has told who it is */
    flow->slot = to->slot;
    flow->port = to->port;
    fault_hook_set(&flow->hook, hit, n, now);
    return flow;
}

bool
fault_end_send(struct fault_end *end, const struct fault_to *to, const void *head, size_t head_len,
               const void *body, size_t len, unsigned *extra)
{
    int64_t now = refresh(end), before;
    struct fault_flow *flow;

    flow = flow_to(end, to, now);
    if (!flow || head_len + len > FAULT_FRAME)
        return false;
    if (!end->frame && !(end->frame = malloc(FAULT_FRAME)))
        log_fatal("fault: out of memory");
    memcpy(end->frame, head, head_len);
    if (len)
        memcpy(end->frame + head_len, body, len);
    before = fault_hook_next(&flow->hook);
    *extra = fault_hook_send(&flow->hook, now, end->frame, head_len + len);
    drain(end, flow, now);
    settle(end);
    if (fault_hook_next(&flow->hook) < before)
        arm(end);
    return true;
}

void
fault_end_cut(struct fault_end *end, uint8_t instance, uint8_t slot, bool *out, bool *in)
{
    int64_t now;

    *out = *in = false;
    if (!end)
        return;
    now = refresh(end);
    for (size_t i = 0; i < end->n; i++) {
        const struct fault *lease = &end->leases[i];

        if (lease->kind != FAULT_CUT || !fault_in_force(lease, now))
            continue;
        *out = *out || hits_us(end, lease, instance, slot, true);
        *in = *in || hits_us(end, lease, instance, slot, false);
    }
}

bool
fault_end_reset(struct fault_end *end, uint8_t instance, uint8_t slot)
{
    int64_t now;
    bool due = false;

    if (!end)
        return false;
    now = refresh(end);
    for (size_t i = 0; i < end->n; i++) {
        const struct fault *lease = &end->leases[i];

        if (fault_reset_next(lease, end->reset_us) <= now)
            due = due || hits_us(end, lease, instance, slot, true) ||
                  hits_us(end, lease, instance, slot, false);
    }
    end->reset_us = now;
    return due;
}

void
fault_end_drop(struct fault_end *end, const uint8_t *id, size_t id_len)
{
    struct fault_flow **at;

    if (!end)
        return;
    for (struct fault_flow *flow = end->flows; end->passing && flow; flow = flow->next) {
        if (!id || (flow->id_len == id_len && memcmp(flow->id, id, id_len) == 0))
            fault_hook_drop(&flow->hook);
    }
    while (!end->passing && *(at = id ? find_flow(end, id, id_len) : &end->flows))
        free_flow(end, at);
    settle(end);
}
