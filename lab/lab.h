/* lab.h - which lab a command means, and what all commands share
 *
 * A lab is known by its name or is the only one there; its run directory remembers the
 * topology it was started from. The commands keep no other state.
 *
 * Ownership  plain values
 * Time       real milliseconds
 * Errors     functions that return an exit status have said why on stderr: 0, 1 failure,
 *            2 usage
 * Threads    main
 */
#ifndef VPCLAB_LAB_H
#define VPCLAB_LAB_H

#include "common/loop/node.h"

enum {
    LABS_MOST = 32,
    LAB_OK = 0,
    LAB_FAILURE = 1,
    LAB_USAGE = 2,
    LAB_NONE = -1,     /* of lab_find: no lab is up, that was said; of lab_lock: no directory */
    LAB_UNLOCKED = -2, /* of lab_lock: it has said why */
};

struct lab {
    char name[TOPO_NAME];
    char rundir[NODE_PATH];
    struct topo topo; /* lab_open and lab_load only */
};

/* Real time, for deadlines of this command. */
int64_t lab_now_ms(void);
void lab_sleep_ms(int64_t ms);

/* A lab of a topology file, running or not. */
int lab_load(struct lab *lab, const char *file);

/* Name and run directory of a lab that may not exist; false, saying nothing, for what cannot be
 * one's name, and for a run directory that is not a private one of this user. */
bool lab_at(struct lab *lab, const char *name);

/* Likewise, saying why not: an exit status. */
int lab_place(struct lab *lab, const char *name);

/* The names of all labs of this user that are there, running or not, sorted; how many. */
size_t lab_list(char names[LABS_MOST][TOPO_NAME]);

/* The same of those of which nothing is left but logs (`down --keep-logs`). They are labs to nobody
 * but `labs` and `down`. */
size_t lab_list_kept(char names[LABS_MOST][TOPO_NAME]);
bool lab_kept(const struct lab *lab);

/* Is a file of that name a log? */
bool lab_is_log(const char *name);

/* Name and run directory of the lab called `name`, or of the only one there is when NULL.
 * The topology is not read: enough for what must work without it. */
int lab_find(struct lab *lab, const char *name);

/* lab_find, and the topology it was started from. */
int lab_open(struct lab *lab, const char *name);

/* Path of the file that remembers the topology; its content, false when there is none. */
void lab_topology_path(const struct lab *lab, char out[NODE_PATH + 16]);
bool lab_topology(const struct lab *lab, char out[TOPO_PATH]);

/* Take the lab's lock, so that two commands do not start or end its processes at once.
 * A descriptor to close, or LAB_NONE when there is no run directory, or LAB_UNLOCKED. */
int lab_lock(const struct lab *lab);

/* ... if nobody has it now; LAB_UNLOCKED, and nothing said, when somebody has. */
int lab_try_lock(const struct lab *lab);

/* Index of an instance, or -1 after having said which there are. */
int lab_instance(const struct lab *lab, const char *name);

/* ---- the audit log (lab_event.c) ----------------------------------------------------- */

/* Remember the command line, from the command's name on. */
void lab_event_words(int argc, char **argv);

/* That command has done, or tried, something to this lab: operator.command in the run directory's
 * vpclab.jsonl, with an exit status. Nothing without a run directory. */
void lab_event(const struct lab *lab, int status);

/* ---- the commands: arguments without the command's name; exit status ---------------- */

int cmd_up(int argc, char **argv);
int cmd_labs(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_routes(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_cli(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_kill(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_call(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_timeline(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_time(int argc, char **argv);
int cmd_exercise(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_fault(int argc, char **argv);

#endif
