#include "lab/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/err.h"
#include "common/loop/book.h"
#include "common/loop/log.h"

#define STORE "host.json"

enum {
    STORE_MOST = 1 << 20,
    NUMBER_MOST = INT32_MAX, /* of a lease, by a file that may be anything: others come after it */
};

/* ---- writing ---------------------------------------------------------------------------- */

/* Numbers of CPUs. */
static json_t *
cpus_json(const cpu_set_t *cpus)
{
    json_t *list = json_array();

    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, cpus))
            (void)json_array_append_new(list, json_integer((json_int_t)cpu));
    }
    return list;
}

static json_t *
to_json(const struct host *host)
{
    json_t *vms = json_object();

    for (size_t i = 0; i < host->n; i++) {
        const struct host_vm *vm = &host->vms[i];

        if (vm->measured)
            (void)json_object_set_new(vms, vm->proc.name,
                                      json_pack("{s:i, s:I, s:I, s:o}", "pid", vm->proc.pid,
                                                "files", (json_int_t)(vm->before.files & INT64_MAX),
                                                "size", (json_int_t)(vm->before.size & INT64_MAX),
                                                "cpus", cpus_json(&vm->before.cpus)));
    }
    return json_pack("{s:I, s:o}", "last", (json_int_t)host->leases.last, "vms", vms);
}

static bool
write_store(const struct host *host)
{
    json_t *json = to_json(host);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    bool written;

    errno = ENOMEM;
    written = text && book_put(host->lab.rundir, STORE, text, strlen(text)) == 0;
    free(text);
    json_decref(json);
    return written;
}

bool
host_store(struct host *host, char err[HOST_ERR])
{
    static struct faults faults;

    faults.n = leases_in_force(&host->leases, faults.list);
    if (!write_store(host)) {
        (void)snprintf(err, HOST_ERR, "%s/" STORE ": cannot write: %s", host->lab.rundir,
                       strerror(errno));
        return false;
    }
    return faults_write(&faults, host->lab.rundir, &host->node->topo, err, HOST_ERR) == 0;
}

/* ---- reading ---------------------------------------------------------------------------- */

static void
read_before(struct host_vm *vm, const json_t *object)
{
    const json_t *cpu;
    size_t i;

    if (json_integer_value(json_object_get(object, "pid")) != vm->proc.pid || !vm->proc.pid)
        return; /* of a process that is no more */
    vm->before.files = (uint64_t)json_integer_value(json_object_get(object, "files"));
    vm->before.size = (uint64_t)json_integer_value(json_object_get(object, "size"));
    if (vm->before.size == INT64_MAX)
        vm->before.size = RLIM_INFINITY;
    CPU_ZERO(&vm->before.cpus);
    json_array_foreach(json_object_get(object, "cpus"), i, cpu)
    {
        json_int_t number = json_integer_value(cpu);

        if (number >= 0 && number < CPU_SETSIZE)
            CPU_SET((size_t)number, &vm->before.cpus);
    }
    vm->measured = vm->before.files > 0 && CPU_COUNT(&vm->before.cpus) > 0;
}

/* Without one, or with one that is damaged, what is measured next counts. */
static json_t *
read_store(const struct host *host)
{
    static char text[STORE_MOST];
    long len = book_get(host->lab.rundir, STORE, text, sizeof text);

    if (len < 0 && len != DI_ENOTFOUND)
        log_warn("host: %s/" STORE " cannot be read (%s)", host->lab.rundir,
                 len == DI_ESPACE ? "too long" : strerror(errno));
    return len < 0 ? NULL : json_loadb(text, (size_t)len, 0, NULL);
}

void
host_restore(struct host *host, struct faults *faults)
{
    json_t *json = read_store(host);
    json_int_t last = json_integer_value(json_object_get(json, "last"));
    char err[HOST_ERR];

    host->leases.last = last > 0 && last <= NUMBER_MOST ? (uint32_t)last : 0;
    for (size_t i = 0; i < host->n; i++)
        read_before(&host->vms[i],
                    json_object_get(json_object_get(json, "vms"), host->vms[i].proc.name));
    json_decref(json);
    faults->n = 0;
    if (faults_read(faults, host->lab.rundir, &host->node->topo, err, sizeof err) != 0)
        log_warn("host: %s", err);
}
