#include <stdio.h>
#include <string.h>

#include "common/conf/topo_read.h"

/* The responders of the embedded outside world: "aaa": [{"type": "radius", ...}]. */

enum { RADIUS_PORT = 1812, DIAMETER_PORT = 3868 };

static bool
get_kind(struct topo_reader *reader, const char *path, json_t *json, enum topo_aaa_kind *kind)
{
    char text[16] = "";

    if (!topo_get_string(reader, path, json, "type", true, text, sizeof text))
        return false;
    *kind = strcmp(text, "diameter") == 0 ? TOPO_DIAMETER : TOPO_RADIUS;
    if (*kind == TOPO_RADIUS && strcmp(text, "radius") != 0)
        return topo_refuse(reader, topo_path_to(path, "type").text, "expected radius or diameter");
    return true;
}

/* Decimal digits of one octet, without a sign or a leading zero. */
static bool
take_octet(const char **at, uint32_t *octet)
{
    const char *from = *at;

    for (*octet = 0; **at >= '0' && **at <= '9' && *at - from < 3; (*at)++)
        *octet = *octet * 10 + (uint32_t)(**at - '0');
    return *at > from && *octet <= 255 && (*from != '0' || *at == from + 1);
}

static bool
get_addr(struct topo_reader *reader, const char *path, json_t *json, uint32_t *addr)
{
    char text[16] = "";
    const char *at = text;
    uint32_t octet = 0;
    bool good = true;

    if (!topo_get_string(reader, path, json, "address", true, text, sizeof text))
        return false;
    for (int i = 0; i < 4 && good; i++) {
        good = (i == 0 || *at++ == '.') && take_octet(&at, &octet);
        *addr = *addr << 8 | octet;
    }
    if (!good || *at || *addr == 0)
        return topo_refuse(reader, topo_path_to(path, "address").text,
                           "expected an IPv4 address (A.B.C.D)");
    return true;
}

/* A Diameter identity: a name as in the domain name system. */
static bool
get_identity(struct topo_reader *reader, const char *path, json_t *json, const char *key,
             enum topo_aaa_kind kind, char *out, size_t room)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    struct topo_path here = topo_path_to(path, key);

    if (kind == TOPO_RADIUS && json_object_get(json, key))
        return topo_refuse(reader, here.text, "only a diameter responder has one");
    if (kind == TOPO_RADIUS)
        return true;
    if (!topo_get_string(reader, path, json, key, true, out, room))
        return false;
    if (strspn(out, known) < strlen(out))
        return topo_refuse(reader, here.text, "expected letters, digits, points and hyphens");
    return true;
}

static bool
read_one(struct topo_reader *reader, const char *path, json_t *json, struct topo *topo)
{
    static const char *const known[] = {"type", "address", "port", "host", "realm", NULL};
    struct topo_aaa aaa;
    uint32_t port;

    memset(&aaa, 0, sizeof aaa);
    if (!topo_check_object(reader, path, json, known) || !get_kind(reader, path, json, &aaa.kind) ||
        !get_addr(reader, path, json, &aaa.addr))
        return false;
    port = aaa.kind == TOPO_RADIUS ? RADIUS_PORT : DIAMETER_PORT;
    if (!topo_get_number(reader, path, json, "port", false, 1, UINT16_MAX, &port) ||
        !get_identity(reader, path, json, "host", aaa.kind, aaa.host, sizeof aaa.host) ||
        !get_identity(reader, path, json, "realm", aaa.kind, aaa.realm, sizeof aaa.realm))
        return false;
    aaa.port = (uint16_t)port;
    for (uint8_t i = 0; i < topo->aaa_n; i++)
        if (topo->aaa[i].kind == aaa.kind && topo->aaa[i].addr == aaa.addr &&
            topo->aaa[i].port == aaa.port)
            return topo_refuse(reader, path, "aaa[%u] has the same address and port", i);
    topo->aaa[topo->aaa_n++] = aaa;
    return true;
}

bool
topo_read_aaa(struct topo_reader *reader, json_t *json, struct topo *topo)
{
    json_t *one;
    size_t i;

    if (!json)
        return true;
    if (!json_is_array(json))
        return topo_refuse(reader, "aaa", "expected an array");
    if (json_array_size(json) > TOPO_AAA)
        return topo_refuse(reader, "aaa", "expected at most %d responders", TOPO_AAA);
    json_array_foreach(json, i, one)
    {
        char path[TOPO_READ_PATH];

        (void)snprintf(path, sizeof path, "aaa[%zu]", i);
        if (!read_one(reader, path, one, topo))
            return false;
    }
    return true;
}
