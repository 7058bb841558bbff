#include "cf/show_recovery.h"

#include "cf/show_task.h"
#include "common/loop/clock.h"

/* ---- show session recovery status --------------------------------------------------------- */

/* What this emulator has not: a death of a session manager costs its calls (cards.h). */
#define NOT_READY                                                                                  \
    "no session manager has a standby-mode twin: the emulator recovers sessions between the "      \
    "chassis only"

const char *
show_recovery_word(const struct recovery_row *row)
{
    if (!row->alive)
        return "Not Good (card is offline)";
    return row->demux ? "Good (Demux)" : "Good";
}

void
show_recovery_head(FILE *out)
{
    (void)fprintf(out, "              ----sessmgr---  ----aaamgr---- demux\n"
                       " cpu state    active standby  active standby  active  status\n"
                       "---- -------  ------ -------  ------ -------  ------  "
                       "-------------------------\n");
}

void
show_recovery_row(const struct recovery_row *row, FILE *out)
{
    (void)fprintf(out, "%2u/0 %-7s  %-6u %-7u  %-6u %-7u  %-6u  %-25s\n", row->slot,
                  !row->alive  ? "Offline"
                  : row->spare ? "Standby"
                               : "Active",
                  row->sessmgrs, 0u, 0u, 0u, row->demux && row->alive ? 1u : 0u,
                  show_recovery_word(row));
}

static struct recovery_row
row_of(const struct cf *cf, uint8_t slot)
{
    const struct card *card = &cf->cards.slots[slot];
    struct recovery_row row = {
        .slot = slot,
        .spare = card->spare,
        .demux = card->type == CARD_DEMUX,
        .alive = cards_there(&cf->cards, slot),
    };

    for (uint16_t i = slot; i; i = cf->cards.slots[i].next)
        row.sessmgrs += cf->cards.slots[i].alive && cf->cards.slots[i].sessmgr != 0;
    return row;
}

static bool
processes(const struct cf *cf, uint8_t slot)
{
    uint8_t type = cf->cards.slots[slot].type;

    return type == CARD_SF || type == CARD_DEMUX;
}

/* The table is as it is since a card came or went last. */
static int64_t
changed_s(const struct cf *cf)
{
    mono_t last = cf->started;

    for (uint16_t row = 1; row <= cards_rows(&cf->cards); row++) {
        if (cf->cards.slots[row].since.us > last.us)
            last = cf->cards.slots[row].since;
    }
    return mono_between(last, clock_now()) / US_PER_S;
}

void
show_recovery(const struct cf *cf, FILE *out)
{
    (void)fprintf(out,
                  "Session Recovery Status:\n"
                  "  Overall Status     : Not Ready For Recovery (" NOT_READY ")\n"
                  "  Last Status Update : %lld seconds ago\n",
                  (long long)changed_s(cf));
}

void
show_recovery_verbose(const struct cf *cf, FILE *out)
{
    show_recovery(cf, out);
    (void)fputc('\n', out);
    show_recovery_head(out);
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        struct recovery_row row = row_of(cf, slot);

        if (processes(cf, slot))
            show_recovery_row(&row, out);
    }
}

json_t *
show_recovery_json(const struct cf *cf)
{
    json_t *cards = json_array();

    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        struct recovery_row row = row_of(cf, slot);

        if (!processes(cf, slot))
            continue;
        (void)json_array_append_new(
            cards,
            json_pack("{s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:s}", "slot", (int)row.slot,
                      "state",
                      !row.alive  ? "offline"
                      : row.spare ? "standby"
                                  : "active",
                      "sessmgr_active", (int)row.sessmgrs, "sessmgr_standby", 0, "aaamgr_active", 0,
                      "aaamgr_standby", 0, "demux_active", (int)(row.demux && row.alive), "good",
                      (int)row.alive, "status", show_recovery_word(&row)));
    }
    return json_pack("{s:b, s:s, s:I, s:o}", "ready", 0, "reason", NOT_READY,
                     "last_update_seconds_ago", (json_int_t)changed_s(cf), "cards", cards);
}

/* ---- show license information ---------------------------------------------------------------- */

static const struct {
    const char *key, *name, *state;
    bool there;
} features[] = {
    {"inter_chassis_session_recovery", "Inter-Chassis Session Recovery", "Enabled", true},
    {"session_recovery", "Session Recovery", "Not emulated", false},
    {"ggsn", "GGSN", "Enabled", true},
    {"pgw", "PGW", "Enabled", true},
    {"sgw", "SGW", "Not emulated", false},
};

enum { FEATURES = sizeof features / sizeof *features };

void
show_license(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, "Key Information (installed key):\n");
#define ROW(label, value) (void)fprintf(out, "  %-16s%s\n", label, value)
    ROW("Comment", "vpclab " VPCLAB_VERSION " needs no key, and has none");
    ROW("Chassis SN", "-");
    ROW("Issued", "-");
    ROW("Expires", "-");
    ROW("Issued By", "-");
    ROW("Key Number", "-");
#undef ROW
    (void)fprintf(out, "Enabled Features:\n"
                       "  Feature                                          State\n"
                       "  -----------------------------------------------  ------------\n");
    for (size_t i = 0; i < FEATURES; i++)
        (void)fprintf(out, "  %-47s  %s\n", features[i].name, features[i].state);
    (void)fprintf(out, "Session Limits:\n  %-47s  %llu\n", "GGSN and PGW together",
                  (unsigned long long)show_room(cf));
}

json_t *
show_license_json(const struct cf *cf)
{
    json_t *list = json_array();

    for (size_t i = 0; i < FEATURES; i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:b}", "feature", features[i].key, "name",
                                              features[i].name, "enabled", (int)features[i].there));
    return json_pack("{s:n, s:o, s:I}", "key", "features", list, "session_limit",
                     (json_int_t)show_room(cf));
}

/* ---- show system uptime -------------------------------------------------------------------- */

static long long
uptime_s(const struct cf *cf)
{
    return (long long)(mono_between(cf->started, clock_now()) / US_PER_S);
}

void
show_uptime(const struct cf *cf, FILE *out)
{
    long long minutes = uptime_s(cf) / 60;

    (void)fprintf(out, "System uptime: %lldD %lldH %lldM\n", minutes / 1440, minutes / 60 % 24,
                  minutes % 60);
}

json_t *
show_uptime_json(const struct cf *cf)
{
    return json_pack("{s:I}", "uptime_seconds", (json_int_t)uptime_s(cf));
}

/* ---- show cloud performance dinet ------------------------------------------------------------- */

#define DINET "the cards are processes of one computer: nothing measures what they send each other"

void
show_dinet(const struct cf *cf, FILE *out)
{
    (void)cf;
    (void)fprintf(out, "Info: " DINET "\n");
}

json_t *
show_dinet_json(const struct cf *cf)
{
    (void)cf;
    return json_pack("{s:b, s:s}", "modelled", 0, "reason", DINET);
}
