/* vpclab.c - the command: which words it has, and help for each
 *
 * vpclab keeps nothing running and no state of its own: every command looks at the lab's
 * run directory, asks its processes, acts, and ends.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/near.h"
#include "lab/lab.h"
#include "lab/manual.h"
#include "lab/opts.h"

static const struct command commands[] = {
    {"up", "FILE [--name NAME] [--net N] [--timeout S] [--no-wait]",
     "start a lab and wait until its pair is synchronised",
     "FILE is a topology such as topologies/pair.json. What runs already is left alone, so the\n"
     "command may be repeated at any time.\n\n"
     "Several labs may be up at once, if they have names and addresses of their own: with --name\n"
     "or --net the lab runs from copies of FILE and its configurations in the run directory, so\n"
     "it does not mind what becomes of the originals. A lab whose addresses another one has is\n"
     "refused before anything starts. With --net N, calls come from and go to 127.N.x.y, too:\n"
     "vpclab status tells the service address.\n\n"
     "  --name NAME   the lab's name, instead of the topology's\n"
     "  --net N       every address 127.0.x.y of FILE and its configurations is 127.N.x.y, N from\n"
     "                0 to 255\n"
     "  --timeout S   give up waiting after S seconds (30)\n"
     "  --no-wait     return once all processes run\n",
     cmd_up},
    {"down", "[NAME] [--keep-logs]", "end a lab: no process, socket or file remains",
     "  --keep-logs   keep *.log and *.jsonl in the run directory, which is told; vpclab labs "
     "lists it,\n"
     "                and vpclab down NAME removes it\n",
     cmd_down},
    {"labs", "[--json]", "the labs of this user",
     "For each: its net (N, if all its addresses are 127.N.x.y), how many of its processes run, "
     "its\n"
     "state, topology and run directory. The state is synchronised, not synchronised, running (it\n"
     "was started by hand, so its topology is not known) or ended (nothing of it runs, but its "
     "run\n"
     "directory is there: vpclab down NAME removes it), or \"ended, logs kept\".\n\n"
     "  --json        for scripts\n",
     cmd_labs},
    {"status", "[NAME] [--json]", "chassis, cards, sessions and routes as they are now",
     "A card that does not run is shown as absent, one of which no CF tells as unknown. A clock\n"
     "that is paused, or not at the topology's time-scale, is told in the first line. Service is\n"
     "where GTP clients send; the SRP session link is plain only if the topology says so.\n\n"
     "  --json        for scripts\n",
     cmd_status},
    {"wait", "CONDITION... [--timeout S] [--since S] [-n NAME]", "wait until all conditions hold",
     "Conditions:\n"
     "  sync                     one Active, one Standby, all session managers synchronised\n"
     "  INSTANCE.chassis=STATE   init, standby, active, pending-active, pending-standby, absent\n"
     "  INSTANCE.cf=SLOT         slot of the active CF, or none\n"
     "  INSTANCE.cardN=dead      or alive; N is the slot: east.card4=dead\n"
     "  INSTANCE.route=best      or announced, none: what the router has from it\n"
     "  sessions>=N              on every instance that answers; = >= <= > <\n"
     "  INSTANCE.sessions>=N     also active.sessions, standby.sessions\n"
     "  faults=N                 leases of faults there are; = >= <= > <\n"
     "  fault:ID=off             lease ID is gone; on: it is in force\n"
     "  event:KIND[=NEW]         an event from now on, such as event:srp.state=Active; also\n"
     "                           INSTANCE.event:...; docs/events.md has the kinds\n\n"
     "  --timeout S   after S seconds (30) say what does not hold, and exit with status 1\n"
     "  --since S     events of the last S seconds count, too, or from a time on:\n"
     "                2026-11-21T04:49:30Z\n",
     cmd_wait},
    {"exec", "INSTANCE { 'COMMAND' | -f FILE } [--keep-going] [--json] [-n NAME]",
     "run CLI commands on the active CF (or world)",
     "COMMAND may be several lines; those of FILE, \"-\" for stdin, are carried out in turn. They\n"
     "are one session, of a security administrator: after \"configure\" the next line configures.\n"
     "The first line that fails ends it, and is named on stderr.\n\n"
     "  -f FILE       the lines of a file; \"-\" is stdin\n"
     "  --keep-going  carry out the other lines all the same; the worst exit status counts\n"
     "  --json        the answer as JSON; of several lines an array of an object for each, with\n"
     "                number, line, status and output\n\n"
     "Keywords may be abbreviated; a filter may follow: 'show srp info | grep State'. Commands:\n"
     "  show srp info                    this chassis and its peer\n"
     "  show srp checkpoint statistics   what was sent to the peer, and applied\n"
     "  show card table                  the cards and their state\n"
     "  show subscribers summary         sessions and packets in figures\n"
     "  show srp statistics              hellos, validations, switchovers by reason\n"
     "  show srp call-loss statistics    what switchovers cost, by cause\n"
     "  show srp monitor [all]           BGP, RADIUS, Diameter and BFD as they are watched\n"
     "  show snmp trap history           notifications raised\n"
     "  show boot, show version [URL]    what is started, what runs, or what an image file is\n"
     "  directory, copy, delete          files of /flash and /hd-raid\n"
     "  filesystem synchronize all       those of the active CF to the other one\n"
     "  reload, card reboot SLOT, card switch from SLOT to SLOT\n"
     "  srp initiate-switchover [force] [timeout S] [post-switch-timeout S] [-noconfirm]\n"
     "  srp validate-switchover, srp validate-configuration, srp terminate-post-process\n"
     "  srp reset-auth-probe-fail, srp reset-diameter-fail\n\n"
     "INSTANCE may be \"world\", the routing domain, where you end sessions and bring them back:\n"
     "  show routes, show neighbors, show counters\n"
     "  bgp neighbor ADDR { down | up } [INSTANCE] [context NAME]\n"
     "                                               of both chassis without INSTANCE\n"
     "  bfd ADDR { down | up } [INSTANCE] [context NAME]   likewise\n"
     "  bfd chassis { down | up }                    from chassis to chassis\n"
     "  help                                         all it takes\n",
     cmd_exec},
    {"cli", "INSTANCE [--operator | --inspector] [--cf N] [-n NAME]",
     "the console of an instance: type what the manual says",
     "Keys: ? what may stand here, TAB completes a word, the arrows edit and bring back lines of\n"
     "earlier sessions, Ctrl-R searches them, Ctrl-V takes the next key as a character, Ctrl-C\n"
     "clears the line or ends the waiting for an answer, Ctrl-D leaves, as \"exit\" does. Words "
     "may\n"
     "be abbreviated. What is longer than the screen stops at --More--: space, Enter, / and q.\n\n"
     "When the active CF dies the session goes on with the other one. In a pipe, all lines are\n"
     "carried out in turn: answers on stdout, failures with their line on stderr, and the worst\n"
     "exit status in the end. Commands that ask for confirmation need -noconfirm there.\n\n"
     "Lines are remembered in $XDG_STATE_HOME/vpclab/history or ~/.local/state/vpclab/history;\n"
     "those with a key, secret, password or community are not.\n\n"
     "  --operator    with the rights of an operator, not of an administrator\n"
     "  --inspector   ... of an inspector, who only looks\n"
     "  --cf N        the CF in slot 1 or 2, whether it is active or not, and no other\n"
     "  --complete LINE   print the words that may stand at the end of LINE, for a shell\n",
     cmd_cli},
    {"kill", "INSTANCE[/CARD] [-n NAME]", "SIGKILL an instance or one card",
     "east/sf4 or east sf4: CARD is cf1, sf4, demux3, a slot number, or active-cf. INSTANCE may "
     "be\n"
     "\"world\". Returns when they are gone.\n",
     cmd_kill},
    {"start", "INSTANCE[/CARD] [-n NAME]", "start what does not run of an instance",
     "CARD as for kill. Returns when they run.\n", cmd_start},
    {"explain", "INSTANCE [IMSI] [--all] [--json] [-n NAME]",
     "what became of a call, or of all calls of a chassis that failed",
     "With IMSI: each call of that subscriber, as the session managers of both instances noted "
     "it,\n"
     "also those that were killed: when it was opened, what of it was checkpointed and\n"
     "acknowledged, from what it was recovered, or for which one cause it was lost.\n"
     "Without: the ledger of the last takeover of INSTANCE: how many calls there were, how many\n"
     "were recovered, and the others with their causes. If two chassis were Active, the one that\n"
     "never stopped \"went on\", and the one that took over \"gave way\". Then the calls that\n"
     "INSTANCE lost while it serves, with session managers that failed: of each of them the last\n"
     "start before is known, so the column lost of status may count more.\n\n"
     "  --all         list all lost calls, not the first 20\n"
     "  --json        for scripts\n",
     cmd_explain},
    {"events",
     "[DIR] [--follow] [--since S] [--kind KIND[,KIND...]] [--instance I] [--json]\n"
     "                     [--hellos on|off] [-n NAME]",
     "what happened in a lab: the event logs of all its processes as one",
     "The lines come in the order of time, an effect after its cause. DIR is the run directory of\n"
     "a lab that ended with its logs kept; without it the lab that is up is meant.\n"
     "docs/events.md has the kinds and what each tells.\n\n"
     "  --follow         go on as events come, until Ctrl-C\n"
     "  --since S        of the last S seconds, or from a time on: 2026-11-21T04:49:30Z\n"
     "  --kind KIND      these only; a family such as srp is all of its kinds\n"
     "  --instance I     of this instance only, or world\n"
     "  --json           the JSON Lines themselves\n"
     "  --hellos on|off  from now on each hello of the SRP link is an event, srp.hello, or no\n"
     "                   longer (off, since they are many); prints nothing\n",
     cmd_events},
    {"timeline", "[DIR] [--since S] [--follow] [-n NAME]",
     "the two chassis side by side: who changed when, and what was said between them",
     "A sequence chart: lab seconds since the first event in the margin, a column for each\n"
     "instance, its events beside its line. Arrows are hellos, with their number and the number\n"
     "they echo: they are told once \"vpclab events\" has switched them on. One that ends in x "
     "was\n"
     "not received within half a second. \"silent 3.0 of 5.0 s\" is the dead interval running\n"
     "down. Notifications, images and what another event tells as well are left out: \"vpclab\n"
     "events\" has all. DIR is the run directory of a lab that ended with its logs kept. Needs 80\n"
     "columns and uses up to 240.\n\n"
     "  --since S     of the last S seconds, or from a time on: 2026-11-21T04:49:30Z\n"
     "  --follow      go on as events come, until Ctrl-C\n",
     cmd_timeline},
    {"record", "FILE [DIR] [--since S] [--topology FILE] [-n NAME]",
     "write what the lab lived through as a scenario of the simulator",
     "FILE gets what both chassis are by their files, what was done to them and when (kills and\n"
     "starts, faults, connections reset, switchovers, monitors that went down), and the states "
     "they\n"
     "went through; \"-\" is stdout. \"scripts/sim --scenario FILE\" plays it and compares. What "
     "the\n"
     "simulator does not know is noted as a step that does nothing. DIR is the run directory of a\n"
     "lab that ended with its logs kept. docs/scenario.md has the form.\n\n"
     "  --since S         of the last S seconds, or from a time on: 2026-11-21T04:49:30Z; both\n"
     "                    chassis must be at rest then\n"
     "  --topology FILE   the topology the lab of DIR was started from\n",
     cmd_record},
    {"time", "[show | pause | run | step [S] | scale N] [--json] [-n NAME]",
     "the lab's clock: how it goes; stop it, let it go on, faster or slower",
     "All of the lab's timers follow it: hellos, dead intervals, checkpoints. Consoles answer and\n"
     "configurations are applied also while it stands still; GTP clients and their packets live\n"
     "in real time. No change is a reason for a switchover, and each is an event, lab.time.\n\n"
     "  show       lab time, and whether it runs; as without a word\n"
     "  pause      the clock stands still; processes and connections stay\n"
     "  run        it runs again, at the scale before\n"
     "  step S     it runs for S lab seconds (1) and stands still again; returns then\n"
     "  scale N    N lab seconds pass in a real one: 0.01 to 1000. A lab that stands still\n"
     "             gets that scale when it runs. Without it: time-scale of the topology. What\n"
     "             the machine is late by counts, too: 3 s of silence are 30 ms at 100\n"
     "  --json     for scripts\n",
     cmd_time},
    {"exercise",
     "{ list | start N [FILE] | hint | check | answer [CAUSE PLACE] | end } [-n NAME]\n"
     "                     [--json]",
     "something is broken, and you find out what: hidden faults, graded",
     "start breaks something in the lab that is up and says what a customer would say. Then it is\n"
     "yours to look, to find the cause and the place, and to mend it, with any command. While an\n"
     "exercise runs, events, timeline, wait, status and fault list withhold what would tell its "
     "fault,\n"
     "record waits for its end, and fault check and fault clear, the repair of what no console "
     "can\n"
     "mend, need the right answer first.\n\n"
     "  list                 the exercises\n"
     "  start N [FILE]       exercise N; FILE: a topology whose lab is started if it does not "
     "run,\n"
     "                       such as topologies/classroom.json. Others need \"fault-hooks\": true\n"
     "  hint                 the next one of three, which lead to the commands that show it\n"
     "  check                is the customer content again? Exit status 0, or 1\n"
     "  answer CAUSE PLACE   what you think it is; without words it lists the causes\n"
     "  end                  what it was, your points and your time; what you left broken is\n"
     "                       mended\n\n"
     "Points, of 100: 30 for the cause, 30 for the place, 40 for mending it yourself; less 10 for\n"
     "each hint and 5 for each wrong answer.\n\n"
     "  --json               for scripts\n",
     cmd_exercise},
    {"watch", "[NAME] [--for S] [--bundle DIR] [--sent FILE] [--once] [--json]",
     "check the promises of a running pair, until one is broken",
     "Reads what the processes tell, asks what status asks, and disturbs nobody; hellos are told\n"
     "while it watches. At the first broken promise it writes all there is to know into a\n"
     "directory and ends with exit status 1; else it ends with 0, by Ctrl-C, when its time is\n"
     "over, or with the lab. What is promised, and how it is judged: docs/watch.md.\n\n"
     "  --for S        for S seconds\n"
     "  --bundle DIR   that directory (vpclab-watch-LAB-TIME); it must not be there\n"
     "  --sent FILE    the progress file of the call generator that alone sends packets: no\n"
     "                 packet is counted that was not sent\n"
     "  --once         judge the event logs from their begin, and the lab as it is now\n"
     "  --json         in the end, what was judged how often, and what is broken\n",
     cmd_watch},
    {"fault",
     "{ add KIND TARGET [AMOUNT] [--for S] [--at S | --when EVENT[=NEW]] | list |\n"
     "                     clear [ID...] | kinds | check } [--json] [-n NAME]",
     "break something, for a while: kill, pause, starve a VM, cut or delay a link",
     "A fault is a lease: it has a number, which add prints, and an end, at which all is as it "
     "was,\n"
     "whatever has become of who asked for it, and of the lab's host. It needs \"fault-hooks\": "
     "true\n"
     "in the topology. \"vpclab fault kinds\" has the kinds with their targets and amounts. Each "
     "is\n"
     "told by fault.on and fault.off in the event logs, and in vpclab status.\n\n"
     "  add      returns once the fault is in force everywhere; when not within 2 s, it says who "
     "has\n"
     "           not told so, and exits with status 1. With --at or --when it returns at once\n"
     "  list     leases in force, and those that wait\n"
     "  clear    end these; all without a number, or with \"all\". Returns when they are gone\n"
     "  kinds    what can be broken, and the links by their names\n"
     "  check    is everything as in a lab that never had a fault? Prints what is not; status 1\n\n"
     "  --for S        how long it lasts, in lab seconds at the speed of the lab's clock when it "
     "is\n"
     "                 asked for (30); a day of the real clock at most. What ends it is the real\n"
     "                 clock: pausing the lab's does not prolong it\n"
     "  --at S         it begins in S seconds\n"
     "  --when EVENT   ... with the next such event, as for vpclab wait: event:srp.state=Active. "
     "It\n"
     "                 is given up if none comes within the seconds it would have lasted. What\n"
     "                 waits, so or --at, is given up with the lab's host, too\n"
     "  --amount N     the same as AMOUNT, also below 0\n"
     "  --json         for scripts\n",
     cmd_fault},
    {"image", "FILE --release R [--build N] [--description TEXT]",
     "make a software image, to be booted by a CF",
     "An image says which release a chassis is; the program is the same. FILE is written where a "
     "CF\n"
     "finds it: its /flash is RUNDIR/INSTANCE/cfN.flash, or DIR/cfN/flash when the topology gives\n"
     "the instance \"flash\": \"DIR\". Then: exec INSTANCE 'show version /flash/NAME', a boot "
     "system\n"
     "priority for it, filesystem synchronize all, reload.\n\n"
     "  --release R        two to four numbers, such as 21.28.2\n"
     "  --build N          image build number (1)\n"
     "  --description T    (Deployment_Build)\n",
     cmd_image},
    {"routes", "[--json] [-n NAME]", "the router's table: which chassis each prefix points to",
     "The star marks the best path: the one with the fewest AS numbers put in front (Prepend).\n"
     "Below: what the router offers each chassis, and BGP and BFD sessions that are down. A\n"
     "chassis does not accept routes with its own AS in their path.\n\n"
     "  --json        for scripts\n",
     cmd_routes},
    {"call", "[OPTIONS]", "open calls, send traffic through them, measure, delete them",
     "Acts as SGSN (GTPv1) or S-GW (GTPv2) on the GTP ports of a local address. Pings through\n"
     "every call while it lasts, then verifies that each call answers, then deletes all. A\n"
     "first SIGINT or SIGTERM ends the traffic, a second one everything. Exit status 0: all\n"
     "opened, all verified, none forgotten by the gateway.\n\n"
     "The outage of a class (volte, other: pings; control, new: requests) is the longest time\n"
     "from the first one sent after an answer to the next answer of the class, whichever call\n"
     "it is of; it is exact to the spacing of what is sent, so 200 a second of a class show\n"
     "5 ms. The gap of a call is the longest time between two answers of that one call.\n"
     "To measure a planned switchover, run this, and switch over meanwhile:\n"
     "  vpclab call --calls 1000 --pps 4000 --volte 50 --control-rate 200 --new-rate 50 --hold 30\n"
     "\n"
     "  --calls N            how many (1)\n"
     "  --rate R             new calls a second; 0, the default: as fast as answers come\n"
     "  --window N           most unanswered requests at a time (512)\n"
     "  --gtp 1|2            GTP version (1)\n"
     "  --apn NAME           access point name (internet)\n"
     "  --imsi START         the first IMSI; the next ones count up (001010000000001)\n"
     "  --to ADDR            gateway (default: the lab's service)\n"
     "  --local ADDR         own address (127.N.2.1 of a gateway in 127.N.0.0/16, else 127.0.2.1)\n"
     "  --ping ADDR          who answers the pings (198.18.0.1)\n"
     "  --pps N              pings a second over all calls (2 for each call); 0: none\n"
     "  --size N             octets of a ping, IP header included (84)\n"
     "  --volte PERCENT      of the calls: APN ims, QCI 5 or 1, GTPv1 conversational class (0);\n"
     "                       with --apn ims all are VoLTE\n"
     "  --dedicated          GTPv2: each VoLTE call asks for a dedicated bearer, QCI 1, and\n"
     "                       sends its pings through it\n"
     "  --control-rate R     updates of open calls a second while the calls are held, at most\n"
     "                       50000, each sent once (0); each changes the radio access (RAT)\n"
     "  --new-rate R         calls of extra subscribers, IMSIs after the last one, opened and\n"
     "                       deleted a second while the calls are held, each request sent once\n"
     "                       (0); what stays of them is deleted in the end\n"
     "  --hold S             seconds of traffic after the last call opened (0)\n"
     "  --until-signal       traffic until SIGINT or SIGTERM\n"
     "  --no-verify          do not verify\n"
     "  --no-delete          leave the calls open\n"
     "  --progress-file F    keep F up to date with the counters, as JSON\n"
     "  --json               results as JSON\n"
     "  -n NAME              lab whose service is called\n",
     cmd_call},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct command *
find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int
unknown(const char *name)
{
    const char *names[COMMANDS + 1];
    const char *near;

    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    names[COMMANDS] = "help";
    near = near_word(name, names, COMMANDS + 1);
    (void)fprintf(stderr, "vpclab: no command \"%s\"", name);
    if (near)
        (void)fprintf(stderr, "; did you mean %s?\n", near);
    else
        (void)fprintf(stderr, "; see vpclab help\n");
    return LAB_USAGE;
}

static void
print_commands(FILE *out)
{
    (void)fprintf(out, "usage: vpclab COMMAND ...\n"
                       "Two StarOS-style gateway instances on one computer, and what you do to "
                       "them.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].purpose);
    (void)fprintf(out, "  %-8s %s\n\n", "help", "all about one command: vpclab help COMMAND");
    (void)fprintf(out, "NAME is that of the lab in its topology; needed when several are up.\n"
                       "Exit status: 0 done, 1 failure, 2 not understood. Logs and events (*.log,\n"
                       "*.jsonl) are in $VPCLAB_RUN/NAME, or $XDG_RUNTIME_DIR/vpclab/NAME, or\n"
                       "/tmp/vpclab-UID/NAME.\n");
}

static int
help(const char *name)
{
    const struct command *command = name ? find(name) : NULL;

    if (name && strcmp(name, "--man") == 0) {
        manual_print(stdout, commands, COMMANDS);
        return LAB_OK;
    }
    if (!name || strcmp(name, "help") == 0) {
        print_commands(stdout);
        return LAB_OK;
    }
    if (!command)
        return unknown(name);
    (void)printf("usage: vpclab %s %s\n\n%c%s.\n\n%s", command->name, command->args,
                 toupper((unsigned char)command->purpose[0]), command->purpose + 1, command->help);
    return LAB_OK;
}

/* The programs we start stand in the root directory: a relative run directory would be
 * another one there. */
static void
make_rundir_absolute(void)
{
    const char *own = getenv("VPCLAB_RUN");
    char here[TOPO_PATH], path[TOPO_PATH * 2];

    if (!own || !own[0] || own[0] == '/' || !getcwd(here, sizeof here))
        return;
    (void)snprintf(path, sizeof path, "%s/%s", here, own);
    (void)setenv("VPCLAB_RUN", path, 1);
}

int
main(int argc, char **argv)
{
    const struct command *command;
    int status;

    if (argc < 2) {
        print_commands(stderr);
        return LAB_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("vpclab %s\n", VPCLAB_VERSION);
        return LAB_OK;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    command = find(argv[1]);
    if (!command)
        return unknown(argv[1]);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help(command->name);
    }
    make_rundir_absolute();
    lab_event_words(argc - 1, argv + 1);
    zsys_handler_set(NULL); /* an interrupt ends us as any other program */
    status = command->run(argc - 2, argv + 2);
    if (fflush(stdout) != 0 && status == LAB_OK) {
        perror("vpclab: stdout");
        status = LAB_FAILURE;
    }
    return status;
}
