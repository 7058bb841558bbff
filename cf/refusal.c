#include <stdio.h>
#include <string.h>

#include "cf/cf.h"

void
refusal_text(enum srp_refusal refusal, unsigned sessmgrs, char *out, size_t room)
{
    if (refusal == SRP_SESSMGRS)
        (void)snprintf(out, room, "%u %s", sessmgrs, srp_refusal_text(refusal));
    else
        (void)snprintf(out, room, "%s", srp_refusal_text(refusal));
}

/* The first thing that differs, and how to mend it. */
static void
difference_text(const struct cf *cf, char *out, size_t room)
{
    size_t n;
    const struct conf_difference *d = validate_differences(cf->validate, &n);
    int len;

    if (n == 0) {
        (void)snprintf(out, room, "srp validate-configuration tells where");
        return;
    }
    len = snprintf(out, room, "%s: here \"%s\", at the peer \"%s\"; %s", d->key, d->ours, d->theirs,
                   d->fix);
    if (n > 1 && len > 0 && (size_t)len < room)
        (void)snprintf(out + len, room - (size_t)len, "; and %zu more", n - 1);
}

static void
monitors_text(uint32_t monitors, char *out, size_t room)
{
    size_t len = 0;

    for (unsigned i = 0; i < SRP_REASON_N && len < room; i++) {
        if (monitors & (1u << i))
            len += (size_t)snprintf(out + len, room - len, "%s%s", len ? ", " : "",
                                    srp_reason_name((enum srp_reason)i));
    }
    if (len < room)
        (void)snprintf(out + len, room - len, "%ssee show srp monitor on the peer chassis",
                       len ? "; " : "");
}

void
refusal_detail(const struct cf *cf, enum srp_refusal refusal, char *out, size_t room)
{
    switch (refusal) {
    case SRP_BUSY:
        (void)snprintf(out, room, "srp terminate-post-process ends it");
        break;
    case SRP_NO_PEER:
        (void)snprintf(out, room,
                       "see Connection State; both chassis need each other's "
                       "bind address as peer-ip-address");
        break;
    case SRP_SESSMGRS:
        (void)snprintf(out, room, "see show srp checkpoint statistics verbose on both chassis");
        break;
    case SRP_CONFIG:
        difference_text(cf, out, room);
        break;
    case SRP_MONITORS:
        monitors_text(cf->srp.peer.monitors, out, room);
        break;
    case SRP_PEER_NOT_STANDBY:
    case SRP_NO_RESPONSE:
    case SRP_GIVEN_UP:
        (void)snprintf(out, room, "see show srp info on the peer chassis");
        break;
    case SRP_NO_CARDS:
        (void)snprintf(out, room, "see show card table on the peer chassis");
        break;
    default:
        *out = '\0';
    }
}
