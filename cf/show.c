#include "cf/show.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- show card table ------------------------------------------------------------------------ */

static const char *
card_state(const struct cf *cf, size_t slot)
{
    const struct card *card = &cf->cards.slots[slot];

    if (card->type == CARD_EMPTY)
        return "-";
    if (card->type == CARD_CF && slot == cf->node->slot)
        return sso_state_name(cf->sso.state);
    if (card->type == CARD_CF)
        return cf->sso.peer_alive ? sso_state_name(cf->sso.peer.state) : "Offline";
    if (!cards_there(&cf->cards, (uint8_t)slot))
        return "Offline";
    return card->spare ? "Standby" : "Active";
}

static const char *
spof(const struct cf *cf, size_t slot)
{
    const char *state = card_state(cf, slot);

    if (strcmp(state, "Active") != 0)
        return "-";
    return chassis_spof(cf, (uint8_t)slot) ? "Yes" : "No";
}

void
show_cards(const struct cf *cf, FILE *out, bool all)
{
    (void)fprintf(out, "Slot         Card Type                               Oper State     SPOF  "
                       "Attach\n-----------  --------------------------------------  "
                       "-------------  ----  ------\n");
    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        uint8_t type = cf->cards.slots[slot].type;

        if (type == CARD_EMPTY && !all)
            continue;
        (void)fprintf(out, "%2zu: %-9s%-40s%-15s%-6s%6s\n", slot, type == CARD_CF ? "CFC" : "FC",
                      type == CARD_CF      ? "Control Function Virtual Card"
                      : type == CARD_EMPTY ? "None"
                                           : "2-Port Service Function Virtual Card",
                      card_state(cf, slot), spof(cf, slot), "");
    }
}

/* One by one, where a card has several. */
static json_t *
sessmgrs_json(const struct cf *cf, uint8_t slot)
{
    json_t *array = json_array();

    for (uint16_t row = slot; row; row = cf->cards.slots[row].next) {
        const struct card *card = &cf->cards.slots[row];

        if (card->sessmgr != 0)
            (void)json_array_append_new(
                array,
                json_pack("{s:i, s:b, s:I, s:b, s:b, s:I}", "sessmgr", (int)card->sessmgr, "alive",
                          (int)card->alive, "sessions", (json_int_t)card->status.sessions,
                          "peer_ready", (int)card->status.peer_ready, "synced",
                          (int)card->status.synced, "calls_lost", (json_int_t)card->calls_lost));
    }
    return array;
}

json_t *
show_cards_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];
        struct cards_whole whole = cards_whole(&cf->cards, slot);
        bool is_cf = card->type == CARD_CF;
        bool alive = whole.alive || (is_cf && (slot == cf->node->slot || cf->sso.peer_alive));

        if (card->type == CARD_EMPTY)
            continue;
        json_array_append_new(
            array,
            json_pack("{s:i, s:s, s:s, s:b, s:s, s:i, s:i, s:I, s:b, s:b, s:I, s:I, s:o}", "slot",
                      (int)slot, "type", card_type_name((enum card_type)card->type), "state",
                      card_state(cf, slot), "alive", (int)alive, "spof", spof(cf, slot), "sessmgr",
                      (int)whole.sessmgr, "sessmgrs", (int)whole.sessmgrs, "sessions",
                      (json_int_t)whole.sessions, "peer_ready", (int)whole.peer_ready, "synced",
                      (int)whole.synced, "deaths", (json_int_t)card->deaths, "calls_lost",
                      (json_int_t)whole.calls_lost, "sessmgr_instances", sessmgrs_json(cf, slot)));
    }
    return array;
}

/* ---- show vpclab status ------------------------------------------------------------------------ */

json_t *
show_status_json(const struct cf *cf)
{
    struct cards_totals t = cards_totals(&cf->cards);
    bool synced = cf->leading && t.sessmgrs > 0 && t.synced == t.sessmgrs &&
                  cards_committed(&cf->cards, (uint8_t)cf->srp.state, cf->srp.epoch);

    return json_pack(
        "{s:s, s:i, s:s, s:I, s:b, s:s, s:I, s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:b, s:I, s:I, "
        "s:s, s:s, s:s, s:o}",
        "instance", node_instance(cf->node)->name, "slot", (int)cf->node->slot, "cf_state",
        sso_state_name(cf->sso.state), "cf_epoch", (json_int_t)cf->sso.epoch, "leading",
        (int)cf->leading, "chassis_state", cf->leading ? chassis_state_name(cf->srp.state) : "-",
        "srp_epoch", (json_int_t)cf->srp.epoch, "peer_state",
        cf->leading ? show_peer_state(cf) : "-", "connection", show_connection(cf),
        "session_connection", relay_up(cf->relay) ? "Connected" : "Not Connected", "route_modifier",
        (int)cf->srp.rank.route_modifier, "restart_counter", (int)cf->srp.restart, "sessmgrs",
        (int)t.sessmgrs, "sessions", (json_int_t)t.sessions, "synced", (int)synced, "calls_lost",
        (json_int_t)cf->cards.calls_lost, "foreign_connections",
        (json_int_t)show_link_counters(cf).foreign, "hostname",
        cf->conf.hostname[0] ? cf->conf.hostname : node_instance(cf->node)->name, "ggsn_address",
        conf_addr_text(conf_service_addr(&cf->conf, CONF_GGSN)).text, "pgw_address",
        conf_addr_text(conf_service_addr(&cf->conf, CONF_PGW)).text, "cards", show_cards_json(cf));
}

void
show_status(const struct cf *cf, FILE *out)
{
    json_t *status = show_status_json(cf);

    (void)json_dumpf(status, out, JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(status);
}
