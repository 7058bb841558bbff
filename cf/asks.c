#include "cf/asks.h"

#include <stdio.h>
#include <stdlib.h>

#include "cf/cf.h"
#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { WAIT_MS = 1500 };

struct ask {
    struct asks *asks;
    uint32_t id;           /* 0: free */
    uint32_t ticket;       /* of the line that waits */
    struct mgmt_line line; /* texts below */
    char text[MGMT_LINE + 1], session[SESSION_MOST + 1];
    struct timer timer;
    struct call_ask question;
    struct cmd_set missing; /* session managers that have not answered; a bit each */
    struct calls_found found;
};

struct asks {
    struct cf *cf;
    uint32_t last_id;
    struct call_answer answer; /* being read */
    struct ask all[MGMT_WAITING];
};

static void
forget(struct ask *ask)
{
    free(ask->found.calls);
    ask->found = (struct calls_found){0};
}

/* Everybody has answered, or not in time: the line can be carried out. */
static void
finish(struct ask *ask)
{
    struct cf *cf = ask->asks->cf;
    struct mgmt_reply reply = {.status = MGMT_OK};

    timer_at(&ask->timer, MONO_NEVER);
    ask->id = 0;
    cf_exec_with(cf, &ask->line, &ask->found, &reply);
    mgmt_answer(cf->mgmt, ask->ticket, &reply);
    free(reply.text);
    forget(ask);
}

static void
on_timer(void *arg)
{
    finish(arg);
}

struct asks *
asks_open(struct cf *cf)
{
    struct asks *asks = calloc(1, sizeof *asks);

    if (!asks)
        log_fatal("cf: out of memory");
    asks->cf = cf;
    for (size_t i = 0; i < MGMT_WAITING; i++) {
        asks->all[i].asks = asks;
        timer_init(&asks->all[i].timer, cf->node->loop, on_timer, &asks->all[i]);
    }
    return asks;
}

void
asks_close(struct asks **asks)
{
    if (!*asks)
        return;
    for (size_t i = 0; i < MGMT_WAITING; i++) {
        timer_at(&(*asks)->all[i].timer, MONO_NEVER);
        forget(&(*asks)->all[i]);
    }
    free(*asks);
    *asks = NULL;
}

static struct ask *
find(struct asks *asks, uint32_t id)
{
    for (size_t i = 0; i < MGMT_WAITING; i++) {
        if (asks->all[i].id == id)
            return &asks->all[i];
    }
    return NULL;
}

static void
ask_one(const struct ask *ask, struct bus_peer *peer)
{
    struct cf *cf = ask->asks->cf;
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    call_ask_put(&wr, &ask->question);
    (void)bus_send(cf->card_bus, peer, MSG_CALL_ASK, 0, cf->sso.epoch, bytes, wr_len(&wr));
}

/* Ask all of them; how many. */
static unsigned
ask_all(struct ask *ask)
{
    unsigned n = 0;

    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(ask->asks->cf->card_bus, peer));) {
        if (peer->hello.type != CARD_SF || peer->hello.sessmgr == 0)
            continue;
        ask_one(ask, peer);
        cmd_set_put(&ask->missing, peer->hello.sessmgr, true);
        n++;
    }
    return n;
}

int
asks_begin(struct asks *asks, enum call_key by, uint64_t key, const struct mgmt_line *line)
{
    struct ask *ask = find(asks, 0);
    uint32_t ticket = ask ? mgmt_ticket(asks->cf->mgmt) : 0;
    uint32_t id = asks->last_id + 1;

    if (ticket == 0 || strlen(line->text) > MGMT_LINE || strlen(line->session) > SESSION_MOST)
        return DI_EAGAIN;
    id += id == 0;
    ask->question = (struct call_ask){.id = id, .by = (uint8_t)by, .key = key};
    ask->missing = (struct cmd_set){0};
    ask->found = (struct calls_found){0};
    ask->found.asked = ask_all(ask);
    if (ask->found.asked == 0)
        return DI_ENOTFOUND;
    asks->last_id = ask->id = id;
    ask->ticket = ticket;
    (void)snprintf(ask->text, sizeof ask->text, "%s", line->text);
    (void)snprintf(ask->session, sizeof ask->session, "%s", line->session);
    ask->line = *line;
    ask->line.text = ask->text;
    ask->line.session = ask->session;
    timer_in_ms(&ask->timer, WAIT_MS);
    return 0;
}

static void
add_call(struct calls_found *found, const struct bus_peer *peer, const struct call_info *call)
{
    if (found->n == found->room) {
        found->room += CALLS_MOST + found->room;
        found->calls = realloc(found->calls, found->room * sizeof *found->calls);
        if (!found->calls)
            log_fatal("cf: out of memory");
    }
    found->calls[found->n++] = (struct call_found){peer->slot, peer->hello.sessmgr, *call};
}

static void
add(struct ask *ask, const struct bus_peer *peer, const struct call_answer *answer)
{
    const unsigned most = ask->question.by == CALL_BY_SLOT ? ASKS_LISTED : CALLS_MOST;
    struct calls_found *found = &ask->found;

    for (size_t i = 0; i < answer->n && found->n < most; i++)
        add_call(found, peer, &answer->calls[i]);
    found->more = found->more || (answer->next != 0 && found->n == most);
    for (size_t i = 0; i < answer->pool_n; i++) {
        found->pools[i].used += answer->pools[i].used;
        found->pools[i].left += answer->pools[i].left;
    }
}

void
asks_hear(struct asks *asks, struct bus_peer *peer, struct rd *body)
{
    struct call_answer *answer = &asks->answer;
    struct ask *ask;

    if (!call_answer_get(body, answer)) {
        log_warn("cf: malformed answer of session manager %u dropped", peer->hello.sessmgr);
        return;
    }
    ask = find(asks, answer->id);
    if (!ask || !cmd_set_has(&ask->missing, peer->hello.sessmgr))
        return; /* of a question that nobody asks any more */
    add(ask, peer, answer);
    if (answer->next != 0 && ask->found.n < ASKS_LISTED) {
        ask->question.key = answer->next;
        ask_one(ask, peer);
        timer_in_ms(&ask->timer, WAIT_MS);
        return;
    }
    cmd_set_put(&ask->missing, peer->hello.sessmgr, false);
    if (++ask->found.answered == ask->found.asked)
        finish(ask);
}
