#include <string.h>

#include "common/conf/topo_read.h"

enum { BOOT_DELAY_MOST = 3600 };

bool
topo_get_restart(struct topo_reader *reader, const char *path, json_t *object,
                 struct topo_restart *restart)
{
    char text[16] = "";

    if (!topo_get_string(reader, path, object, "restart", false, text, sizeof text) ||
        !topo_get_number(reader, path, object, "boot-delay", false, 0, BOOT_DELAY_MOST,
                         &restart->boot_delay))
        return false;
    if (!*text)
        return true;
    restart->always = strcmp(text, "always") == 0;
    if (!restart->always && strcmp(text, "never") != 0)
        return topo_refuse(reader, topo_path_to(path, "restart").text, "expected never or always");
    return true;
}
