#include "lab/fault/fault_known.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/loop/udp.h"
#include "lab/view_read.h"

/* ---- cards ------------------------------------------------------------------------------ */

/* The instance in front of a slash: "east/sf9", "card:east/sf9>". */
static const struct topo_instance *
instance_of(const struct lab *lab, const char *text)
{
    const char *colon = strchr(text, ':'), *name = colon ? colon + 1 : text;
    size_t len = strcspn(name, "/");

    for (size_t i = 0; name[len] && i < lab->topo.instance_n; i++) {
        const struct topo_instance *it = &lab->topo.instances[i];

        if (strlen(it->name) == len && strncmp(it->name, name, len) == 0)
            return it;
    }
    return NULL;
}

void
fault_say_places(const struct lab *lab, enum fault_kind kind, const char *text)
{
    const struct topo_instance *it = instance_of(lab, text);
    bool sf_only = fault_kind_on(kind) == FAULT_ON_SF;
    char card[16];

    if (it)
        (void)fprintf(stderr, "; %s has the %s", it->name, sf_only ? "SFs" : "cards");
    else
        (void)fprintf(stderr, "; the instances are");
    for (size_t i = 0; !it && i < lab->topo.instance_n; i++)
        (void)fprintf(stderr, " %s", lab->topo.instances[i].name);
    for (unsigned slot = 1; it && slot <= TOPO_SLOTS; slot++) {
        if (it->slots[slot].type == CARD_EMPTY || (sf_only && it->slots[slot].type != CARD_SF))
            continue;
        card_file(it->slots[slot].type, slot, card);
        (void)fprintf(stderr, " %s", card);
    }
    (void)fprintf(stderr, "\n");
}

/* ---- servers and neighbors -------------------------------------------------------------- */

static void
refuse(const struct lab *lab, enum fault_kind kind, const char *text, const char *what)
{
    (void)fprintf(stderr, "vpclab fault add %s: lab \"%s\" has no %s %s", fault_kind_word(kind),
                  lab->name, what, strcmp(text, "all") == 0 ? "at all" : text);
}

static bool
has_server(const struct lab *lab, uint32_t addr)
{
    for (size_t i = 0; i < lab->topo.aaa_n; i++) {
        if (addr == 0 || lab->topo.aaa[i].addr == addr)
            return true;
    }
    return false;
}

static bool
server_known(const struct lab *lab, enum fault_kind kind, const struct fault_target *target,
             const char *text)
{
    const struct topo *topo = &lab->topo;
    char addr[16];

    if (has_server(lab, target->addr))
        return true;
    refuse(lab, kind, text, "AAA server");
    for (size_t i = 0; i < topo->aaa_n; i++)
        (void)fprintf(stderr, "%s %s",
                      i ? "" : "; there is:", udp_addr_text(topo->aaa[i].addr, addr));
    (void)fprintf(stderr, topo->aaa_n ? "\n"
                                      : "; its topology has no \"aaa\", as that of "
                                        "topologies/classroom.json has\n");
    return false;
}

/* Is the session in the list the first of its neighbor? */
static bool
is_first(const json_t *sessions, size_t at, const char *neighbor)
{
    for (size_t i = 0; i < at; i++) {
        const json_t *one = json_object_get(json_array_get(sessions, i), "neighbor");

        if (json_is_string(one) && strcmp(json_string_value(one), neighbor) == 0)
            return false;
    }
    return true;
}

static void
say_neighbors(const json_t *sessions)
{
    const json_t *session;
    size_t i;

    json_array_foreach(sessions, i, session)
    {
        const char *neighbor = json_string_value(json_object_get(session, "neighbor"));

        if (neighbor && is_first(sessions, i, neighbor))
            (void)fprintf(stderr, "%s %s", i ? "" : "; there is:", neighbor);
    }
    (void)fprintf(stderr, json_array_size(sessions) > 0
                              ? "\n"
                              : "; a neighbor under router bgp of a configuration makes one\n");
}

/* What the world says of its sessions; NULL when it does not. */
static json_t *
ask_neighbors(const struct lab *lab)
{
    char endpoint[NODE_PATH];

    endpoint_world_mgmt(lab->rundir, endpoint);
    return view_ask(endpoint, "show neighbors", VIEW_TIMEOUT_MS);
}

static bool
has_neighbor(const json_t *answer, uint32_t wanted)
{
    const json_t *sessions = json_object_get(answer, "sessions"), *session;
    char addr[16];
    size_t i;

    (void)udp_addr_text(wanted, addr);
    json_array_foreach(sessions, i, session)
    {
        const char *neighbor = json_string_value(json_object_get(session, "neighbor"));

        if (wanted == 0 || (neighbor && strcmp(neighbor, addr) == 0))
            return true;
    }
    return !json_is_array(sessions); /* nobody can tell */
}

bool
fault_exists(const struct lab *lab, enum fault_kind kind, const struct fault_target *target)
{
    json_t *answer;
    bool known;

    if (fault_kind_on(kind) == FAULT_ON_SERVER)
        return has_server(lab, target->addr);
    if (fault_kind_on(kind) != FAULT_ON_NEIGHBOR)
        return true; /* was looked up in the topology */
    answer = ask_neighbors(lab);
    known = has_neighbor(answer, target->addr);
    json_decref(answer);
    return known;
}

bool
fault_known(const struct lab *lab, enum fault_kind kind, const struct fault_target *target,
            const char *text)
{
    json_t *answer;
    bool known;

    if (fault_kind_on(kind) == FAULT_ON_SERVER)
        return server_known(lab, kind, target, text);
    if (fault_kind_on(kind) != FAULT_ON_NEIGHBOR)
        return true;
    answer = ask_neighbors(lab);
    known = has_neighbor(answer, target->addr);
    if (!known) {
        refuse(lab, kind, text, "BGP neighbor");
        say_neighbors(json_object_get(answer, "sessions"));
    }
    json_decref(answer);
    return known;
}
