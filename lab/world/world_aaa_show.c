#include <string.h>

#include "common/loop/udp.h"
#include "lab/world/world_aaa.h"
#include "lab/world/world_net.h"

enum { WHERE = 32 };

static const char *
where(const struct aaa_responder *responder, char out[WHERE])
{
    char addr[16];

    (void)snprintf(out, WHERE, "%s:%u", udp_addr_text(responder->topo->addr, addr),
                   responder->topo->port);
    return out;
}

static const char *
kind_name(const struct aaa_responder *responder)
{
    return responder->topo->kind == TOPO_RADIUS ? "radius" : "diameter";
}

static const char *
mode_text(const struct aaa_responder *responder, char out[WHERE])
{
    (void)snprintf(out, WHERE, "%s", aaa_mode_name(responder->mode));
    if (responder->lease)
        (void)snprintf(out, WHERE, "%s (lease %u)", aaa_mode_name(responder->leased),
                       responder->lease);
    else if (responder->mode == AAA_DELAY)
        (void)snprintf(out, WHERE, "delay %u ms", responder->delay_ms);
    return responder->fd < 0 ? "not bound" : out;
}

static void
print_one(const struct aaa_responder *responder, FILE *out)
{
    char at[WHERE], mode[WHERE];

    (void)fprintf(out, "%-9s %-22s %-14s %9llu %9llu %9llu %9llu\n", kind_name(responder),
                  where(responder, at), mode_text(responder, mode),
                  (unsigned long long)responder->counters.requests,
                  (unsigned long long)responder->counters.answers,
                  (unsigned long long)responder->counters.dropped,
                  (unsigned long long)responder->counters.malformed);
}

void
world_print_aaa(const struct world *world, FILE *out)
{
    (void)fprintf(out, "%-9s %-22s %-14s %9s %9s %9s %9s\n", "Type", "Address", "Mode", "Requests",
                  "Answers", "Dropped", "Malformed");
    for (size_t i = 0; i < world->aaa->n; i++)
        print_one(&world->aaa->responders[i], out);
    if (world->aaa->n == 0)
        (void)fprintf(out, "none: the topology has no \"aaa\"\n");
}

static json_t *
json_one(const struct aaa_responder *responder)
{
    char at[WHERE];
    json_t *object = json_pack("{s:s, s:s, s:s, s:i, s:b}", "type", kind_name(responder), "server",
                               where(responder, at), "mode", aaa_mode_name(responder->mode),
                               "delay_ms", (int)responder->delay_ms, "bound", responder->fd >= 0);

    if (responder->lease)
        (void)json_object_set_new(object, "fault",
                                  json_pack("{s:s, s:i}", "mode", aaa_mode_name(responder->leased),
                                            "lease", (int)responder->lease));

#define X(name)                                                                                    \
    (void)json_object_set_new(object, #name, json_integer((json_int_t)responder->counters.name));
    AAA_COUNTERS(X)
#undef X
    return object;
}

json_t *
world_json_aaa(const struct world *world)
{
    json_t *list = json_array();

    for (size_t i = 0; i < world->aaa->n; i++)
        (void)json_array_append_new(list, json_one(&world->aaa->responders[i]));
    return json_pack("{s:o}", "aaa", list);
}

static struct aaa_responder *
find(const struct world *world, const char *server)
{
    for (size_t i = 0; i < world->aaa->n; i++) {
        char at[WHERE];

        if (strcmp(where(&world->aaa->responders[i], at), server) == 0)
            return &world->aaa->responders[i];
    }
    return NULL;
}

static enum aaa_mode
mode_of(const struct cli_args *args)
{
    unsigned mode = AAA_ANSWER;

    while (!cli_has(args, aaa_mode_name((uint8_t)mode)))
        mode++; /* the form has one of them */
    return (enum aaa_mode)mode;
}

int
world_set_aaa(void *ctx, const struct cli_args *args)
{
    const struct world_exec *x = ctx;
    const char *server = cli_text(args, "server");
    struct aaa_responder *responder = find(x->world, server);
    enum aaa_mode mode = mode_of(args);

    if (!responder)
        return cli_refuse(args, "no AAA server %s in this lab; `show aaa` lists them", server);
    if (!aaa_can(responder, mode))
        return cli_refuse(args, "%s is a %s server, which knows no %s", server,
                          kind_name(responder), aaa_mode_name((uint8_t)mode));
    aaa_set_mode(responder, mode, cli_number(args, "ms", 0));
    if (x->json) {
        json_t *object = json_one(responder);

        (void)json_dumpf(object, x->out, JSON_COMPACT); /* to memory */
        json_decref(object);
    } else {
        print_one(responder, x->out);
    }
    return 0;
}
