#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/host/host_ask.h"
#include "lab/lab.h"
#include "lab/opts.h"
#include "lab/proc.h"

#define LOCK "lab.lock"

enum { GRACE_MS = 10000, KILL_MS = 5000, DEPTH_MOST = 3 };

/* Remove what the directory `fd` holds, save the lock; a symbolic link goes itself, not
 * where it points. Takes the descriptor. */
static void
empty_directory(int fd, bool keep_logs, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        (void)close(fd); /* nothing was written */
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        int sub;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (depth == 0 && strcmp(entry->d_name, LOCK) == 0) ||
            (keep_logs && lab_is_log(entry->d_name)))
            continue;
        if (unlinkat(fd, entry->d_name, 0) == 0 || depth >= DEPTH_MOST)
            continue;
        sub = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub < 0)
            continue;
        empty_directory(sub, keep_logs, depth + 1);
        (void)unlinkat(fd, entry->d_name, AT_REMOVEDIR); /* stays when logs are kept in it */
    }
    (void)closedir(dir);
}

/* The directory goes, and the one of all labs with the last lab, if it is one of ours by
 * name: a directory the user named is the user's. The lock goes last: from then on an `up`
 * may fill the directory again. */
static int
remove_rundir(const struct lab *lab, bool keep_logs)
{
    int fd = open(lab->rundir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char path[NODE_PATH + 16];
    const char *own = getenv("VPCLAB_RUN");

    if (fd >= 0)
        empty_directory(fd, keep_logs, 0);
    (void)snprintf(path, sizeof path, "%s/" LOCK, lab->rundir);
    (void)unlink(path); /* there: we hold it */
    if (rmdir(lab->rundir) != 0 && errno != ENOENT && !keep_logs && access(path, F_OK) != 0) {
        (void)fprintf(stderr, "%s: cannot remove: %s\n", lab->rundir, strerror(errno));
        return LAB_FAILURE;
    }
    (void)snprintf(path, sizeof path, "%s", lab->rundir);
    *strrchr(path, '/') = '\0';
    if (!own || !own[0])
        (void)rmdir(path); /* other labs may live there */
    return LAB_OK;
}

static size_t
signal_all(struct proc *procs, size_t n, int number)
{
    size_t hit = 0;

    for (size_t i = 0; i < n; i++)
        hit += proc_signal(&procs[i], number);
    return hit;
}

static int
end_all(struct proc *procs, size_t n)
{
    size_t hit = signal_all(procs, n, SIGTERM), killed = 0;

    if (!procs_wait_ended(procs, n, GRACE_MS)) {
        killed = signal_all(procs, n, SIGKILL);
        if (!procs_wait_ended(procs, n, KILL_MS)) {
            (void)fprintf(stderr, "vpclab: a process does not end even by SIGKILL\n");
            return LAB_FAILURE;
        }
    }
    (void)fprintf(stderr, "%zu processes ended", hit);
    if (killed)
        (void)fprintf(stderr, ", %zu of them only by SIGKILL", killed);
    (void)fprintf(stderr, "\n");
    return LAB_OK;
}

/* Of a lab that ended before nothing but its logs is there; LAB_NONE: that is not so. */
static int
end_kept(const char *name, bool keep_logs)
{
    static struct lab lab;
    int lock, status = LAB_OK;

    if (!name || !lab_at(&lab, name) || !lab_kept(&lab))
        return LAB_NONE;
    lock = lab_lock(&lab); /* not while an `up` begins there */
    if (lock < 0)
        return lock == LAB_NONE ? LAB_OK : LAB_FAILURE;
    if (!lab_kept(&lab)) {
        (void)close(lock);
        return LAB_NONE;
    }
    status = remove_rundir(&lab, keep_logs);
    (void)close(lock); /* its file is gone */
    if (status == LAB_OK)
        (void)fprintf(stderr,
                      keep_logs ? "the lab has ended; its logs are in %s\n" : "%s removed\n",
                      lab.rundir);
    return status;
}

int
cmd_down(int argc, char **argv)
{
    static struct lab lab;
    static struct proc procs[PROCS_MOST];
    bool keep_logs = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"keep-logs", OPT_FLAG, &keep_logs, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status, lock;
    size_t n;

    if (!opts_parse("down", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 1 || (argc == 1 && name)) {
        (void)fprintf(stderr, "usage: vpclab down [NAME] [--keep-logs]\n");
        return LAB_USAGE;
    }
    status = end_kept(argc ? argv[0] : name, keep_logs);
    if (status != LAB_NONE)
        return status;
    status = lab_find(&lab, argc ? argv[0] : name);
    if (status != LAB_OK)
        return status == LAB_NONE ? LAB_OK : status; /* it is as it was asked for */
    lock = lab_lock(&lab);
    if (lock < 0)
        return lock == LAB_NONE ? LAB_OK : LAB_FAILURE; /* somebody else's `down` was faster */
    host_end(&lab);                                     /* first, for it would start others */
    n = procs_found(&lab, procs);
    status = end_all(procs, n);
    lab_event(&lab, status);
    if (status == LAB_OK)
        status = remove_rundir(&lab, keep_logs);
    if (status == LAB_OK && keep_logs)
        (void)fprintf(stderr, "its logs are in %s; vpclab down %s removes them\n", lab.rundir,
                      lab.name);
    for (size_t i = 0; i < n; i++)
        proc_close(&procs[i]);
    (void)close(lock); /* its file is gone */
    return status;
}
