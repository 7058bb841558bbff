#include "cf/exec.h"
#include "cf/reload.h"

/* Commands that start cards anew: docs/staros.md "Files and software". */

static int
run_reload(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (exec_unconfirmed(x, args))
        return 0;
    reload_all(x->cf);
    exec_info(x, "all cards of this system start anew");
    return 0;
}

static int
take_slot(const struct cf *cf, const struct cli_args *args, uint8_t *slot)
{
    *slot = (uint8_t)cli_number(args, "slot", 0);
    return cf->cards.slots[*slot].type == CARD_EMPTY
               ? cli_refuse(args, "slot %u is empty; see show card table", *slot)
               : 0;
}

/* What goes with a card of an Active chassis. */
struct lost {
    char text[96];
};

static struct lost
lost_with(const struct cf *cf, uint8_t slot)
{
    struct lost lost = {""};
    unsigned calls = cards_whole(&cf->cards, slot).sessions;

    if (cf->srp.state == CHASSIS_ACTIVE && calls > 0)
        (void)snprintf(lost.text, sizeof lost.text,
                       "; %u calls end with it, as session recovery is not emulated", calls);
    return lost;
}

/* Nobody is there who could carry an order out. */
static int
refuse_absent(const struct cf *cf, const struct cli_args *args, uint8_t slot)
{
    return cli_refuse(args, "card %u is not there; start it: vpclab start %s %u", slot,
                      node_instance(cf->node)->name, slot);
}

static int
run_reboot(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct lost lost;
    uint8_t slot;

    if (exec_leading(x, args) != 0 || take_slot(x->cf, args, &slot) != 0)
        return DI_EREFUSED;
    if (exec_unconfirmed(x, args))
        return 0;
    lost = lost_with(x->cf, slot);
    if (reload_card(x->cf, slot) != 0)
        return refuse_absent(x->cf, args, slot);
    exec_info(x, "card %u starts anew%s", slot, lost.text);
    return 0;
}

static int
run_switch(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const struct cf *cf = x->cf;
    unsigned from = cli_number(args, "from-slot", 0), to = cli_number(args, "to-slot", 0);

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (from == to || from > 2 || to > 2)
        return cli_refuse(args, "a card switch is from one control function to the other: slots 1 "
                                "and 2");
    if (from != cf->node->slot)
        return cli_refuse(args, "card %u is not the active one; card %u is", from, cf->node->slot);
    if (!cf_pair_stands_by(cf))
        return cli_refuse(args, "card %u does not stand by; see show card table", to);
    if (cf->peer_config != cf->generation) /* what was just typed must not be lost with us */
        return cli_refuse(args, "card %u has not got the configuration yet; say it again", to);
    if (exec_unconfirmed(x, args))
        return 0;
    if (!cf_pair_yield(x->cf))
        return cli_refuse(args, "card %u does not stand by; see show card table", to);
    exec_info(x, "card %u takes over, and card %u then starts anew", to, from);
    return 0;
}

static int
run_halt(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct lost lost;
    uint8_t slot;
    int rc;

    if (exec_leading(x, args) != 0 || take_slot(x->cf, args, &slot) != 0)
        return DI_EREFUSED;
    if (x->cf->cards.slots[slot].type == CARD_CF)
        return cli_refuse(args, "this emulator halts no control functions; card switch lets the "
                                "other one lead, card reboot starts one anew");
    if (exec_unconfirmed(x, args))
        return 0;
    lost = lost_with(x->cf, slot);
    rc = reload_halt(x->cf, slot);
    if (rc == DI_ENOTFOUND)
        return refuse_absent(x->cf, args, slot);
    if (rc != 0)
        return cli_refuse(args, "card %u is Offline already; card reboot %u brings it back", slot,
                          slot);
    exec_info(x, "card %u is halted; card reboot %u brings it back%s", slot, slot, lost.text);
    return 0;
}

static int
run_migrate(void *ctx, const struct cli_args *args)
{
    (void)ctx;
    return cli_refuse(args, "this emulator does not move running session managers from card to "
                            "card");
}

#define FROM_TO "from <from-slot:1-48> to <to-slot:1-48> [ -noconfirm ]"

static const struct cli_row rows[] = {
    {EXEC, "reload [ -noconfirm ]", "Reboot this system", CLI_ADMIN, .run = run_reload},
    {EXEC, "card reboot <slot:1-48> [ -force | -noconfirm ] +", "Reboot a card", CLI_ADMIN,
     .run = run_reboot},
    {EXEC, "card switch " FROM_TO, "Let the other control function lead", CLI_ADMIN,
     .run = run_switch},
    {EXEC, "card halt <slot:1-48> [ -force | -noconfirm ] +", "Halt a card", CLI_ADMIN,
     .run = run_halt},
    {EXEC, "card { migrate | migration } " FROM_TO, "Move the tasks of a card to another one",
     CLI_ADMIN, .run = run_migrate},
};

const struct cli_table exec_cards_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                           &exec_srp_table};
