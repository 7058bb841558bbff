#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/near.h"
#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/fault_words.h"
#include "lab/exercise/exercise_state.h"
#include "lab/fault/fault_cmd.h"
#include "lab/host/host_ask.h"
#include "lab/lab_time.h"
#include "lab/opts.h"
#include "lab/resolve.h"

enum { CLEAR_MS = 10000, LINE = 1024 };

/* ---- what all share ---------------------------------------------------------------------- */

int
fault_print_json(json_t *json)
{
    int rc = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : -1;

    (void)printf("\n");
    json_decref(json);
    return rc == 0 ? LAB_OK : LAB_FAILURE;
}

static int
ensure_host(const struct lab *lab)
{
    int lock = lab_lock(lab), status;

    if (lock == LAB_NONE)
        (void)fprintf(stderr, "vpclab: lab \"%s\" has just been ended\n", lab->name);
    if (lock < 0)
        return LAB_FAILURE;
    status = host_ensure(lab);
    (void)close(lock); /* gives the lock back */
    return status;
}

int
fault_lab(struct lab *lab, const char *name)
{
    char file[TOPO_PATH], again[2 * TOPO_PATH];
    int status = lab_open(lab, name);

    if (status != LAB_OK)
        return status;
    if (lab->topo.fault_hooks)
        return ensure_host(lab);
    resolve_again(lab, file, again, sizeof again);
    (void)fprintf(stderr,
                  "vpclab: lab \"%s\" admits no faults; put \"fault-hooks\": true into %s, end the "
                  "lab and start it again: vpclab down %s; %s\n",
                  lab->name, file, lab->name, again);
    return LAB_FAILURE;
}

/* As the host tells one that is in force. */
static json_t *
in_file_json(const struct lab *lab, const struct fault *fault, int64_t now, uint32_t scale)
{
    char target[FAULT_TARGET];
    double left = (double)(fault->end_us - now) / (double)US_PER_S * scale / LABTIME_ONE;

    fault_target_text(&fault->target, fault->kind, &lab->topo, target);
    return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:f, s:f, s:n, s:I, s:I}", "id",
                     (json_int_t)fault->id, "kind", fault_kind_word(fault->kind), "target", target,
                     "amount", (json_int_t)fault->amount, "unit", fault_kind_unit(fault->kind),
                     "state", "in force", "left_s", left, "starts_in_s", 0.0, "when", "begin_us",
                     (json_int_t)fault->begin_us, "end_us", (json_int_t)fault->end_us);
}

/* By its keeper, since the host has gone. */
static bool
is_mended(const struct lab *lab, const struct fault *fault)
{
    char mark[NODE_PATH + 32];

    host_lease_mark(lab->rundir, fault->id, mark);
    return fault_kind_by(fault->kind) == FAULT_BY_HOST && access(mark, F_OK) == 0;
}

static json_t *
in_file(const struct lab *lab)
{
    static struct faults faults;
    json_t *list = json_array();
    struct labtime course;
    int64_t now = clock_real_us();
    char err[512];

    faults.n = 0;
    if (faults_read(&faults, lab->rundir, &lab->topo, err, sizeof err) != 0)
        (void)fprintf(stderr, "vpclab: %s\n", err);
    (void)lab_time_read(lab, &course); /* it has said why not */
    for (size_t i = 0; i < faults.n; i++) {
        if (fault_in_force(&faults.list[i], now) && !is_mended(lab, &faults.list[i]))
            (void)json_array_append_new(
                list, in_file_json(lab, &faults.list[i], now, fault_scale(&course, now)));
    }
    return list;
}

json_t *
fault_leases(const struct lab *lab, const json_t *host)
{
    json_t *all = host ? json_incref(json_object_get(host, "faults")) : in_file(lab);
    json_t *shown = json_array(), *lease;
    uint32_t hidden = exercise_keeps(lab->rundir);
    size_t i;

    json_array_foreach(all, i, lease)
    {
        if (!hidden || json_integer_value(json_object_get(lease, "id")) != hidden)
            (void)json_array_append(shown, lease);
    }
    json_decref(all);
    return shown;
}

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* "for 25.0 s more", "waits for srp.state=Active, then 30.0 s". */
static void
describe(const json_t *lease, char *out, size_t room)
{
    double left = json_real_value(json_object_get(lease, "left_s"));
    double until = json_real_value(json_object_get(lease, "starts_in_s"));
    const char *when = text_of(lease, "when");

    if (strcmp(text_of(lease, "state"), "waiting") != 0)
        (void)snprintf(out, room, "%s, %.1f s left", text_of(lease, "state"), left);
    else if (when[0])
        (void)snprintf(out, room, "waits %.1f s for %s, then lasts %.1f s", until, when, left);
    else
        (void)snprintf(out, room, "begins in %.1f s, lasts %.1f s", until, left);
}

void
fault_print(const json_t *leases, const char *indent)
{
    const json_t *lease;
    size_t i;

    json_array_foreach(leases, i, lease)
    {
        json_int_t amount = json_integer_value(json_object_get(lease, "amount"));
        char how[160], much[32] = "";
        enum fault_kind kind;
        int64_t least, most;

        describe(lease, how, sizeof how);
        if (fault_kind_read(text_of(lease, "kind"), &kind)) {
            fault_amount_bounds(kind, &least, &most);
            if (least != most)
                (void)snprintf(much, sizeof much, "%lld %s", (long long)amount,
                               text_of(lease, "unit"));
        }
        (void)printf("%s%-5lld %-12s %-24s %-12s %s\n", indent,
                     (long long)json_integer_value(json_object_get(lease, "id")),
                     text_of(lease, "kind"), text_of(lease, "target"), much, how);
    }
}

/* ---- list -------------------------------------------------------------------------------- */

static int
fault_list(int argc, char **argv)
{
    static struct lab lab;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {{"json", OPT_FLAG, &json, 0, 0}, {"n", OPT_TEXT, &name, 0, 0}};
    json_t *host, *leases;
    int status;

    if (!opts_parse("fault", opts, 2, &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab fault list [--json] [-n NAME]\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    (void)host_look(&lab, &host);
    leases = fault_leases(&lab, host);
    json_decref(host);
    if (json)
        return fault_print_json(leases);
    if (json_array_size(leases) > 0)
        (void)printf("%-5s %-12s %-24s %-12s %s\n", "lease", "kind", "target", "amount", "state");
    else
        (void)fprintf(stderr, "no faults\n");
    fault_print(leases, "");
    json_decref(leases);
    return LAB_OK;
}

/* ---- clear ------------------------------------------------------------------------------- */

/* "fault clear ID ..." for the host; false, having said why, for what is no number. */
static bool
clear_line(int argc, char **argv, char line[LINE])
{
    size_t len = (size_t)snprintf(line, LINE, "fault clear");
    bool all = argc == 0 || (argc == 1 && strcmp(argv[0], "all") == 0);

    for (int i = 0; i < argc && !all; i++) {
        if (!argv[i][0] || argv[i][strspn(argv[i], "0123456789")] || strlen(argv[i]) > 9) {
            (void)fprintf(stderr,
                          "vpclab fault clear: \"%s\": expected the numbers of leases, as vpclab "
                          "fault list shows them, or all\n",
                          argv[i]);
            return false;
        }
        if (len < LINE)
            len += (size_t)snprintf(line + len, LINE - len, " %s", argv[i]);
    }
    if (all && len < LINE)
        (void)snprintf(line + len, LINE - len, " all");
    return true;
}

static void
say_cleared(json_t *answer)
{
    const json_t *ids = json_object_get(answer, "cleared"), *id;
    size_t i;

    if (json_array_size(ids) == 0)
        (void)fprintf(stderr, "no faults\n");
    json_array_foreach(ids, i, id)(void)
        printf("lease %lld cleared\n", (long long)json_integer_value(id));
}

/* Who carried them out has said so. */
static int
wait_off(const struct lab *lab)
{
    json_t *host, *leases;
    bool off;

    (void)host_look(lab, &host);
    leases = fault_leases(lab, host);
    off = fault_all_off(lab, leases);
    json_decref(leases);
    json_decref(host);
    if (!off)
        (void)fprintf(stderr, "vpclab: not all processes have told the end of it; see vpclab fault "
                              "check\n");
    return off ? LAB_OK : LAB_FAILURE;
}

static int
fault_clear(int argc, char **argv)
{
    static struct lab lab;
    bool json = false;
    const char *name = NULL;
    const struct opt opts[] = {{"json", OPT_FLAG, &json, 0, 0}, {"n", OPT_TEXT, &name, 0, 0}};
    char line[LINE];
    json_t *answer;
    int status;

    if (!opts_parse("fault", opts, 2, &argc, argv) || !clear_line(argc, argv, line))
        return LAB_USAGE;
    status = fault_lab(&lab, name);
    if (status == LAB_OK && exercise_keeps(lab.rundir)) {
        (void)fprintf(stderr,
                      "Failure: an exercise runs, and nobody repairs what nobody has found; "
                      "first tell what it is and where: vpclab exercise answer CAUSE PLACE\n");
        status = LAB_FAILURE;
    }
    if (status != LAB_OK)
        return status;
    status = host_ask(&lab, line, CLEAR_MS, &answer);
    lab_event(&lab, status);
    if (status != LAB_OK)
        return status;
    status = wait_off(&lab);
    if (json)
        return fault_print_json(answer) == LAB_OK ? status : LAB_FAILURE;
    say_cleared(answer);
    json_decref(answer);
    return status;
}

/* ---- kinds ------------------------------------------------------------------------------- */

static const char *
target_word(enum fault_kind kind)
{
    static const char *const words[] = {
        [FAULT_ON_VM] = "VM",
        [FAULT_ON_SF] = "SF",
        [FAULT_ON_LINK] = "LINK",
        [FAULT_ON_SERVER] = "SERVER",
        [FAULT_ON_NEIGHBOR] = "NEIGHBOR",
    };

    return words[fault_kind_on(kind)];
}

static json_t *
kinds_json(void)
{
    json_t *kinds = json_array(), *links = json_array();

    for (int i = 0; i < FAULT_KIND_N; i++) {
        enum fault_kind kind = (enum fault_kind)i;
        int64_t least, most;

        fault_amount_bounds(kind, &least, &most);
        (void)json_array_append_new(
            kinds,
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "kind", fault_kind_word(kind),
                      "target", target_word(kind), "unit", fault_kind_unit(kind), "least",
                      (json_int_t)least, "most", (json_int_t)most, "default",
                      (json_int_t)fault_amount_default(kind), "does", fault_kind_text(kind)));
    }
    for (int i = 0; i < FAULT_LINK_N; i++)
        (void)json_array_append_new(links, json_pack("{s:s, s:s}", "link",
                                                     fault_link_word((enum fault_link)i), "is",
                                                     fault_link_text((enum fault_link)i)));
    return json_pack("{s:o, s:o}", "kinds", kinds, "links", links);
}

static void
print_kind(enum fault_kind kind)
{
    char amount[64] = "-", usual[24] = "-";
    const char *unit = fault_kind_unit(kind);
    int64_t least, most;

    fault_amount_bounds(kind, &least, &most);
    if (least != most) {
        (void)snprintf(amount, sizeof amount, "%lld..%lld%s%s", (long long)least, (long long)most,
                       unit[0] ? " " : "", unit);
        (void)snprintf(usual, sizeof usual, "%lld", (long long)fault_amount_default(kind));
    }
    (void)printf("%-12s %-9s %-20s %-8s %s\n", fault_kind_word(kind), target_word(kind), amount,
                 usual, fault_kind_text(kind));
}

static void
print_kinds(void)
{
    (void)printf("%-12s %-9s %-20s %-8s %s\n", "kind", "target", "amount", "default", "");
    for (int i = 0; i < FAULT_KIND_N; i++)
        print_kind((enum fault_kind)i);
    (void)printf(
        "\nVM: east/sf4, east/active-cf, all of east, or world. SF: east/sf4, or east.\n"
        "SERVER, NEIGHBOR: an address, or all. LINK, whole or at one end, both ways or one "
        "(card:east/sf4,\ncard:east/sf4>, card:east/sf4<):\n");
    for (int i = 0; i < FAULT_LINK_N; i++)
        (void)printf("  %-12s %s\n", fault_link_word((enum fault_link)i),
                     fault_link_text((enum fault_link)i));
}

static int
fault_kinds(int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {{"json", OPT_FLAG, &json, 0, 0}};

    if (!opts_parse("fault", opts, 1, &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab fault kinds [--json]\n");
        return LAB_USAGE;
    }
    if (json)
        return fault_print_json(kinds_json());
    print_kinds();
    return LAB_OK;
}

/* ---- the command ------------------------------------------------------------------------- */

static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
} words[] = {
    {"add", fault_add},     {"list", fault_list},   {"clear", fault_clear},
    {"kinds", fault_kinds}, {"check", fault_check},
};

enum { WORDS = sizeof words / sizeof words[0] };

int
cmd_fault(int argc, char **argv)
{
    const char *names[WORDS], *near;

    if (argc == 0) {
        (void)fprintf(stderr, "usage: vpclab fault { add KIND TARGET | list | clear [ID...] | "
                              "kinds | check }; see vpclab help fault\n");
        return LAB_USAGE;
    }
    for (size_t i = 0; i < WORDS; i++) {
        names[i] = words[i].word;
        if (strcmp(argv[0], words[i].word) == 0)
            return words[i].run(argc - 1, argv + 1);
    }
    if (argv[0][0] == '-') {
        (void)fprintf(
            stderr,
            "vpclab fault: which word? such as: vpclab fault list%s%s\n"
            "usage: vpclab fault { add KIND TARGET | list | clear [ID...] | kinds | check "
            "}; see vpclab help fault\n",
            strcmp(argv[0], "-n") == 0 && argc > 1 ? " -n " : "",
            strcmp(argv[0], "-n") == 0 && argc > 1 ? argv[1] : "");
        return LAB_USAGE;
    }
    near = near_word(argv[0], names, WORDS);
    (void)fprintf(stderr, "vpclab fault: \"%s\": %s%s%s\n", argv[0],
                  near ? "did you mean " : "expected add, list, clear, kinds or check",
                  near ? near : "", near ? "?" : "");
    return LAB_USAGE;
}
