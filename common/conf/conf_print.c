#include "common/conf/conf_print.h"

#include <stdlib.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

enum { INDENT = 2 };

void
conf_print(const struct conf *conf, FILE *out)
{
    struct conf_build *build = calloc(1, sizeof *build);

    if (!build)
        abort();
    build->conf = *conf;
    (void)fputs("config\n", out);
    cli_print(&conf_table, CONF_MODE_CONFIG, build, NULL, INDENT, out);
    (void)fputs("end\n", out);
    free(build);
}
