#include "cf/show_service.h"

#include <string.h>

#include "cf/show_task.h"
#include "common/conf/conf_build.h"

/* show service all, show KIND all, show context all */

enum { WORD = 12 };

/* "pgw" */
static const char *
type_of(enum conf_service_kind kind, char out[WORD])
{
    const char *name = conf_service_kind_name(kind);

    (void)snprintf(out, WORD, "%.*s", (int)strcspn(name, "-"), name);
    return out;
}

static const struct conf_service *
egtp_of(const struct cf *cf, const struct conf_service *service)
{
    return conf_find_service(&cf->conf, service->context, CONF_EGTP, service->associate_egtp);
}

/* A P-GW answers where its egtp-service does. */
static uint32_t
bound_to(const struct cf *cf, const struct conf_service *service)
{
    const struct conf_service *egtp = service->kind == CONF_PGW ? egtp_of(cf, service) : NULL;

    return egtp ? egtp->bind : service->bind;
}

bool
show_service_started(const struct cf *cf, const struct conf_service *service)
{
    uint32_t addr = bound_to(cf, service);

    return addr != 0 && conf_find_addr(&cf->conf, service->context, addr) &&
           cards_demux(&cf->cards);
}

static const char *
state_of(const struct cf *cf, const struct conf_service *service)
{
    return show_service_started(cf, service) ? "Started" : "Initialized";
}

static bool
has_sessions(const struct conf_service *service)
{
    return service->kind == CONF_GGSN || service->kind == CONF_PGW;
}

/* Only an Active chassis has sessions. */
static uint32_t
sessions_of(const struct cf *cf, const struct conf_service *service)
{
    struct cards_totals t = cards_totals(&cf->cards);

    if (cf->srp.state != CHASSIS_ACTIVE)
        return 0;
    return service->kind == CONF_PGW ? t.sessions_v2 : t.sessions - t.sessions_v2;
}

/* ---- show service all ----------------------------------------------------------------------- */

void
show_services(const struct cf *cf, FILE *out)
{
    char type[WORD];

    (void)fprintf(out, "ContextID   ServiceID   ContextName   ServiceName   State      MaxSessions"
                       "   Type\n"
                       "---------   ---------   -----------   -----------   ----------    "
                       "-----------   ----\n");
    for (unsigned i = 0; i < cf->conf.service_n; i++) {
        const struct conf_service *s = &cf->conf.services[i];

        (void)fprintf(out, "%-9u   %-9u   %-11s   %-11s   %-10s    %-11llu   %s\n", s->context + 1u,
                      i + 1, cf->conf.contexts[s->context], s->name, state_of(cf, s),
                      (unsigned long long)show_room(cf), type_of(s->kind, type));
    }
}

static json_t *
service_json(const struct cf *cf, unsigned i)
{
    const struct conf_service *s = &cf->conf.services[i];
    char type[WORD];
    json_t *object = json_pack(
        "{s:i, s:i, s:s, s:s, s:s, s:b, s:I, s:s, s:s, s:s, s:s}", "context_id",
        (int)s->context + 1, "service_id", (int)i + 1, "context", cf->conf.contexts[s->context],
        "name", s->name, "state", state_of(cf, s), "started", (int)show_service_started(cf, s),
        "max_sessions", (json_int_t)show_room(cf), "type", type_of(s->kind, type), "address",
        bound_to(cf, s) ? conf_addr_text(bound_to(cf, s)).text : "", "gtpu_service",
        s->associate_gtpu, "egtp_service", s->associate_egtp);

    if (has_sessions(s))
        (void)json_object_set_new(object, "sessions", json_integer(sessions_of(cf, s)));
    return object;
}

json_t *
show_services_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < cf->conf.service_n; i++)
        (void)json_array_append_new(array, service_json(cf, i));
    return json_pack("{s:o}", "services", array);
}

/* ---- show KIND all --------------------------------------------------------------------------- */

static void
row(FILE *out, const char *label, const char *value)
{
    (void)fprintf(out, "  %-33s%s\n", label, *value ? value : "-");
}

static void
print_service(const struct cf *cf, unsigned i, FILE *out)
{
    const struct conf_service *s = &cf->conf.services[i];
    uint32_t addr = bound_to(cf, s);
    char number[24];

    (void)fprintf(out, "%-35s%s\n", "Service name:", s->name);
    (void)snprintf(number, sizeof number, "%u", i + 1);
    row(out, "Service-Id:", number);
    row(out, "Context:", cf->conf.contexts[s->context]);
    row(out, "Service Status:", state_of(cf, s));
    row(out, s->kind == CONF_PGW ? "GTP-C Address of EGTP Service:" : "Bind Address:",
        addr ? conf_addr_text(addr).text : "");
    if (s->kind == CONF_PGW)
        row(out, "EGTP Service:", s->associate_egtp);
    if (s->kind == CONF_GGSN || s->kind == CONF_EGTP)
        row(out, "GTPU Service:", s->associate_gtpu);
    if (has_sessions(s)) {
        (void)snprintf(number, sizeof number, "%u", sessions_of(cf, s));
        row(out, "Sessions (all of the kind):", number);
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)show_room(cf));
        row(out, "Max Sessions:", number);
    }
    if (s->kind == CONF_GGSN || s->kind == CONF_EGTP) {
        (void)snprintf(number, sizeof number, "%u", cf->srp.restart);
        row(out, "GTP Restart Counter:", number);
    }
    (void)fputc('\n', out);
}

static bool
is_meant(const struct conf_service *s, enum conf_service_kind kind, const char *name)
{
    return s->kind == kind && (!name || strcmp(s->name, name) == 0);
}

unsigned
show_service_kind(const struct cf *cf, enum conf_service_kind kind, const char *name, FILE *out)
{
    unsigned n = 0;

    for (unsigned i = 0; i < cf->conf.service_n; i++) {
        if (!is_meant(&cf->conf.services[i], kind, name))
            continue;
        if (out)
            print_service(cf, i, out);
        n++;
    }
    return n;
}

json_t *
show_service_kind_json(const struct cf *cf, enum conf_service_kind kind, const char *name)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < cf->conf.service_n; i++) {
        if (is_meant(&cf->conf.services[i], kind, name))
            (void)json_array_append_new(array, service_json(cf, i));
    }
    return json_pack("{s:o}", "services", array);
}

/* ---- show context all ------------------------------------------------------------------------- */

void
show_contexts(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, "Context Name    ContextID    State     Description\n"
                       "--------------- --------- ----------   -----------------------\n");
    for (unsigned i = 0; i < cf->conf.context_n; i++)
        (void)fprintf(out, "%-15s %-9u %-10s\n", cf->conf.contexts[i], i + 1, "Active");
}

json_t *
show_contexts_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < cf->conf.context_n; i++)
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:i, s:s}", "name", cf->conf.contexts[i],
                                              "context_id", (int)i + 1, "state", "Active"));
    return json_pack("{s:o}", "contexts", array);
}
