#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop/clock.h"
#include "common/loop/fault_file.h"
#include "common/loop/log.h"
#include "lab/lab_time.h"
#include "lab/proc.h"
#include "lab/view_read.h"
#include "lab/watch/watch.h"

enum {
    NOTES_SHARE = 10, /* notes are read in at most so small a part of the time */
    AGAIN_MS = 500,
    OLD_S = 10, /* lab seconds after which a call that may have a copy has one */
};

/* ---- what the configurations say --------------------------------------------------------- */

/* The number behind those words of a line of the configuration; -1: it is another line. */
static int64_t
seconds_of(const char *line, const char *words)
{
    line += strspn(line, " ");
    if (strncmp(line, words, strlen(words)) != 0)
        return -1;
    return strtoll(line + strlen(words), NULL, 10) * US_PER_S;
}

struct intervals {
    int64_t hello_us, dead_us, duration_us[2];
    bool paired;
};

static void
read_line(struct intervals *in, const char *line)
{
    int64_t us;

    if ((us = seconds_of(line, "hello-interval ")) > 0)
        in->hello_us = us;
    else if ((us = seconds_of(line, "dead-interval ")) > 0)
        in->dead_us = us;
    else if ((us = seconds_of(line, "checkpoint session duration ims-session ")) >= 0)
        in->duration_us[1] = us;
    else if ((us = seconds_of(line, "checkpoint session duration non-ims-session ")) >= 0)
        in->duration_us[0] = us;
    else if (seconds_of(line, "peer-ip-address ") >= 0)
        in->paired = true;
}

/* Of one chassis, as it says itself; false when it does not answer. */
static bool
ask_intervals(const struct lab *lab, const struct view_instance *view, struct intervals *in)
{
    char endpoint[NODE_PATH];
    const json_t *line;
    json_t *answer;
    size_t i;

    if (!view->cf)
        return false;
    endpoint_mgmt(lab->rundir, view->name, view->cf, endpoint);
    answer = view_ask(endpoint, "show configuration srp", VIEW_TIMEOUT_MS);
    *in = (struct intervals){.paired = false};
    json_array_foreach(json_object_get(answer, "configuration"), i, line)
    {
        read_line(in, json_is_string(line) ? json_string_value(line) : "");
    }
    json_decref(answer);
    return answer != NULL;
}

static int64_t
more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When one of them does not answer, all is as it was. */
static void
read_configurations(struct watch_reader *reader, const struct view *view)
{
    struct intervals in[TOPO_INSTANCES];

    for (size_t i = 0; i < view->instance_n; i++) {
        if (!ask_intervals(reader->lab, &view->instances[i], &in[i]))
            return;
    }
    reader->changed = false;
    reader->paired = view->instance_n == 2 && in[0].paired && in[1].paired;
    if (!reader->paired)
        return;
    reader->hello_us = more(in[0].hello_us, in[1].hello_us);
    reader->dead_us = -more(-in[0].dead_us, -in[1].dead_us);
    for (size_t i = 0; i < 2; i++)
        reader->duration_us[i] = more(in[0].duration_us[i], in[1].duration_us[i]);
}

void
watch_reader_init(struct watch_reader *reader, const struct lab *lab, const char *sent_file)
{
    *reader = (struct watch_reader){.lab = lab, .sent_file = sent_file, .changed = true};
}

void
watch_reader_fini(struct watch_reader *reader)
{
    free(reader->calls);
    free(reader->index);
    reader->calls = NULL;
    reader->index = NULL;
}

/* ---- processes --------------------------------------------------------------------------- */

/* Is it stopped by a signal, or gone? */
static bool
is_stopped(int pid)
{
    char state;
    long nice;

    return !proc_stat(pid, &state, &nice) || state == 'T' || state == 't' || state == 'Z';
}

static void
look_at_processes(const struct view_instance *view, struct promise_seen *seen)
{
    seen->all_run = true;
    for (size_t slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct view_card *card = &view->cards[slot];

        if (card->type == CARD_EMPTY)
            continue;
        seen->pids = seen->pids * 31 + (uint64_t)card->pid;
        seen->all_run = seen->all_run && card->pid && !is_stopped(card->pid);
    }
}

static void
look_at_counters(const struct lab *lab, const struct view_instance *view, struct promise_seen *seen)
{
    char endpoint[NODE_PATH];
    json_t *answer;

    if (!view->cf)
        return;
    endpoint_mgmt(lab->rundir, view->name, view->cf, endpoint);
    answer = view_ask(endpoint, "show subscribers summary", VIEW_TIMEOUT_MS);
    seen->counted = json_is_integer(json_object_get(answer, "up_packets"));
    seen->up = (uint64_t)json_integer_value(json_object_get(answer, "up_packets"));
    seen->down = (uint64_t)json_integer_value(json_object_get(answer, "down_packets"));
    json_decref(answer);
}

/* ---- what is wrong by order --------------------------------------------------------------- */

/* A session that is down though its chassis is connected is so by order; without a connection it is the
 * chassis' own matter. */
static bool
world_is_whole(const struct lab *lab)
{
    char endpoint[NODE_PATH];
    const json_t *session;
    json_t *answer;
    bool whole;
    size_t i;

    endpoint_world_mgmt(lab->rundir, endpoint);
    answer = view_ask(endpoint, "show neighbors", VIEW_TIMEOUT_MS);
    whole = json_is_true(json_object_get(answer, "chassis_bfd_up"));
    json_array_foreach(json_object_get(answer, "sessions"), i, session)
    {
        whole = whole && (!json_is_true(json_object_get(session, "connected")) ||
                          (json_is_true(json_object_get(session, "bgp_up")) &&
                           json_is_true(json_object_get(session, "bfd_up"))));
    }
    json_decref(answer);
    return whole;
}

static bool
is_faulted(const struct lab *lab)
{
    static struct faults faults;
    char err[256];

    faults.n = 0;
    if (faults_read(&faults, lab->rundir, &lab->topo, err, sizeof err) != 0)
        return true;
    for (size_t i = 0; i < faults.n; i++) {
        if (fault_in_force(&faults.list[i], clock_real_us()))
            return true;
    }
    return !world_is_whole(lab);
}

/* ---- calls --------------------------------------------------------------------------------- */

static void *
grown(void *block, size_t size)
{
    void *more = realloc(block, size);

    if (!more)
        log_fatal("watch: out of memory");
    return more;
}

/* How much there can be. */
static void
make_room(struct watch_reader *reader)
{
    size_t most = 0, index;

    for (size_t i = 0; i < reader->explain.n; i++)
        most += reader->explain.sources[i].runs ? reader->explain.sources[i].notes->top : 0;
    if (most > reader->room) {
        reader->calls = grown(reader->calls, most * sizeof reader->calls[0]);
        reader->room = most;
    }
    index = promise_index_size(most);
    if (index > reader->index_room) {
        reader->index = grown(reader->index, index * sizeof reader->index[0]);
        reader->index_room = index;
    }
}

/* A call may wait for its first copy as long as the configuration says. */
static bool
is_settled(const struct watch_reader *reader, const struct note *note, int64_t lab_us)
{
    uint32_t now_ms = (uint32_t)(uint64_t)(lab_us / US_PER_MS);
    int64_t age_us = (int64_t)note_age_ms(note->since_ms, now_ms) * US_PER_MS;

    return note->held || age_us > reader->duration_us[note->ims] + OLD_S * US_PER_S;
}

/* What changes whenever a call comes or goes. */
static uint64_t
mixed(uint64_t sum, const struct note *note)
{
    return sum * 1099511628211u + note->teid * 31u + note->state;
}

static size_t
take_calls(struct watch_reader *reader, const struct explain_source *source, bool record, size_t n,
           int64_t lab_us)
{
    const struct notes *notes = source->notes;

    for (uint32_t slot = 1; slot <= notes->top && n < reader->room; slot++) {
        struct note note = notes->notes[slot]; /* it may be written meanwhile */

        reader->calls_sum = mixed(reader->calls_sum, &note);
        if (!note_is_there(&note) || (note.state == NOTE_RECORD) != record)
            continue;
        reader->calls[n++] = (struct promise_call){
            .imsi = note.imsi,
            .teid = note.teid,
            .call_id = note.call_id,
            .addr = note.addr,
            .vpn = note.vpn,
            .record = record,
            .settled = !record && is_settled(reader, &note, lab_us),
        };
    }
    return n;
}

static void
judge_calls(struct watch_reader *reader, const struct view *view, struct promise_sample *sample)
{
    const struct view_instance *active = view_in_state(view, "active");
    uint64_t before = reader->calls_sum;
    size_t n = 0;

    reader->calls_sum = 0;
    make_room(reader);
    for (size_t i = 0; i < reader->explain.n; i++) {
        const struct explain_source *source = &reader->explain.sources[i];
        bool own = &view->instances[source->instance] == active;

        if (source->runs)
            n = take_calls(reader, source, !own, n, sample->lab_us);
    }
    sample->calls.at_rest = before == reader->calls_sum;
    promise_calls_judge(&sample->calls, reader->calls, n, reader->index, promise_index_size(n));
    sample->calls_read = true;
}

/* Only of a pair with one Active: two Actives may both serve one call for a moment, and which
 * of them it stays with is decided later. */
static void
read_calls(struct watch_reader *reader, const struct view *view, struct promise_sample *sample)
{
    int64_t began = lab_now_ms();

    if (!view_in_state(view, "active") || began < reader->calls_due_ms)
        return;
    explain_open(&reader->explain, reader->lab);
    judge_calls(reader, view, sample);
    explain_close(&reader->explain);
    reader->calls_due_ms = began + NOTES_SHARE * (lab_now_ms() - began);
}

/* ---- a sample -------------------------------------------------------------------------------- */

static void
read_sent(const struct watch_reader *reader, struct promise_sample *sample)
{
    json_t *told = reader->sent_file ? json_load_file(reader->sent_file, 0, NULL) : NULL;
    const json_t *sent = json_object_get(told, "sent");

    sample->told = json_is_integer(sent) && json_integer_value(sent) >= 0;
    sample->sent = sample->told ? (uint64_t)json_integer_value(sent) : 0;
    json_decref(told);
}

void
watch_read(struct watch_reader *reader, struct view *view, struct promise_sample *sample)
{
    const struct lab *lab = reader->lab;
    struct labtime course;
    int64_t now = clock_real_us();

    memset(sample, 0, sizeof *sample);
    (void)lab_time_read(lab, &course); /* it has said why not; then it is as if untouched */
    reader->scale = (double)labtime_in_force(&course, now)->scale / LABTIME_ONE;
    read_sent(reader, sample);
    view_read(view, lab, VIEW_TIMEOUT_MS);
    sample->view = view;
    if (reader->changed)
        read_configurations(reader, view);
    for (size_t i = 0; i < view->instance_n; i++) {
        look_at_processes(&view->instances[i], &sample->seen[i]);
        look_at_counters(lab, &view->instances[i], &sample->seen[i]);
    }
    sample->lab_us = labtime_lab_of(&course, clock_real_us());
    sample->faulted = is_faulted(lab);
    sample->paired = reader->paired;
    sample->duration_us = reader->duration_us[0] > reader->duration_us[1] ? reader->duration_us[0]
                                                                          : reader->duration_us[1];
    read_calls(reader, view, sample);
}

/* ---- takeovers --------------------------------------------------------------------------------- */

static void
count_nothing(void *ctx, const struct note *note, enum fate fate)
{
    (void)ctx;
    (void)note;
    (void)fate;
}

/* By the notes. */
static struct promise_ledger
by_notes(const struct explain_ledger *sums)
{
    struct promise_ledger ledger = {
        .known = true, .before = sums->before, .recovered = sums->recovered, .lost = sums->lost};

    for (size_t fate = 0; fate < FATES; fate++)
        ledger.causes += fate_is_loss((enum fate)fate) ? sums->by_fate[fate] : 0;
    ledger.acknowledged = sums->by_fate[FATE_BROKEN];
    return ledger;
}

static uint64_t
number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* By the chassis itself. */
static struct promise_ledger
by_chassis(const struct lab *lab, const struct view_instance *view)
{
    struct promise_ledger ledger = {0};
    const json_t *all, *last, *cause;
    char endpoint[NODE_PATH];
    const char *word;
    json_t *answer;

    endpoint_mgmt(lab->rundir, view->name, view->cf, endpoint);
    answer = view_ask(endpoint, "show srp call-loss statistics", VIEW_TIMEOUT_MS);
    all = json_object_get(answer, "switchovers");
    last = json_array_size(all) ? json_array_get(all, json_array_size(all) - 1) : NULL;
    ledger.known = last != NULL;
    ledger.before = number_of(last, "before");
    ledger.recovered = number_of(last, "recovered");
    ledger.lost = number_of(last, "lost");
    json_object_foreach(json_object_get(last, "lost_by_cause"), word, cause)
    {
        ledger.causes += (uint64_t)json_integer_value(cause);
    }
    json_decref(answer);
    return ledger;
}

/* A session manager that starts anew puts its predecessor's notes aside: who looks in that moment
 * finds older ones. So what would be a breach is read once more. */
static struct explain_ledger
read_ledger(struct watch_reader *reader, uint8_t instance)
{
    struct explain_ledger sums;

    for (int i = 0; i < 2; i++) {
        explain_open(&reader->explain, reader->lab);
        sums = explain_ledger(&reader->explain, instance, count_nothing, NULL);
        explain_close(&reader->explain);
        if (!sums.by_fate[FATE_BROKEN])
            break;
        lab_sleep_ms(AGAIN_MS);
    }
    return sums;
}

bool
watch_takeover(struct watch_reader *reader, uint8_t instance, const struct view *view, bool fresh,
               struct promise_takeover *takeover)
{
    struct explain_ledger sums = read_ledger(reader, instance);
    bool told;

    told = sums.epoch == 0 || sums.epoch == reader->told[instance];
    reader->told[instance] = sums.epoch;
    if (told || !fresh)
        return false;
    *takeover = (struct promise_takeover){
        .instance = instance,
        .notes = by_notes(&sums),
        .chassis = by_chassis(reader->lab, &view->instances[instance]),
    };
    return true;
}
