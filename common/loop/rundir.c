#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/log.h"
#include "common/loop/node.h"

/* The longest socket name below a run directory: "/INSTANCE/cf1-ckpt.ipc". */
enum { LONGEST_TAIL = 1 + TOPO_NAME + 16 };

int
rundir_path(const char *lab, char out[NODE_PATH])
{
    const char *own = getenv("VPCLAB_RUN"), *xdg = getenv("XDG_RUNTIME_DIR");
    const size_t room = sizeof((struct sockaddr_un *)0)->sun_path - LONGEST_TAIL;
    int len;

    if (own && own[0])
        len = snprintf(out, NODE_PATH, "%s/%s", own, lab);
    else if (xdg && xdg[0])
        len = snprintf(out, NODE_PATH, "%s/vpclab/%s", xdg, lab);
    else
        len = snprintf(out, NODE_PATH, "/tmp/vpclab-%u/%s", (unsigned)getuid(), lab);
    return len < 0 || (size_t)len >= room ? DI_ESPACE : 0;
}

/* What the user named is the user's. */
static bool
named_by_user(void)
{
    const char *own = getenv("VPCLAB_RUN");

    return own && own[0];
}

static int
judge_one(const char *path, char *err, size_t room)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        (st.st_mode & 077) == 0)
        return 0;
    (void)snprintf(err, room,
                   "%s: not a private directory of this user; remove it, or set VPCLAB_RUN to "
                   "another place",
                   path);
    return DI_EREFUSED;
}

/* One directory of the path, private and ours. Directories above the last two (/tmp, the
 * user's runtime directory) are not ours to judge. */
static int
make_one(const char *path, bool judge, char *err, size_t room)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(err, room,
                       "%s: cannot create the run directory: %s; set VPCLAB_RUN to a "
                       "directory you may write to",
                       path, strerror(errno));
        return DI_ESYSTEM;
    }
    return judge ? judge_one(path, err, room) : 0;
}

int
rundir_judge(const char *rundir, char *err, size_t room)
{
    char above[NODE_PATH];
    struct stat st;
    int rc = 0;

    (void)snprintf(above, sizeof above, "%s", rundir);
    *strrchr(above, '/') = '\0';
    if (!named_by_user() && lstat(above, &st) == 0)
        rc = judge_one(above, err, room);
    if (rc == 0 && lstat(rundir, &st) == 0)
        rc = judge_one(rundir, err, room);
    return rc;
}

int
rundir_make(const char *rundir, const char *sub, char *err, size_t room)
{
    char path[NODE_PATH * 2];
    size_t last = 0;
    int rc = 0;

    (void)snprintf(path, sizeof path, "%s", rundir);
    for (size_t i = 1; path[i]; i++) {
        if (path[i] == '/')
            last = i;
    }
    for (size_t i = 1; rc == 0 && path[i]; i++) {
        struct stat st;

        if (path[i] != '/')
            continue;
        path[i] = '\0';
        if (i == last)
            rc = make_one(path, !named_by_user(), err, room);
        else if (stat(path, &st) != 0)
            rc = make_one(path, false, err, room);
        path[i] = '/';
    }
    if (rc == 0)
        rc = make_one(rundir, true, err, room);
    if (rc == 0 && sub) {
        (void)snprintf(path, sizeof path, "%s/%s", rundir, sub);
        rc = make_one(path, true, err, room);
    }
    return rc;
}

FILE *
rundir_file(const char *path, int flags, const char *mode)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, mode) : NULL;

    if (fd >= 0 && !f)
        (void)close(fd); /* no memory for it */
    return f;
}

void
rundir_owner_only(void *sock)
{
    uid_t uid = geteuid();

    if (zmq_setsockopt(sock, ZMQ_IPC_FILTER_UID, &uid, sizeof uid) != 0)
        log_fatal(
            "cannot keep other users out of the run directory's sockets: %s; ZeroMQ was built "
            "without SO_PEERCRED",
            zmq_strerror(zmq_errno()));
}

void
card_file(enum card_type type, unsigned slot, char out[16])
{
    if (type == CARD_EMPTY)
        (void)snprintf(out, 16, "world");
    else
        (void)snprintf(out, 16, "%s%u", card_type_name(type), slot % 1000);
}

static struct flock
whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

int
pidfile_holder(const char *path)
{
    struct flock lock = whole_file();
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), pid = 0;

    if (fd < 0)
        return 0;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        pid = lock.l_pid;
    (void)close(fd); /* nothing was written */
    return pid;
}

int
pidfile_lock(const char *path, int *pid)
{
    struct flock lock = whole_file();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char text[16];
    int len = snprintf(text, sizeof text, "%d\n", (int)getpid());

    if (fd < 0)
        return DI_ESYSTEM;
    if (fcntl(fd, F_SETLK, &lock) != 0) {
        (void)close(fd); /* not ours */
        *pid = pidfile_holder(path);
        return DI_EEXISTS;
    }
    if (ftruncate(fd, 0) != 0 || write(fd, text, (size_t)len) != len) {
        (void)close(fd);
        return DI_ESYSTEM;
    }
    return fd;
}

static void
endpoint(const char *rundir, const char *instance, const char *what, char out[NODE_PATH])
{
    /* rundir_path() made sure that every name fits */
    if (snprintf(out, NODE_PATH, "ipc://%s/%s/%s.ipc", rundir, instance, what) >= NODE_PATH)
        out[0] = '\0';
}

void
endpoint_card(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH])
{
    endpoint(rundir, instance, cf == 1 ? "cf1-card" : "cf2-card", out);
}

void
endpoint_ckpt(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH])
{
    endpoint(rundir, instance, cf == 1 ? "cf1-ckpt" : "cf2-ckpt", out);
}

void
endpoint_mgmt(const char *rundir, const char *instance, unsigned cf, char out[NODE_PATH])
{
    endpoint(rundir, instance, cf == 1 ? "cf1-mgmt" : "cf2-mgmt", out);
}

void
endpoint_call(const char *rundir, const char *instance, char out[NODE_PATH])
{
    endpoint(rundir, instance, "call", out);
}

void
endpoint_world(const char *rundir, const char *instance, char out[NODE_PATH])
{
    endpoint(rundir, instance, "world", out);
}

void
endpoint_world_mgmt(const char *rundir, char out[NODE_PATH])
{
    if (snprintf(out, NODE_PATH, "ipc://%s/world-mgmt.ipc", rundir) >= NODE_PATH)
        out[0] = '\0';
}

void
endpoint_host_mgmt(const char *rundir, char out[NODE_PATH])
{
    if (snprintf(out, NODE_PATH, "ipc://%s/host.mgmt", rundir) >= NODE_PATH)
        out[0] = '\0';
}
