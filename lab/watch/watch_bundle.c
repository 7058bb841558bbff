#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/lab.h"
#include "lab/watch/watch.h"

/* What a bundle holds is what the commands say, each in a file of its own, with secrets masked as
 * they mask them; and the logs, in which there are none. */

enum { PATH_ROOM = NODE_PATH * 2, WORDS_MOST = 8, WORD_ROOM = 64 };

extern char **environ;

/* ---- what a command says --------------------------------------------------------------------- */

/* This program once more; what it says on stdout and stderr goes to a file. */
static void
run_self(char *const *argv, const char *path)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return;
    if (posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600) ==
            0 &&
        posix_spawn_file_actions_adddup2(&actions, 1, 2) == 0 &&
        posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) == 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    (void)posix_spawn_file_actions_destroy(&actions);
}

/* The words of a command up to NULL; the lab is named behind them. */
static void
ask_self(const struct lab *lab, const char *dir, const char *file, const char *const *words)
{
    char texts[WORDS_MOST][WORD_ROOM], path[PATH_ROOM];
    char *argv[WORDS_MOST + 1];
    size_t n = 0;

    (void)snprintf(texts[n++], WORD_ROOM, "/proc/self/exe");
    while (*words && n < WORDS_MOST - 2)
        (void)snprintf(texts[n++], WORD_ROOM, "%s", *words++);
    (void)snprintf(texts[n++], WORD_ROOM, "-n");
    (void)snprintf(texts[n++], WORD_ROOM, "%s", lab->name);
    for (size_t i = 0; i < n; i++)
        argv[i] = texts[i];
    argv[n] = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    run_self(argv, path);
}

static void
ask_instance(const struct lab *lab, const char *dir, const char *instance)
{
    static const struct {
        const char *file, *line;
        bool json;
    } lines[] = {
        {"configuration.txt", "show configuration", false},
        {"support-details-icsr.txt", "show support details icsr", false},
        {"support-details-icsr.json", "show support details icsr", true},
    };
    char file[TOPO_NAME + 64];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *const words[] = {"exec", instance, lines[i].line,
                                     lines[i].json ? "--json" : NULL, NULL};

        (void)snprintf(file, sizeof file, "%s-%s", instance, lines[i].file);
        ask_self(lab, dir, file, words);
    }
    (void)snprintf(file, sizeof file, "%s-takeover.json", instance);
    ask_self(lab, dir, file, (const char *const[]){"explain", instance, "--json", NULL});
}

static void
ask_all(const struct lab *lab, const char *dir)
{
    ask_self(lab, dir, "events.jsonl", (const char *const[]){"events", "--json", NULL});
    ask_self(lab, dir, "timeline.txt", (const char *const[]){"timeline", NULL});
    ask_self(lab, dir, "status.json", (const char *const[]){"status", "--json", NULL});
    ask_self(lab, dir, "status.txt", (const char *const[]){"status", NULL});
    ask_self(lab, dir, "routes.json", (const char *const[]){"routes", "--json", NULL});
    ask_self(lab, dir, "faults.txt", (const char *const[]){"fault", "list", NULL});
    ask_self(lab, dir, "time.txt", (const char *const[]){"time", NULL});
    for (size_t i = 0; i < lab->topo.instance_n; i++)
        ask_instance(lab, dir, lab->topo.instances[i].name);
}

/* ---- files ------------------------------------------------------------------------------------ */

static bool
copy(const char *from, const char *to)
{
    FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
    char block[65536];
    size_t n;
    bool fine = out != NULL;

    while (fine && (n = fread(block, 1, sizeof block, in)) > 0)
        fine = fwrite(block, 1, n, out) == n;
    if (in)
        (void)fclose(in); /* only read */
    if (out && fclose(out) != 0)
        fine = false;
    return fine || !in; /* what is gone is absent */
}

static bool
is_text(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".log") == 0 || strcmp(dot, ".jsonl") == 0 ||
                   strcmp(name, "faults.json") == 0 || strcmp(name, "time.json") == 0);
}

/* The logs of one directory of the lab, as LAB-FILE or INSTANCE-FILE. */
static bool
copy_logs(const char *from, const char *to, const char *prefix)
{
    DIR *dir = opendir(from);
    struct dirent *entry;
    bool fine = true;

    while (dir && (entry = readdir(dir)) != NULL) {
        char source[PATH_ROOM], target[PATH_ROOM];

        if (!is_text(entry->d_name))
            continue;
        (void)snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        (void)snprintf(target, sizeof target, "%s/%s%s", to, prefix, entry->d_name);
        fine = copy(source, target) && fine;
    }
    if (dir)
        (void)closedir(dir);
    return fine;
}

static bool
copy_all(const struct lab *lab, const char *dir)
{
    char path[PATH_ROOM], prefix[TOPO_NAME + 2];
    bool fine = copy_logs(lab->rundir, dir, "");

    for (size_t i = 0; i < lab->topo.instance_n; i++) {
        const char *name = lab->topo.instances[i].name;

        (void)snprintf(path, sizeof path, "%s/%s", lab->rundir, name);
        (void)snprintf(prefix, sizeof prefix, "%s-", name);
        fine = copy_logs(path, dir, prefix) && fine;
    }
    (void)snprintf(path, sizeof path, "%s/topology.json", dir);
    return copy(lab->topo.file, path) && fine;
}

static bool
write_breach(const char *dir, const char *breach)
{
    char path[PATH_ROOM];
    FILE *f;
    bool fine;

    (void)snprintf(path, sizeof path, "%s/broken.txt", dir);
    f = fopen(path, "we");
    fine = f && fputs(breach, f) >= 0;
    return f && fclose(f) == 0 && fine;
}

int
watch_bundle(const struct lab *lab, const char *dir, const char *breach)
{
    bool whole;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "vpclab watch: %s: cannot make the directory: %s\n", dir,
                      strerror(errno));
        return LAB_FAILURE;
    }
    whole = write_breach(dir, breach);
    whole = copy_all(lab, dir) && whole;
    if (!whole)
        (void)fprintf(stderr, "vpclab watch: %s: cannot write all of it: %s\n", dir,
                      strerror(errno));
    ask_all(lab, dir); /* of what there is, as much as there is room for */
    return whole ? LAB_OK : LAB_FAILURE;
}
