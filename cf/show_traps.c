#include "cf/show_traps.h"

#include <time.h>

static void
date_text(int64_t wall_us, const char *format, char out[32])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, format, &tm);
}

/* ---- show snmp trap history ---------------------------------------------------------------- */

void
show_trap_history(const struct traps *traps, FILE *out, bool verbose)
{
    for (uint32_t i = traps->history_n; i > 0; i--) {
        const struct trap *trap = traps_at(traps, i - 1);
        char date[32], text[TRAP_TEXT_MOST];

        date_text(trap->wall_us, "%a %b %d %H:%M:%S %Y", date);
        (void)fprintf(out, "%s Internal trap notification %u (%s)", date, trap_number(trap->id),
                      trap_name(trap->id));
        if (trap_text(trap, text, sizeof text) > 0)
            (void)fprintf(out, " %s", text);
        if (verbose)
            (void)fprintf(out, " [star%s]", trap_name(trap->id));
        (void)fputc('\n', out);
    }
}

json_t *
show_trap_history_json(const struct traps *traps)
{
    json_t *array = json_array();

    for (uint32_t i = traps->history_n; i > 0; i--) {
        const struct trap *trap = traps_at(traps, i - 1);
        char date[32], text[TRAP_TEXT_MOST];

        date_text(trap->wall_us, "%Y-%m-%dT%H:%M:%SZ", date);
        (void)trap_text(trap, text, sizeof text);
        json_array_append_new(array,
                              json_pack("{s:s, s:i, s:s, s:s+, s:s}", "time", date, "number",
                                        (int)trap_number(trap->id), "name", trap_name(trap->id),
                                        "mib_name", "star", trap_name(trap->id), "text", text));
    }
    return array;
}

/* ---- show snmp notifies ---------------------------------------------------------------------- */

static struct traps_count
totals(const struct traps *traps)
{
    struct traps_count sum = {0};

    for (size_t id = 0; id < TRAP_N; id++) {
        sum.generated += traps->counts[id].generated;
        sum.discarded += traps->counts[id].discarded;
    }
    return sum;
}

static bool
was_raised(const struct traps_count *count)
{
    return count->generated > 0 || count->discarded > 0;
}

static void
last_text(const struct traps_count *count, char out[32])
{
    if (count->generated > 0)
        date_text(count->last_wall_us, "%Y:%m:%d:%H:%M:%S", out);
    else
        (void)snprintf(out, 32, "Never");
}

void
show_snmp_notifies(const struct traps *traps, FILE *out)
{
    struct traps_count sum = totals(traps);
    char last[32];

    (void)fprintf(out, "SNMP Notification Statistics:\n");
    (void)fprintf(out, "  %-34s%llu\n",
                  "Total Notifications Generated:", (unsigned long long)sum.generated);
    (void)fprintf(out, "  %-34s%llu\n",
                  "Total Notifications Discarded:", (unsigned long long)sum.discarded);
    (void)fprintf(out, "  %-34s%u\n", "Notifications Waiting:", traps->queue_n);
    (void)fprintf(out, "  %-34s%u\n\n", "Alarms Standing:", traps->standing_n);
    (void)fprintf(out, "Trap Name                           #Gen  #Disc Disable Last Generated\n"
                       "------------------------------- -------- ------ ------- "
                       "-------------------\n");
    for (uint8_t id = 0; id < TRAP_N; id++) {
        const struct traps_count *count = &traps->counts[id];

        if (!was_raised(count))
            continue;
        last_text(count, last);
        (void)fprintf(out, "%-31s %8llu %6llu %-7s %s\n", trap_name(id),
                      (unsigned long long)count->generated, (unsigned long long)count->discarded,
                      "No", last);
    }
}

json_t *
show_snmp_notifies_json(const struct traps *traps)
{
    struct traps_count sum = totals(traps);
    json_t *kinds = json_array();

    for (uint8_t id = 0; id < TRAP_N; id++) {
        const struct traps_count *count = &traps->counts[id];
        char last[32];

        if (!was_raised(count))
            continue;
        last_text(count, last);
        json_array_append_new(
            kinds, json_pack("{s:s, s:i, s:I, s:I, s:s}", "name", trap_name(id), "number",
                             (int)trap_number(id), "generated", (json_int_t)count->generated,
                             "discarded", (json_int_t)count->discarded, "last_generated", last));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:o}", "generated", (json_int_t)sum.generated,
                     "discarded", (json_int_t)sum.discarded, "waiting", (json_int_t)traps->queue_n,
                     "standing", (json_int_t)traps->standing_n, "has_target",
                     (int)traps->has_target, "notifications", kinds);
}
