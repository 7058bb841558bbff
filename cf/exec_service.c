#include <string.h>

#include "cf/exec.h"
#include "cf/show.h"
#include "cf/show_service.h"
#include "common/conf/conf_build.h"

/* Commands that show services, contexts and BGP: docs/staros.md "Show commands". */

enum { KIND_NONE = CONF_GTPU + 1 }; /* as a tag: a kind of service that is not emulated */

static int
run_services(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_services, show_services_json);
}

static int
run_contexts(void *ctx, const struct cli_args *args)
{
    return exec_show(ctx, args, show_contexts, show_contexts_json);
}

/* ---- show KIND { all | name NAME } --------------------------------------------------------- */

/* "pgw-service", as the row has it. */
static const char *
kind_text(const struct cli_args *args)
{
    return args->words[1].name;
}

static int
print_none(struct exec *x, const struct cli_args *args)
{
    const char *kind = kind_text(args);

    if (x->json) {
        exec_print_object(x, json_pack("{s:[]}", "services"));
        return 0;
    }
    exec_say(x, "Info: no %.*s is configured\n", (int)args->words[1].name_len, kind);
    return 0;
}

static int
run_kind(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    enum conf_service_kind kind = (enum conf_service_kind)args->row->tag;
    const char *name = cli_has(args, "name") ? cli_text(args, "service") : NULL;
    unsigned n;

    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    n = args->row->tag == KIND_NONE ? 0 : show_service_kind(x->cf, kind, name, NULL);
    if (n == 0 && name)
        return cli_refuse(args, "there is no %.*s \"%s\"; see show service all",
                          (int)args->words[1].name_len, kind_text(args), name);
    if (n == 0)
        return print_none(x, args);
    if (x->json) {
        exec_print_object(x, show_service_kind_json(x->cf, kind, name));
        return 0;
    }
    (void)show_service_kind(x->cf, kind, name, x->out);
    return 0;
}

/* ---- show ip bgp summary --------------------------------------------------------------------- */

static int
refuse_context(const struct cf *cf, const struct cli_args *args, const char *context)
{
    if (!context)
        return cli_refuse(args, "no context has router bgp");
    if (conf_find_context(&cf->conf, context) == CONF_CONTEXTS)
        return cli_refuse(args, "there is no context \"%s\"; see show context all", context);
    return cli_refuse(
        args, "context \"%s\" has no router bgp; without a name all that have are shown", context);
}

static int
run_bgp(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const char *context = cli_text(args, "context");

    if (!context && strcmp(x->console->context, "local") != 0)
        context = x->console->context;
    if (exec_leading(x, args) != 0)
        return DI_EREFUSED;
    if (show_bgp(x->cf, context, NULL) == 0)
        return refuse_context(x->cf, args, context);
    if (x->json) {
        exec_print_object(x, show_bgp_json(x->cf, context));
        return 0;
    }
    (void)show_bgp(x->cf, context, x->out);
    return 0;
}

#define ALL_OR_NAME " { all | name <service> }"

static const struct cli_row rows[] = {
    {EXEC, "show service all", "All services, a line each", .run = run_services},
    {EXEC, "show ggsn-service" ALL_OR_NAME, "GTPv1 services", .tag = CONF_GGSN, .run = run_kind},
    {EXEC, "show pgw-service" ALL_OR_NAME, "GTPv2 services", .tag = CONF_PGW, .run = run_kind},
    {EXEC, "show egtp-service" ALL_OR_NAME, "Where P-GWs answer", .tag = CONF_EGTP,
     .run = run_kind},
    {EXEC, "show gtpu-service" ALL_OR_NAME, "User plane services", .tag = CONF_GTPU,
     .run = run_kind},
    {EXEC, "show sgw-service" ALL_OR_NAME, "S-GW services: there are none", .tag = KIND_NONE,
     .run = run_kind},
    {EXEC, "show saegw-service" ALL_OR_NAME, "SAE-GW services: there are none", .tag = KIND_NONE,
     .run = run_kind},
    {EXEC, "show context all", "All contexts", .run = run_contexts},
    {EXEC, "show ip bgp summary [ <context> ]", "BGP neighbors, of that context or of all",
     .run = run_bgp},
};

const struct cli_table exec_service_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                             &exec_session_table};
