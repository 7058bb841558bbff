#include "lab/watch/promise_calls.h"

#include <string.h>

#include "common/base/rng.h"

enum key { KEY_TEID, KEY_CALL_ID, KEY_ADDR, KEYS };

static const char *const names[KEYS] = {
    [KEY_TEID] = "TEID", [KEY_CALL_ID] = "call-id", [KEY_ADDR] = "address"};

size_t
promise_index_size(size_t n)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    return size;
}

static uint64_t
key_of(const struct promise_call *call, enum key key)
{
    switch (key) {
    case KEY_TEID:
        return call->teid;
    case KEY_CALL_ID:
        return call->call_id;
    default:
        return call->addr ? (uint64_t)call->vpn << 32 | call->addr : 0;
    }
}

/* Where the key stands, or may stand. */
static size_t
place(const struct promise_call *calls, const uint32_t *index, size_t size, enum key key,
      uint64_t value)
{
    size_t at = mix64(value) & (size - 1);

    while (index[at] && key_of(&calls[index[at] - 1], key) != value)
        at = (at + 1) & (size - 1);
    return at;
}

/* Enters all calls of that kind; the first two that share a key go to *pair. */
static void
enter(const struct promise_call *calls, size_t n, uint32_t *index, size_t size, enum key key,
      bool records, struct promise_pair_of *pair)
{
    memset(index, 0, size * sizeof index[0]);
    for (size_t i = 0; i < n; i++) {
        uint64_t value = key_of(&calls[i], key);
        size_t at;

        if (calls[i].record != records || value == 0)
            continue;
        at = place(calls, index, size, key, value);
        if (!index[at])
            index[at] = (uint32_t)i + 1;
        else if (pair && !pair->what)
            *pair = (struct promise_pair_of){
                names[key], (uint32_t)value, {calls[index[at] - 1].imsi, calls[i].imsi}};
    }
}

/* How many of one kind have no like of the other, which is entered by TEID. */
static uint64_t
without(const struct promise_call *calls, size_t n, const uint32_t *index, size_t size,
        bool records, uint32_t *example)
{
    uint64_t found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t at;

        if (calls[i].record != records || (!records && !calls[i].settled))
            continue;
        at = place(calls, index, size, KEY_TEID, calls[i].teid);
        if (index[at] && calls[index[at] - 1].call_id == calls[i].call_id &&
            calls[index[at] - 1].imsi == calls[i].imsi)
            continue;
        *example = calls[i].teid;
        found++;
    }
    return found;
}

void
promise_calls_judge(struct promise_calls *out, const struct promise_call *calls, size_t n,
                    uint32_t *index, size_t index_size)
{
    out->own = out->records = 0;
    out->owners = (struct promise_pair_of){0};
    for (size_t i = 0; i < n; i++) {
        out->own += !calls[i].record;
        out->records += calls[i].record;
    }
    enter(calls, n, index, index_size, KEY_CALL_ID, false, &out->owners);
    enter(calls, n, index, index_size, KEY_ADDR, false, &out->owners);
    enter(calls, n, index, index_size, KEY_TEID, false, &out->owners);
    out->extra = without(calls, n, index, index_size, true, &out->example);
    enter(calls, n, index, index_size, KEY_TEID, true, NULL);
    out->missing = without(calls, n, index, index_size, false, &out->example);
}
