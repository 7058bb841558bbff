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
    struct cmd_set missing; /* session managers that have not answered; a bit each */
    struct calls_found found;
};

struct asks {
    struct cf *cf;
    uint32_t last_id;
    struct call_answer answer; /* being read */
    struct ask all[MGMT_WAITING];
};

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
    for (size_t i = 0; i < MGMT_WAITING; i++)
        timer_at(&(*asks)->all[i].timer, MONO_NEVER);
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

/* Ask all of them; how many. */
static unsigned
ask_all(struct ask *ask, const struct call_ask *question)
{
    struct cf *cf = ask->asks->cf;
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);
    unsigned n = 0;

    call_ask_put(&wr, question);
    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(cf->card_bus, peer));) {
        if (peer->hello.type != CARD_SF || peer->hello.sessmgr == 0)
            continue;
        (void)bus_send(cf->card_bus, peer, MSG_CALL_ASK, 0, cf->sso.epoch, bytes, wr_len(&wr));
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
    struct call_ask question = {.id = asks->last_id + 1, .by = (uint8_t)by, .key = key};

    if (ticket == 0 || strlen(line->text) > MGMT_LINE || strlen(line->session) > SESSION_MOST)
        return DI_EAGAIN;
    question.id += question.id == 0;
    ask->missing = (struct cmd_set){0};
    ask->found = (struct calls_found){.asked = ask_all(ask, &question)};
    if (ask->found.asked == 0)
        return DI_ENOTFOUND;
    asks->last_id = ask->id = question.id;
    ask->ticket = ticket;
    (void)snprintf(ask->text, sizeof ask->text, "%s", line->text);
    (void)snprintf(ask->session, sizeof ask->session, "%s", line->session);
    ask->line = *line;
    ask->line.text = ask->text;
    ask->line.session = ask->session;
    timer_in_ms(&ask->timer, WAIT_MS);
    return 0;
}

void
asks_hear(struct asks *asks, const struct bus_peer *peer, struct rd *body)
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
    cmd_set_put(&ask->missing, peer->hello.sessmgr, false);
    for (size_t i = 0; i < answer->n && ask->found.n < CALLS_MOST; i++)
        ask->found.calls[ask->found.n++] =
            (struct call_found){peer->slot, peer->hello.sessmgr, answer->calls[i]};
    if (++ask->found.answered == ask->found.asked)
        finish(ask);
}
