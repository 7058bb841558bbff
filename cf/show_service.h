/* show_service.h - what the console shows of services, contexts and BGP
 *
 * `show service all`, `show KIND { all | name NAME }`, `show context all`, `show ip bgp summary`
 * (docs/staros.md "Show commands").
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       lab time
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_SERVICE_H
#define VPCLAB_SHOW_SERVICE_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* Does it answer, or would it on the Active chassis? It is bound to an address that the
 * configuration has, and the demux is there. */
bool show_service_started(const struct cf *cf, const struct conf_service *service);

void show_services(const struct cf *cf, FILE *out);
json_t *show_services_json(const struct cf *cf);

/* Services of that kind, and of that name; NULL: of all names. Returns how many; out NULL: only
 * counts. */
unsigned show_service_kind(const struct cf *cf, enum conf_service_kind kind, const char *name,
                           FILE *out);
json_t *show_service_kind_json(const struct cf *cf, enum conf_service_kind kind, const char *name);

void show_contexts(const struct cf *cf, FILE *out);
json_t *show_contexts_json(const struct cf *cf);

/* One neighbor of show ip bgp summary. */
struct bgp_row {
    uint32_t addr, as;
    bool told; /* the demux has told of it */
    bool up;
    int64_t seconds; /* ... so long */
    uint32_t prefixes;
};
void show_bgp_head(FILE *out);
void show_bgp_row(const struct bgp_row *row, FILE *out);

/* `router bgp` of one context (NULL: of all), as conf.bgp has them. Returns how many there are. */
unsigned show_bgp(const struct cf *cf, const char *context, FILE *out);
json_t *show_bgp_json(const struct cf *cf, const char *context);

#endif
