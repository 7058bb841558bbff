/* Any bytes as a configuration: refused with counted, printable lines and the old one left
 * as it was, or accepted and then fit for everything that reads it. */
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_build.h"
#include "common/conf/conf_print.h"
#include "common/conf/conf_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static char *
print(const struct conf *conf, void fn(const struct conf *, FILE *))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    demand(out != NULL);
    fn(conf, out);
    demand(fclose(out) == 0);
    return text;
}

/* What was accepted is printed, read, and printed the same; so is the part that concerns SRP. */
static void
print_again(struct conf *conf)
{
    static const uint8_t key[CONF_KEY] = "a key for fuzzers, of 32 octets";
    static struct conf again;
    char err[2048], *first, *second;

    conf_seal(conf, key);
    first = print(conf, conf_print);
    demand(conf_read(&again, "printed.cfg", first, strlen(first), err, sizeof err) == 0);
    conf_seal(&again, key);
    second = print(&again, conf_print);
    demand(strcmp(first, second) == 0);
    free(second);
    free(first);
    first = print(conf, conf_print_srp);
    demand(conf_read(&again, "srp.cfg", first, strlen(first), err, sizeof err) == 0);
    free(first);
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
    (void)conf_faults(&conf, err, sizeof err);
    if (!bad)
        print_again(&conf);
    for (uint32_t mode = CONF_MODE_EXEC; mode <= CONF_MODE_BULKSTATS; mode <<= 1)
        (void)cli_choices(&conf_table, mode, CLI_ADMIN, (const char *)data, size, choices,
                          CLI_CHOICES);
    return 0;
}
