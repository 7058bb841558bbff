#include <stdio.h>
#include <string.h>

#include "common/loop/log.h"
#include "common/loop/operator.h"
#include "lab/lab.h"
#include "lab/lab_time.h"

/* What of a lab's story no process of the lab could tell: vpclab's own event log. */

static char said[1024]; /* the command as it was given */

void
lab_event_words(int argc, char **argv)
{
    size_t len = 0;

    for (int i = 0; i < argc && len < sizeof said - 1; i++)
        len += (size_t)snprintf(said + len, sizeof said - len, "%s%s", i ? " " : "", argv[i]);
}

/* Lab time is that of the lab's processes. */
static void
set_clock(const struct lab *lab)
{
    static struct topo topo;
    char path[TOPO_PATH], err[4096];

    if (lab->topo.time_scale)
        lab_time_begin(lab, lab->topo.time_scale);
    else if (lab_topology(lab, path) && topo_load_alone(&topo, path, err, sizeof err) == 0)
        lab_time_begin(lab, topo.time_scale);
}

void
lab_event(const struct lab *lab, int status)
{
    struct operator_who who = operator_self();
    char path[NODE_PATH + 16];

    (void)snprintf(path, sizeof path, "%s/vpclab.jsonl", lab->rundir);
    if (log_open("vpclab", path) != 0)
        return;                     /* there is no run directory: nothing happened to a lab */
    log_set_level(LOG_LEVEL_ERROR); /* on stderr stands what the command says */
    set_clock(lab);
    operator_event(&who, said, NULL, status);
    log_close();
}
