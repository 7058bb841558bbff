#include <stdio.h>
#include <string.h>

#include "common/gtp/gtp.h"
#include "lab/explain/explain_show.h"
#include "lab/json_out.h"
#include "lab/lab.h"
#include "lab/opts.h"

enum { LISTED = 20 };

static int
one_subscriber(const struct explain *explain, uint8_t instance, const char *imsi, bool json)
{
    static struct explain_call calls[EXPLAIN_CALLS];
    size_t n = explain_calls(explain, instance, gtp_imsi_from_digits(imsi), calls);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        if (json)
            (void)json_array_append_new(array, explain_call_json(explain, &calls[i]));
        else
            explain_print_call(explain, &calls[i]);
    }
    if (json)
        return json_out(json_pack("{s:s, s:o}", "imsi", imsi, "calls", array));
    json_decref(array);
    if (n > 0)
        return LAB_OK;
    (void)fprintf(stderr, "vpclab: no session manager has a note of a call of %s\n", imsi);
    return LAB_FAILURE;
}

struct listing {
    json_t *json; /* NULL: text */
    uint64_t n, most;
};

static void
list_loss(void *ctx, const struct note *note, enum fate fate)
{
    struct listing *listing = ctx;

    if (listing->json)
        (void)json_array_append_new(listing->json, explain_loss_json(note, fate));
    else if (listing->n < listing->most)
        explain_print_loss(note, fate);
    listing->n++;
}

static void
count_only(void *ctx, const struct note *note, enum fate fate)
{
    (void)ctx;
    (void)note;
    (void)fate;
}

static int
ledger_json(const struct explain *explain, uint8_t instance)
{
    struct listing taken = {.json = json_array()}, served = {.json = json_array()};
    struct explain_ledger sums = explain_ledger(explain, instance, list_loss, &taken);
    struct explain_service service = explain_service(explain, instance, list_loss, &served);
    struct explain_yield yield = explain_yield(explain, instance);
    json_t *told = explain_ledger_json(explain, &sums, taken.json);

    explain_service_json(told, &service, served.json);
    explain_yield_json(told, explain, &yield);
    return json_out(told);
}

static void
print_rest(const struct listing *listing)
{
    if (listing->n > listing->most)
        (void)printf("  and %llu more: --all\n", (unsigned long long)(listing->n - listing->most));
}

static int
ledger_text(const struct explain *explain, uint8_t instance, bool all)
{
    struct listing taken = {.most = all ? UINT64_MAX : LISTED}, served = taken;
    struct explain_ledger sums = explain_ledger(explain, instance, count_only, NULL);
    struct explain_service service = explain_service(explain, instance, count_only, NULL);
    struct explain_yield yield = explain_yield(explain, instance);

    if (yield.known)
        explain_print_yield(explain, instance, &yield);
    else
        explain_print_ledger(explain, instance, &sums);
    (void)explain_ledger(explain, instance, list_loss, &taken);
    print_rest(&taken);
    explain_print_service(explain, instance, &service);
    (void)explain_service(explain, instance, list_loss, &served);
    print_rest(&served);
    return LAB_OK;
}

static bool
is_imsi(const char *text)
{
    size_t len = strlen(text);

    return len >= 6 && len <= 15 && strspn(text, "0123456789") == len;
}

int
cmd_explain(int argc, char **argv)
{
    static struct lab lab;
    static struct explain explain;
    bool json = false, all = false;
    const char *name = NULL;
    const struct opt opts[] = {
        {"all", OPT_FLAG, &all, 0, 0},
        {"json", OPT_FLAG, &json, 0, 0},
        {"n", OPT_TEXT, &name, 0, 0},
    };
    int status, instance;

    if (!opts_parse("explain", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 1 && argc != 2) {
        (void)fprintf(stderr, "usage: vpclab explain INSTANCE [IMSI] [--all] [--json] [-n NAME], "
                              "such as: vpclab explain east 001010000000001\n");
        return LAB_USAGE;
    }
    if (argc == 2 && !is_imsi(argv[1])) {
        (void)fprintf(stderr, "vpclab explain: %s: expected an IMSI of 6 to 15 digits\n", argv[1]);
        return LAB_USAGE;
    }
    status = lab_open(&lab, name);
    if (status != LAB_OK)
        return status;
    instance = lab_instance(&lab, argv[0]);
    if (instance < 0)
        return LAB_USAGE;
    explain_open(&explain, &lab);
    if (argc == 2)
        status = one_subscriber(&explain, (uint8_t)instance, argv[1], json);
    else if (json)
        status = ledger_json(&explain, (uint8_t)instance);
    else
        status = ledger_text(&explain, (uint8_t)instance, all);
    explain_close(&explain);
    return status;
}
