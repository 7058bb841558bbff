#include <jansson.h>

#include "common/cli/cli.h"
#include "common/cli/cli_answer.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "lab/world/world_net.h"

static const char *
kind_name(uint8_t kind)
{
    return kind == ROUTE_SERVICE ? "service" : "pool";
}

static void
prefix_text(const struct rib_prefix *prefix, char out[32])
{
    unsigned bits = 0;
    char addr[16];

    for (uint32_t mask = prefix->mask; mask; mask <<= 1)
        bits++;
    (void)snprintf(out, 32, "%s/%u", udp_addr_text(prefix->net, addr), bits);
}

static int64_t
age_s(const struct rib_path *path)
{
    return mono_between(path->since, clock_now()) / US_PER_S;
}

/* ---- text --------------------------------------------------------------------------- */

static void
print_paths(const struct world *world, const struct rib_prefix *prefix, FILE *out)
{
    char text[32];

    prefix_text(prefix, text);
    for (int i = 0; i < RIB_CHASSIS; i++) {
        const struct rib_path *path = &prefix->paths[i];

        if (path->present)
            (void)fprintf(out, "%c %-20s %-8s %-12s %7u %8u %8llu %8lld\n",
                          prefix->best == i ? '*' : ' ', text, kind_name(prefix->kind),
                          world->node->topo.instances[i].name, path->as, path->prepend,
                          (unsigned long long)path->srp_epoch, (long long)age_s(path));
    }
}

static void
print_routes(const struct world *world, FILE *out)
{
    (void)fprintf(out, "%-22s %-8s %-12s %7s %8s %8s %8s\n", "  Prefix", "Kind", "Chassis", "AS",
                  "Prepend", "Epoch", "Age(s)");
    for (size_t i = 0; i < world->rib.n; i++)
        print_paths(world, &world->rib.prefixes[i], out);
    if (world->rib.n == 0)
        (void)fprintf(out, "  no chassis announces anything\n");
    world_print_offers(world, out);
    world_print_outages(world, out);
}

static void
print_counters(const struct world *world, FILE *out)
{
    const struct udp_counters *udp = udp_counters(world->udp);

#define X(name)                                                                                    \
    (void)fprintf(out, "%-20s %12llu\n", #name, (unsigned long long)world->counters.name);
    WORLD_COUNTERS(X)
#undef X
    (void)fprintf(out, "%-20s %12llu\n", "udp_oversize", (unsigned long long)udp->oversize);
    (void)fprintf(out, "%-20s %12llu\n", "udp_unsent", (unsigned long long)udp->unsent);
    (void)fprintf(out, "%-20s %12llu\n", "udp_unbound", (unsigned long long)udp->unbound);
    for (int i = 0; i < PDN_VERDICT_N; i++)
        (void)fprintf(out, "pdn_%-16s %12llu\n", pdn_verdict_name((enum pdn_verdict)i),
                      (unsigned long long)world->pdn[i]);
}

/* ---- JSON --------------------------------------------------------------------------- */

static void
set_number(json_t *object, const char *key, uint64_t value)
{
    (void)json_object_set_new(object, key, json_integer((json_int_t)value)); /* out of memory */
}

static json_t *
json_path(const struct world *world, const struct rib_prefix *prefix, int chassis)
{
    const struct rib_path *path = &prefix->paths[chassis];
    char text[32];

    prefix_text(prefix, text);
    return json_pack("{s:s, s:s, s:s, s:I, s:i, s:I, s:b, s:I}", "prefix", text, "kind",
                     kind_name(prefix->kind), "chassis", world->node->topo.instances[chassis].name,
                     "as", (json_int_t)path->as, "prepend", path->prepend, "epoch",
                     (json_int_t)path->srp_epoch, "best", prefix->best == chassis, "age_s",
                     (json_int_t)age_s(path));
}

static json_t *
json_routes(const struct world *world)
{
    json_t *list = json_array();

    for (size_t i = 0; i < world->rib.n; i++) {
        for (int j = 0; j < RIB_CHASSIS; j++) {
            if (world->rib.prefixes[i].paths[j].present)
                (void)json_array_append_new(list, json_path(world, &world->rib.prefixes[i], j));
        }
    }
    return json_pack("{s:o, s:o, s:o}", "routes", list, "offered", world_json_offers(world),
                     "neighbors", world_json_neighbors(world));
}

static json_t *
json_counters(const struct world *world)
{
    const struct udp_counters *udp = udp_counters(world->udp);
    json_t *object = json_object(), *pdn = json_object();

#define X(name) set_number(object, #name, world->counters.name);
    WORLD_COUNTERS(X)
#undef X
    set_number(object, "udp_received", udp->received);
    set_number(object, "udp_sent", udp->sent);
    set_number(object, "udp_oversize", udp->oversize);
    set_number(object, "udp_unsent", udp->unsent);
    set_number(object, "udp_unbound", udp->unbound);
    for (int i = 0; i < PDN_VERDICT_N; i++)
        set_number(pdn, pdn_verdict_name((enum pdn_verdict)i), world->pdn[i]);
    (void)json_object_set_new(object, "pdn", pdn);
    return object;
}

/* ---- commands ----------------------------------------------------------------------- */

enum { EXEC = 1u << 0 };

static int
print(const struct world_exec *x, void (*text)(const struct world *world, FILE *out),
      json_t *(*object)(const struct world *world))
{
    json_t *value;

    if (!x->json) {
        text(x->world, x->out);
        return 0;
    }
    value = object(x->world);
    if (!value || json_dumpf(value, x->out, JSON_COMPACT) != 0)
        log_fatal("show: out of memory");
    json_decref(value);
    return 0;
}

static int
run_routes(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, print_routes, json_routes);
}

static int
run_neighbors(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, world_print_neighbors, world_json_neighbors);
}

static int
run_counters(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, print_counters, json_counters);
}

static int
run_aaa(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, world_print_aaa, world_json_aaa);
}

static int run_help(void *ctx, const struct cli_args *args);

static const struct cli_row rows[] = {
    {EXEC, "help", "What may be said here", .run = run_help},
    {EXEC, "show routes", "The router's table", .run = run_routes},
    {EXEC, "show neighbors", "Its sessions with the chassis", .run = run_neighbors},
    {EXEC, "show counters", "Datagrams and packets", .run = run_counters},
    {EXEC, "bgp neighbor <addr:ipv4> { down | up } [ <instance> ] [ context <context> ]",
     "End a BGP session, or not", .run = world_set_bgp},
    {EXEC, "bfd chassis { down | up }", "Likewise BFD between the two chassis",
     .run = world_set_chassis_bfd},
    {EXEC, "bfd <addr:ipv4> { down | up } [ <instance> ] [ context <context> ]",
     "Likewise BFD with a neighbor", .run = world_set_bfd},
    {EXEC, "show aaa", "Authentication servers and Diameter peers", .run = run_aaa},
    {EXEC,
     "aaa <server> { answer | silent | delay <ms:0-60000> | reject | bad-signature | refuse | "
     "false-origin }",
     "How the server at ADDRESS:PORT behaves", .run = world_set_aaa},
};

static const struct cli_mode modes[] = {{EXEC, 0, ""}};

static const struct cli_table table = {rows, sizeof rows / sizeof rows[0], modes, 1, NULL};

static void
print_help(const struct world *world, FILE *out)
{
    (void)world;
    for (size_t i = 0; i < table.row_n; i++)
        (void)fprintf(out, "%s\n    %s\n", rows[i].form, rows[i].help);
}

static json_t *
json_help(const struct world *world)
{
    json_t *array = json_array();

    (void)world;
    for (size_t i = 0; i < table.row_n; i++)
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s}", "command", rows[i].form, "help", rows[i].help));
    return json_pack("{s:o}", "commands", array);
}

static int
run_help(void *ctx, const struct cli_args *args)
{
    (void)args;
    return print(ctx, print_help, json_help);
}

/* What may stand at the end of the line: for people, or a word a line for a line editor. */
static char *
offer(const struct mgmt_line *line)
{
    static struct cli_choice choices[CLI_CHOICES];
    size_t n = cli_choices(&table, EXEC, CLI_OPERATOR, line->text, strlen(line->text), choices,
                           CLI_CHOICES);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        log_fatal("world: out of memory");
    for (size_t i = 0; i < n; i++) {
        const struct cli_choice *choice = &choices[i];
        const char *help = strcmp(choice->word, "<cr>") == 0 ? "" : choice->help;

        if (line->kind == EXEC_HELP)
            (void)fprintf(out, "  %-28s %s\n", choice->word, help);
        else if (choice->word[0] != '<')
            (void)fprintf(out, "%s\t%s\n", choice->word, help);
    }
    if (n == 0 && line->kind == EXEC_HELP)
        (void)fputs("  nothing can stand there\n", out);
    if (fclose(out) != 0)
        log_fatal("world: out of memory");
    return text;
}

/* Or nothing at all. */
static bool
only_shows(const char *line)
{
    size_t len;

    line += strspn(line, " \t");
    len = strcspn(line, " \t");
    return len <= strlen("show") &&
           (strncasecmp(line, "show", len) == 0 || strncasecmp(line, "help", len) == 0);
}

void
world_command(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    struct world_exec x = {.world = ctx, .json = line->json};

    (void)snprintf(reply->prompt, sizeof reply->prompt, "world# ");
    if (line->kind != EXEC_RUN) {
        reply->text = offer(line);
        return;
    }
    reply->status =
        mgmt_status(cli_answer(&table, EXEC, CLI_OPERATOR, line->text, &x, &x.out, &reply->text));
    if (reply->status != MGMT_USAGE && !only_shows(line->text))
        operator_event(&line->who, line->text, NULL, reply->status);
}
