/* Any bytes as a topology: refused with one sentence and the old one left as it was, or
 * accepted with every promise of topo.h kept. */
#include <stdlib.h>
#include <string.h>

#include "common/conf/topo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static void
check(const struct topo *topo)
{
    demand(topo->instance_n >= 1 && topo->instance_n <= TOPO_INSTANCES);
    demand(topo->time_scale >= 1 && topo->time_scale <= 1000);
    for (int i = 0; i < topo->instance_n; i++) {
        const struct topo_instance *instance = &topo->instances[i];
        int demux = 0, sf = 0;

        demand(topo_find(topo, instance->name) == i);
        for (int slot = 1; slot <= TOPO_SLOTS; slot++) {
            demux += instance->slots[slot].type == CARD_DEMUX;
            demand((instance->slots[slot].sessmgr > 0) == (instance->slots[slot].sessmgrs > 0));
            demand(instance->slots[slot].sessmgrs == 0 || instance->slots[slot].sessmgr == sf + 1);
            sf += instance->slots[slot].sessmgrs;
            demand(instance->slots[slot].type != CARD_CF || slot <= 2);
        }
        demand(demux == 1 && sf == instance->sessmgr_n && sf > 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct topo topo, before;
    char err[512] = "";

    memset(&before, 0x5a, sizeof before);
    topo = before;
    if (topo_parse(&topo, "fuzz.json", "/", (const char *)data, size, err, sizeof err) == 0) {
        check(&topo);
        return 0;
    }
    demand(memcmp(&topo, &before, sizeof topo) == 0);
    demand(err[0] != '\0');
    for (const char *at = err; *at; at++)
        demand(*at >= ' ' && *at <= '~');
    return 0;
}
