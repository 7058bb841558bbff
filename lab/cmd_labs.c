#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lab/clash.h"
#include "lab/lab.h"
#include "lab/opts.h"
#include "lab/proc.h"
#include "lab/view_read.h"

/* One of this user's labs as it is now. */
struct row {
    const struct lab *lab;
    char topology[TOPO_PATH]; /* "": started by hand */
    int net;                  /* -1: not all addresses are of one 127.N.0.0/16 */
    size_t running, wanted;
    const char *state;
};

static size_t
count_running(struct proc *procs, size_t n)
{
    size_t running = 0;

    for (size_t i = 0; i < n; i++)
        running += procs[i].kind != PROC_HOST && proc_look(&procs[i]) != 0;
    return running;
}

static const char *
state_of(const struct lab *lab, const struct row *row)
{
    static struct view view;

    if (row->running == 0)
        return "ended";
    if (!row->wanted)
        return "running";
    view_read(&view, lab, VIEW_TIMEOUT_MS);
    return view_synced(&view) ? "synchronised" : "not synchronised";
}

/* What ran and was killed, or was started by hand, is there, too. */
static struct row
look(struct lab *lab)
{
    static struct proc procs[PROCS_MOST];
    struct row row = {.lab = lab, .net = -1};
    char err[4096];

    row.running = count_running(procs, procs_found(lab, procs));
    if (lab_topology(lab, row.topology) &&
        topo_load_alone(&lab->topo, row.topology, err, sizeof err) == 0) {
        row.wanted = procs_of(lab, procs);
        row.net = clash_net(&lab->topo);
    }
    row.state = state_of(lab, &row);
    return row;
}

static struct row
look_kept(const struct lab *lab)
{
    return (struct row){.lab = lab, .net = -1, .state = "ended, logs kept"};
}

static void
print_row(const struct row *row)
{
    char net[16] = "-", processes[48];

    if (row->net >= 0)
        (void)snprintf(net, sizeof net, "%d", row->net);
    (void)snprintf(processes, sizeof processes, "%zu", row->running);
    if (row->wanted)
        (void)snprintf(processes, sizeof processes, "%zu of %zu", row->running, row->wanted);
    (void)printf("%-16s %-4s %-10s %-17s %s\n%-16s %-4s %s\n", row->lab->name, net, processes,
                 row->state,
                 row->topology[0] ? row->topology
                 : row->running   ? "started by hand"
                                  : "-",
                 "", "", row->lab->rundir);
}

static json_t *
row_json(const struct row *row)
{
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:i, s:o, s:s}", "lab", row->lab->name, "rundir", row->lab->rundir,
        "topology", row->topology[0] ? json_string(row->topology) : json_null(), "net",
        row->net >= 0 ? json_integer(row->net) : json_null(), "processes", (int)row->running,
        "processes_wanted", row->wanted ? json_integer((json_int_t)row->wanted) : json_null(),
        "state", row->state);
}

static int
list(bool json)
{
    static char names[2 * LABS_MOST][TOPO_NAME];
    static struct lab lab;
    json_t *all = json_array();
    size_t there = lab_list(names), n = there + lab_list_kept(names + there);
    int rc = 0;

    if (n > 0 && !json)
        (void)printf("%-16s %-4s %-10s %-17s %s\n", "lab", "net", "processes", "state",
                     "topology, run directory");
    for (size_t i = 0; i < n; i++) {
        struct row row;

        if (!lab_at(&lab, names[i]))
            continue; /* it ended just now */
        row = i < there ? look(&lab) : look_kept(&lab);
        if (json)
            (void)json_array_append_new(all, row_json(&row));
        else
            print_row(&row);
    }
    if (json) {
        rc = json_dumpf(all, stdout, JSON_INDENT(2));
        (void)printf("\n");
    } else if (n == 0) {
        (void)fprintf(stderr, "vpclab: no lab is up; start one with: vpclab up FILE\n");
    }
    json_decref(all);
    return rc == 0 ? LAB_OK : LAB_FAILURE;
}

int
cmd_labs(int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {{"json", OPT_FLAG, &json, 0, 0}};

    if (!opts_parse("labs", opts, 1, &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab labs [--json]\n");
        return LAB_USAGE;
    }
    return list(json);
}
