#include "common/loop/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/cli_secret.h"
#include "common/loop/log.h"
#include "common/loop/mgmt.h"

/* Names of programs may hold anything: what is no plain character is shown as '?'. */
static void
read_program(struct operator_who *who)
{
    char path[48];
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%d/comm", who->pid);
    f = fopen(path, "re");
    if (f && fgets(who->program, sizeof who->program, f))
        who->program[strcspn(who->program, "\n")] = '\0';
    if (f)
        (void)fclose(f); /* only read */
    for (char *at = who->program; *at; at++) {
        if (*at < ' ' || *at > '~')
            *at = '?';
    }
}

/* The number behind the last colon before `end`, which is moved to that; false if there is none. */
static bool
last_number(const char *text, size_t *end, unsigned long *out)
{
    size_t at = *end;

    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
        at--;
    if (at == *end || at == 0 || text[at - 1] != ':')
        return false;
    *out = strtoul(text + at, NULL, 10);
    *end = at - 1;
    return true;
}

struct operator_who
operator_of(const char *peer)
{
    struct operator_who who = {.known = false};
    size_t end = peer ? strlen(peer) : 0;
    unsigned long pid, gid, uid;

    if (!peer || !last_number(peer, &end, &pid) || !last_number(peer, &end, &gid) ||
        !last_number(peer, &end, &uid))
        return who;
    who.known = true;
    who.uid = (uint32_t)uid;
    who.pid = (int)pid;
    read_program(&who);
    return who;
}

struct operator_who
operator_self(void)
{
    struct operator_who who = {.known = true, .uid = (uint32_t)getuid(), .pid = (int)getpid()};

    read_program(&who);
    return who;
}

void
operator_event(const struct operator_who *who, const char *line, const char *role, int status)
{
    char what[CLI_SECRET_LINE], by[192] = "unknown";

    cli_secret_mask(line, what, sizeof what);
    if (who->known)
        (void)snprintf(by, sizeof by, "uid %u, pid %d%s%s%s", who->uid, who->pid,
                       who->program[0] ? " (" : "", who->program, who->program[0] ? ")" : "");

    char cause[320];

    (void)snprintf(cause, sizeof cause, "%s, by %s%s%s",
                   status == MGMT_OK        ? "done"
                   : status == MGMT_FAILURE ? "failed"
                                            : "not understood",
                   by, role ? ", " : "", role ? role : "");
    log_event("operator.command", NULL, what, cause, 0);
}
