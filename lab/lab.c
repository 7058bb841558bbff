#include "lab/lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/near.h"
#include "lab/opts.h"
#include "lab/proc.h"

int64_t
lab_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
lab_sleep_ms(int64_t ms)
{
    const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&span, NULL); /* woken early: the caller polls again */
}

/* A name is one path component of ours and nothing else. */
static bool
is_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < TOPO_NAME && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool
lab_at(struct lab *lab, const char *name)
{
    char err[NODE_PATH + 128];

    if (!is_name(name))
        return false;
    memset(lab, 0, sizeof *lab);
    (void)snprintf(lab->name, sizeof lab->name, "%s", name);
    return rundir_path(lab->name, lab->rundir) == 0 &&
           rundir_judge(lab->rundir, err, sizeof err) == 0;
}

int
lab_place(struct lab *lab, const char *name)
{
    char err[NODE_PATH + 128];

    if (!is_name(name)) {
        (void)fprintf(stderr,
                      "vpclab: \"%s\" is no name of a lab; expected 1 to %d characters a-z, 0-9 "
                      "and -\n",
                      name, TOPO_NAME - 1);
        return LAB_USAGE;
    }
    (void)snprintf(lab->name, sizeof lab->name, "%s", name);
    if (rundir_path(lab->name, lab->rundir) != 0) {
        (void)fprintf(stderr,
                      "%s: the run directory's path is too long for sockets; set VPCLAB_RUN to a "
                      "shorter one\n",
                      lab->rundir);
        return LAB_FAILURE;
    }
    if (rundir_judge(lab->rundir, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        return LAB_FAILURE;
    }
    return LAB_OK;
}

int
lab_load(struct lab *lab, const char *file)
{
    char err[4096];

    memset(lab, 0, sizeof *lab);
    if (topo_load(&lab->topo, file, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        return LAB_USAGE;
    }
    return lab_place(lab, lab->topo.name);
}

void
lab_topology_path(const struct lab *lab, char out[NODE_PATH + 16])
{
    (void)snprintf(out, NODE_PATH + 16, "%s/topology", lab->rundir);
}

bool
lab_topology(const struct lab *lab, char out[TOPO_PATH])
{
    char path[NODE_PATH + 16];
    FILE *f;
    bool read;
    int fd;

    lab_topology_path(lab, path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    f = fd < 0 ? NULL : fdopen(fd, "r");
    if (!f)
        return false;
    read = fgets(out, TOPO_PATH, f) != NULL;
    (void)fclose(f); /* only read */
    out[read ? strcspn(out, "\n") : 0] = '\0';
    return out[0] == '/'; /* `up` writes nothing else */
}

/* A lab that was started with `up`, or whose processes were started by hand. */
static bool
is_there(const struct lab *lab)
{
    static struct proc procs[PROCS_MOST];
    char topology[TOPO_PATH];

    if (lab_topology(lab, topology))
        return true;
    for (size_t i = procs_found(lab, procs); i > 0; i--) {
        if (proc_look(&procs[i - 1]))
            return true;
    }
    return false;
}

bool
lab_is_log(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".log") == 0 || strcmp(dot, ".jsonl") == 0);
}

bool
lab_kept(const struct lab *lab)
{
    struct dirent *entry;
    bool logs = false;
    DIR *dir = opendir(lab->rundir);

    while (dir && !logs && (entry = readdir(dir)) != NULL)
        logs = lab_is_log(entry->d_name);
    if (dir)
        (void)closedir(dir);
    return logs && !is_there(lab);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The run directories of all labs stand side by side. */
static size_t
list(char names[LABS_MOST][TOPO_NAME], bool (*wanted)(const struct lab *lab))
{
    char base[NODE_PATH];
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    if (rundir_path("x", base) != 0)
        return 0;
    *strrchr(base, '/') = '\0';
    dir = opendir(base);
    while (dir && n < LABS_MOST && (entry = readdir(dir)) != NULL) {
        static struct lab lab;

        if (lab_at(&lab, entry->d_name) && wanted(&lab))
            memcpy(names[n++], lab.name, sizeof lab.name);
    }
    if (dir)
        (void)closedir(dir);
    qsort(names, n, sizeof names[0], by_name);
    return n;
}

size_t
lab_list(char names[LABS_MOST][TOPO_NAME])
{
    return list(names, is_there);
}

size_t
lab_list_kept(char names[LABS_MOST][TOPO_NAME])
{
    return list(names, lab_kept);
}

int
lab_find(struct lab *lab, const char *name)
{
    static char names[LABS_MOST][TOPO_NAME];
    size_t n;

    memset(lab, 0, sizeof *lab);
    if (name) {
        int status = lab_place(lab, name);

        if (status != LAB_OK || is_there(lab))
            return status;
    }
    n = lab_list(names);
    if (!name && n == 1)
        return lab_place(lab, names[0]);
    if (n == 0) {
        (void)fprintf(stderr, "vpclab: no lab is up; start one with: vpclab up FILE\n");
        return LAB_NONE;
    }
    if (name)
        (void)fprintf(stderr, "vpclab: no lab \"%s\" is up; there is:", name);
    else
        (void)fprintf(stderr, "vpclab: several labs are up, choose one with -n NAME:");
    for (size_t i = 0; i < n; i++)
        (void)fprintf(stderr, " %s", names[i]);
    (void)fprintf(stderr, "\n");
    return name ? LAB_FAILURE : LAB_USAGE;
}

int
lab_open(struct lab *lab, const char *name)
{
    char topology[TOPO_PATH], err[4096] = "";
    int status = lab_find(lab, name);

    if (status != LAB_OK)
        return status == LAB_NONE ? LAB_FAILURE : status;
    if (!lab_topology(lab, topology)) {
        (void)fprintf(stderr,
                      "vpclab: lab \"%s\" was started by hand; vpclab up FILE, with its topology, "
                      "starts what is missing and leaves alone what runs\n",
                      lab->name);
        return LAB_FAILURE;
    }
    if (topo_load(&lab->topo, topology, err, sizeof err) != 0) {
        (void)fprintf(stderr,
                      "%s\nvpclab: the topology lab \"%s\" was started from is gone or "
                      "has changed; vpclab down %s works all the same\n",
                      err, lab->name, lab->name);
        return LAB_FAILURE;
    }
    return LAB_OK;
}

static int
take_lock(const struct lab *lab, int how)
{
    char path[NODE_PATH + 16];
    struct stat held, named;
    int fd;

    (void)snprintf(path, sizeof path, "%s/lab.lock", lab->rundir);
    for (;;) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 && errno == ENOENT)
            return LAB_NONE;
        if (fd < 0 || flock(fd, how) != 0) {
            if (fd < 0 || errno != EWOULDBLOCK)
                (void)fprintf(stderr, "%s: cannot lock: %s\n", path, strerror(errno));
            if (fd >= 0)
                (void)close(fd);
            return LAB_UNLOCKED;
        }
        /* `down` may have removed it while we waited: then this lock guards nothing */
        if (fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino)
            return fd;
        (void)close(fd);
    }
}

int
lab_lock(const struct lab *lab)
{
    return take_lock(lab, LOCK_EX);
}

int
lab_try_lock(const struct lab *lab)
{
    return take_lock(lab, LOCK_EX | LOCK_NB);
}

int
lab_instance(const struct lab *lab, const char *name)
{
    const char *names[TOPO_INSTANCES];
    const char *near;
    int found = topo_find(&lab->topo, name);

    if (found >= 0)
        return found;
    for (size_t i = 0; i < lab->topo.instance_n; i++)
        names[i] = lab->topo.instances[i].name;
    near = near_word(name, names, lab->topo.instance_n);
    (void)fprintf(stderr, "vpclab: lab \"%s\" has no instance \"%s\"", lab->name, name);
    if (near) {
        (void)fprintf(stderr, "; did you mean %s?\n", near);
        return -1;
    }
    (void)fprintf(stderr, "; it has:");
    for (size_t i = 0; i < lab->topo.instance_n; i++)
        (void)fprintf(stderr, " %s", names[i]);
    (void)fprintf(stderr, "\n");
    return -1;
}
