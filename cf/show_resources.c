#include <string.h>
#include <time.h>

#include "cf/show.h"
#include "cf/show_task.h"
#include "common/loop/clock.h"

/* show resources, show crash list */

/* ---- show resources ------------------------------------------------------------------------ */

static void
date_text(int64_t wall_us, const char *format, char out[64])
{
    time_t s = (time_t)(wall_us / US_PER_S);
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 64, format, &tm);
}

static bool
is_within(const struct resource *r)
{
    return r->in_use < r->limit || r->in_use == 0;
}

void
show_resource(const struct resource *r, FILE *out)
{
    char date[64] = "Never";

    if (r->peak.most > 0)
        date_text(r->peak.wall_us, "%A %B %d %H:%M:%S UTC %Y", date);
    (void)fprintf(out,
                  "%s:\n"
                  "    In Use              : %u\n"
                  "    Max Used            : %u ( %s )\n"
                  "    Limit               : %llu\n"
                  "    License Status      : %s\n",
                  r->name, r->in_use, r->peak.most, date, (unsigned long long)r->limit,
                  is_within(r) ? "Within Acceptable Limits" : "Limit Reached");
}

enum { RESOURCES = 3 };

uint64_t
show_room(const struct cf *cf)
{
    return (uint64_t)cf->node->topo.sessions * node_instance(cf->node)->sessmgr_n;
}

/* GGSN and P-GW share it. */
static void
resources(const struct cf *cf, struct resource out[RESOURCES])
{
    struct cards_totals t = cards_totals(&cf->cards);
    bool serves = cf->srp.state == CHASSIS_ACTIVE; /* a Standby has records, no sessions */
    uint64_t limit = show_room(cf);

    out[0] = (struct resource){.name = "PGW Service",
                               .in_use = serves ? t.sessions_v2 : 0,
                               .peak = cf->chronicle.pgw,
                               .limit = limit};
    out[1] = (struct resource){.name = "GGSN Service",
                               .in_use = serves ? t.sessions - t.sessions_v2 : 0,
                               .peak = cf->chronicle.ggsn,
                               .limit = limit};
    out[2] = (struct resource){.name = "SGW Service"};
}

void
show_resources(const struct cf *cf, FILE *out)
{
    struct resource all[RESOURCES];

    resources(cf, all);
    for (size_t i = 0; i < RESOURCES; i++)
        show_resource(&all[i], out);
}

json_t *
show_resources_json(const struct cf *cf)
{
    static const char *const keys[RESOURCES] = {"pgw_service", "ggsn_service", "sgw_service"};
    struct resource all[RESOURCES];
    json_t *object = json_object();

    resources(cf, all);
    for (size_t i = 0; i < RESOURCES; i++)
        (void)json_object_set_new(
            object, keys[i],
            json_pack("{s:I, s:I, s:o, s:I, s:b}", "in_use", (json_int_t)all[i].in_use, "max_used",
                      (json_int_t)all[i].peak.most, "max_used_at",
                      show_date_json(all[i].peak.wall_us), "limit", (json_int_t)all[i].limit,
                      "within_limits", (int)is_within(&all[i])));
    return object;
}

/* ---- show crash list ------------------------------------------------------------------------- */

static const char *
process_name(const struct crash *crash)
{
    return crash->type == CARD_DEMUX ? "demux" : "sf";
}

void
show_crashes(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, "=== ==================== ======== ========== =============== ==========\n"
                       "#           Time         Process  Card/CPU/        SW        HW_SER_NUM\n"
                       "                                     PID         VERSION               \n"
                       "=== ==================== ======== ========== =============== ==========\n");
    for (uint32_t i = 0; i < cf->chronicle.crash_n; i++) {
        const struct crash *crash = &cf->chronicle.crashes[i];
        char date[64];

        date_text(crash->wall_us, "%Y-%b-%d+%H:%M:%S", date);
        (void)fprintf(out, "%-3u %-20s %-8s %02u/0/%05u %-15s %s\n", i + 1, date,
                      process_name(crash), crash->slot, crash->pid, VPCLAB_VERSION, "NA");
    }
    (void)fprintf(out, "\nTotal Crashes : %u\n", cf->chronicle.crash_n);
}

json_t *
show_crashes_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < cf->chronicle.crash_n; i++) {
        const struct crash *crash = &cf->chronicle.crashes[i];

        (void)json_array_append_new(
            array, json_pack("{s:i, s:f, s:s, s:i, s:i, s:s}", "number", (int)(i + 1), "time",
                             (double)crash->wall_us / 1e6, "process", process_name(crash), "slot",
                             (int)crash->slot, "pid_low_bits", (int)crash->pid, "version",
                             VPCLAB_VERSION));
    }
    return json_pack("{s:I, s:o}", "total_crashes", (json_int_t)cf->chronicle.crash_n, "crashes",
                     array);
}
