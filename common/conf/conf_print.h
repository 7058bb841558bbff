/* conf_print.h - a configuration as the lines that make it
 *
 * Printed from the same table that reads it (conf_build.h, cli/cli_print.h): a row that stores
 * something has a print function that tells it. What is read, printed and read again is the same,
 * octet for octet (conf_settle), and printed again the same text.
 *
 * Ownership  writes to the caller's stream
 * Time       none
 * Errors     none; the stream keeps its own
 * Threads    any
 */
#ifndef VPCLAB_CONF_PRINT_H
#define VPCLAB_CONF_PRINT_H

#include <stdio.h>

#include "common/conf/conf.h"

/* Values at their defaults are left out. Secrets have been sealed: none is ever printed as entered. */
void conf_print(const struct conf *conf, FILE *out);

/* What concerns SRP: srp-activated interfaces and pools, the services bound to such addresses, RADIUS,
 * busyouts, the block service-redundancy-protocol, and BGP if that is compared. A configuration, too;
 * that of the peer differs in nothing but what names the chassis. */
void conf_print_srp(const struct conf *conf, FILE *out);

/* One context; DI_ENOTFOUND if there is none of that name. */
int conf_print_context(const struct conf *conf, const char *name, FILE *out);

#endif
