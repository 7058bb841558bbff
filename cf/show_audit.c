#include "cf/show_audit.h"

#include "cf/show.h"
#include "common/loop/clock.h"

enum { TEXT = 32 };

/* ---- show srp audit-statistics ------------------------------------------------------------ */

static void
print_entry(const struct audit_entry *entry, FILE *out)
{
    const struct audit_counts *c = &entry->counts;
    char started[TEXT], why[128];

    show_date(entry->wall_us, started);
    (void)fprintf(out, "%-17s  %-24s  %-11s  %6u  %7u  %5u  %5u  %6u\n",
                  audit_type_name(entry->type), started, audit_state_name(entry->state), c->calls,
                  c->missing, c->stale, c->extra, c->synced);
    audits_why(entry, why, sizeof why);
    if (*why)
        (void)fprintf(out, "  %s\n", why);
}

void
show_audits(const struct cf *cf, FILE *out)
{
    unsigned n = audit_entries(&cf->audit);

    if (n == 0) {
        (void)fprintf(out, "No audit is on record\n");
        return;
    }
    (void)fprintf(out, "Audit Type         Started                   Result        Calls  Missing  "
                       "Stale  Extra  Synced\n"
                       "-----------------  ------------------------  -----------  ------  -------  "
                       "-----  -----  ------\n");
    for (unsigned i = 0; i < n; i++)
        print_entry(audit_entry(&cf->audit, i), out);
}

static json_t *
entry_json(const struct audit_entry *entry)
{
    const struct audit_counts *c = &entry->counts;
    char why[128];

    audits_why(entry, why, sizeof why);
    return json_pack("{s:s, s:f, s:f, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I}", "type",
                     audit_type_name(entry->type), "started", (double)entry->wall_us / 1e6,
                     "took_seconds", (double)entry->took_us / 1e6, "result",
                     audit_state_name(entry->state), "cause", why, "sessmgrs", (int)entry->asked,
                     "sessmgrs_done", (int)entry->done, "calls", (json_int_t)c->calls, "missing",
                     (json_int_t)c->missing, "stale", (json_int_t)c->stale, "extra",
                     (json_int_t)c->extra, "synced", (json_int_t)c->synced);
}

json_t *
show_audits_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < audit_entries(&cf->audit); i++)
        (void)json_array_append_new(array, entry_json(audit_entry(&cf->audit, i)));
    return json_pack("{s:o}", "audits", array);
}

/* ---- show srp info ------------------------------------------------------------------------ */

/* To the nearest second: two clocks that are read one after the other give no more. */
static int64_t
whole_s(int64_t us)
{
    return (us + US_PER_S / 2) / US_PER_S * US_PER_S;
}

/* When it is planned for, by the wall clock; 0: it is not, or not before a paused lab runs again. */
static int64_t
planned_us(const struct cf *cf, enum audit_type type)
{
    const struct audit_instant *next = &cf->audit.plan.next[type];
    int64_t real_us = clock_real_of(next->at);

    if (!next->planned)
        return 0;
    if (next->by_wall)
        return next->wall_us;
    if (real_us == LABTIME_NEVER)
        return 0;
    return whole_s(clock_wall_us() + real_us - clock_real_us());
}

/* "-" where there is none. */
static void
print_date(FILE *out, const char *label, int64_t wall_us)
{
    char text[TEXT] = "-";

    if (wall_us)
        show_date(wall_us, text);
    (void)fprintf(out, "%s%-25s\n", label, text);
}

void
show_audit_rows(const struct cf *cf, FILE *out)
{
    const struct audit *audit = &cf->audit;

    (void)fprintf(out, "Next Peer Audit Scheduled:    \n");
    print_date(out, "   Periodicity Audit Scheduled      : ", planned_us(cf, AUDIT_PERIODICITY));
    print_date(out, "   Daily-Start-time Audit Scheduled : ", planned_us(cf, AUDIT_DAILY));
    print_date(out, "   Cron-Job Audit Scheduled         : ", 0); /* there are no such jobs */
    (void)fprintf(out, "%-31s%-20s\n", "Peer Audit State:", audit_state_name(audit_state(audit)));
    (void)fprintf(out, "%-31s%-20s\n", "Last Peer Audit Type:", audit_type_name(audit->last.type));
    print_date(out, "Last Peer Audit Successful:    ", audit->successful_us);
}

json_t *
show_audit_json(const struct cf *cf)
{
    const struct audit *audit = &cf->audit;

    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "state", audit_state_name(audit_state(audit)),
                     "last_type", audit_type_name(audit->last.type), "last_successful",
                     show_date_json(audit->successful_us), "next_periodicity",
                     show_date_json(planned_us(cf, AUDIT_PERIODICITY)), "next_daily_start_time",
                     show_date_json(planned_us(cf, AUDIT_DAILY)));
}
