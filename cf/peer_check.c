#include <stdio.h>
#include <string.h>

#include "cf/cf.h"
#include "common/loop/log.h"

enum { RELEASES_APART = 2 }; /* docs/staros.md: more than that is not qualified */

/* "21.24.3" -> 21 * 1000 + 24: feature releases in their order; 0: not such a text. */
static int
release_of(const char *version)
{
    unsigned major, minor;

    return sscanf(version, "%3u.%3u", &major, &minor) == 2 ? (int)(major * 1000 + minor) : 0;
}

static void
check_version(const struct cf *cf)
{
    const char *ours = cf->image.release, *theirs = cf->srp.peer.version;
    int apart = release_of(theirs) - release_of(ours);

    if (strcmp(theirs, ours) == 0)
        return;
    log_warn("srp: the peer chassis runs release %s, this one %s%s", theirs, ours,
             apart > RELEASES_APART || -apart > RELEASES_APART
                 ? ": more than two feature releases apart is not qualified; upgrade one of them"
                 : "; upgrade the other one, too");
}

static void
check_rank(const struct cf *cf)
{
    const struct srp_rank *ours = &cf->srp.rank, *theirs = &cf->srp.peer.rank;

    if (ours->mode == theirs->mode)
        log_warn("srp: both chassis are configured as %s; one should be chassis-mode %s",
                 ours->mode == SRP_PRIMARY ? "primary" : "backup",
                 ours->mode == SRP_PRIMARY ? "backup" : "primary");
    if (ours->priority == theirs->priority)
        log_warn("srp: both chassis have priority %u: between equals MAC addresses decide; give "
                 "one of them another priority",
                 ours->priority);
    if (ours->higher_wins != theirs->higher_wins)
        log_warn("srp: the chassis read priorities in opposite ways; the lower number wins until "
                 "both topologies say the same election");
}

/* A difference of what both must share is told by validate.c, item by item. */
void
peer_check(struct cf *cf)
{
    if (cf->peer_checked == cf->srp.peer.incarnation)
        return;
    cf->peer_checked = cf->srp.peer.incarnation;
    check_version(cf);
    check_rank(cf);
}
