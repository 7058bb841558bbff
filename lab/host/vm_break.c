#include "lab/host/vm_break.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { PATH = 64, PASSES = 3, FILES = 65536 };

bool
vm_measure(int pid, struct vm_before *before)
{
    struct rlimit files, size;

    if (prlimit(pid, RLIMIT_NOFILE, NULL, &files) != 0 ||
        prlimit(pid, RLIMIT_FSIZE, NULL, &size) != 0 ||
        sched_getaffinity(pid, sizeof before->cpus, &before->cpus) != 0)
        return false;
    before->files = files.rlim_cur;
    before->size = size.rlim_cur;
    return true;
}

int
vm_starving_cpu(void)
{
    cpu_set_t cpus;

    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET((size_t)cpu, &cpus))
            return cpu;
    }
    return 0;
}

/* Of all threads; those they make meanwhile are found by the next pass, or have it from them. */
static bool
set_affinity(int pid, const cpu_set_t *cpus)
{
    char path[PATH];
    bool any = false;

    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    for (int pass = 0; pass < PASSES; pass++) {
        DIR *dir = opendir(path);
        struct dirent *entry;

        while (dir && (entry = readdir(dir)) != NULL) {
            int thread = (int)strtol(entry->d_name, NULL, 10);

            any |= thread > 0 && sched_setaffinity(thread, sizeof *cpus, cpus) == 0;
        }
        if (dir)
            (void)closedir(dir);
    }
    return any;
}

bool
vm_threads_run_on(int pid, const cpu_set_t *cpus)
{
    char path[PATH];
    struct dirent *entry;
    bool all = true;
    DIR *dir;

    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        int thread = (int)strtol(entry->d_name, NULL, 10);
        cpu_set_t its;

        if (thread > 0 && sched_getaffinity(thread, sizeof its, &its) == 0)
            all = all && CPU_EQUAL(&its, cpus);
    }
    if (dir)
        (void)closedir(dir);
    return all;
}

static bool
set_soft(int pid, int resource, uint64_t soft)
{
    struct rlimit limit;

    if (prlimit(pid, (enum __rlimit_resource)resource, NULL, &limit) != 0)
        return false;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return prlimit(pid, (enum __rlimit_resource)resource, &limit, NULL) == 0;
}

/* The lowest number no descriptor has: the next one would get it, and with it as the limit there
 * is no next one. */
static bool
free_descriptor(int pid, uint64_t *lowest)
{
    static bool taken[FILES];
    struct dirent *entry;
    char path[PATH];
    DIR *dir;

    memset(taken, 0, sizeof taken);
    (void)snprintf(path, sizeof path, "/proc/%d/fd", pid);
    dir = opendir(path);
    if (!dir)
        return false;
    while ((entry = readdir(dir)) != NULL) {
        unsigned long fd = strtoul(entry->d_name, NULL, 10);

        if (entry->d_name[0] != '.' && fd < FILES)
            taken[fd] = true;
    }
    (void)closedir(dir);
    for (*lowest = 0; *lowest < FILES && taken[*lowest]; ++*lowest)
        ;
    return true;
}

static bool
break_it(enum fault_kind kind, int pid)
{
    uint64_t lowest;
    cpu_set_t one;

    switch (kind) {
    case FAULT_KILL:
        return kill(pid, SIGKILL) == 0;
    case FAULT_PAUSE:
    case FAULT_STUTTER:
        return kill(pid, SIGSTOP) == 0;
    case FAULT_STARVE:
        CPU_ZERO(&one);
        CPU_SET((size_t)vm_starving_cpu(), &one);
        return set_affinity(pid, &one);
    case FAULT_DISK_FULL:
        return set_soft(pid, RLIMIT_FSIZE, 0);
    case FAULT_DESCRIPTORS:
        return free_descriptor(pid, &lowest) && set_soft(pid, RLIMIT_NOFILE, lowest);
    default:
        errno = EINVAL;
        return false;
    }
}

bool
vm_break(enum fault_kind kind, int pid, char *err, size_t room)
{
    if (break_it(kind, pid))
        return true;
    (void)snprintf(err, room, "process %d: cannot %s it: %s", pid, fault_kind_word(kind),
                   strerror(errno));
    return false;
}

void
vm_mend(enum fault_kind kind, int pid, const struct vm_before *before)
{
    switch (kind) {
    case FAULT_PAUSE:
    case FAULT_STUTTER:
        (void)kill(pid, SIGCONT); /* it may have gone */
        break;
    case FAULT_STARVE:
        (void)set_affinity(pid, &before->cpus);
        break;
    case FAULT_DISK_FULL:
        (void)set_soft(pid, RLIMIT_FSIZE, before->size);
        break;
    case FAULT_DESCRIPTORS:
        (void)set_soft(pid, RLIMIT_NOFILE, before->files);
        break;
    default:
        break;
    }
}
