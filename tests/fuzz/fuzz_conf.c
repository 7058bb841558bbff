/* Any bytes as a configuration: refused with counted, printable lines and the old one left
 * as it was, or accepted and then fit for everything that reads it. */
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct conf conf, before;
    struct cli_choice choices[CLI_CHOICES];
    char err[2048];
    size_t bad;

    conf_defaults(&before);
    conf = before;
    bad = conf_parse(&conf, "fuzz.cfg", (const char *)data, size, err, sizeof err);
    demand(strlen(err) < sizeof err);
    demand((bad == 0) == (err[0] == '\0'));
    for (const char *at = err; *at; at++)
        demand((*at >= ' ' && *at <= '~') || *at == '\n');
    if (bad)
        demand(memcmp(&conf, &before, sizeof conf) == 0);
    (void)conf_srp_checksum(&conf);
    (void)conf_service_addr(&conf, CONF_PGW);
    (void)conf_warnings(&conf, err, sizeof err);
    for (uint32_t mode = CONF_MODE_EXEC; mode <= CONF_MODE_DIAMETER; mode <<= 1)
        (void)cli_choices(&conf_table, mode, CLI_ADMIN, (const char *)data, size, choices,
                          CLI_CHOICES);
    return 0;
}
