#include "cf/show_alarm.h"

#include "cf/show.h"
#include "common/conf/conf_build.h"
#include "common/loop/clock.h"

/* ---- what a notification is as an alarm ------------------------------------------------------ */

/* How bad each kind is; ALARM_SEVERITIES: no alarm. */
static enum alarm_severity
severity_of(uint8_t id)
{
    switch (id) {
    case TRAP_CARD_DOWN:
    case TRAP_SRP_CONN_DOWN:
    case TRAP_AAA_UNREACHABLE:
    case TRAP_BGP_DOWN:
    case TRAP_BFD_DOWN:
    case TRAP_DIAMETER_DOWN:
        return ALARM_MAJOR;
    case TRAP_SPOF:
    case TRAP_CONFIG_OUT:
        return ALARM_MINOR;
    default:
        return ALARM_SEVERITIES;
    }
}

static const char *const letters[ALARM_SEVERITIES] = {"CR", "MJ", "MN"};
static const char *const words[ALARM_SEVERITIES] = {"critical", "major", "minor"};
static const char *const heads[ALARM_SEVERITIES] = {"Critical", "Major", "Minor"};

static const char *
card_text(const struct trap *trap)
{
    return trap->card_type == TRAP_CFC ? "Control Function Virtual Card"
                                       : "2-Port Service Function Virtual Card";
}

static void
card_alarm(const struct trap *trap, struct alarm *alarm)
{
    (void)snprintf(alarm->object, sizeof alarm->object, "Card %u", trap->slot);
    if (trap->id == TRAP_SPOF)
        (void)snprintf(alarm->event, sizeof alarm->event,
                       "The %s in slot %u is a single point of failure. Another card of the same "
                       "type is needed.",
                       card_text(trap), trap->slot);
    else
        (void)snprintf(alarm->event, sizeof alarm->event, "The %s in slot %u is down.",
                       card_text(trap), trap->slot);
}

static void
srp_alarm(const struct trap *trap, struct alarm *alarm)
{
    (void)snprintf(alarm->object, sizeof alarm->object, "SRP");
    (void)snprintf(alarm->event, sizeof alarm->event, "%s",
                   trap->id == TRAP_SRP_CONN_DOWN ? "The connection to the peer chassis is down."
                   : trap->id == TRAP_CONFIG_OUT
                       ? "The configuration differs from that of the peer chassis."
                       : "No authentication server is reachable.");
}

static void
peer_alarm(const struct trap *trap, struct alarm *alarm)
{
    const char *what = trap->id == TRAP_BGP_DOWN ? "BGP" : "BFD";

    (void)snprintf(alarm->object, sizeof alarm->object, "%s", what);
    (void)snprintf(alarm->event, sizeof alarm->event,
                   "The %s session with %s of context %s is down.", what,
                   conf_addr_text(trap->peer).text, trap->context);
}

static void
diameter_alarm(const struct trap *trap, struct alarm *alarm)
{
    (void)snprintf(alarm->object, sizeof alarm->object, "Diameter");
    (void)snprintf(
        alarm->event, sizeof alarm->event, "%s%s of Diameter endpoint %s of context %s is down.",
        trap->name[0] ? "Peer " : "Every peer", trap->name, trap->endpoint, trap->context);
}

bool
show_alarm_of(const struct trap *trap, struct alarm *alarm)
{
    *alarm = (struct alarm){.severity = severity_of(trap->id)};
    if (alarm->severity == ALARM_SEVERITIES)
        return false;
    if (trap->id == TRAP_CARD_DOWN || trap->id == TRAP_SPOF)
        card_alarm(trap, alarm);
    else if (trap->id == TRAP_BGP_DOWN || trap->id == TRAP_BFD_DOWN)
        peer_alarm(trap, alarm);
    else if (trap->id == TRAP_DIAMETER_DOWN)
        diameter_alarm(trap, alarm);
    else
        srp_alarm(trap, alarm);
    return true;
}

/* The i-th that stands, if it is to be shown: what another CF raised has no moment here. */
static bool
outstanding(const struct cf *cf, uint32_t i, struct alarm *alarm)
{
    const struct trap *trap = &cf->traps.standing[i];

    if (cf->alarms_cleared_us && trap->wall_us <= cf->alarms_cleared_us)
        return false;
    return show_alarm_of(trap, alarm);
}

/* ---- text ---------------------------------------------------------------------------------- */

void
show_alarm_head(FILE *out)
{
    (void)fprintf(out, "Outstanding Alarms:\n\n"
                       "Sev Object          Event\n"
                       "--- ----------      "
                       "------------------------------------------------------------\n");
}

void
show_alarm_row(const struct alarm *alarm, FILE *out)
{
    (void)fprintf(out, "%-3s %-15s %s\n", letters[alarm->severity], alarm->object, alarm->event);
}

void
show_alarms(const struct cf *cf, FILE *out)
{
    struct alarm alarm;

    show_alarm_head(out);
    for (uint32_t i = 0; i < cf->traps.standing_n; i++) {
        if (outstanding(cf, i, &alarm))
            show_alarm_row(&alarm, out);
    }
}

struct sums {
    uint64_t by[ALARM_SEVERITIES];
};

static uint64_t
total(const struct sums *sums)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ALARM_SEVERITIES; i++)
        sum += sums->by[i];
    return sum;
}

static struct sums
current(const struct cf *cf)
{
    struct sums sums = {0};
    struct alarm alarm;

    for (uint32_t i = 0; i < cf->traps.standing_n; i++) {
        if (outstanding(cf, i, &alarm))
            sums.by[alarm.severity]++;
    }
    return sums;
}

/* Since this CF was started; *last_us: when the last one came, 0: none did. */
static struct sums
cumulative(const struct cf *cf, int64_t *last_us)
{
    struct sums sums = {0};

    *last_us = 0;
    for (uint8_t id = 0; id < TRAP_N; id++) {
        const struct traps_count *count = &cf->traps.counts[id];

        if (severity_of(id) == ALARM_SEVERITIES || count->generated == 0)
            continue;
        sums.by[severity_of(id)] += count->generated;
        if (count->last_wall_us > *last_us)
            *last_us = count->last_wall_us;
    }
    return sums;
}

static void
print_sums(const char *head, const struct sums *sums, FILE *out)
{
    (void)fprintf(out, "  %s\n    %-10s%llu\n", head, "Total:", (unsigned long long)total(sums));
    for (size_t i = 0; i < ALARM_SEVERITIES; i++) {
        char label[16];

        (void)snprintf(label, sizeof label, "%s:", heads[i]);
        (void)fprintf(out, "    %-10s%llu\n", label, (unsigned long long)sums->by[i]);
    }
}

void
show_alarm_statistics(const struct cf *cf, FILE *out)
{
    int64_t last_us;
    struct sums now = current(cf), all = cumulative(cf, &last_us);
    char date[32] = "Never";

    if (last_us)
        show_date(last_us, date);
    (void)fprintf(out, "Alarm Statistics:\n");
    print_sums("Current Outstanding Alarms", &now, out);
    print_sums("Cumulative Totals", &all, out);
    (void)fprintf(out, "  Last Alarm Received: %s\n", date);
}

void
show_alarm_all(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, "Facility Alarm Information:\n"
                       "  Audible Alarm: none, there is no hardware\n"
                       "  CO Alarm: none, there is no hardware\n\n");
    show_alarm_statistics(cf, out);
    (void)fputc('\n', out);
    show_alarms(cf, out);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

json_t *
show_alarms_json(const struct cf *cf)
{
    json_t *array = json_array();
    struct alarm alarm;

    for (uint32_t i = 0; i < cf->traps.standing_n; i++) {
        if (outstanding(cf, i, &alarm))
            (void)json_array_append_new(
                array, json_pack("{s:s, s:s, s:s, s:s, s:o}", "severity", words[alarm.severity],
                                 "object", alarm.object, "event", alarm.event, "notification",
                                 trap_name(cf->traps.standing[i].id), "raised",
                                 show_date_json(cf->traps.standing[i].wall_us)));
    }
    return json_pack("{s:o}", "outstanding", array);
}

static json_t *
sums_json(const struct sums *sums)
{
    json_t *object = json_pack("{s:I}", "total", (json_int_t)total(sums));

    for (size_t i = 0; i < ALARM_SEVERITIES; i++)
        (void)json_object_set_new(object, words[i], json_integer((json_int_t)sums->by[i]));
    return object;
}

json_t *
show_alarm_statistics_json(const struct cf *cf)
{
    int64_t last_us;
    struct sums now = current(cf), all = cumulative(cf, &last_us);

    return json_pack("{s:o, s:o, s:o}", "current", sums_json(&now), "cumulative", sums_json(&all),
                     "last_received", show_date_json(last_us));
}

json_t *
show_alarm_all_json(const struct cf *cf)
{
    json_t *object = show_alarms_json(cf);

    (void)json_object_set_new(object, "statistics", show_alarm_statistics_json(cf));
    return object;
}

void
show_alarms_clear(struct cf *cf)
{
    cf->alarms_cleared_us = clock_wall_us();
}
