#include "common/msg/body.h"

#include <string.h>

/* Booleans travel as one octet that is 0 or 1; anything else is malformed. */
static bool
rd_bool(struct rd *rd)
{
    uint8_t value = rd_u8(rd);

    if (value > 1)
        rd->bad = true;
    return value == 1;
}

static bool
is_mask(uint32_t mask)
{
    return (~mask & (~mask + 1)) == 0;
}

const char *
chassis_state_name(enum chassis_state state)
{
    static const char *const names[CHASSIS_STATE_N] = {
#define X(name, text) [name] = text,
        CHASSIS_STATES(X)
#undef X
    };

    return state < CHASSIS_STATE_N ? names[state] : "unknown";
}

void
link_hello_put(struct wr *wr, const struct link_hello *body)
{
    wr_u8(wr, body->type);
    wr_u8(wr, body->sessmgr);
}

bool
link_hello_get(struct rd *rd, struct link_hello *body)
{
    body->type = rd_u8(rd);
    body->sessmgr = rd_u8(rd);
    return rd_done(rd);
}

void
role_put(struct wr *wr, const struct role_body *body)
{
    wr_u32(wr, body->order);
    wr_u8(wr, body->state);
    wr_u64(wr, body->srp_epoch);
    wr_u8(wr, body->route_modifier);
    wr_u8(wr, body->restart);
    wr_u8(wr, body->gates);
    wr_u8(wr, body->announce);
    wr_u8(wr, body->flush);
    wr_u8(wr, body->drain);
    wr_u8(wr, body->audit);
}

bool
role_get(struct rd *rd, struct role_body *body)
{
    body->order = rd_u32(rd);
    body->state = rd_u8(rd);
    body->srp_epoch = rd_u64(rd);
    body->route_modifier = rd_u8(rd);
    body->restart = rd_u8(rd);
    body->gates = rd_u8(rd);
    body->announce = rd_bool(rd);
    body->flush = rd_bool(rd);
    body->drain = rd_bool(rd);
    body->audit = rd_bool(rd);
    return rd_done(rd) && body->state < CHASSIS_STATE_N && body->gates <= GATES_ALL;
}

void
config_put(struct wr *wr, const struct config_body *body)
{
    wr_u32(wr, body->generation);
    wr_bytes(wr, body->text, body->len);
}

bool
config_get(struct rd *rd, struct config_body *body)
{
    body->generation = rd_u32(rd);
    body->len = rd_left(rd);
    body->text = rd_bytes(rd, body->len);
    return rd_done(rd) && body->generation != 0;
}

static void
put_micro(struct wr *wr, const struct card_status *body)
{
    wr_u8(wr, body->micro_n);
    for (size_t i = 0; i < body->micro_n; i++) {
        wr_u8(wr, body->micro[i].cmd);
#define X(name) wr_u64(wr, body->micro[i].name);
        MICRO_COUNTERS(X)
#undef X
    }
}

static void
put_macros(struct wr *wr, const struct card_status *body)
{
    for (size_t i = 0; i < MACRO_KINDS; i++) {
#define X(name) wr_u64(wr, body->macros[i].name);
        MICRO_COUNTERS(X)
#undef X
    }
}

static void
get_macros(struct rd *rd, struct card_status *body)
{
    for (size_t i = 0; i < MACRO_KINDS; i++) {
#define X(name) body->macros[i].name = rd_u64(rd);
        MICRO_COUNTERS(X)
#undef X
    }
}

/* Each CMD-ID once, in order. */
static void
get_micro(struct rd *rd, struct card_status *body)
{
    uint8_t before = 0;

    body->micro_n = rd_u8(rd);
    if (body->micro_n > MICRO_MOST)
        rd->bad = true;
    for (size_t i = 0; i < body->micro_n && !rd->bad; i++) {
        body->micro[i].cmd = rd_u8(rd);
#define X(name) body->micro[i].name = rd_u64(rd);
        MICRO_COUNTERS(X)
#undef X
        if (body->micro[i].cmd <= before)
            rd->bad = true;
        before = body->micro[i].cmd;
    }
}

static void
put_usage(struct wr *wr, const struct card_usage *usage)
{
    wr_u16(wr, usage->thread);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        wr_u16(wr, usage->cpu[i]);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        wr_u32(wr, usage->memory_kib[i]);
    wr_u32(wr, usage->files);
    wr_u32(wr, usage->files_most);
}

static void
get_usage(struct rd *rd, struct card_usage *usage)
{
    usage->thread = rd_u16(rd);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        usage->cpu[i] = rd_u16(rd);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        usage->memory_kib[i] = rd_u32(rd);
    usage->files = rd_u32(rd);
    usage->files_most = rd_u32(rd);
}

void
card_status_put(struct wr *wr, const struct card_status *body)
{
    wr_u8(wr, body->type);
    wr_u8(wr, body->sessmgr);
    wr_u32(wr, body->order);
    wr_u8(wr, body->state);
    wr_u64(wr, body->srp_epoch);
    wr_u8(wr, body->route_modifier);
    wr_u64(wr, body->cf_epoch);
    wr_u32(wr, body->config);
    wr_u32(wr, body->sessions);
    wr_u32(wr, body->sessions_v2);
    wr_u8(wr, body->restart);
    wr_u8(wr, body->gates);
    wr_u8(wr, body->announced);
    wr_u8(wr, body->converged);
    wr_u8(wr, body->flushed);
    wr_u8(wr, body->audited);
    wr_u8(wr, body->peer_ready);
    wr_u8(wr, body->synced);
    wr_u8(wr, body->lz4);
    wr_u16(wr, body->pid_hint);
    put_usage(wr, &body->usage);
    cmd_set_write(wr, &body->nacks_disabled);
    put_micro(wr, body);
    put_macros(wr, body);
#define X(name) wr_u64(wr, body->ckpt.name);
    CKPT_COUNTERS(X)
#undef X
#define X(name) wr_u64(wr, body->calls.name);
    CALL_COUNTERS(X)
#undef X
}

bool
card_status_get(struct rd *rd, struct card_status *body)
{
    body->type = rd_u8(rd);
    body->sessmgr = rd_u8(rd);
    body->order = rd_u32(rd);
    body->state = rd_u8(rd);
    body->srp_epoch = rd_u64(rd);
    body->route_modifier = rd_u8(rd);
    body->cf_epoch = rd_u64(rd);
    body->config = rd_u32(rd);
    body->sessions = rd_u32(rd);
    body->sessions_v2 = rd_u32(rd);
    body->restart = rd_u8(rd);
    body->gates = rd_u8(rd);
    body->announced = rd_bool(rd);
    body->converged = rd_bool(rd);
    body->flushed = rd_bool(rd);
    body->audited = rd_bool(rd);
    body->peer_ready = rd_bool(rd);
    body->synced = rd_bool(rd);
    body->lz4 = rd_bool(rd);
    body->pid_hint = rd_u16(rd);
    get_usage(rd, &body->usage);
    cmd_set_read(rd, &body->nacks_disabled);
    get_micro(rd, body);
    get_macros(rd, body);
#define X(name) body->ckpt.name = rd_u64(rd);
    CKPT_COUNTERS(X)
#undef X
#define X(name) body->calls.name = rd_u64(rd);
    CALL_COUNTERS(X)
#undef X
    return rd_done(rd) && body->state < CHASSIS_STATE_N && body->gates <= GATES_ALL &&
           body->sessions_v2 <= body->sessions;
}

const char *
audit_type_name(enum audit_type type)
{
    static const char *const names[AUDIT_TYPE_N] = {
#define X(name, text) [name] = text,
        AUDIT_TYPES(X)
#undef X
    };

    return type < AUDIT_TYPE_N ? names[type] : "unknown";
}

static bool
is_run(uint32_t run, uint8_t type)
{
    return run != 0 && type != AUDIT_NONE && type < AUDIT_TYPE_N;
}

void
audit_order_put(struct wr *wr, const struct audit_order *body)
{
    wr_u32(wr, body->run);
    wr_u8(wr, body->type);
    wr_u8(wr, body->sync);
}

bool
audit_order_get(struct rd *rd, struct audit_order *body)
{
    body->run = rd_u32(rd);
    body->type = rd_u8(rd);
    body->sync = rd_bool(rd);
    return rd_done(rd) && is_run(body->run, body->type);
}

void
audit_report_put(struct wr *wr, const struct audit_report *body)
{
    wr_u32(wr, body->run);
    wr_u8(wr, body->type);
    wr_u8(wr, body->state);
    wr_u32(wr, body->counts.calls);
    wr_u32(wr, body->counts.missing);
    wr_u32(wr, body->counts.stale);
    wr_u32(wr, body->counts.extra);
    wr_u32(wr, body->counts.synced);
}

bool
audit_report_get(struct rd *rd, struct audit_report *body)
{
    body->run = rd_u32(rd);
    body->type = rd_u8(rd);
    body->state = rd_u8(rd);
    body->counts.calls = rd_u32(rd);
    body->counts.missing = rd_u32(rd);
    body->counts.stale = rd_u32(rd);
    body->counts.extra = rd_u32(rd);
    body->counts.synced = rd_u32(rd);
    return rd_done(rd) && is_run(body->run, body->type) && body->state < AUDIT_PROGRESS_N;
}

void
cf_hello_put(struct wr *wr, const struct cf_hello *body)
{
    wr_u8(wr, body->slot);
    wr_u8(wr, body->state);
    wr_u64(wr, body->epoch);
    wr_bytes(wr, body->mac, sizeof body->mac);
    wr_u64(wr, body->heard);
    wr_u8(wr, body->chassis);
    wr_u64(wr, body->chassis_incarnation);
    wr_u64(wr, body->srp_epoch);
    wr_u8(wr, body->route_modifier);
    wr_u8(wr, body->restart);
    wr_u8(wr, body->peer_known);
    wr_u64(wr, body->peer_incarnation);
    wr_u64(wr, body->peer_cf_epoch);
    wr_u64(wr, body->peer_epoch);
    wr_u64(wr, body->peer_seq);
    wr_u8(wr, body->peer_state);
    wr_u8(wr, body->peer_route_modifier);
    wr_u8(wr, body->phase);
    wr_u8(wr, body->reason);
    wr_u8(wr, body->fresh);
    wr_u8(wr, body->planned);
    wr_u8(wr, body->forced);
    wr_u32(wr, body->switch_id);
    wr_u32(wr, body->answer_id);
    wr_u8(wr, body->answer);
    wr_u8(wr, body->answer_sessmgrs);
    wr_u32(wr, body->timeout_ms);
    wr_u32(wr, body->post_s);
    wr_u8(wr, body->standby_announced);
    wr_u8(wr, body->want);
    wr_u8(wr, body->want_left);
    wr_u8(wr, body->want_forced);
    wr_u32(wr, body->latched);
    wr_u32(wr, body->alarms);
    wr_u32(wr, body->target_alarms);
    wr_u64(wr, body->spof_alarms);
    cmd_set_write(wr, &body->nacks_disabled);
    wr_u32(wr, body->config);
}

bool
cf_hello_get(struct rd *rd, struct cf_hello *body)
{
    body->slot = rd_u8(rd);
    body->state = rd_u8(rd);
    body->epoch = rd_u64(rd);
    rd_copy(rd, body->mac, sizeof body->mac);
    body->heard = rd_u64(rd);
    body->chassis = rd_u8(rd);
    body->chassis_incarnation = rd_u64(rd);
    body->srp_epoch = rd_u64(rd);
    body->route_modifier = rd_u8(rd);
    body->restart = rd_u8(rd);
    body->peer_known = rd_bool(rd);
    body->peer_incarnation = rd_u64(rd);
    body->peer_cf_epoch = rd_u64(rd);
    body->peer_epoch = rd_u64(rd);
    body->peer_seq = rd_u64(rd);
    body->peer_state = rd_u8(rd);
    body->peer_route_modifier = rd_u8(rd);
    body->phase = rd_u8(rd);
    body->reason = rd_u8(rd);
    body->fresh = rd_bool(rd);
    body->planned = rd_bool(rd);
    body->forced = rd_bool(rd);
    body->switch_id = rd_u32(rd);
    body->answer_id = rd_u32(rd);
    body->answer = rd_u8(rd);
    body->answer_sessmgrs = rd_u8(rd);
    body->timeout_ms = rd_u32(rd);
    body->post_s = rd_u32(rd);
    body->standby_announced = rd_bool(rd);
    body->want = rd_u8(rd);
    body->want_left = rd_u8(rd);
    body->want_forced = rd_bool(rd);
    body->latched = rd_u32(rd);
    body->alarms = rd_u32(rd);
    body->target_alarms = rd_u32(rd);
    body->spof_alarms = rd_u64(rd);
    cmd_set_read(rd, &body->nacks_disabled);
    body->config = rd_u32(rd);
    return rd_done(rd) && (body->slot == 1 || body->slot == 2) && body->chassis < CHASSIS_STATE_N &&
           body->peer_state < CHASSIS_STATE_N;
}

bool
neighbor_same(const struct neighbor *a, const struct neighbor *b)
{
    return a->addr == b->addr && strcmp(a->context, b->context) == 0;
}

static void
neighbor_put(struct wr *wr, const struct neighbor *neighbor)
{
    wr_str(wr, neighbor->context);
    wr_u32(wr, neighbor->addr);
}

static void
neighbor_get(struct rd *rd, struct neighbor *neighbor)
{
    rd_str(rd, neighbor->context, sizeof neighbor->context);
    neighbor->addr = rd_u32(rd);
}

void
routes_put(struct wr *wr, const struct routes_body *body)
{
    wr_u64(wr, body->srp_epoch);
    wr_u8(wr, body->prepend);
    wr_u32(wr, body->as);
    wr_u8(wr, body->n);
    for (size_t i = 0; i < body->n; i++) {
        wr_u32(wr, body->routes[i].net);
        wr_u32(wr, body->routes[i].mask);
        wr_u8(wr, body->routes[i].kind);
    }
    wr_u8(wr, body->neighbor_n);
    for (size_t i = 0; i < body->neighbor_n; i++)
        neighbor_put(wr, &body->neighbors[i]);
}

bool
routes_get(struct rd *rd, struct routes_body *body)
{
    body->srp_epoch = rd_u64(rd);
    body->prepend = rd_u8(rd);
    body->as = rd_u32(rd);
    body->n = rd_u8(rd);
    if (body->n > ROUTES_MOST)
        return false;
    for (size_t i = 0; i < body->n; i++) {
        struct route_entry *r = &body->routes[i];

        r->net = rd_u32(rd);
        r->mask = rd_u32(rd);
        r->kind = rd_u8(rd);
        if (r->kind > ROUTE_POOL || !is_mask(r->mask) || (r->net & ~r->mask) != 0)
            return false;
    }
    body->neighbor_n = rd_u8(rd);
    if (body->neighbor_n > NEIGHBORS_MOST)
        return false;
    for (size_t i = 0; i < body->neighbor_n; i++)
        neighbor_get(rd, &body->neighbors[i]);
    return rd_done(rd);
}

void
net_put(struct wr *wr, const struct net_body *body)
{
    wr_u64(wr, body->srp_epoch);
    wr_u8(wr, body->best);
    wr_u8(wr, body->peer_bfd_up);
    wr_u32(wr, body->offered);
    wr_u32(wr, body->offered_as);
    wr_u8(wr, body->n);
    for (size_t i = 0; i < body->n; i++) {
        neighbor_put(wr, &body->neighbors[i].of);
        wr_u8(wr, body->neighbors[i].bgp_up);
        wr_u8(wr, body->neighbors[i].bfd_up);
    }
}

bool
net_get(struct rd *rd, struct net_body *body)
{
    body->srp_epoch = rd_u64(rd);
    body->best = rd_bool(rd);
    body->peer_bfd_up = rd_bool(rd);
    body->offered = rd_u32(rd);
    body->offered_as = rd_u32(rd);
    body->n = rd_u8(rd);
    if (body->n > NEIGHBORS_MOST)
        return false;
    for (size_t i = 0; i < body->n; i++) {
        neighbor_get(rd, &body->neighbors[i].of);
        body->neighbors[i].bgp_up = rd_bool(rd);
        body->neighbors[i].bfd_up = rd_bool(rd);
    }
    return rd_done(rd);
}

void
srp_config_put(struct wr *wr, const struct srp_config_body *body)
{
    wr_u8(wr, body->question);
    wr_u32(wr, body->checksum);
    wr_bytes(wr, body->text, body->len);
}

bool
srp_config_get(struct rd *rd, struct srp_config_body *body)
{
    body->question = rd_bool(rd);
    body->checksum = rd_u32(rd);
    body->len = rd_left(rd);
    body->text = rd_bytes(rd, body->len);
    return rd_done(rd);
}

/* Up to `most` octets behind their length. */
static void
put_some(struct wr *wr, const uint8_t *bytes, size_t len)
{
    wr_u16(wr, (uint16_t)len);
    wr_bytes(wr, bytes, len);
}

static bool
get_some(struct rd *rd, size_t most, const uint8_t **bytes, size_t *len)
{
    *len = rd_u16(rd);
    if (*len > most)
        return false;
    *bytes = rd_bytes(rd, *len);
    return true;
}

void
exec_put(struct wr *wr, const struct exec_body *body)
{
    wr_u8(wr, body->kind);
    wr_u8(wr, body->json);
    wr_u8(wr, body->sure);
    put_some(wr, body->session, body->session_len);
    wr_bytes(wr, body->line, body->len);
}

bool
exec_get(struct rd *rd, struct exec_body *body)
{
    body->kind = rd_u8(rd);
    body->json = rd_bool(rd);
    body->sure = rd_bool(rd);
    if (body->kind >= EXEC_KINDS || !get_some(rd, SESSION_MOST, &body->session, &body->session_len))
        return false;
    body->len = rd_left(rd);
    body->line = rd_bytes(rd, body->len);
    return rd_done(rd);
}

void
answer_put(struct wr *wr, const struct answer_body *body)
{
    wr_u8(wr, body->status);
    wr_u16(wr, body->column);
    put_some(wr, body->session, body->session_len);
    put_some(wr, body->prompt, body->prompt_len);
    wr_bytes(wr, body->text, body->len);
}

bool
answer_get(struct rd *rd, struct answer_body *body)
{
    body->status = rd_u8(rd);
    body->column = rd_u16(rd);
    if (!get_some(rd, SESSION_MOST, &body->session, &body->session_len) ||
        !get_some(rd, SESSION_MOST, &body->prompt, &body->prompt_len))
        return false;
    body->len = rd_left(rd);
    body->text = rd_bytes(rd, body->len);
    return rd_done(rd);
}
