#include <strings.h>

#include "cf/show_ckpt.h"
#include "common/ckpt/ckpt_names.h"
#include "common/conf/conf_build.h"
#include "common/gtp/gtp.h"

/* show subscriber debug-info: a call as its session manager has it. */

#define LL(value) ((unsigned long long)(value))

static const char *
apn_of(const struct cf *cf, const struct call_info *call)
{
    return call->apn < cf->conf.apn_n ? cf->conf.apns[call->apn].name : "-";
}

static const char *
service_of(const struct cf *cf, const struct call_info *call)
{
    return call->service < cf->conf.service_n ? cf->conf.services[call->service].name : "-";
}

static const char *
service_kind(const struct cf *cf, const struct call_info *call)
{
    return call->service < cf->conf.service_n
               ? conf_service_kind_name(cf->conf.services[call->service].kind)
               : "service";
}

static const char *
context_of(const struct cf *cf, const struct call_info *call)
{
    return call->vpn < cf->conf.context_n ? cf->conf.contexts[call->vpn] : "-";
}

static bool
is_meant(const struct cf *cf, const struct call_info *call, const char *apn)
{
    return !*apn || strcasecmp(apn, apn_of(cf, call)) == 0;
}

static const char *
redundancy(const struct call_info *call)
{
    static const char *const texts[CALL_STATES] = {
        [CALL_ORIGINAL] = "Original Session",
        [CALL_RECOVERED] = "Recovered Session",
        [CALL_RECORD] = "Call Recovery Record",
    };

    return texts[call->state];
}

static void
print_tries(const char *scale, const struct call_tries *tries, FILE *out)
{
    char attempt[16], success[16];

    (void)snprintf(attempt, sizeof attempt, "%ums", tries->attempt_ms);
    (void)snprintf(success, sizeof success, "%ums", tries->success_ms);
    (void)fprintf(out, "          %-6s%17u%15u%20s%19s\n", scale, tries->attempts, tries->success,
                  attempt, success);
}

static void
print_call(const struct cf *cf, const struct call_found *found, FILE *out)
{
    const struct call_info *c = &found->info;
    char imsi[16], name[16 + CONF_NAME];

    gtp_imsi_to_digits(c->imsi, imsi);
    (void)snprintf(name, sizeof name, "%s@%s", imsi, apn_of(cf, c));
    (void)fprintf(out, "username: %-32s callid: %08x                  msid: %s\n", name, c->call_id,
                  imsi);
    (void)fprintf(out, "    Card/Cpu: %u/0\n    Sessmgr Instance: %u\n    Primary callline:\n",
                  found->slot, found->sessmgr);
    (void)fprintf(out, "   Redundancy Status: %s\n", redundancy(c));
    (void)fprintf(out, "      Checkpoints        Attempts        Success        Last-Attempt"
                       "       Last-Success\n");
    print_tries("Full:", &c->tries[0], out);
    print_tries("Micro:", &c->tries[1], out);
    (void)fprintf(out, "      %-58sState\n", "Now");
    (void)fprintf(out, "          Full:  base %-42u%s\n", c->base,
                  call_ckpt_name((enum call_ckpt)c->full));
    for (size_t i = 0; i < c->micro_n; i++) {
        const char *micro = ckpt_cmd_name(c->micro[i].cmd);

        (void)fprintf(out, "          Micro: %3u %-41s  %s\n", c->micro[i].cmd, micro ? micro : "-",
                      call_ckpt_name((enum call_ckpt)c->micro[i].state));
    }
    if (c->state == CALL_RECORD)
        (void)fprintf(out, "          NACKs: macro %u, micro %u in the present window\n",
                      c->nacks[0], c->nacks[1]);
    (void)fprintf(out, "      Current state: SMGR_STATE_CONNECTED\n");
    (void)fprintf(out,
                  "      Access: GTPv%u, %s %u, TEID %08x, peer control %s %08x, user %s %08x\n",
                  c->gtp_version, c->gtp_version == 1 ? "NSAPI" : "EBI", c->ebi, c->teid,
                  conf_addr_text(c->peer_ctrl_addr).text, c->peer_ctrl_teid,
                  conf_addr_text(c->peer_user_addr).text, c->peer_user_teid);
    (void)fprintf(out, "      Service: %s %s  Destination context: %s\n", service_kind(cf, c),
                  service_of(cf, c), context_of(cf, c));
    (void)fprintf(out, "      Address: %s\n", conf_addr_text(c->ue_addr).text);
    (void)fprintf(out, "      Connected for: %us  Idle for: %us\n", c->age_s, c->idle_s);
    (void)fprintf(out, "      Packets: in %llu, out %llu  Octets: in %llu, out %llu\n",
                  LL(c->up_packets), LL(c->down_packets), LL(c->up_octets), LL(c->down_octets));
    (void)fprintf(out, "      Rating: request %u, %llu octets reported\n\n", c->rating_request,
                  LL(c->rating_reported));
}

unsigned
show_calls(const struct cf *cf, const struct calls_found *found, const char *apn, FILE *out)
{
    unsigned n = 0;

    for (size_t i = 0; i < found->n; i++) {
        if (!is_meant(cf, &found->calls[i].info, apn))
            continue;
        if (out)
            print_call(cf, &found->calls[i], out);
        n++;
    }
    return n;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *
micro_json(const struct call_info *call)
{
    json_t *array = json_array();

    for (size_t i = 0; i < call->micro_n; i++)
        (void)json_array_append_new(
            array, json_pack("{s:i, s:s?, s:s}", "cmd", (int)call->micro[i].cmd, "name",
                             ckpt_cmd_name(call->micro[i].cmd), "state",
                             call_ckpt_name((enum call_ckpt)call->micro[i].state)));
    return array;
}

static void
set_text(json_t *object, const char *key, const char *text)
{
    (void)json_object_set_new(object, key, json_string(text));
}

static void
set_hex(json_t *object, const char *key, uint32_t value)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%08x", value);
    set_text(object, key, text);
}

static void
set_number(json_t *object, const char *key, uint64_t value)
{
    (void)json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void
set_tries(json_t *object, const char *key, const struct call_tries *tries)
{
    json_t *inner = json_object();

    set_number(inner, "attempts", tries->attempts);
    set_number(inner, "success", tries->success);
    set_number(inner, "last_attempt_ms", tries->attempt_ms);
    set_number(inner, "last_success_ms", tries->success_ms);
    (void)json_object_set_new(object, key, inner);
}

static json_t *
call_json(const struct cf *cf, const struct call_found *found)
{
    static const char *const states[CALL_STATES] = {
        [CALL_ORIGINAL] = "original",
        [CALL_RECOVERED] = "recovered",
        [CALL_RECORD] = "record",
    };
    const struct call_info *c = &found->info;
    json_t *object = json_object();
    char imsi[16], msisdn[16];

    gtp_imsi_to_digits(c->imsi, imsi);
    gtp_imsi_to_digits(c->msisdn, msisdn);
    set_hex(object, "callid", c->call_id);
    set_text(object, "imsi", imsi);
    set_text(object, "msisdn", msisdn);
    set_text(object, "apn", apn_of(cf, c));
    set_text(object, "service", service_of(cf, c));
    set_text(object, "destination_context", context_of(cf, c));
    set_text(object, "state", states[c->state]);
    set_number(object, "slot", found->slot);
    set_number(object, "sessmgr", found->sessmgr);
    set_number(object, "gtp_version", c->gtp_version);
    set_number(object, "ebi", c->ebi);
    set_hex(object, "teid", c->teid);
    set_hex(object, "peer_control_teid", c->peer_ctrl_teid);
    set_hex(object, "peer_user_teid", c->peer_user_teid);
    set_text(object, "peer_control_address", conf_addr_text(c->peer_ctrl_addr).text);
    set_text(object, "peer_user_address", conf_addr_text(c->peer_user_addr).text);
    set_text(object, "address", conf_addr_text(c->ue_addr).text);
    set_number(object, "age_seconds", c->age_s);
    set_number(object, "idle_seconds", c->idle_s);
    set_number(object, "up_packets", c->up_packets);
    set_number(object, "up_octets", c->up_octets);
    set_number(object, "down_packets", c->down_packets);
    set_number(object, "down_octets", c->down_octets);
    set_number(object, "rating_request", c->rating_request);
    set_number(object, "rating_reported", c->rating_reported);
    set_number(object, "base", c->base);
    set_text(object, "full", call_ckpt_name((enum call_ckpt)c->full));
    set_tries(object, "full_checkpoints", &c->tries[0]);
    set_tries(object, "micro_checkpoint_totals", &c->tries[1]);
    set_number(object, "nacks_macro", c->nacks[0]);
    set_number(object, "nacks_micro", c->nacks[1]);
    (void)json_object_set_new(object, "micro_checkpoints", micro_json(c));
    return object;
}

json_t *
show_calls_json(const struct cf *cf, const struct calls_found *found, const char *apn)
{
    json_t *array = json_array();

    for (size_t i = 0; i < found->n; i++) {
        if (is_meant(cf, &found->calls[i].info, apn))
            (void)json_array_append_new(array, call_json(cf, &found->calls[i]));
    }
    return json_pack("{s:i, s:i, s:o}", "sessmgrs_asked", (int)found->asked, "sessmgrs_answered",
                     (int)found->answered, "calls", array);
}
