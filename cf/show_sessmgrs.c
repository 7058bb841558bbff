/* show srp checkpoint statistics verbose: one line a session manager, whichever card hosts it */
#include "cf/show.h"

/* The words of the rows above the table: which of them it counts to. */
static void
state_text(const struct card *card, char *out, size_t room)
{
    enum chassis_state state = (enum chassis_state)card->status.state;
    bool can_connect = state == CHASSIS_ACTIVE || state == CHASSIS_STANDBY;

    if (!card->alive)
        (void)snprintf(out, room, "Offline");
    else
        (void)snprintf(out, room, "%s%s", chassis_state_name(state),
                       can_connect && card->status.peer_ready ? "-Connected" : "");
}

static unsigned
slot_of(const struct cf *cf, uint16_t row)
{
    return row > CARDS_SLOTS ? cf->cards.slots[row].slot : row;
}

/* The row of session manager `sessmgr`; 0: none. They are few, and shown rarely. */
static uint16_t
row_of(const struct cf *cf, unsigned sessmgr)
{
    for (uint16_t row = 1; row <= cards_rows(&cf->cards); row++) {
        if (cf->cards.slots[row].sessmgr == sessmgr)
            return row;
    }
    return 0;
}

static void
print_line(const struct cf *cf, FILE *out, uint16_t row)
{
    const struct card *card = &cf->cards.slots[row];
    const struct card_status *s = &card->status;
    char state[32];

    state_text(card, state, sizeof state);
    (void)fprintf(out, "%7u  %4u  %-17s  %8u  %-6s  %10llu  %10llu  %10llu  %10llu\n",
                  card->sessmgr, slot_of(cf, row), state, s->sessions, s->synced ? "Yes" : "No",
                  (unsigned long long)s->ckpt.full_sent, (unsigned long long)s->ckpt.full_rcvd,
                  (unsigned long long)s->ckpt.delete_sent, (unsigned long long)s->ckpt.delete_rcvd);
}

void
show_checkpoints_verbose(const struct cf *cf, FILE *out)
{
    uint16_t row;

    show_checkpoints(cf, out);
    (void)fprintf(out, "\n%7s  %4s  %-17s  %8s  %-6s  %10s  %10s  %10s  %10s\n", "Sessmgr", "Slot",
                  "State", "Calls", "Synced", "Full sent", "Full rcvd", "Del sent", "Del rcvd");
    for (unsigned sessmgr = 1; (row = row_of(cf, sessmgr)) != 0; sessmgr++)
        print_line(cf, out, row);
}

static json_t *
line_json(const struct cf *cf, uint16_t row)
{
    const struct card *card = &cf->cards.slots[row];
    char state[32];
    json_t *object;

    state_text(card, state, sizeof state);
    object = json_pack("{s:i, s:i, s:s, s:b, s:b, s:b, s:I}", "sessmgr", (int)card->sessmgr, "slot",
                       (int)slot_of(cf, row), "state", state, "alive", (int)card->alive,
                       "peer_ready", (int)card->status.peer_ready, "synced",
                       (int)card->status.synced, "sessions", (json_int_t)card->status.sessions);
#define X(name)                                                                                    \
    (void)json_object_set_new(object, #name, json_integer((json_int_t)card->status.ckpt.name));
    CKPT_COUNTERS(X)
#undef X
    return object;
}

json_t *
show_checkpoints_verbose_json(const struct cf *cf)
{
    json_t *object = show_checkpoints_json(cf), *array = json_array();
    uint16_t row;

    for (unsigned sessmgr = 1; (row = row_of(cf, sessmgr)) != 0; sessmgr++)
        (void)json_array_append_new(array, line_json(cf, row));
    (void)json_object_set_new(object, "sessmgr_instances", array);
    return object;
}
