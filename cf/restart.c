#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

/* The GTP restart counter survives restarts, so that clients notice one that lost calls. */

static void
path_of(const struct cf *cf, char *out, size_t room)
{
    (void)snprintf(out, room, "%s/restart-counter", cf->node->dir);
}

uint8_t
restart_load(const struct cf *cf)
{
    char path[NODE_PATH + 32], text[8] = "";
    FILE *f;

    path_of(cf, path, sizeof path);
    f = rundir_file(path, O_RDONLY, "r");
    if (!f)
        return (uint8_t)(clock_wall_us() / US_PER_S); /* a first start: any value will do */
    if (!fgets(text, sizeof text, f))
        text[0] = '\0';
    (void)fclose(f); /* was only read */
    return (uint8_t)strtoul(text, NULL, 10);
}

void
restart_keep(struct cf *cf)
{
    char path[NODE_PATH + 32];
    FILE *f;

    if (cf->restart_kept == cf->srp.restart)
        return;
    cf->restart_kept = cf->srp.restart;
    path_of(cf, path, sizeof path);
    f = rundir_file(path, O_WRONLY | O_CREAT | O_TRUNC, "w");
    if (!f || fprintf(f, "%u\n", (unsigned)cf->srp.restart) < 0)
        log_warn("chassis: cannot keep the GTP restart counter in %s", path);
    if (f)
        (void)fclose(f); /* a lost write costs clients one needless comparison */
}
