#include "lab/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/err.h"

enum { LOG_LINES = 8, LOG_TAIL = 2048, DYING_MS = 10000, POLL_MS = 2 };

/* /proc/PID/stat: its length at most, and the numbers of its fields. */
enum { STAT_TEXT = 1024, STAT_STATE = 3, STAT_FLAGS = 9, STAT_NICE = 19, STAT_PENDING = 31 };

/* A program and its folder. */
struct program {
    const char *name, *folder;
};

static const struct program world = {"vpc-world", "lab"}, host = {"vpc-host", "lab"};

/* ... of each kind of card. */
static const struct program cards[CARD_TYPES] = {
    [CARD_CF] = {"vpc-cf", "cf"},
    [CARD_SF] = {"vpc-sf", "sf"},
    [CARD_DEMUX] = {"vpc-demux", "demux"},
};

static const struct program *
program_of(const struct proc *proc)
{
    return proc->kind == PROC_HOST ? &host : proc->kind == PROC_WORLD ? &world : &cards[proc->type];
}

/* ---- which there are --------------------------------------------------------------- */

static struct proc
card_proc(const struct lab *lab, uint8_t instance, uint8_t slot, enum card_type type)
{
    struct proc proc = {.instance = instance, .slot = slot, .type = type, .fd = -1};
    char card[16];

    card_file(type, slot, card);
    (void)snprintf(proc.name, sizeof proc.name, "%s/%s", lab->topo.instances[instance].name, card);
    (void)snprintf(proc.base, sizeof proc.base, "%s/%s", lab->rundir, proc.name);
    return proc;
}

static struct proc
lone_proc(const struct lab *lab, enum proc_kind kind, const char *name)
{
    struct proc proc = {.instance = TOPO_INSTANCES, .kind = kind, .fd = -1};

    (void)snprintf(proc.name, sizeof proc.name, "%s", name);
    (void)snprintf(proc.base, sizeof proc.base, "%s/%s", lab->rundir, proc.name);
    return proc;
}

struct proc
proc_host(const struct lab *lab)
{
    return lone_proc(lab, PROC_HOST, "host");
}

size_t
procs_of(const struct lab *lab, struct proc procs[PROCS_MOST])
{
    size_t n = 0;

    procs[n++] = lone_proc(lab, PROC_WORLD, "world");
    for (uint8_t i = 0; i < lab->topo.instance_n; i++) {
        for (uint8_t slot = 1; slot <= TOPO_SLOTS; slot++) {
            enum card_type type = lab->topo.instances[i].slots[slot].type;

            if (type != CARD_EMPTY)
                procs[n++] = card_proc(lab, i, slot, type);
        }
    }
    return n;
}

/* Pid files of one directory; `sub` is its name within the run directory, or "". */
static size_t
find_in(const struct lab *lab, const char *sub, struct proc *procs, size_t n)
{
    char path[PROC_PATH];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s%s%s", lab->rundir, sub[0] ? "/" : "", sub);
    dir = opendir(path);
    while (dir && n < PROCS_MOST && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        struct proc *proc = &procs[n];

        if (len <= 4 || len > 20 || strcmp(entry->d_name + len - 4, ".pid") != 0)
            continue;
        *proc = (struct proc){.instance = TOPO_INSTANCES, .fd = -1};
        (void)snprintf(proc->name, sizeof proc->name, "%.31s%s%.*s", sub, sub[0] ? "/" : "",
                       (int)(len - 4), entry->d_name);
        (void)snprintf(proc->base, sizeof proc->base, "%s/%s", lab->rundir, proc->name);
        if (strcmp(proc->name, "host") == 0)
            proc->kind = PROC_HOST;
        n++;
    }
    if (dir)
        (void)closedir(dir);
    return n;
}

size_t
procs_found(const struct lab *lab, struct proc procs[PROCS_MOST])
{
    size_t n = find_in(lab, "", procs, 0);
    DIR *dir = opendir(lab->rundir);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR && strlen(entry->d_name) < TOPO_NAME)
            n = find_in(lab, entry->d_name, procs, n);
    }
    if (dir)
        (void)closedir(dir);
    return n;
}

int
proc_look(struct proc *proc)
{
    char path[PROC_PATH + 8];

    (void)snprintf(path, sizeof path, "%s.pid", proc->base);
    proc->pid = pidfile_holder(path);
    return proc->pid;
}

/* ---- starting ---------------------------------------------------------------------- */

/* Where a program is: beside this one when installed, in its folder's neighbour when in
 * the build tree. */
static bool
find_program(const struct program *program, char out[TOPO_PATH])
{
    char self[TOPO_PATH];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

    if (len <= 0)
        return false;
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    if (snprintf(out, TOPO_PATH, "%s/%s", self, program->name) < TOPO_PATH &&
        access(out, X_OK) == 0)
        return true;
    return snprintf(out, TOPO_PATH, "%s/../%s/%s", self, program->folder, program->name) <
               TOPO_PATH &&
           access(out, X_OK) == 0;
}

int
procs_check(const struct proc *procs, size_t n, char *err, size_t room)
{
    char path[TOPO_PATH];

    for (size_t i = 0; i < n; i++) {
        if (!find_program(program_of(&procs[i]), path)) {
            (void)snprintf(err, room,
                           "vpclab: %s is not beside vpclab (nor at %s); build everything: "
                           "ninja -C build",
                           program_of(&procs[i])->name, path);
            return DI_ENOTFOUND;
        }
    }
    return 0;
}

/* What a process tells us before it becomes the program: its pid, and an errno if it
 * cannot. */
struct birth {
    int pid, error;
};

static _Noreturn void
tell_and_exit(int tell, int error)
{
    struct birth birth = {.pid = (int)getpid(), .error = error};
    ssize_t ignored = write(tell, &birth, sizeof birth);

    (void)ignored; /* our parent is gone: nobody to tell */
    _exit(EXIT_FAILURE);
}

/* In the process to be: nothing of ours may remain but stdin, stdout and stderr. */
static _Noreturn void
become(const char *program, char *const args[], const char *log, int tell)
{
    struct birth birth = {.pid = (int)getpid()};
    int in = open("/dev/null", O_RDONLY);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    sigset_t none;

    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        chdir("/") != 0 || syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) != 0)
        tell_and_exit(tell, errno);
    for (int signal_n = 1; signal_n < NSIG; signal_n++)
        (void)signal(signal_n, SIG_DFL); /* some cannot be set, and need not */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (write(tell, &birth, sizeof birth) != sizeof birth)
        _exit(EXIT_FAILURE);
    (void)execv(program, args);
    tell_and_exit(tell, errno);
}

/* The birth notes arrive through a pipe that exec closes: the last one counts. */
static int
hear_birth(int from, struct birth *birth)
{
    struct birth note;
    ssize_t len;

    *birth = (struct birth){.error = ECHILD};
    for (;;) {
        len = read(from, &note, sizeof note);
        if (len == sizeof note)
            *birth = note;
        else if (len >= 0 || errno != EINTR)
            return birth->error ? DI_ESYSTEM : 0;
    }
}

int
proc_start(struct proc *proc, const struct lab *lab, char *err, size_t room)
{
    char program[TOPO_PATH] = "", log[PROC_PATH + 8], slot[4], topology[TOPO_PATH];
    char instance[TOPO_NAME] = "", name[32];
    char o_t[] = "-t", o_i[] = "-i", o_s[] = "-s";
    char *args[] = {name, o_t, topology, o_i, instance, o_s, slot, NULL};
    struct birth birth;
    int tell[2], rc;
    pid_t middle;

    (void)find_program(program_of(proc), program); /* a missing one fails at exec */
    (void)snprintf(name, sizeof name, "%s", program_of(proc)->name);
    (void)snprintf(log, sizeof log, "%s.log", proc->base);
    (void)snprintf(slot, sizeof slot, "%u", proc->slot % 1000u);
    (void)snprintf(topology, sizeof topology, "%s", lab->topo.file);
    if (proc->kind != PROC_CARD)
        args[3] = NULL;
    else
        (void)snprintf(instance, sizeof instance, "%s", lab->topo.instances[proc->instance].name);
    if (pipe2(tell, O_CLOEXEC) != 0 || (middle = fork()) < 0) {
        (void)snprintf(err, room, "%s: cannot start: %s", proc->name, strerror(errno));
        return DI_ESYSTEM;
    }
    if (middle == 0) {
        /* a session of its own, and init for a parent: it outlives us and is reaped */
        (void)setsid();
        if (fork() != 0)
            _exit(EXIT_SUCCESS);
        become(program, args, log, tell[1]);
    }
    (void)close(tell[1]);
    (void)waitpid(middle, NULL, 0);
    rc = hear_birth(tell[0], &birth);
    (void)close(tell[0]);
    if (rc != 0) {
        (void)snprintf(err, room, "%s: cannot start %s: %s", proc->name, program,
                       strerror(birth.error));
        return rc;
    }
    proc->pid = birth.pid;
    proc->fd = (int)syscall(SYS_pidfd_open, birth.pid, 0);
    return 0;
}

bool
proc_ended(const struct proc *proc)
{
    struct pollfd item = {.fd = proc->fd, .events = POLLIN};

    return proc->fd < 0 || poll(&item, 1, 0) > 0;
}

int
proc_settled(struct proc *proc)
{
    int started = proc->pid;

    if (proc_look(proc) == started)
        return 1;
    if (proc->pid && proc_ended(proc)) /* somebody else started it at the same moment */
        return 1;
    proc->pid = started;
    return proc_ended(proc) ? -1 : 0;
}

/* ---- ending ------------------------------------------------------------------------ */

bool
proc_signal(struct proc *proc, int number)
{
    int pid = proc_look(proc);

    if (!pid)
        return false;
    if (proc->fd < 0) {
        proc->fd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (proc->fd < 0 || proc_look(proc) != pid) { /* gone, its number may be another's */
            proc_close(proc);
            return false;
        }
    }
    return syscall(SYS_pidfd_send_signal, proc->fd, number, NULL, 0) == 0;
}

bool
procs_wait_ended(const struct proc *procs, size_t n, int64_t timeout_ms)
{
    int64_t deadline = lab_now_ms() + timeout_ms;

    for (size_t i = 0; i < n; i++) {
        struct pollfd item = {.fd = procs[i].fd, .events = POLLIN};

        while (item.fd >= 0 && item.revents == 0) {
            int64_t left = deadline - lab_now_ms();

            if (poll(&item, 1, left > 0 ? (int)left : 0) == 0)
                return false;
        }
    }
    return true;
}

void
proc_close(struct proc *proc)
{
    if (proc->fd >= 0)
        (void)close(proc->fd); /* nothing was written */
    proc->fd = -1;
}

void
proc_print_log(const struct proc *proc)
{
    char path[PROC_PATH + 8], text[LOG_TAIL + 1];
    size_t len, start, lines = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s.log", proc->base);
    f = rundir_file(path, O_RDONLY, "r");
    if (!f)
        return;
    if (fseek(f, -LOG_TAIL, SEEK_END) != 0)
        rewind(f);
    len = fread(text, 1, LOG_TAIL, f);
    (void)fclose(f); /* only read */
    for (start = len; start > 0; start--) {
        if (text[start - 1] == '\n' && start < len && ++lines == LOG_LINES)
            break;
    }
    (void)fprintf(stderr, "%.*s%s", (int)(len - start), text + start,
                  len && text[len - 1] != '\n' ? "\n" : "");
}

/* The state of a process and what follows it in /proc, numbered as in proc(5); NULL: it has gone. */
static const char *
stat_of(int pid, char text[STAT_TEXT])
{
    char path[64], *at;
    FILE *f;
    size_t len;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    f = fopen(path, "re");
    if (!f)
        return NULL;
    len = fread(text, 1, STAT_TEXT - 1, f);
    (void)fclose(f); /* only read */
    text[len] = '\0';
    at = strrchr(text, ')'); /* the name before may hold anything */
    return at && at[1] == ' ' ? at + 2 : NULL;
}

static long
stat_field(const char *state, int number)
{
    for (int field = STAT_STATE; field < number && state; field++) {
        state = strchr(state, ' ');
        state += state != NULL;
    }
    return state ? strtol(state, NULL, 10) : 0;
}

bool
proc_stat(int pid, char *state, long *nice)
{
    char text[STAT_TEXT];
    const char *at = stat_of(pid, text);

    if (!at)
        return false;
    *state = *at;
    *nice = stat_field(at, STAT_NICE);
    return true;
}

/* SIGKILL waits for it, or it ends, or only some of its threads have not ended. */
static bool
is_dying(int pid)
{
    enum { PF_EXITING = 4, PF_SIGNALED = 0x400 }; /* of the kernel */
    char text[STAT_TEXT];
    const char *at = stat_of(pid, text);

    return at && (strchr("ZX", *at) || (stat_field(at, STAT_FLAGS) & (PF_EXITING | PF_SIGNALED)) ||
                  (stat_field(at, STAT_PENDING) & 1L << (SIGKILL - 1)));
}

void
procs_see_off(struct proc *procs, size_t n)
{
    int64_t deadline = lab_now_ms() + DYING_MS;

    for (size_t i = 0; i < n; i++) {
        while (proc_look(&procs[i]) && is_dying(procs[i].pid) && lab_now_ms() < deadline)
            lab_sleep_ms(POLL_MS);
    }
}
