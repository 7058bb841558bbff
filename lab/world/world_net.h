/* world_net.h - the routing domain as its operator sees it: sessions shown, ended, brought back
 *
 * Ownership  borrows the world; JSON values are the caller's
 * Time       none
 * Errors     of commands: a sentence by cli_refuse
 * Threads    main
 */
#ifndef VPCLAB_WORLD_NET_H
#define VPCLAB_WORLD_NET_H

#include <jansson.h>

#include "common/cli/cli.h"
#include "lab/world/world.h"

/* One line being carried out: ctx of every command. */
struct world_exec {
    struct world *world;
    bool json;
    FILE *out;
};

/* world_net.c: bgp neighbor, bfd, bfd chassis. */
int world_set_bgp(void *exec, const struct cli_args *args);
int world_set_bfd(void *exec, const struct cli_args *args);
int world_set_chassis_bfd(void *exec, const struct cli_args *args);

/* These faults are in force. */
void world_net_faults(struct world *world, const struct fault *in_force, size_t n);

/* What a chassis has from the router; without a BGP session it is offered nothing. */
struct rib_standing world_standing(const struct world *world, uint8_t chassis);

/* After anything changed: tell `chassis` (NULL: none) what it has from the routing domain, and
 * every other one if that is news to it. */
void world_tell(struct world *world, const struct world_chassis *chassis);

/* world_show_net.c: all sessions; only those that are down; what each chassis is offered. */
void world_print_neighbors(const struct world *world, FILE *out);
void world_print_outages(const struct world *world, FILE *out);
void world_print_offers(const struct world *world, FILE *out);
json_t *world_json_neighbors(const struct world *world);
json_t *world_json_offers(const struct world *world);

#endif
