/* The ledger of a takeover, and what was lost in service, in text and JSON. */
#include <stdio.h>

#include "lab/explain/explain_show.h"

static const char *
name_of(const struct explain *explain, uint8_t instance)
{
    return explain->lab->topo.instances[instance].name;
}

/* ---- a takeover ---------------------------------------------------------------------------- */

static void
print_sums(const struct explain *explain, const char *name, const struct explain_ledger *ledger)
{
    if (ledger->went_on)
        (void)printf("%s went on in epoch %llu when %s, which had taken over in epoch %llu, %s: "
                     "%llu calls before, %llu kept, %llu lost\n",
                     name, (unsigned long long)ledger->epoch, name_of(explain, ledger->rival),
                     (unsigned long long)ledger->rival_epoch,
                     ledger->rival_yielded ? "gave way" : "ended",
                     (unsigned long long)ledger->before, (unsigned long long)ledger->recovered,
                     (unsigned long long)ledger->lost);
    else
        (void)printf("%s took over in epoch %llu: %llu calls before, %llu recovered, %llu lost\n",
                     name, (unsigned long long)ledger->epoch, (unsigned long long)ledger->before,
                     (unsigned long long)ledger->recovered, (unsigned long long)ledger->lost);
}

void
explain_print_ledger(const struct explain *explain, uint8_t instance,
                     const struct explain_ledger *ledger)
{
    if (ledger->epoch == 0) {
        (void)printf("%s has not taken over from a session manager whose notes are there\n",
                     name_of(explain, instance));
        return;
    }
    print_sums(explain, name_of(explain, instance), ledger);
    for (unsigned fate = 0; fate < FATES; fate++) {
        if (fate_is_loss((enum fate)fate) && ledger->by_fate[fate])
            (void)printf("  %8llu %s\n", (unsigned long long)ledger->by_fate[fate],
                         fate_text((enum fate)fate));
    }
}

static const char *
how(const struct explain_ledger *ledger)
{
    if (ledger->epoch == 0)
        return "none";
    return ledger->went_on ? "went-on" : "took-over";
}

static json_t *
rival_json(const struct explain *explain, const struct explain_ledger *ledger)
{
    if (!ledger->went_on)
        return json_null();
    return json_pack("{s:s, s:I, s:b}", "instance", name_of(explain, ledger->rival), "epoch",
                     (json_int_t)ledger->rival_epoch, "gave_way", ledger->rival_yielded);
}

json_t *
explain_ledger_json(const struct explain *explain, const struct explain_ledger *ledger,
                    json_t *losses)
{
    json_t *causes = json_object();

    for (unsigned fate = 0; fate < FATES; fate++) {
        if (fate_is_loss((enum fate)fate) && ledger->by_fate[fate])
            (void)json_object_set_new(causes, fate_word((enum fate)fate),
                                      json_integer((json_int_t)ledger->by_fate[fate]));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o}", "epoch",
                     (json_int_t)ledger->epoch, "before", (json_int_t)ledger->before, "recovered",
                     (json_int_t)ledger->recovered, "lost", (json_int_t)ledger->lost, "forgotten",
                     (json_int_t)ledger->by_fate[FATE_FORGOTTEN], "lost_by_cause", causes, "losses",
                     losses, "how", how(ledger), "rival", rival_json(explain, ledger));
}

/* ---- in service ---------------------------------------------------------------------------- */

static void
print_failed(const char *name, const struct explain_failed *failed)
{
    (void)printf("  %8llu of %s/sf%u, session manager %u, which failed in epoch %llu%s: %s\n",
                 (unsigned long long)failed->lost, name, failed->slot, failed->sessmgr,
                 (unsigned long long)failed->epoch, failed->replaced ? " and was started anew" : "",
                 fate_text(FATE_CARD));
    if (failed->records)
        (void)printf("           of these %llu are still call recovery records of the other "
                     "chassis\n",
                     (unsigned long long)failed->records);
}

void
explain_print_service(const struct explain *explain, uint8_t instance,
                      const struct explain_service *service)
{
    const char *name = name_of(explain, instance);

    if (!service->serves) {
        (void)printf("%s does not serve: no call can be lost with a session manager of it\n", name);
        return;
    }
    if (service->lost == 0) {
        (void)printf("no call was lost with a session manager of %s while it served\n", name);
        return;
    }
    (void)printf("%llu calls were lost with session managers of %s while it served\n",
                 (unsigned long long)service->lost, name);
    for (size_t i = 0; i < service->n; i++) {
        if (service->failed[i].lost)
            print_failed(name, &service->failed[i]);
    }
}

static json_t *
failed_json(const struct explain_failed *failed)
{
    json_t *causes = json_object();

    if (failed->lost)
        (void)json_object_set_new(causes, fate_word(FATE_CARD),
                                  json_integer((json_int_t)failed->lost));
    return json_pack("{s:i, s:i, s:I, s:b, s:I, s:I, s:o}", "slot", (int)failed->slot, "sessmgr",
                     (int)failed->sessmgr, "epoch", (json_int_t)failed->epoch, "replaced",
                     failed->replaced, "lost", (json_int_t)failed->lost, "records",
                     (json_int_t)failed->records, "lost_by_cause", causes);
}

void
explain_service_json(json_t *ledger, const struct explain_service *service, json_t *losses)
{
    json_t *failed = json_array();

    for (size_t i = 0; i < service->n; i++)
        (void)json_array_append_new(failed, failed_json(&service->failed[i]));
    (void)json_object_set_new(ledger, "in_service",
                              json_pack("{s:b, s:I, s:I, s:o, s:o}", "serves", service->serves,
                                        "lost", (json_int_t)service->lost, "records",
                                        (json_int_t)service->records, "failed", failed, "losses",
                                        losses));
}

/* ---- a chassis that gave way --------------------------------------------------------------- */

void
explain_print_yield(const struct explain *explain, uint8_t instance,
                    const struct explain_yield *yield)
{
    if (!yield->known)
        return;
    (void)printf("%s took over in epoch %llu and gave way in epoch %llu to %s, which had never "
                 "stopped: %llu calls it had opened meanwhile were dropped\n",
                 name_of(explain, instance), (unsigned long long)yield->took_over,
                 (unsigned long long)yield->epoch, name_of(explain, yield->to),
                 (unsigned long long)yield->dropped);
}

void
explain_yield_json(json_t *ledger, const struct explain *explain, const struct explain_yield *yield)
{
    json_t *told = json_null();

    if (yield->known)
        told = json_pack("{s:s, s:I, s:I, s:I}", "to", name_of(explain, yield->to), "took_over",
                         (json_int_t)yield->took_over, "epoch", (json_int_t)yield->epoch, "dropped",
                         (json_int_t)yield->dropped);
    (void)json_object_set_new(ledger, "gave_way", told);
}
