#include "sf/gw.h"

#include <assert.h>

#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_peek.h"
#include "sf/gw_priv.h"

enum {
    MULTICAST = 224, /* first octet from which on an address is nobody's own */
    HEAD_LEAST = 8,  /* octets of the shortest header of any version */
};

static size_t
aligned(size_t len)
{
    return (len + 15) & ~(size_t)15;
}

static bool
is_power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

/* Places for remembering where packets went lately: about one a session. */
static uint32_t
recent_n(const struct gw_setup *setup)
{
    uint32_t capacity = sess_table_setup(setup->table)->capacity, n = 1;

    while (n < capacity && n < GW_RECENT_MOST)
        n <<= 1;
    return n;
}

size_t
gw_size(const struct gw_setup *setup)
{
    return aligned(sizeof(struct gw)) + aligned(setup->replies * sizeof(struct gw_reply)) +
           recent_n(setup) * sizeof(uint32_t);
}

struct gw *
gw_init(void *memory, const struct gw_setup *setup)
{
    struct gw *gw = memory;
    uint8_t *at = memory;

    assert(setup->table && setup->apn_n <= GW_APNS);
    assert(is_power_of_two(setup->replies) && setup->replies >= GW_REPLY_WAYS);
    memset(memory, 0, gw_size(setup));
    gw->setup = *setup;
    at += aligned(sizeof *gw);
    gw->replies = (void *)at;
    gw->reply_mask = setup->replies / GW_REPLY_WAYS - 1;
    at += aligned(setup->replies * sizeof *gw->replies);
    gw->recent = (void *)at;
    gw->recent_mask = recent_n(setup) - 1;
    sess_table_on_purge(setup->table, setup->graceful ? gw_release : NULL, gw);
    return gw;
}

void
gw_set_gates(struct gw *gw, uint8_t gates)
{
    bool ceases = gw->gates && !gates;

    gw->gates = gates & GATES_ALL;
    if (!ceases)
        return;
    gw_ask_no_more(gw);
    gw_release_none(gw, 0);
    memset(gw->peers, 0, sizeof gw->peers);
    memset(gw->replies, 0, gw->setup.replies * sizeof *gw->replies);
    memset(gw->recent, 0, ((size_t)gw->recent_mask + 1) * sizeof *gw->recent);
}

uint8_t
gw_gates(const struct gw *gw)
{
    return gw->gates;
}

void
gw_set_serving(struct gw *gw, bool serving)
{
    gw_set_gates(gw, serving ? GATES_ALL : 0);
}

bool
gw_serving(const struct gw *gw)
{
    return gw->gates != 0;
}

void
gw_set_restart(struct gw *gw, uint8_t restart)
{
    gw->setup.restart = restart;
}

const uint64_t *
gw_counters(const struct gw *gw)
{
    return gw->counters;
}

const char *
gw_counter_name(enum gw_counter counter)
{
    static const char *const names[GW_COUNTER_N] = {
#define X(name, text) [GW_##name] = text,
        GW_COUNTERS(X)
#undef X
    };

    return names[counter];
}

void
gw_answer(const struct dgram *in, const uint8_t *bytes, size_t len, struct wr *out)
{
    bool fits = dgram_put(out, &(struct dgram){
                                   .side = in->side,
                                   .peer = in->peer,
                                   .port = in->port,
                                   .local = in->local,
                                   .len = (uint16_t)len,
                                   .bytes = bytes,
                               });

    assert(fits); /* has_room */
}

/* --- answers already given ---------------------------------------------------------- */

static uint64_t
digest_of(const uint8_t *bytes, size_t len)
{
    uint64_t digest = len;

    while (len) {
        uint64_t word = 0;
        size_t n = len < sizeof word ? len : sizeof word;

        memcpy(&word, bytes, n);
        digest = mix64(digest ^ word) + n;
        bytes += n;
        len -= n;
    }
    return digest;
}

struct gw_request
gw_request(const struct dgram *in, uint8_t version, uint8_t type, uint32_t seq)
{
    return (struct gw_request){
        .digest = digest_of(in->bytes, in->len),
        .peer = in->peer,
        .seq = seq,
        .port = in->port,
        .type = type,
        .version = version,
    };
}

static bool
same_request(const struct gw_request *a, const struct gw_request *b)
{
    return a->digest == b->digest && a->peer == b->peer && a->seq == b->seq && a->port == b->port &&
           a->type == b->type && a->version == b->version;
}

/* The places where this request's answer may lie. */
static struct gw_reply *
reply_set(const struct gw *gw, const struct gw_request *request)
{
    uint64_t hash = mix64(request->digest ^ ((uint64_t)request->peer << 16 | request->port));

    return gw->replies + (hash & gw->reply_mask) * GW_REPLY_WAYS;
}

/* Call-id of the session that has this TEID; 0: none. */
static uint32_t
occupant(const struct gw *gw, uint32_t teid)
{
    const struct sess *sess = sess_by_teid(gw->setup.table, teid);

    return sess ? sess->call_id : 0;
}

bool
gw_reply_again(const struct gw *gw, mono_t now, const struct gw_request *request,
               const struct dgram *in, struct wr *out)
{
    const struct gw_reply *set = reply_set(gw, request);

    for (unsigned i = 0; i < GW_REPLY_WAYS; i++)
        if (set[i].len && !mono_reached(now, set[i].until) &&
            same_request(&set[i].request, request)) {
            if (set[i].call_id != occupant(gw, set[i].teid))
                return false;
            gw_answer(in, set[i].bytes, set[i].len, out);
            return true;
        }
    return false;
}

/* Remember an answer in place of the oldest one of its set. */
static void
keep(struct gw *gw, mono_t now, const struct gw_request *request, uint32_t teid,
     const uint8_t *bytes, size_t len)
{
    struct gw_reply *set = reply_set(gw, request), *place = set;

    for (unsigned i = 0; i < GW_REPLY_WAYS; i++)
        if (!set[i].len || set[i].until.us < place->until.us)
            place = &set[i];
    for (unsigned i = 0; i < GW_REPLY_WAYS; i++)
        if (set[i].len && same_request(&set[i].request, request))
            place = &set[i]; /* of a session that is gone */
    place->request = *request;
    place->teid = teid;
    place->call_id = occupant(gw, teid);
    place->until = mono_after(now, GW_REPLY_US);
    place->len = (uint16_t)len;
    memcpy(place->bytes, bytes, len);
}

void
gw_reply(struct gw *gw, mono_t now, const struct gw_request *request, const struct dgram *in,
         uint32_t teid, const uint8_t *bytes, size_t len, struct wr *out)
{
    if (!len) {
        gw_count(gw, GW_C_NO_ANSWER);
        return;
    }
    gw_answer(in, bytes, len, out);
    if (len <= GW_REPLY_MOST)
        keep(gw, now, request, teid, bytes, len);
}

/* --- access point names and addresses ------------------------------------------------ */

/* Octets of the name without ".mncNNN.mccNNN.gprs"; the name is in lower case. */
static size_t
network_identifier_len(const char *name)
{
    static const char form[] = ".mnc###.mcc###.gprs";
    size_t len = strlen(name), form_len = sizeof form - 1;

    if (len <= form_len)
        return len;

    const char *tail = name + len - form_len;

    for (size_t i = 0; i < form_len; i++)
        if (form[i] == '#' ? tail[i] < '0' || tail[i] > '9' : tail[i] != form[i])
            return len;
    return len - form_len;
}

int
gw_apn_find(const struct gw *gw, const char *name)
{
    size_t len = network_identifier_len(name);

    for (uint8_t i = 0; i < gw->setup.apn_n; i++) {
        const char *apn = gw->setup.apns[i].name;

        if (!*apn || gw->setup.apns[i].gone)
            continue;
        if (!strcmp(apn, name) || (strlen(apn) == len && !memcmp(apn, name, len)))
            return i;
    }
    return DI_ENOTFOUND;
}

const uint32_t *
gw_dns(const struct gw *gw, const struct sess *sess)
{
    static const uint32_t none[2];

    return sess->apn < gw->setup.apn_n ? gw->setup.apns[sess->apn].dns : none;
}

bool
gw_peer_plausible(const struct gw *gw, uint32_t addr)
{
    const struct gw_service *ggsn = &gw->setup.ggsn, *pgw = &gw->setup.pgw;

    return addr && addr >> 24 < MULTICAST && addr != ggsn->ctrl && addr != ggsn->user &&
           addr != pgw->ctrl && addr != pgw->user;
}

/* --- sessions -------------------------------------------------------------------------- */

int
gw_open(struct gw *gw, mono_t now, uint64_t imsi, uint8_t ebi, uint8_t apn, struct sess **sess)
{
    struct sess_table *table = gw->setup.table;
    struct sess *old = sess_by_imsi(table, imsi, ebi);

    if (old) {
        gw_count(gw, old->gtp_version == 1 ? GW_V1_REPLACED : GW_V2_REPLACED);
        sess_close(table, old);
    }
    return sess_open(table, imsi, ebi, gw->setup.apns[apn].pool, now, sess);
}

struct sess *
gw_sess(const struct gw *gw, uint8_t version, uint32_t teid)
{
    struct sess *sess = sess_by_teid(gw->setup.table, teid);

    return sess && sess->gtp_version == version && !sess->lbi ? sess : NULL;
}

struct sess *
gw_bearer(const struct gw *gw, struct sess *sess, uint8_t ebi)
{
    struct sess *bearer = sess_by_imsi(gw->setup.table, sess->imsi, ebi);

    return bearer == sess || (bearer && bearer->lbi == sess->ebi) ? bearer : NULL;
}

/* --- which procedures ----------------------------------------------------------------- */

/* "I speak this version": TS 29.060 7.2.3, TS 29.274 7.1.3, the latest spoken here. The
 * sequence number is the request's, as far as its header could be read. */
static void
refuse_version(struct gw *gw, const struct dgram *in, struct wr *out)
{
    struct gtp_peek peek = {0};
    uint8_t buf[32];
    const char *reason;
    size_t len;

    if (gtp_peek(&peek, in->bytes, in->len, &reason) == GTP_EDROP) {
        gw_count(gw, GW_C_MALFORMED);
        return;
    }
    if (gw->setup.pgw.on)
        len = gtp2_encode(buf, sizeof buf,
                          &(struct gtp2_msg){.head = {.type = GTP2_VERSION_NOT_SUPPORTED,
                                                      .seq = peek.seq & 0xffffff}});
    else
        len = gtp1_encode(buf, sizeof buf,
                          &(struct gtp1_msg){.head = {.type = GTP1_VERSION_NOT_SUPPORTED,
                                                      .has_seq = true,
                                                      .seq = (uint16_t)peek.seq}});
    assert(len);
    gw_count(gw, GW_C_VERSION_NOT_SUPPORTED);
    gw_answer(in, buf, len, out);
}

/* GTPv0 has its own port (3386): here it is noise. A Version Not Supported Indication must
 * never be answered with another one. */
static void
control(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    unsigned version = in->bytes[0] >> 5;

    if (version == 1 && gw->setup.ggsn.on)
        gw_v1(gw, now, in, out);
    else if (version == 2 && gw->setup.pgw.on)
        gw_v2(gw, now, in, out);
    else if (version == 0 || in->len < HEAD_LEAST || !(gw->setup.ggsn.on || gw->setup.pgw.on))
        gw_count(gw, GW_C_MALFORMED);
    else if (in->bytes[1] == GTP1_VERSION_NOT_SUPPORTED)
        gw_count(gw, GW_C_RESPONSE);
    else
        refuse_version(gw, in, out);
}

/* The longest that a datagram can bring about: a control answer, or itself passed on. */
static bool
has_room(const struct dgram *in, const struct wr *out)
{
    size_t most = in->side == DGRAM_CTRL || in->len < GW_ANSWER_MOST ? GW_ANSWER_MOST : in->len;

    return wr_room(out) >= DGRAM_HEAD + most;
}

int
gw_access(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out)
{
    if (!has_room(in, out))
        return DI_ESPACE;
    if (!gw_serving(gw))
        gw_count(gw, GW_NOT_SERVING);
    else if (in->side == DGRAM_CTRL)
        control(gw, now, in, out);
    else if (in->side == DGRAM_USER)
        gw_user(gw, now, in, out);
    else
        gw_count(gw, GW_WRONG_SIDE);
    return 0;
}
