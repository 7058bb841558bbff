#include "cf/show_ckpt.h"
#include "common/ckpt/ckpt_names.h"
#include "common/ckpt/ckpt_wire.h"

/* The same as show_ckpt.c prints, as objects. */

static void
set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void
set_counters(json_t *object, const struct card_ckpt *c)
{
#define X(name) set(object, #name, json_integer((json_int_t)c->name));
    CKPT_COUNTERS(X)
#undef X
}

static json_t *
cmds_json(const struct ckpt_sums *sums)
{
    json_t *array = json_array();

    for (unsigned cmd = 1; cmd < 256; cmd++) {
        const struct micro_row *m = &sums->micro[cmd];
        json_t *object;

        if (m->cmd == 0)
            continue;
        object = json_pack("{s:i, s:s?}", "cmd", (int)cmd, "name", ckpt_cmd_name((uint8_t)cmd));
#define X(counter) set(object, #counter, json_integer((json_int_t)m->counter));
        MICRO_COUNTERS(X)
#undef X
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *
macros_json(const struct ckpt_sums *sums)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < MACRO_KINDS; i++) {
        json_t *object = json_pack("{s:s}", "name", ckpt_macro_name(ckpt_macro_kind(i)));

#define X(counter) set(object, #counter, json_integer((json_int_t)sums->macros[i].counter));
        MICRO_COUNTERS(X)
#undef X
        (void)json_array_append_new(array, object);
    }
    return array;
}

static bool
with_macros(enum ckpt_form form)
{
    return form == CKPT_FORM_DEBUG || form == CKPT_FORM_EACH_DEBUG;
}

static bool
with_cmds(enum ckpt_form form)
{
    return form == CKPT_FORM_DEBUG || form == CKPT_FORM_EACH_DEBUG || form == CKPT_FORM_MICRO ||
           form == CKPT_FORM_MICRO_EACH;
}

static json_t *
sessmgr_json(const struct cf *cf, const struct card *card, enum ckpt_form form)
{
    struct ckpt_sums sums = {0};
    char state[SESSMGR_STATE];
    json_t *object;

    show_sessmgr_sums(cf, card, &sums);
    show_sessmgr_state(card, state);
    object = json_pack("{s:i, s:i, s:s, s:b, s:b, s:b, s:I}", "sessmgr", (int)card->sessmgr, "slot",
                       (int)show_sessmgr_slot(cf, card->sessmgr), "state", state, "alive",
                       (int)card->alive, "peer_ready",
                       (int)(card->alive && card->status.peer_ready), "synced",
                       (int)card->status.synced, "sessions", (json_int_t)card->status.sessions);
    set_counters(object, &sums.ckpt);
    if (with_macros(form))
        set(object, "macro_checkpoints", macros_json(&sums));
    if (with_cmds(form))
        set(object, "micro_checkpoints", cmds_json(&sums));
    return object;
}

static json_t *
sessmgrs_json(const struct cf *cf, const struct ckpt_view *view)
{
    json_t *array = json_array();
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (show_sessmgr_is_in(card, view))
            (void)json_array_append_new(array, sessmgr_json(cf, card, view->form));
    }
    return array;
}

static const char *
compression(const struct cards_totals *t)
{
    return t->ready == 0 ? "none" : t->lz4 == t->ready ? "lz4" : "zlib";
}

static void
set_relay(json_t *object, struct relay_counters relay)
{
    set(object, "relay_out", json_integer((json_int_t)relay.out));
    set(object, "relay_in", json_integer((json_int_t)relay.in));
    set(object, "relay_no_link", json_integer((json_int_t)relay.no_link));
    set(object, "relay_no_sessmgr", json_integer((json_int_t)relay.no_sessmgr));
    set(object, "relay_malformed", json_integer((json_int_t)relay.malformed));
    set(object, "relay_refused", json_integer((json_int_t)relay.refused));
}

static json_t *
sum_json(const struct cf *cf, const struct ckpt_view *view)
{
    struct sessmgr_states s = show_sessmgr_states(cf, view);
    struct cards_totals t = cards_totals(&cf->cards);
    struct ckpt_sums sums = {0};
    const struct card *card;
    json_t *object = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "sessmgrs", (int)s.n,
                               "active_connected", (int)s.active, "standby_connected",
                               (int)s.standby, "pending_active", (int)s.pending_active,
                               "pending_standby", (int)s.pending_standby, "ready", (int)t.ready,
                               "synced", (int)t.synced, "compression", compression(&t));

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (show_sessmgr_is_in(card, view))
            show_sessmgr_sums(cf, card, &sums);
    }
    set_counters(object, &sums.ckpt);
    set_relay(object, relay_counters(cf->relay));
    if (with_macros(view->form))
        set(object, "macro_checkpoints", macros_json(&sums));
    if (with_cmds(view->form))
        set(object, "micro_checkpoints", cmds_json(&sums));
    return object;
}

json_t *
show_checkpoints_json(const struct cf *cf, const struct ckpt_view *view)
{
    json_t *object;

    switch (view->form) {
    case CKPT_FORM_SUM:
    case CKPT_FORM_DEBUG:
    case CKPT_FORM_MICRO:
        return sum_json(cf, view);
    case CKPT_FORM_TABLE:
        object = sum_json(cf, view);
        set(object, "sessmgr_instances", sessmgrs_json(cf, view));
        return object;
    case CKPT_FORM_IPSEC:
        return json_pack("{s:[]}", "ipsecmgr_instances");
    default:
        return json_pack("{s:o}", "sessmgr_instances", sessmgrs_json(cf, view));
    }
}

static json_t *
nack_json(const struct conf_nack *nack)
{
    return json_pack("{s:b, s:i}", "enabled", (int)nack->on, "max_response",
                     (int)nack->max_response);
}

json_t *
show_checkpoint_info_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (unsigned cmd = 1; cmd < 256; cmd++) {
        const char *name = ckpt_cmd_name((uint8_t)cmd);
        bool disabled = cmd_set_has(&cf->nacks_disabled, (uint8_t)cmd);

        if (name || disabled)
            (void)json_array_append_new(array, json_pack("{s:i, s:s?, s:b, s:b}", "cmd", (int)cmd,
                                                         "name", name, "nack",
                                                         (int)show_nack_is_on(cf, (uint8_t)cmd),
                                                         "disabled_by_command", (int)disabled));
    }
    return json_pack("{s:o, s:o, s:o}", "nack_macro", nack_json(&cf->conf.srp.nack[CONF_MACRO]),
                     "nack_micro", nack_json(&cf->conf.srp.nack[CONF_MICRO]), "micro_checkpoints",
                     array);
}
