#include "lab/view_read.h"

#include <arpa/inet.h>

#include "common/loop/mgmt.h"
#include "lab/proc.h"

json_t *
view_ask(const char *endpoint, const char *line, int timeout_ms)
{
    char *text = NULL;
    json_t *json = NULL;
    int status = MGMT_FAILURE;

    if (mgmt_ask(endpoint, line, true, timeout_ms, &text, &status) == 0 && status == MGMT_OK)
        json = json_loads(text, 0, NULL);
    free(text);
    return json;
}

static uint64_t
number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (uint64_t)value : 0;
}

static void
word(const json_t *object, const char *key, char out[VIEW_WORD])
{
    const char *text = json_string_value(json_object_get(object, key));

    (void)snprintf(out, VIEW_WORD, "%s", text ? text : "");
}

static uint32_t
address(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    struct in_addr addr = {0};

    return text && inet_pton(AF_INET, text, &addr) == 1 ? ntohl(addr.s_addr) : 0;
}

static bool
yes(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static void
read_card(struct view_instance *instance, const json_t *object)
{
    uint64_t slot = number(object, "slot");
    struct view_card *card = slot <= TOPO_SLOTS ? &instance->cards[slot] : NULL;

    if (slot == 0 || !card || card->type == CARD_EMPTY)
        return;
    card->reported = true;
    card->cf_alive = yes(object, "alive");
    if (card->type != CARD_CF)
        word(object, "state", card->state);
    card->sessmgr = (uint8_t)number(object, "sessmgr");
    card->sessmgrs = (uint8_t)number(object, "sessmgrs");
    card->sessions = number(object, "sessions");
    card->peer_ready = yes(object, "peer_ready");
    card->synced = yes(object, "synced");
}

/* What the active CF says of the whole instance. */
static void
read_active(struct view_instance *instance, uint8_t slot, const json_t *object)
{
    const json_t *card;
    size_t i;

    instance->cf = slot;
    instance->cf_epoch = number(object, "cf_epoch");
    instance->srp_epoch = number(object, "srp_epoch");
    word(object, "chassis_state", instance->chassis);
    word(object, "peer_state", instance->peer);
    word(object, "connection", instance->connection);
    instance->route_modifier = (uint32_t)number(object, "route_modifier");
    instance->sessions = number(object, "sessions");
    instance->calls_lost = number(object, "calls_lost");
    instance->synced = yes(object, "synced");
    instance->ggsn = address(object, "ggsn_address");
    instance->pgw = address(object, "pgw_address");
    json_array_foreach(json_object_get(object, "cards"), i, card) read_card(instance, card);
}

/* Both CFs are asked; while a takeover settles the newer reign counts. */
static void
read_instance(struct view_instance *instance, const struct lab *lab, int timeout_ms)
{
    for (uint8_t slot = 1; slot <= VIEW_CFS; slot++) {
        struct view_card *card = &instance->cards[slot];
        char endpoint[NODE_PATH];
        json_t *answer;

        if (card->type != CARD_CF || !card->pid)
            continue;
        endpoint_mgmt(lab->rundir, instance->name, slot, endpoint);
        answer = view_ask(endpoint, "show vpclab status", timeout_ms);
        if (!answer)
            continue;
        word(answer, "cf_state", card->state);
        if (view_same_word(card->state, "active") &&
            (!instance->cf || number(answer, "cf_epoch") > instance->cf_epoch))
            read_active(instance, slot, answer);
        json_decref(answer);
    }
}

static void
read_routes(struct view *view, const struct lab *lab, int timeout_ms)
{
    char endpoint[NODE_PATH];
    const json_t *route;
    json_t *answer;
    size_t i;

    endpoint_world_mgmt(lab->rundir, endpoint);
    answer = view_ask(endpoint, "show routes", timeout_ms);
    view->world_answers = answer != NULL;
    for (size_t j = 0; answer && j < view->instance_n; j++)
        (void)snprintf(view->instances[j].route, VIEW_WORD, "none");
    json_array_foreach(json_object_get(answer, "routes"), i, route)
    {
        const char *chassis = json_string_value(json_object_get(route, "chassis"));

        for (size_t j = 0; chassis && j < view->instance_n; j++) {
            struct view_instance *instance = &view->instances[j];

            if (strcmp(instance->name, chassis) == 0 && strcmp(instance->route, "best") != 0)
                (void)snprintf(instance->route, VIEW_WORD, "%s",
                               yes(route, "best") ? "best" : "announced");
        }
    }
    json_decref(answer);
}

void
view_read(struct view *view, const struct lab *lab, int timeout_ms)
{
    static struct proc procs[PROCS_MOST];
    size_t n = procs_of(lab, procs);

    memset(view, 0, sizeof *view);
    view->instance_n = lab->topo.instance_n;
    for (size_t i = 0; i < view->instance_n; i++)
        (void)snprintf(view->instances[i].name, TOPO_NAME, "%s", lab->topo.instances[i].name);
    for (size_t i = 0; i < n; i++) {
        int pid = proc_look(&procs[i]);

        if (procs[i].kind == PROC_WORLD) {
            view->world_pid = pid;
            continue;
        }
        struct view_card *card = &view->instances[procs[i].instance].cards[procs[i].slot];

        card->type = procs[i].type;
        card->pid = pid;
    }
    for (size_t i = 0; i < view->instance_n; i++)
        read_instance(&view->instances[i], lab, timeout_ms);
    if (view->world_pid)
        read_routes(view, lab, timeout_ms);
}
