#include "lab/host/host.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_MS = 500, CFS = 2 };

bool
host_hits(const struct lease *lease, const struct host_vm *vm)
{
    return fault_hits_vm(&lease->fault, vm->proc.instance, vm->proc.slot);
}

/* Slot of the active CF, as the CFs say; 0: none does. */
static uint8_t
active_cf(const struct host *host, uint8_t instance)
{
    for (uint8_t slot = 1; slot <= CFS; slot++) {
        char endpoint[NODE_PATH], *text = NULL;
        int status;
        json_t *json;
        bool active;

        endpoint_mgmt(host->lab.rundir, host->node->topo.instances[instance].name, slot, endpoint);
        if (mgmt_ask(endpoint, "show vpclab status", true, ASK_MS, &text, &status) != 0)
            continue;
        json = json_loads(text, 0, NULL);
        active = view_same_word(json_string_value(json_object_get(json, "cf_state"))
                                    ? json_string_value(json_object_get(json, "cf_state"))
                                    : "",
                                "active");
        json_decref(json);
        free(text);
        if (active)
            return slot;
    }
    return 0;
}

bool
host_resolve(struct host *host, struct fault *fault, char err[HOST_ERR])
{
    const struct topo *topo = &host->node->topo;

    if (fault->target.link != FAULT_NO_LINK || fault->target.slot != FAULT_ACTIVE_CF)
        return true;
    fault->target.slot = active_cf(host, fault->target.instance);
    if (fault->target.slot)
        return true;
    fault->target.slot = FAULT_ACTIVE_CF;
    (void)snprintf(err, HOST_ERR, "no active CF answers in %s; see vpclab status",
                   topo->instances[fault->target.instance].name);
    return false;
}

bool
host_any_runs(const struct host *host, const struct lease *lease, char err[HOST_ERR])
{
    char target[FAULT_TARGET];

    for (size_t i = 0; i < host->n; i++) {
        if (host_hits(lease, &host->vms[i]) && host->vms[i].sup.runs)
            return true;
    }
    fault_target_text(&lease->fault.target, lease->fault.kind, &host->node->topo, target);
    (void)snprintf(err, HOST_ERR, "%s does not run; vpclab start brings it up", target);
    return false;
}
