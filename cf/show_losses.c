#include <string.h>

#include "cf/show.h"

/* show srp call-loss statistics */

static void
set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value); /* fails only for want of memory */
}

static void
print_loss(const struct loss *loss, FILE *out)
{
    char date[32];

    show_date(loss->wall_us, date);
    (void)fprintf(out, "Switchover-%u started at %s took %.3f seconds to switchover\n",
                  loss->number, date, (double)loss->took_us / (double)US_PER_S);
    (void)fprintf(out, "  %-47s%s\n", "Reason:", srp_reason_name((enum srp_reason)loss->reason));
    (void)fprintf(out, "  %-47s%u\n", "Total number of calls before switchover:", loss->before);
    (void)fprintf(out, "  %-47s%u\n", "Total number of calls recovered:", loss->recovered);
    (void)fprintf(out, "  %-47s%u\n", "Total number of calls lost:", loss->lost);
    for (unsigned i = 0; i < LOSS_CAUSE_N; i++) {
        if (loss->by_cause[i] > 0)
            (void)fprintf(out, "    %s:%*s%u\n", loss_cause_text((enum loss_cause)i),
                          (int)(44 - strlen(loss_cause_text((enum loss_cause)i))), "",
                          loss->by_cause[i]);
    }
}

void
show_call_losses(const struct cf *cf, FILE *out)
{
    for (uint32_t i = 0; i < cf->losses.n; i++)
        print_loss(&cf->losses.kept[i], out);
    if (cf->losses.n == 0)
        (void)fprintf(out, "No switchover to this chassis is on record\n");
}

static json_t *
loss_json(const struct loss *loss)
{
    json_t *causes = json_object(), *texts = json_object();

    for (unsigned i = 0; i < LOSS_CAUSE_N; i++) {
        const char *key = loss_cause_key((enum loss_cause)i);

        if (loss->by_cause[i] == 0)
            continue;
        set(causes, key, json_integer(loss->by_cause[i]));
        set(texts, key, json_string(loss_cause_text((enum loss_cause)i)));
    }
    return json_pack("{s:i, s:f, s:f, s:s, s:I, s:I, s:I, s:o, s:o}", "number", (int)loss->number,
                     "started", (double)loss->wall_us / 1e6, "took_seconds",
                     (double)loss->took_us / 1e6, "reason",
                     srp_reason_name((enum srp_reason)loss->reason), "before",
                     (json_int_t)loss->before, "recovered", (json_int_t)loss->recovered, "lost",
                     (json_int_t)loss->lost, "lost_by_cause", causes, "cause_texts", texts);
}

json_t *
show_call_losses_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < cf->losses.n; i++)
        (void)json_array_append_new(array, loss_json(&cf->losses.kept[i]));
    return json_pack("{s:o}", "switchovers", array);
}
