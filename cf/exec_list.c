#include "cf/asks.h"
#include "cf/exec.h"
#include "cf/show_list.h"
#include "common/base/err.h"

/* Commands of every day: the time, who is there, which addresses are used. */

static int
run_clock(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    (void)args;
    x->stamped = false; /* it is that line */
    return exec_print(ctx, show_clock, show_clock_json);
}

/* A chassis has no way into its contexts' networks here: routers and subscribers live in vpc-world,
 * which hears of what is sent through calls only. */
static int
run_ping(void *ctx, const struct cli_args *args)
{
    (void)ctx;
    return cli_refuse(args, "ping is not emulated: a chassis has no IP stack of its own; what "
                            "vpclab call sends goes through calls, and show srp info and show srp "
                            "monitor tell which peers and servers answer");
}

/* Only an Active chassis has subscribers; a Standby has call recovery records. */
static int
run_subscribers(void *ctx, const struct cli_args *args)
{
    static struct calls_found none;
    struct exec *x = ctx;
    struct calls_found *found = x->found;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (!found && x->cf->srp.state == CHASSIS_ACTIVE)
        return exec_ask(x, args, CALL_BY_SLOT, 1);
    if (!found)
        found = &none;
    if (x->json)
        exec_print_object(x, show_subscribers_all_json(found));
    else
        show_subscribers_all(found, x->out);
    return 0;
}

static int
run_pool(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const char *name = cli_text(args, "name"); /* NULL: all of them */

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (name && !show_has_pool(x->cf, name))
        return cli_refuse(args, "there is no ip pool \"%s\"; see show ip pool", name);
    if (!x->found)
        return exec_ask(x, args, CALL_POOLS, 0);
    if (x->json)
        exec_print_object(x, show_pools_json(x->cf, x->found, name));
    else
        show_pools(x->cf, x->found, name, x->out);
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "show clock", "The time, by the wall clock", .run = run_clock},
    {EXEC, "show subscribers all", "Each call, up to a thousand", .run = run_subscribers},
    {EXEC, "show ip pool [ <name> ]", "Addresses for subscribers, used and free", .run = run_pool},
    {EXEC, "ping <addr:ipv4>", "Not emulated", .run = run_ping},
};

const struct cli_table exec_list_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                          &exec_service_table};
