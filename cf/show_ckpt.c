#include "cf/show_ckpt.h"

#include <assert.h>

#include "common/ckpt/ckpt_names.h"
#include "common/ckpt/ckpt_wire.h"

#define LL(value) ((unsigned long long)(value))

/* ---- session managers --------------------------------------------------------------------- */

static uint16_t
row_of(const struct cf *cf, unsigned number)
{
    for (uint16_t row = 1; number && row <= cards_rows(&cf->cards); row++) {
        if (cf->cards.slots[row].sessmgr == number)
            return row;
    }
    return 0;
}

unsigned
show_sessmgr_slot(const struct cf *cf, unsigned number)
{
    uint16_t row = row_of(cf, number);

    return row > CARDS_SLOTS ? cf->cards.slots[row].slot : row;
}

const struct card *
show_sessmgr(const struct cf *cf, unsigned number)
{
    uint16_t row = row_of(cf, number);

    return row ? &cf->cards.slots[row] : NULL;
}

bool
show_sessmgr_is_in(const struct card *card, const struct ckpt_view *view)
{
    uint8_t state = card->status.state;

    if (view->instance && view->instance != card->sessmgr)
        return false;
    if (view->side == CKPT_SIDE_ACTIVE)
        return card->alive && (state == CHASSIS_ACTIVE || state == CHASSIS_PENDING_ACTIVE);
    if (view->side == CKPT_SIDE_STANDBY)
        return card->alive && (state == CHASSIS_STANDBY || state == CHASSIS_PENDING_STANDBY);
    return true;
}

void
show_sessmgr_state(const struct card *card, char out[SESSMGR_STATE])
{
    enum chassis_state state = (enum chassis_state)card->status.state;
    bool may_connect = state == CHASSIS_ACTIVE || state == CHASSIS_STANDBY;

    if (!card->alive)
        (void)snprintf(out, SESSMGR_STATE, "Offline");
    else
        (void)snprintf(out, SESSMGR_STATE, "%s%s", chassis_state_name(state),
                       !may_connect              ? ""
                       : card->status.peer_ready ? "-Connected"
                                                 : "-Connecting");
}

void
show_sessmgr_sums(const struct cf *cf, const struct card *card, struct ckpt_sums *sums)
{
    if (card->alive)
        ckpt_sums_add(sums, card->incarnation, &card->status, &cf->ckpt_cleared[card->sessmgr]);
}

struct sessmgr_states
show_sessmgr_states(const struct cf *cf, const struct ckpt_view *view)
{
    struct sessmgr_states s = {0};
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (!show_sessmgr_is_in(card, view))
            continue;
        s.n++;
        if (!card->alive)
            continue;
        s.active += card->status.state == CHASSIS_ACTIVE && card->status.peer_ready;
        s.standby += card->status.state == CHASSIS_STANDBY && card->status.peer_ready;
        s.pending_active += card->status.state == CHASSIS_PENDING_ACTIVE;
        s.pending_standby += card->status.state == CHASSIS_PENDING_STANDBY;
    }
    return s;
}

void
show_checkpoints_clear(struct cf *cf)
{
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (card->alive)
            ckpt_base_take(&cf->ckpt_cleared[number], card->incarnation, &card->status);
    }
}

/* ---- rows --------------------------------------------------------------------------------- */

static void
row(FILE *out, const char *label, uint64_t value)
{
    (void)fprintf(out, "%-43s%llu\n", label, LL(value));
}

static void
pair(FILE *out, const char *left, uint64_t a, const char *right, uint64_t b)
{
    (void)fprintf(out, "  %-17s%-11llu%-13s%llu\n", left, LL(a), right, LL(b));
}

static void
print_micro(const struct card_ckpt *c, FILE *out)
{
    (void)fprintf(out, "Micro Checkpoints:\n");
    pair(out, "Sent:", c->micro_sent, "Received:", c->micro_rcvd);
    pair(out, "Failed to send:", c->micro_send_failed, "Apply fail:", c->micro_apply_failed);
}

/* A line for each reason there was. */
static void
print_refused(const struct card_ckpt *c, FILE *out)
{
    enum { FIRST = CKPT_MALFORMED, BEFORE = 2 };
    const uint64_t refused[] = {
#define X(name) c->name,
        CKPT_REFUSED(X)
#undef X
    };

    static_assert(sizeof refused / sizeof refused[0] == BEFORE + CKPT_REASONS - FIRST,
                  "one for each reason");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const char *why = i == 0   ? "does not unpack"
                          : i == 1 ? "longer than any message"
                                   : ckpt_reason_name((enum ckpt_reason)(FIRST + i - BEFORE));

        if (refused[i] > 0)
            (void)fprintf(out, "    %-25s%llu\n", why, LL(refused[i]));
    }
}

static void
print_counters(const struct card_ckpt *c, FILE *out)
{
    row(out, "Current pre-allocated calls:", c->crrs);
    row(out, "Current Call Recovery Records:", c->crrs);
    row(out, "  Total CRRs created:", c->crrs_created);
    row(out, "  Total CRRs deleted:", c->crrs_deleted);
    if (c->resync_of > 0)
        (void)fprintf(out, "%-43s%llu of %llu (%llu %%)\n",
                      "Full resync under way:", LL(c->resync_done), LL(c->resync_of),
                      LL(c->resync_done * 100 / c->resync_of));
    (void)fprintf(out, "\nFull Checkpoints:\n");
    pair(out, "Sent:", c->full_sent, "Received:", c->full_rcvd);
    pair(out, "Failed to send:", c->full_send_failed, "Apply fail:", c->full_apply_failed);
    print_micro(c, out);
    (void)fprintf(out, "Frames:\n");
    pair(out, "Sent:", c->frames_sent, "Received:", c->frames_rcvd);
    (void)fprintf(out, "  %-17s%llu\n", "Refused:", LL(c->frames_refused));
    print_refused(c, out);
    (void)fprintf(out, "NACKs:\n");
    pair(out, "Macro sent:", c->nack_macro_sent, "Macro rcvd:", c->nack_macro_rcvd);
    pair(out, "Micro sent:", c->nack_micro_sent, "Micro rcvd:", c->nack_micro_rcvd);
    pair(out, "Macro limited:", c->nack_macro_limited, "Failing now:", c->failing);
    (void)fprintf(out, "  %-17s%llu\n", "Micro limited:", LL(c->nack_micro_limited));
}

static const char *
cmd_name(uint8_t cmd)
{
    const char *name = ckpt_cmd_name(cmd);

    return name ? name : "-";
}

/* A line for each macro checkpoint beside the full ones of calls. */
static void
print_macros(const struct ckpt_sums *sums, FILE *out)
{
    (void)fprintf(out, "\n %-49s  %10s  %10s  %10s  %10s\n", "Macro checkpoint", "Sent",
                  "Send fail", "Received", "Apply fail");
    (void)fprintf(out, " -------------------------------------------------  ----------  "
                       "----------  ----------  ----------\n");
    for (unsigned i = 0; i < MACRO_KINDS; i++) {
        const struct macro_row *m = &sums->macros[i];

        (void)fprintf(out, " %-49s  %10llu  %10llu  %10llu  %10llu\n",
                      ckpt_macro_name(ckpt_macro_kind(i)), LL(m->sent), LL(m->send_failed),
                      LL(m->rcvd), LL(m->apply_failed));
    }
}

/* A line for each CMD-ID that was sent or received. */
static void
print_cmds(const struct ckpt_sums *sums, FILE *out)
{
    (void)fprintf(out, "\n CMD-ID  %-41s  %10s  %10s  %10s  %10s\n", "Name", "Sent", "Send fail",
                  "Received", "Apply fail");
    (void)fprintf(out,
                  " ------  -----------------------------------------  ----------  ----------  "
                  "----------  ----------\n");
    for (unsigned cmd = 1; cmd < 256; cmd++) {
        const struct micro_row *m = &sums->micro[cmd];

        if (m->cmd != 0)
            (void)fprintf(out, " %6u  %-41s  %10llu  %10llu  %10llu  %10llu\n", cmd,
                          cmd_name((uint8_t)cmd), LL(m->sent), LL(m->send_failed), LL(m->rcvd),
                          LL(m->apply_failed));
    }
}

/* ---- the forms ---------------------------------------------------------------------------- */

static void
print_sum(const struct cf *cf, const struct ckpt_view *view, FILE *out)
{
    struct sessmgr_states s = show_sessmgr_states(cf, view);
    struct ckpt_sums sums = {0};
    const struct card *card;

    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (show_sessmgr_is_in(card, view))
            show_sessmgr_sums(cf, card, &sums);
    }
    if (view->form == CKPT_FORM_MICRO) {
        print_micro(&sums.ckpt, out);
        print_cmds(&sums, out);
        return;
    }
    row(out, "Number of Sessmgrs:", s.n);
    row(out, "Sessmgrs in Active-Connected state:", s.active);
    row(out, "Sessmgrs in Standby-Connected state:", s.standby);
    row(out, "Sessmgrs in Pending-Active state:", s.pending_active);
    row(out, "Sessmgrs in Pending-Standby state:", s.pending_standby);
    (void)fputc('\n', out);
    print_counters(&sums.ckpt, out);
    if (view->form == CKPT_FORM_DEBUG) {
        print_macros(&sums, out);
        print_cmds(&sums, out);
    }
}

static void
print_each(const struct cf *cf, const struct card *card, enum ckpt_form form, FILE *out)
{
    struct ckpt_sums sums = {0};
    char state[SESSMGR_STATE];

    show_sessmgr_sums(cf, card, &sums);
    show_sessmgr_state(card, state);
    (void)fprintf(out, "%-43s%u\n%-43s%u\n%-43s%s\n%-43s%s\n", "Sessmgr Instance:", card->sessmgr,
                  "Card:", show_sessmgr_slot(cf, card->sessmgr), "State:", state,
                  "Peer Connection:", card->alive && card->status.peer_ready ? "Ready" : "-");
    if (form == CKPT_FORM_MICRO_EACH)
        print_micro(&sums.ckpt, out);
    else
        print_counters(&sums.ckpt, out);
    if (form == CKPT_FORM_EACH_DEBUG)
        print_macros(&sums, out);
    if (form != CKPT_FORM_EACH)
        print_cmds(&sums, out);
    (void)fputc('\n', out);
}

static void
print_table_head(FILE *out)
{
    (void)fprintf(out, "smgr  state               peer    recovery  pre-alloc  chk-point rcvd   "
                       "chk-point sent\n"
                       "inst  rcvd                conn    records   calls      full     micro   "
                       "full     micro\n"
                       "----  ------------------  ------  --------  ---------  -------  ------  "
                       "-------  ------\n");
}

static void
print_table_line(const struct cf *cf, const struct card *card, FILE *out)
{
    struct ckpt_sums sums = {0};
    const struct card_ckpt *c = &sums.ckpt;
    char state[SESSMGR_STATE];

    show_sessmgr_sums(cf, card, &sums);
    show_sessmgr_state(card, state);
    (void)fprintf(out, "%4u  %-18s  %-6s  %8llu  %9llu  %7llu  %6llu  %7llu  %6llu\n",
                  card->sessmgr, state, card->alive && card->status.peer_ready ? "Ready" : "-",
                  LL(c->crrs), LL(c->crrs), LL(c->full_rcvd), LL(c->micro_rcvd), LL(c->full_sent),
                  LL(c->micro_sent));
}

static void
print_lists_head(FILE *out)
{
    (void)fprintf(out, "smgr  calls     write    in       octets        octets\n"
                       "inst  waiting   list     flight   raw           packed\n"
                       "----  --------  -------  -------  ------------  ------------\n");
}

static void
print_lists_line(const struct cf *cf, const struct card *card, FILE *out)
{
    struct ckpt_sums sums = {0};
    const struct card_ckpt *c = &sums.ckpt;

    show_sessmgr_sums(cf, card, &sums);
    (void)fprintf(out, "%4u  %8llu  %7llu  %7llu  %12llu  %12llu\n", card->sessmgr, LL(c->waiting),
                  LL(c->write_list), LL(c->in_flight), LL(c->octets_raw), LL(c->octets_packed));
}

static void
print_one(const struct cf *cf, const struct card *card, enum ckpt_form form, FILE *out)
{
    if (form == CKPT_FORM_TABLE)
        print_table_line(cf, card, out);
    else if (form == CKPT_FORM_LISTS)
        print_lists_line(cf, card, out);
    else
        print_each(cf, card, form, out);
}

void
show_checkpoints(const struct cf *cf, const struct ckpt_view *view, FILE *out)
{
    enum ckpt_form form = view->form;
    const struct card *card;

    if (form == CKPT_FORM_SUM || form == CKPT_FORM_DEBUG || form == CKPT_FORM_MICRO) {
        print_sum(cf, view, out);
        return;
    }
    if (form == CKPT_FORM_TABLE || form == CKPT_FORM_IPSEC)
        print_table_head(out);
    if (form == CKPT_FORM_LISTS)
        print_lists_head(out);
    for (unsigned number = 1; (card = show_sessmgr(cf, number)) != NULL; number++) {
        if (form != CKPT_FORM_IPSEC && show_sessmgr_is_in(card, view))
            print_one(cf, card, form, out);
    }
}

/* ---- show srp checkpoint info ------------------------------------------------------------- */

bool
show_nack_is_on(const struct cf *cf, uint8_t cmd)
{
    return cf->conf.srp.nack[CONF_MICRO].on && !cmd_set_has(&cf->nacks_disabled, cmd);
}

void
show_checkpoint_info(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, " CMD-ID  %-41s  NACK Status\n", "Name");
    (void)fprintf(out, " ------  -----------------------------------------  -----------\n");
    for (unsigned cmd = 1; cmd < 256; cmd++) {
        if (ckpt_cmd_name((uint8_t)cmd) || cmd_set_has(&cf->nacks_disabled, (uint8_t)cmd))
            (void)fprintf(out, " %6u  %-41s  %s\n", cmd, cmd_name((uint8_t)cmd),
                          show_nack_is_on(cf, (uint8_t)cmd) ? "Enabled" : "Disabled");
    }
}
