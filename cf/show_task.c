#include "cf/show_task.h"

#include <unistd.h>

#include "cf/show_ckpt.h"

/* show task resources, show cpu table: what the processes say they use. */

/* ---- figures that fit their columns ----------------------------------------------------------- */

enum { FIGURE = 24 };

/* "12000", "131K", "4M": what does not fit is cut to a unit. */
static const char *
number_text(uint64_t n, unsigned width, char out[FIGURE])
{
    static const char *const units[] = {"", "K", "M", "G"};
    size_t unit = 0;

    (void)snprintf(out, FIGURE, "%llu", (unsigned long long)n);
    while (snprintf(NULL, 0, "%s", out) > (int)width && unit + 1 < sizeof units / sizeof *units) {
        n /= 1000;
        unit++;
        (void)snprintf(out, FIGURE, "%llu%s", (unsigned long long)n, units[unit]);
    }
    return out;
}

static const char *
memory_text(uint32_t kib, char out[FIGURE])
{
    bool giga = kib >= 1000u * 1024u;

    (void)snprintf(out, FIGURE, "%.1f%c", (double)kib / (giga ? 1024.0 * 1024.0 : 1024.0),
                   giga ? 'G' : 'M');
    return out;
}

/* "0.40%" */
static const char *
share_text(unsigned permille, char out[FIGURE])
{
    (void)snprintf(out, FIGURE,
                   permille < 100    ? "%.2f%%"
                   : permille < 1000 ? "%.1f%%"
                                     : "%.0f%%",
                   (double)permille / 10.0);
    return out;
}

/* ---- show task resources ------------------------------------------------------------------------ */

void
show_task_head(FILE *out)
{
    (void)fprintf(out, "                   task   cputime        memory     files      sessions\n"
                       " cpu facility      inst  used  allc   used  alloc used allc  used  allc S "
                       "status\n"
                       "----------------------- ----------- ------------- --------- ------------- "
                       "------\n");
}

static unsigned
share_of(const struct task_row *row)
{
    return row->of_thread ? row->usage->thread : row->usage->cpu[USAGE_NOW];
}

/* No process here has a limit of its own of memory: "-". */
static void
print_alive(const struct task_row *row, FILE *out)
{
    char cpu[FIGURE], memory[FIGURE], files[FIGURE], most[FIGURE], sessions[FIGURE] = "--",
                                                                   room[FIGURE] = "--";

    if (row->has_sessions) {
        (void)number_text(row->sessions, 5, sessions);
        (void)number_text(row->sessions_most, 5, room);
    }
    (void)fprintf(
        out, " %5s %5s %6s %6s %4s %4s %5s %5s %c %6s\n", share_text(share_of(row), cpu),
        row->of_thread ? "100%" : "-", memory_text(row->usage->memory_kib[USAGE_NOW], memory), "-",
        number_text(row->usage->files, 4, files), number_text(row->usage->files_most, 4, most),
        sessions, room, row->has_sessions ? 'I' : '-', "good");
}

void
show_task_row(const struct task_row *row, FILE *out)
{
    (void)fprintf(out, "%2u/0 %-13s%5u", row->slot, row->facility, row->instance);
    if (row->alive)
        print_alive(row, out);
    else
        (void)fprintf(out, " %5s %5s %6s %6s %4s %4s %5s %5s %c %6s\n", "-", "-", "-", "-", "-",
                      "-", "-", "-", '-', "down");
}

static struct task_row
sessmgr_row(const struct cf *cf, const struct card *card)
{
    return (struct task_row){
        .slot = show_sessmgr_slot(cf, card->sessmgr),
        .facility = "sessmgr",
        .instance = card->sessmgr,
        .usage = &card->status.usage,
        .alive = card->alive,
        .of_thread = true,
        .has_sessions = true,
        .sessions = cf->srp.state == CHASSIS_ACTIVE ? card->status.sessions : 0,
        .sessions_most = cf->node->topo.sessions,
    };
}

/* A card without session managers; that of this CF knows itself, of the other one it is not told. */
static bool
card_row(const struct cf *cf, uint8_t slot, struct task_row *row)
{
    const struct card *card = &cf->cards.slots[slot];
    bool here = slot == cf->node->slot;

    *row = (struct task_row){
        .slot = slot,
        .facility = card_type_name((enum card_type)card->type),
        .instance = slot,
        .usage = here ? &cf->usage.found : &card->status.usage,
        .alive = here || card->alive,
    };
    return card->type != CARD_EMPTY && card->sessmgr == 0 && (card->type != CARD_CF || here);
}

typedef void task_fn(const struct task_row *row, void *to);

/* Card by card, in the order of the slots; session managers alone if `sessmgr`. */
static void
each_task(const struct cf *cf, bool sessmgr, unsigned instance, task_fn *fn, void *to)
{
    struct task_row task;

    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (!sessmgr && card_row(cf, slot, &task))
            fn(&task, to);
        for (uint16_t row = slot; row; row = cf->cards.slots[row].next) {
            const struct card *card = &cf->cards.slots[row];

            if (card->sessmgr == 0 || (instance && instance != card->sessmgr))
                continue;
            task = sessmgr_row(cf, card);
            fn(&task, to);
        }
    }
}

static void
print_task(const struct task_row *row, void *to)
{
    show_task_row(row, to);
}

void
show_tasks(const struct cf *cf, bool sessmgr, unsigned instance, FILE *out)
{
    show_task_head(out);
    each_task(cf, sessmgr, instance, print_task, out);
}

static json_t *
task_json(const struct task_row *row)
{
    json_t *object =
        json_pack("{s:i, s:s, s:i, s:b}", "slot", (int)row->slot, "facility", row->facility,
                  "instance", (int)row->instance, "alive", (int)row->alive);

    if (!row->alive)
        return object;
    (void)json_object_update_new(
        object,
        json_pack("{s:i, s:I, s:I, s:I}", "cpu_permille", (int)share_of(row), "memory_kib",
                  (json_int_t)row->usage->memory_kib[USAGE_NOW], "files",
                  (json_int_t)row->usage->files, "files_most", (json_int_t)row->usage->files_most));
    if (row->has_sessions)
        (void)json_object_update_new(object,
                                     json_pack("{s:I, s:I}", "sessions", (json_int_t)row->sessions,
                                               "sessions_most", (json_int_t)row->sessions_most));
    return object;
}

static void
append_task(const struct task_row *row, void *to)
{
    (void)json_array_append_new(to, task_json(row));
}

json_t *
show_tasks_json(const struct cf *cf, bool sessmgr, unsigned instance)
{
    json_t *array = json_array();

    each_task(cf, sessmgr, instance, append_task, array);
    return json_pack("{s:o}", "tasks", array);
}

/* ---- show cpu table -------------------------------------------------------------------------------- */

/* Of a card: what its process told, by the mouth of one of its session managers; NULL: nothing. */
static const struct card_usage *
usage_of(const struct cf *cf, uint8_t slot)
{
    if (slot == cf->node->slot)
        return &cf->usage.found;
    for (uint16_t row = slot; row; row = cf->cards.slots[row].next) {
        if (cf->cards.slots[row].alive)
            return &cf->cards.slots[row].status.usage;
    }
    return NULL;
}

static const char *
cpu_state(const struct cf *cf, uint8_t slot)
{
    const struct card *card = &cf->cards.slots[slot];

    if (slot == cf->node->slot)
        return "Active"; /* only the active CF shows this */
    if (card->type == CARD_CF)
        return cf->sso.peer_alive ? "Standby" : "Offline";
    if (!cards_there(&cf->cards, slot))
        return "Offline";
    return card->spare ? "Standby" : "Active";
}

static uint64_t
computer_kib(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
}

static void
print_cpu(const struct cf *cf, uint8_t slot, FILE *out)
{
    const struct card_usage *usage = usage_of(cf, slot);
    char text[FIGURE];

    (void)fprintf(out, "%2u/0 %-7s", slot, cpu_state(cf, slot));
    for (size_t i = 0; i < USAGE_SPANS; i++)
        (void)fprintf(out, " %5s", "-");
    (void)fputc(' ', out);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        (void)fprintf(out, " %5s", usage ? share_text(usage->cpu[i], text) : "-");
    (void)fputc(' ', out);
    for (size_t i = 0; i < USAGE_SPANS; i++)
        (void)fprintf(out, " %6s", usage ? memory_text(usage->memory_kib[i], text) : "-");
    (void)fprintf(out, " %6s\n", memory_text((uint32_t)computer_kib(), text));
}

void
show_cpu_table(const struct cf *cf, FILE *out)
{
    (void)fprintf(out,
                  "              ------load------- ----cpu usage----- "
                  "-----------memory-----------\n"
                  " cpu state     now  5min 15min    now  5min 15min    now   5min  15min  total\n"
                  "---- ------- ----- ----- -----  ----- ----- -----  ------ ------ ------ "
                  "------\n");
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (cf->cards.slots[slot].type != CARD_EMPTY)
            print_cpu(cf, slot, out);
    }
    (void)fprintf(out, "Info: load is not known of a process; usage is of one processor; total is "
                       "the computer's, which all cards share\n");
}

static json_t *
cpu_json(const struct cf *cf, uint8_t slot)
{
    static const char *const spans[USAGE_SPANS] = {"now", "5_min", "15_min"};
    const struct card_usage *usage = usage_of(cf, slot);
    json_t *cpu = json_object(), *memory = json_object();

    for (size_t i = 0; i < USAGE_SPANS && usage; i++) {
        (void)json_object_set_new(cpu, spans[i], json_integer(usage->cpu[i]));
        (void)json_object_set_new(memory, spans[i], json_integer(usage->memory_kib[i]));
    }
    return json_pack("{s:i, s:s, s:b, s:o, s:o}", "slot", (int)slot, "state", cpu_state(cf, slot),
                     "known", (int)(usage != NULL), "cpu_permille", cpu, "memory_kib", memory);
}

json_t *
show_cpu_table_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (cf->cards.slots[slot].type != CARD_EMPTY)
            (void)json_array_append_new(array, cpu_json(cf, slot));
    }
    return json_pack("{s:I, s:o}", "computer_memory_kib", (json_int_t)computer_kib(), "cpus",
                     array);
}
