#include "common/conf/conf_build.h"

/* Global Configuration: the boot stack. It is kept in boot.sys, and neither compared with the peer
 * nor part of the text that the cards get. */

static int
set_boot(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    const char *why = boot_stack_set(&build->conf.boot, (uint8_t)cli_number(args, "n", 0),
                                     cli_text(args, "image-url"), cli_text(args, "config-url"));

    return why ? cli_refuse(args, "%s", why) : 0;
}

static int
remove_boot(void *ctx, const struct cli_args *args)
{
    struct conf_build *build = ctx;
    const char *why = boot_stack_remove(&build->conf.boot, (uint8_t)cli_number(args, "n", 0));

    return why ? cli_refuse(args, "%s", why) : 0;
}

static const struct cli_row rows[] = {
    {CONF_MODE_CONFIG, "boot system priority <n:1-100> image <image-url> config <config-url>",
     "What to start with; the lowest number is tried first", CLI_ADMIN, .run = set_boot},
    {CONF_MODE_CONFIG, "no boot system priority <n:1-100>", "Remove an entry of the boot stack",
     CLI_ADMIN, .run = remove_boot},
};

const struct cli_table conf_boot_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, &conf_topics_table,
};
