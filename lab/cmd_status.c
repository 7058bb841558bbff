#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/loop/clock.h"
#include "lab/fault/fault_cmd.h"
#include "lab/host/host_ask.h"
#include "lab/lab.h"
#include "lab/lab_time.h"
#include "lab/opts.h"
#include "lab/view_read.h"

/* What is known of the lab's host, and of faults. */
struct host_seen {
    int pid; /* 0: it does not run */
    json_t *tells, *faults;
};

/* ---- text --------------------------------------------------------------------------- */

static const char *
or_dash(const char *word)
{
    return word[0] ? word : "-";
}

static void
print_instance(const struct view_instance *it)
{
    char cf[8] = "-";

    if (!it->cf) {
        (void)printf("%-10s %-16s %-4s\n", it->name, "absent", cf);
        return;
    }
    (void)snprintf(cf, sizeof cf, "%u", it->cf % 1000u);
    (void)printf("%-10s %-16s %-4s %-16s %-14s %9llu %-4s %-10s %8lu %6llu\n", it->name,
                 it->chassis, cf, or_dash(it->peer), or_dash(it->connection),
                 (unsigned long long)it->sessions, it->synced ? "yes" : "no", or_dash(it->route),
                 (unsigned long)it->route_modifier, (unsigned long long)it->calls_lost);
}

/* "4", or "4-6" of an SF with several. */
static void
sessmgr_text(const struct view_card *card, char *out, size_t room)
{
    unsigned last = card->sessmgr + (card->sessmgrs ? card->sessmgrs - 1u : 0u);

    if (last > card->sessmgr)
        (void)snprintf(out, room, "%u-%u", card->sessmgr, last);
    else
        (void)snprintf(out, room, "%u", card->sessmgr);
}

/* How often the host started that VM unasked, and whether a fault holds it dead; "" without a
 * host that tells. */
static void
restarts_text(const json_t *host, const char *name, char out[24])
{
    const json_t *vm = host_vm_of(host, name);

    out[0] = '\0';
    if (vm)
        (void)snprintf(out, 24, "%d%s", (int)json_integer_value(json_object_get(vm, "restarts")),
                       json_is_true(json_object_get(vm, "held")) ? ", held dead" : "");
}

static void
print_card(const struct view_instance *it, unsigned slot, const json_t *host)
{
    const struct view_card *card = &it->cards[slot];
    char base[16], name[TOPO_NAME + 17], pid[16] = "-", sessions[24] = "", sessmgr[24] = "";
    char restarts[24];
    const char *state = card->state[0] ? card->state : card->pid ? "unknown" : "absent";

    card_file(card->type, slot, base);
    (void)snprintf(name, sizeof name, "%s/%s", it->name, base);
    if (card->pid)
        (void)snprintf(pid, sizeof pid, "%d", card->pid);
    if (card->pid && card->reported && card->sessmgr) {
        sessmgr_text(card, sessmgr, sizeof sessmgr);
        (void)snprintf(sessions, sizeof sessions, "%llu", (unsigned long long)card->sessions);
    }
    restarts_text(host, name, restarts);
    (void)printf("%-16s %8s  %-12s %-8s %9s %-5s %s\n", name, pid, card->pid ? state : "absent",
                 sessmgr, sessions, card->pid && card->sessmgr ? (card->synced ? "yes" : "no") : "",
                 restarts);
}

/* Where GTP clients send, as the Active says, or whoever answers; GTPv1, or GTPv2. 0: nobody says. */
static uint32_t
service(const struct view *view, bool gtpv1)
{
    uint32_t found = 0;

    for (size_t i = 0; i < view->instance_n; i++) {
        const struct view_instance *it = &view->instances[i];
        uint32_t addr = gtpv1 ? it->ggsn : it->pgw;

        if (addr && (!found || view_same_word(it->chassis, "active")))
            found = addr;
    }
    return found;
}

static const char *
service_text(const struct view *view, bool gtpv1, char out[INET_ADDRSTRLEN])
{
    uint32_t addr = service(view, gtpv1);
    struct in_addr in = {.s_addr = htonl(addr)};

    return addr ? inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN) : NULL;
}

static void
print_service(const struct lab *lab, const struct view *view)
{
    char v1[INET_ADDRSTRLEN], v2[INET_ADDRSTRLEN];
    const char *gtpv1 = service_text(view, true, v1), *gtpv2 = service_text(view, false, v2);

    (void)printf("service: GTPv1 %s, GTPv2 %s; SRP session link: %s\n\n", gtpv1 ? gtpv1 : "-",
                 gtpv2 ? gtpv2 : "-",
                 lab->topo.srp_plain ? "PLAIN, checkpoints can be read and forged" : "CURVE");
}

/* "" of a clock that nobody touched, or that goes as if nobody had. */
static const char *
clock_text(const struct lab *lab, const struct labtime *course, char out[LAB_TIME_WORDS + 16])
{
    char words[LAB_TIME_WORDS];
    int64_t now = clock_real_us();

    lab_time_words(course, now, words);
    (void)snprintf(out, LAB_TIME_WORDS + 16, ", clock %s", words);
    return lab_time_is_plain(lab, course, now) ? "" : out;
}

static void
print_text(const struct lab *lab, const struct view *view, const struct labtime *course,
           const struct host_seen *host)
{
    char world[16] = "absent", clock[LAB_TIME_WORDS + 16], its[16] = "absent";

    if (view->world_pid)
        (void)snprintf(world, sizeof world, "%d", view->world_pid);
    if (host->pid)
        (void)snprintf(its, sizeof its, "%d", host->pid);
    (void)printf("lab %s (%s)%s, world %s, host %s%s\n", lab->name, lab->topo.file,
                 view_synced(view) ? ", synchronised" : ", not synchronised", world, its,
                 clock_text(lab, course, clock));
    print_service(lab, view);
    (void)printf("%-10s %-16s %-4s %-16s %-14s %9s %-4s %-10s %8s %6s\n", "instance", "chassis",
                 "cf", "peer", "connection", "sessions", "sync", "route", "modifier", "lost");
    for (size_t i = 0; i < view->instance_n; i++)
        print_instance(&view->instances[i]);
    (void)printf("\n%-16s %8s  %-12s %-8s %9s %-5s %s\n", "card", "pid", "state", "sessmgr",
                 "sessions", "sync", "restarts");
    for (size_t i = 0; i < view->instance_n; i++) {
        for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
            if (view->instances[i].cards[slot].type != CARD_EMPTY)
                print_card(&view->instances[i], slot, host->tells);
        }
    }
    if (json_array_size(host->faults) > 0)
        (void)printf("\nfaults\n");
    fault_print(host->faults, "  ");
}

/* ---- JSON --------------------------------------------------------------------------- */

static json_t *
word_or_null(bool there, const char *word)
{
    return there && word[0] ? json_string(word) : json_null();
}

static json_t *
pid_or_null(int pid)
{
    return pid ? json_integer(pid) : json_null();
}

static json_t *
restarts_json(const json_t *host, const char *name)
{
    const json_t *vm = host_vm_of(host, name);

    return vm ? json_copy(json_object_get(vm, "restarts")) : json_null();
}

static json_t *
card_json(const char *instance, const struct view_card *card, unsigned slot, const json_t *host)
{
    bool known = card->pid && card->reported;
    char name[16], full[TOPO_NAME + 17];

    card_file(card->type, slot, name);
    (void)snprintf(full, sizeof full, "%s/%s", instance, name);
    return json_pack(
        "{s:i, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "slot", slot, "name", name,
        "type", card_type_name(card->type), "pid", pid_or_null(card->pid), "alive", card->pid != 0,
        "state", word_or_null(card->pid != 0, card->state), "sessmgr",
        known && card->sessmgr ? json_integer(card->sessmgr) : json_null(), "sessmgrs",
        known && card->sessmgr ? json_integer(card->sessmgrs) : json_null(), "sessions",
        known ? json_integer((json_int_t)card->sessions) : json_null(), "peer_ready",
        known ? json_boolean(card->peer_ready) : json_null(), "synced",
        known ? json_boolean(card->synced) : json_null(), "restarts", restarts_json(host, full));
}

static json_t *
number_or_null(bool there, uint64_t number)
{
    return there ? json_integer((json_int_t)number) : json_null();
}

static json_t *
instance_json(const struct view_instance *it, const json_t *host)
{
    json_t *cards = json_array();
    bool up = it->cf != 0;

    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        if (it->cards[slot].type != CARD_EMPTY)
            (void)json_array_append_new(cards, card_json(it->name, &it->cards[slot], slot, host));
    }
    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "name", it->name,
        "answers", up, "active_cf", number_or_null(up, it->cf), "cf_epoch",
        number_or_null(up, it->cf_epoch), "chassis_state", word_or_null(up, it->chassis),
        "srp_epoch", number_or_null(up, it->srp_epoch), "peer_state", word_or_null(up, it->peer),
        "connection", word_or_null(up, it->connection), "route_modifier",
        number_or_null(up, it->route_modifier), "sessions", number_or_null(up, it->sessions),
        "calls_lost", number_or_null(up, it->calls_lost), "synced", up && it->synced, "route",
        word_or_null(true, it->route), "cards", cards);
}

static int
print_json(const struct lab *lab, const struct view *view, const struct labtime *course,
           const struct host_seen *host)
{
    json_t *instances = json_array(), *all;
    char v1[INET_ADDRSTRLEN], v2[INET_ADDRSTRLEN];
    int rc;

    for (size_t i = 0; i < view->instance_n; i++)
        (void)json_array_append_new(instances, instance_json(&view->instances[i], host->tells));
    all =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:{s:s?, s:s?}, s:s, s:{s:o, s:b, s:b, s:o}, s:{s:o, "
                  "s:b, s:b}, s:O, s:o}",
                  "lab", lab->name, "topology", lab->topo.file, "rundir", lab->rundir, "synced",
                  view_synced(view), "time", lab_time_json(lab, course, clock_real_us()), "service",
                  "gtpv1", service_text(view, true, v1), "gtpv2", service_text(view, false, v2),
                  "srp_session", lab->topo.srp_plain ? "plain" : "curve", "world", "pid",
                  pid_or_null(view->world_pid), "alive", view->world_pid != 0, "answers",
                  view->world_answers, "restarts", restarts_json(host->tells, "world"), "host",
                  "pid", pid_or_null(host->pid), "alive", host->pid != 0, "answers",
                  host->tells != NULL, "faults", host->faults, "instances", instances);
    rc = all ? json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : -1;
    (void)printf("\n");
    json_decref(all);
    return rc == 0 ? LAB_OK : LAB_FAILURE;
}

int
cmd_status(int argc, char **argv)
{
    static struct lab lab;
    static struct view view;
    struct labtime course;
    struct host_seen host;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status;

    if (!opts_parse("status", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 1) {
        (void)fprintf(stderr, "usage: vpclab status [NAME] [--json]\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, argc ? argv[0] : name);
    if (status != LAB_OK)
        return status;
    (void)lab_time_read(&lab, &course); /* it has said why not; then it is as if untouched */
    view_read(&view, &lab, VIEW_TIMEOUT_MS);
    host.pid = host_look(&lab, &host.tells);
    host.faults = fault_leases(&lab, host.tells);
    if (json)
        status = print_json(&lab, &view, &course, &host);
    else
        print_text(&lab, &view, &course, &host);
    json_decref(host.faults);
    json_decref(host.tells);
    return status;
}
