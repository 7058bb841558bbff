#include "lab/cli/cli_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "lab/cli/cli_line.h"
#include "lab/view_read.h"

enum { ANSWER_MS = 10000, LEAVE_MS = 1000, TAKEOVER_MS = 5000, POLL_MS = 100, NO_INSTANCE = -2 };

int
cli_link_instance(const struct lab *lab, const char *name)
{
    int instance;

    if (strcmp(name, "world") == 0 && topo_find(&lab->topo, "world") < 0)
        return -1;
    instance = lab_instance(lab, name);
    return instance < 0 ? NO_INSTANCE : instance;
}

/* From here on lines go there. */
static void
turn_to(struct cli_link *link, uint8_t cf)
{
    char endpoint[NODE_PATH];

    mgmt_client_close(&link->client);
    link->cf = cf;
    if (link->instance < 0) {
        (void)snprintf(link->who, sizeof link->who, "the world");
        endpoint_world_mgmt(link->lab->rundir, endpoint);
    } else {
        const char *name = link->lab->topo.instances[link->instance].name;

        (void)snprintf(link->who, sizeof link->who, "%s/cf%u", name, cf);
        endpoint_mgmt(link->lab->rundir, name, cf, endpoint);
    }
    link->client = mgmt_client_open(endpoint);
    mgmt_client_stop(link->client, link->stop);
}

void
cli_link_open(struct cli_link *link, const struct lab *lab, int instance, uint8_t cf,
              const char *session)
{
    *link = (struct cli_link){.lab = lab,
                              .instance = instance,
                              .fixed = cf != 0 || instance < 0,
                              .noted = session[0] != '\0'};
    (void)snprintf(link->session, sizeof link->session, "%s", session);
    if (link->fixed)
        turn_to(link, cf);
}

static bool
is_going_on(const struct cli_link *link)
{
    return link->begun && !cli_line_ended(link->session);
}

/* In its Exec mode, or from a configuration mode, of which only the CF knows which it is. A CF that
 * has gone, or is busy, is not waited for. */
static void
leave(struct cli_link *link)
{
    static const char *const lines[] = {"logout", "do logout"};
    struct mgmt_reply reply;

    mgmt_client_stop(link->client, NULL); /* it was told to end: that is why we are here */
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && is_going_on(link); i++) {
        const struct mgmt_line line = {.text = lines[i], .session = link->session};

        if (mgmt_client_ask(link->client, &line, LEAVE_MS, &reply) != 0)
            return;
        free(reply.text);
        memcpy(link->session, reply.session, sizeof link->session);
    }
}

void
cli_link_close(struct cli_link *link)
{
    if (link->client && link->noted)
        leave(link);
    mgmt_client_close(&link->client);
}

void
cli_link_stop(struct cli_link *link, const volatile sig_atomic_t *stop)
{
    link->stop = stop;
    if (link->client)
        mgmt_client_stop(link->client, stop);
}

static bool
is_stopped(const struct cli_link *link)
{
    return link->stop && *link->stop;
}

static bool
a_cf_runs(const struct view_instance *instance)
{
    for (size_t slot = 1; slot <= VIEW_CFS; slot++) {
        if (instance->cards[slot].pid)
            return true;
    }
    return false;
}

/* The slot of the active CF; 0 when there is none, and none to come. */
static uint8_t
active_cf(const struct cli_link *link)
{
    static struct view view;
    const struct view_instance *instance = &view.instances[link->instance];
    int64_t end = lab_now_ms() + TAKEOVER_MS;

    for (;;) {
        view_read(&view, link->lab, VIEW_TIMEOUT_MS);
        if (instance->cf || !a_cf_runs(instance) || is_stopped(link) || lab_now_ms() >= end)
            return instance->cf;
        lab_sleep_ms(POLL_MS);
    }
}

/* Turn to the active CF, and say so if it is another one; false when there is none. */
static bool
find_active(struct cli_link *link)
{
    uint8_t before = link->cf, cf = active_cf(link);

    if (!cf)
        return false;
    turn_to(link, cf);
    if (before && before != cf)
        (void)fprintf(stderr, "the active CF is cf%u now\n", cf);
    return true;
}

static bool
fail(struct cli_link *link, const char *what)
{
    (void)snprintf(link->why, sizeof link->why, "Failure: %s%s\n", link->who, what);
    return false;
}

static bool
fail_absent(struct cli_link *link)
{
    if (link->fixed)
        return fail(link, " does not run; see vpclab status");
    (void)snprintf(link->why, sizeof link->why,
                   "Failure: no active CF answers in %s; see vpclab status, and vpclab start %s\n",
                   link->lab->topo.instances[link->instance].name,
                   link->lab->topo.instances[link->instance].name);
    return false;
}

static int
ask_once(struct cli_link *link, const struct cli_question *question, struct mgmt_reply *reply)
{
    const struct mgmt_line line = {
        .text = question->text,
        .kind = question->kind,
        .json = question->json,
        .sure = question->sure,
        .session = link->session,
    };

    return mgmt_client_ask(link->client, &line, ANSWER_MS, reply);
}

static bool
is_refused_as_standby(const struct mgmt_reply *reply)
{
    return reply->status != MGMT_OK &&
           strncmp(reply->text, "Failure: " MGMT_STANDBY, strlen("Failure: " MGMT_STANDBY)) == 0;
}

/* What is said of the session; "" leaves it as it was. */
static bool
take(struct cli_link *link, const struct mgmt_reply *reply)
{
    if (reply->session[0]) {
        memcpy(link->session, reply->session, sizeof link->session);
        link->begun = true;
    }
    if (reply->prompt[0])
        memcpy(link->prompt, reply->prompt, sizeof link->prompt);
    return true;
}

/* It may have been carried out. The next line goes to whoever is active then. */
static bool
give_up(struct cli_link *link, int rc)
{
    const char *what = rc == DI_EAGAIN  ? " did not answer within 10 s"
                       : rc == DI_EGONE ? " ended before it answered"
                                        : " sent what is no answer; is it of another version?";

    if (rc == DI_ESPACE)
        return fail(link, " takes no line longer than 4096 characters");
    if (rc == DI_ESYSTEM && errno == EINTR)
        return fail(link, " was not waited for; it may still carry this line out");
    if (rc == DI_ESYSTEM) {
        (void)snprintf(link->why, sizeof link->why, "Failure: cannot reach %s: %s\n", link->who,
                       strerror(errno));
        return false;
    }
    (void)snprintf(link->why, sizeof link->why, "Failure: %s%s%s\n", link->who, what,
                   rc == DI_EFORMAT ? ""
                                    : "; it may have carried this line out: look, then repeat");
    if (rc != DI_EFORMAT && !link->fixed)
        mgmt_client_close(&link->client);
    return false;
}

/* A connection that has ended in the meantime is no news of who serves now: it may have started
 * anew. Nothing was sent, so the line may go once more. */
static int
ask_fixed(struct cli_link *link, const struct cli_question *question, struct mgmt_reply *reply)
{
    int rc = ask_once(link, question, reply);

    return rc == DI_ENOTFOUND ? ask_once(link, question, reply) : rc;
}

bool
cli_link_ask(struct cli_link *link, const struct cli_question *question, struct mgmt_reply *reply)
{
    uint8_t before;
    int rc;

    if (!link->client && !find_active(link))
        return fail_absent(link);
    before = link->cf;
    rc = link->fixed ? ask_fixed(link, question, reply) : ask_once(link, question, reply);
    if (link->fixed || (rc != 0 && rc != DI_ENOTFOUND) ||
        (rc == 0 && !is_refused_as_standby(reply)))
        return rc == 0              ? take(link, reply)
               : rc == DI_ENOTFOUND ? fail_absent(link)
                                    : give_up(link, rc);
    /* nothing was done: another CF may be the one */
    if (!find_active(link) || (rc == 0 && link->cf == before))
        return rc == 0 ? take(link, reply) : fail_absent(link);
    free(reply->text);
    rc = ask_once(link, question, reply);
    return rc == 0 ? take(link, reply) : rc == DI_ENOTFOUND ? fail_absent(link) : give_up(link, rc);
}
