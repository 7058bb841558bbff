/* What the gateway tells a client of a session that is purged: Delete PDP Context Request with
 * Teardown Ind (TS 29.060 7.3.5), Delete Bearer Request for the default bearer (TS 29.274
 * 7.2.9.2). The session is gone already; the request is repeated until it is answered, and given
 * up after the third. */
#include <assert.h>

#include "common/base/err.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "sf/gw_priv.h"

/* Session managers share an address, and GTPv1 has 16 bits for all of them: each has as many
 * numbers of its own as there are places. */
enum { SEQ_STRIDE = 256, SEQ_V1 = 0xffff, SEQ_V2 = 0x7fffff };

static_assert((int)GW_RELEASES <= (int)SEQ_STRIDE, "no two that wait have one number");

static struct gw_release *
place(struct gw *gw)
{
    for (unsigned i = 0; i < GW_RELEASES; i++) {
        if (gw->releases[i].len == 0)
            return &gw->releases[i];
    }
    return NULL;
}

static void
forget(struct gw *gw, struct gw_release *release)
{
    release->len = 0;
    gw->releases_n--;
}

void
gw_release_none(struct gw *gw, unsigned version)
{
    for (unsigned i = 0; gw->releases_n > 0 && i < GW_RELEASES; i++) {
        struct gw_release *release = &gw->releases[i];

        if (release->len > 0 && (version == 0 || release->version == version))
            forget(gw, release);
    }
}

static size_t
encode(uint8_t *buf, size_t room, const struct sess *sess, uint32_t seq)
{
    if (sess->gtp_version == 1)
        return gtp1_encode(buf, room,
                           &(struct gtp1_msg){.head = {.type = GTP1_DELETE_PDP_REQUEST,
                                                       .has_seq = true,
                                                       .seq = (uint16_t)seq,
                                                       .teid = sess->peer_ctrl_teid},
                                              .has = GTP1_HAS_TEARDOWN | GTP1_HAS_NSAPI,
                                              .teardown = true,
                                              .nsapi = sess->ebi});
    return gtp2_encode(buf, room,
                       &(struct gtp2_msg){.head = {.type = GTP2_DELETE_BEARER_REQUEST,
                                                   .has_teid = true,
                                                   .seq = seq,
                                                   .teid = sess->peer_ctrl_teid},
                                          .has = GTP2_HAS_EBI,
                                          .ebi = sess->ebi});
}

/* A bearer ends with its session, or without a word: what it belonged to is not known. What is
 * wrong with the session may be where its client is. */
static bool
can_be_told(const struct gw *gw, const struct sess *sess)
{
    bool is_on = sess->gtp_version == 1 ? gw->setup.ggsn.on : gw->setup.pgw.on;

    return !sess->lbi && is_on && sess->peer_ctrl_teid != 0 &&
           gw_peer_plausible(gw, sess->peer_ctrl_addr);
}

void
gw_release(void *ctx, const struct sess *sess)
{
    struct gw *gw = ctx;
    struct gw_release *release = place(gw);
    uint32_t seq = gw->release_seq + sess_table_setup(gw->setup.table)->instance;

    if (!can_be_told(gw, sess))
        return;
    if (!release) {
        gw_count(gw, GW_RELEASE_NO_ROOM);
        return;
    }
    seq &= sess->gtp_version == 1 ? SEQ_V1 : SEQ_V2;
    *release =
        (struct gw_release){.peer = sess->peer_ctrl_addr, .seq = seq, .version = sess->gtp_version};
    release->len = (uint8_t)encode(release->bytes, sizeof release->bytes, sess, seq);
    if (release->len == 0) {
        gw_count(gw, GW_C_NO_ANSWER);
        return;
    }
    gw->releases_n++;
    gw->release_seq += SEQ_STRIDE;
}

bool
gw_released(struct gw *gw, const struct dgram *in, uint8_t version, uint32_t seq)
{
    for (unsigned i = 0; gw->releases_n > 0 && i < GW_RELEASES; i++) {
        struct gw_release *release = &gw->releases[i];

        if (release->len == 0 || release->tries == 0 || release->version != version ||
            release->seq != seq || release->peer != in->peer)
            continue;
        gw_count(gw, GW_RELEASED);
        forget(gw, release);
        return true;
    }
    return false;
}

mono_t
gw_release_deadline(const struct gw *gw)
{
    mono_t at = MONO_NEVER;

    for (unsigned i = 0; gw->releases_n > 0 && i < GW_RELEASES; i++) {
        if (gw->releases[i].len > 0)
            at = mono_earlier(at, gw->releases[i].due);
    }
    return at;
}

/* Say it, or once more; false when it was given up instead. */
static bool
say(struct gw *gw, mono_t now, struct gw_release *release, struct wr *out)
{
    const struct dgram to = {.side = DGRAM_CTRL,
                             .peer = release->peer,
                             .port = GTP_PORT_CONTROL,
                             .local =
                                 release->version == 1 ? gw->setup.ggsn.ctrl : gw->setup.pgw.ctrl};

    if (release->tries == GW_N3) {
        gw_count(gw, GW_RELEASE_IN_VAIN);
        forget(gw, release);
        return false;
    }
    gw_count(gw, release->tries == 0 ? GW_RELEASE_SENT : GW_RELEASE_AGAIN);
    release->tries++;
    release->due = mono_after(now, GW_T3_US);
    gw_answer(&to, release->bytes, release->len, out);
    return true;
}

int
gw_release_tick(struct gw *gw, mono_t now, struct wr *out)
{
    for (unsigned i = 0; gw->releases_n > 0 && i < GW_RELEASES; i++) {
        struct gw_release *release = &gw->releases[i];

        if (release->len == 0 || !mono_reached(now, release->due))
            continue;
        if (wr_room(out) < DGRAM_HEAD + GW_RELEASE_MOST)
            return DI_ESPACE;
        if (say(gw, now, release, out))
            return 1;
    }
    return 0;
}
