#include "sf/names.h"

#include <string.h>

#include "common/base/rng.h"

void
names_write(struct wr *wr, const struct names *names)
{
    uint8_t *count, n = 0;

    wr_u8(wr, NAMES_VERSION);
    count = wr_take(wr, 1);
    for (unsigned number = 0; number < NAMES_MOST; number++) {
        size_t len = strlen(names->of[number]);

        if (len == 0)
            continue;
        wr_u8(wr, (uint8_t)number);
        wr_u8(wr, (uint8_t)len);
        wr_bytes(wr, names->of[number], len);
        n++;
    }
    if (count)
        *count = n;
}

static uint8_t
find(const struct names *names, const uint8_t *name, size_t len)
{
    for (unsigned number = 0; len < NAME_ROOM && number < NAMES_MOST; number++) {
        const char *ours = names->of[number];

        if (strlen(ours) == len && memcmp(ours, name, len) == 0)
            return (uint8_t)number;
    }
    return NAME_NONE;
}

static uint8_t
number_of(const struct names *names, const char *name)
{
    return find(names, (const uint8_t *)name, strlen(name));
}

/* Its number in the configuration, if that is free: so the first one is taken as it is. */
static uint8_t
free_number(const struct names *names, uint8_t wish)
{
    if (!*names->of[wish])
        return wish;
    for (uint8_t number = 0; number < NAMES_MOST; number++) {
        if (!*names->of[number])
            return number;
    }
    return NAME_NONE;
}

static void
forget_unwanted(struct names *names, const bool used[256], const uint8_t where[NAMES_MOST])
{
    for (uint8_t number = 0; number < NAMES_MOST; number++) {
        if (where[number] == NAME_NONE && !used[number])
            *names->of[number] = '\0';
    }
}

size_t
names_renew(struct names *names, const struct names *wanted, const bool used[256],
            uint8_t where[NAMES_MOST])
{
    size_t left_out = 0;

    memset(where, NAME_NONE, NAMES_MOST);
    for (uint8_t i = 0; i < NAMES_MOST; i++) {
        uint8_t number = *wanted->of[i] ? number_of(names, wanted->of[i]) : NAME_NONE;

        if (number != NAME_NONE)
            where[number] = i;
    }
    forget_unwanted(names, used, where);
    for (uint8_t i = 0; i < NAMES_MOST; i++) {
        uint8_t number;

        if (!*wanted->of[i] || number_of(names, wanted->of[i]) != NAME_NONE)
            continue;
        number = free_number(names, i);
        left_out += number == NAME_NONE;
        if (number == NAME_NONE)
            continue;
        memcpy(names->of[number], wanted->of[i], NAME_ROOM);
        where[number] = i;
    }
    return left_out;
}

bool
names_are(const struct names *names, const struct names *wanted, const uint8_t where[NAMES_MOST])
{
    unsigned n = 0, found = 0;
    bool same = true;

    for (unsigned i = 0; i < NAMES_MOST; i++) {
        n += *wanted->of[i] != '\0';
        found += where[i] != NAME_NONE;
        same &= where[i] == NAME_NONE || strcmp(names->of[i], wanted->of[where[i]]) == 0;
    }
    return same && n == found;
}

void
names_map_clear(struct names_map *map)
{
    memset(map->ours, NAME_NONE, sizeof map->ours);
}

bool
names_read(struct names_map *out, const struct names *names, const void *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    uint8_t version = rd_u8(&rd), n = rd_u8(&rd);
    struct names_map map;
    int before = -1;

    names_map_clear(&map);
    for (unsigned i = 0; i < n && !rd.bad; i++) {
        uint8_t number = rd_u8(&rd), name_len = rd_u8(&rd);
        const uint8_t *name = rd_bytes(&rd, name_len);

        rd.bad |= name_len == 0 || number <= before; /* each once, in order */
        before = number;
        if (out && !rd.bad)
            map.ours[number] = find(names, name, name_len);
    }
    if (rd.bad || version < NAMES_VERSION || (version == NAMES_VERSION && !rd_done(&rd)))
        return false;
    if (out)
        *out = map;
    return true;
}

uint64_t
names_digest(const struct names *names, uint8_t number)
{
    uint64_t digest = 0;

    for (const char *at = number < NAMES_MOST ? names->of[number] : ""; *at; at++)
        digest = mix64(digest ^ (uint8_t)*at);
    return digest;
}
