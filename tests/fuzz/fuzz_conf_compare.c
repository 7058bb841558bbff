/* Any bytes as the text of a peer, against that of a chassis and against any other bytes: no
 * more than differences, each with a printable key and advice. */
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 16 };

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static void
check_text(const char *text, size_t room)
{
    demand(memchr(text, '\0', room) != NULL);
    for (; *text; text++)
        demand(*text >= ' ' && *text <= '~');
}

static size_t
check(const char *ours, size_t ours_len, const char *theirs, size_t theirs_len)
{
    static struct conf_difference out[MOST];
    size_t n = conf_compare(ours, ours_len, theirs, theirs_len, out, MOST);

    for (size_t i = 0; i < n && i < MOST; i++) {
        check_text(out[i].key, sizeof out[i].key);
        check_text(out[i].ours, sizeof out[i].ours);
        check_text(out[i].theirs, sizeof out[i].theirs);
        check_text(out[i].fix, sizeof out[i].fix);
        demand(*out[i].key && *out[i].fix);
    }
    demand(conf_compare(theirs, theirs_len, ours, ours_len, NULL, 0) == n);
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char own[CONF_SHARED];
    static struct conf conf;
    static const char text[] =
        "config\ncontext srp\nservice-redundancy-protocol\nbind address 127.0.0.1\n"
        "peer-ip-address 127.0.0.2\nmonitor bgp context d 10.0.0.1\ncontext d\n"
        "ip pool a 10.0.0.0 255.255.0.0 public srp-activate\n"
        "ip pool b 10.1.0.0 255.255.0.0 public srp-activate\nradius server 10.0.0.1 key k\n";
    const char *bytes = (const char *)data, *zero = size ? memchr(data, 0, size) : NULL;
    size_t first = zero ? (size_t)(zero - bytes) : size, own_len;

    demand(conf_parse(&conf, "own.cfg", text, sizeof text - 1, own, sizeof own) == 0);
    own_len = conf_shared(&conf, own, sizeof own);
    demand(own_len < sizeof own);
    demand(check(own, own_len, own, own_len) == 0);
    demand(check(bytes, size, bytes, size) == 0);
    (void)check(own, own_len, bytes, size);
    (void)check(bytes, first, bytes + first, size - first);
    return 0;
}
