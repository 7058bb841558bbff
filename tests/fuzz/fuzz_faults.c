/* Any bytes as the file of leases: refused with one sentence and the old list left as it was, or
 * every lease is one that is printed as it was read. */
#include <stdlib.h>
#include <string.h>

#include "common/loop/fault_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static void
check(const struct fault *fault, const struct topo *topo)
{
    struct fault_target again;
    char text[FAULT_TARGET];
    const char *why;

    demand(fault->id > 0 && fault->begin_us <= fault->end_us);
    demand(fault_amount_fits(fault->kind, fault->amount));
    fault_target_text(&fault->target, fault->kind, topo, text);
    demand(fault_target_read(&again, fault->kind, text, topo, &why));
    demand(memcmp(&again, &fault->target, sizeof again) == 0);
}

static struct topo
pair(void)
{
    struct topo topo = {.instance_n = 2};

    for (int i = 0; i < 2; i++) {
        strcpy(topo.instances[i].name, i ? "west" : "east");
        topo.instances[i].slots[1].type = CARD_CF;
        topo.instances[i].slots[3].type = CARD_DEMUX;
        topo.instances[i].slots[4].type = CARD_SF;
    }
    return topo;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct faults faults, before;
    static struct topo topo;
    char err[512] = "";

    topo = pair();
    memset(&before, 0x5a, sizeof before);
    faults = before;
    if (faults_parse(&faults, (const char *)data, size, &topo, err, sizeof err) == 0) {
        demand(faults.n <= FAULTS_MOST);
        for (size_t i = 0; i < faults.n; i++)
            check(&faults.list[i], &topo);
        return 0;
    }
    demand(memcmp(&faults, &before, sizeof faults) == 0 && err[0] != '\0');
    return 0;
}
