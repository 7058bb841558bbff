#include "common/fault/fault.h"

#include <string.h>

static const struct {
    const char *word, *unit, *text;
    enum fault_on on;
    enum fault_by by;
    int64_t least, most, usual;
} kinds[FAULT_KIND_N] = {
#define X(name, word, on, by, unit, least, most, usual, text)                                      \
    [FAULT_##name] = {word, unit, text, FAULT_ON_##on, FAULT_BY_##by, least, most, usual},
    FAULT_KINDS(X)
#undef X
};

static const struct {
    const char *word, *text;
} links[FAULT_LINK_N] = {
#define X(name, word, text) [FAULT_LINK_##name] = {word, text},
    FAULT_LINKS(X)
#undef X
};

/* ---- kinds and links ---------------------------------------------------------------- */

const char *
fault_kind_word(enum fault_kind kind)
{
    return kinds[kind].word;
}

const char *
fault_kind_text(enum fault_kind kind)
{
    return kinds[kind].text;
}

const char *
fault_kind_unit(enum fault_kind kind)
{
    return kinds[kind].unit;
}

enum fault_on
fault_kind_on(enum fault_kind kind)
{
    return kinds[kind].on;
}

enum fault_by
fault_kind_by(enum fault_kind kind)
{
    return kinds[kind].by;
}

int64_t
fault_amount_default(enum fault_kind kind)
{
    return kinds[kind].usual;
}

void
fault_amount_bounds(enum fault_kind kind, int64_t *least, int64_t *most)
{
    *least = kinds[kind].least;
    *most = kinds[kind].most;
}

bool
fault_amount_fits(enum fault_kind kind, int64_t amount)
{
    return amount >= kinds[kind].least && amount <= kinds[kind].most;
}

bool
fault_kind_read(const char *word, enum fault_kind *kind)
{
    for (size_t i = 0; i < FAULT_KIND_N; i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            *kind = (enum fault_kind)i;
            return true;
        }
    }
    return false;
}

const char *
fault_link_word(enum fault_link link)
{
    return links[link].word;
}

const char *
fault_link_text(enum fault_link link)
{
    return links[link].text;
}

/* ---- targets ------------------------------------------------------------------------ */

static bool
is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool
read_instance(const char *text, size_t len, const struct topo *topo, uint8_t *instance)
{
    for (uint8_t i = 0; i < topo->instance_n; i++) {
        if (is_word(text, len, topo->instances[i].name)) {
            *instance = i;
            return true;
        }
    }
    return false;
}

/* As in the names of processes. */
static const char *
card_word(enum card_type type)
{
    return type == CARD_CF ? "cf" : type == CARD_SF ? "sf" : type == CARD_DEMUX ? "demux" : "";
}

static bool
read_slot(const char *text, size_t len, const struct topo_instance *instance, uint8_t *slot)
{
    unsigned number = 0;
    size_t digits = 0;

    if (is_word(text, len, "active-cf")) {
        *slot = FAULT_ACTIVE_CF;
        return true;
    }
    while (digits < len && text[len - digits - 1] >= '0' && text[len - digits - 1] <= '9')
        digits++;
    if (digits == 0 || digits > 2)
        return false;
    for (size_t i = len - digits; i < len; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    if (number == 0 || number > TOPO_SLOTS || instance->slots[number].type == CARD_EMPTY ||
        text[len - digits] == '0' ||
        !(digits == len || is_word(text, len - digits, card_word(instance->slots[number].type))))
        return false;
    *slot = (uint8_t)number;
    return true;
}

/* "east" or "east/sf4". */
static bool
read_end(const char *text, size_t len, const struct topo *topo, struct fault_target *target)
{
    const char *slash = memchr(text, '/', len);
    size_t name = slash ? (size_t)(slash - text) : len;

    target->slot = 0;
    return read_instance(text, name, topo, &target->instance) &&
           (!slash || read_slot(slash + 1, len - name - 1, &topo->instances[target->instance],
                                &target->slot));
}

static bool
read_vm(struct fault_target *target, enum fault_on on, const char *text, const struct topo *topo)
{
    if (on == FAULT_ON_VM && strcmp(text, "world") == 0) {
        target->instance = FAULT_ANY;
        return true;
    }
    if (!read_end(text, strlen(text), topo, target))
        return false;
    return on != FAULT_ON_SF || target->slot == 0 ||
           (target->slot <= TOPO_SLOTS &&
            topo->instances[target->instance].slots[target->slot].type == CARD_SF);
}

/* The SRP links have chassis for ends, the others cards. */
static bool
read_link(struct fault_target *target, const char *text, const struct topo *topo)
{
    size_t word = strcspn(text, ":"), len;
    const char *end = text + word;

    for (unsigned i = 0; i < FAULT_LINK_N; i++) {
        if (is_word(text, word, links[i].word))
            target->link = (enum fault_link)i;
    }
    if (target->link == FAULT_NO_LINK)
        return false;
    if (!*end)
        return true;
    len = strlen(++end);
    if (len > 1 && (end[len - 1] == '>' || end[len - 1] == '<'))
        target->way = end[--len] == '>' ? FAULT_OUT : FAULT_IN;
    return read_end(end, len, topo, target) && target->slot != FAULT_ACTIVE_CF &&
           (target->slot == 0 ||
            (target->link != FAULT_LINK_SRP_CONTROL && target->link != FAULT_LINK_SRP_SESSION &&
             target->link != FAULT_LINK_AAA));
}

static bool
read_addr(const char *text, uint32_t *addr)
{
    uint32_t sum = 0;

    *addr = 0;
    if (strcmp(text, "all") == 0)
        return true;
    for (int part = 0; part < 4; part++) {
        unsigned number = 0;
        size_t digits = strspn(text, "0123456789");

        if (digits == 0 || digits > 3)
            return false;
        for (size_t i = 0; i < digits; i++)
            number = number * 10 + (unsigned)(text[i] - '0');
        if (number > 255 || text[digits] != (part < 3 ? '.' : '\0'))
            return false;
        sum = sum << 8 | number;
        text += digits + 1;
    }
    *addr = sum;
    return sum != 0;
}

bool
fault_target_read(struct fault_target *target, enum fault_kind kind, const char *text,
                  const struct topo *topo, const char **why)
{
    struct fault_target read = {.link = FAULT_NO_LINK, .instance = FAULT_ANY};
    bool good = false;

    switch (kinds[kind].on) {
    case FAULT_ON_VM:
        *why = "a VM such as east/cf1 or east/active-cf, an instance, or world";
        good = read_vm(&read, FAULT_ON_VM, text, topo);
        break;
    case FAULT_ON_SF:
        *why = "an SF such as east/sf4, or an instance";
        good = read_vm(&read, FAULT_ON_SF, text, topo);
        break;
    case FAULT_ON_LINK:
        *why = "a link such as srp-control, srp-control:east> or card:east/sf4";
        good = read_link(&read, text, topo);
        break;
    case FAULT_ON_SERVER:
        *why = "the address of a server, or all";
        good = read_addr(text, &read.addr);
        break;
    case FAULT_ON_NEIGHBOR:
        *why = "the address of a BGP neighbor, or all";
        good = read_addr(text, &read.addr);
        break;
    }
    if (good)
        *target = read;
    return good;
}

/* ---- as text ------------------------------------------------------------------------ */

struct text {
    char *out;
    size_t len;
};

static void
add(struct text *text, const char *word)
{
    size_t len = strlen(word), room = FAULT_TARGET - 1 - text->len;

    len = len < room ? len : room;
    memcpy(text->out + text->len, word, len);
    text->len += len;
    text->out[text->len] = '\0';
}

static void
add_number(struct text *text, unsigned number)
{
    char digits[4] = {0};
    size_t at = sizeof digits - 1;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0 && at > 0);
    add(text, digits + at);
}

static void
add_end(struct text *text, const struct fault_target *target, const struct topo *topo)
{
    const struct topo_instance *it = &topo->instances[target->instance];

    add(text, it->name);
    if (target->slot == 0)
        return;
    add(text, "/");
    if (target->slot == FAULT_ACTIVE_CF) {
        add(text, "active-cf");
        return;
    }
    add(text, card_word(it->slots[target->slot].type));
    add_number(text, target->slot);
}

void
fault_target_text(const struct fault_target *target, enum fault_kind kind, const struct topo *topo,
                  char out[FAULT_TARGET])
{
    struct text text = {.out = out};

    out[0] = '\0';
    if (kinds[kind].on == FAULT_ON_SERVER || kinds[kind].on == FAULT_ON_NEIGHBOR) {
        for (int shift = 24; target->addr && shift >= 0; shift -= 8) {
            add_number(&text, target->addr >> shift & 255);
            add(&text, shift ? "." : "");
        }
        add(&text, target->addr ? "" : "all");
        return;
    }
    if (target->link != FAULT_NO_LINK)
        add(&text, links[target->link].word);
    if (target->instance >= topo->instance_n) {
        add(&text, target->link == FAULT_NO_LINK ? "world" : "");
        return;
    }
    add(&text, target->link == FAULT_NO_LINK ? "" : ":");
    add_end(&text, target, topo);
    add(&text, target->way == FAULT_OUT ? ">" : target->way == FAULT_IN ? "<" : "");
}

/* ---- whom it hits ------------------------------------------------------------------- */

bool
fault_in_force(const struct fault *fault, int64_t now_us)
{
    return fault->id != 0 && now_us >= fault->begin_us && now_us < fault->end_us;
}

int64_t
fault_reset_next(const struct fault *fault, int64_t after_us)
{
    int64_t every_us = fault->amount * 1000, next = fault->begin_us;

    if (fault->kind != FAULT_RESET)
        return INT64_MAX;
    if (after_us >= next && every_us > 0)
        next += ((after_us - next) / every_us + 1) * every_us;
    return next > after_us && next < fault->end_us ? next : INT64_MAX;
}

static bool
is_end(const struct fault_target *target, uint8_t instance, uint8_t slot)
{
    return target->instance == instance && (target->slot == 0 || target->slot == slot);
}

/* Of a bus that one instance has for itself both ends are of that instance: then it says nothing
 * about a way unless a card does. */
bool
fault_hits_frame(const struct fault *fault, enum fault_link link, uint8_t instance, uint8_t slot,
                 uint8_t peer_instance, uint8_t peer_slot)
{
    const struct fault_target *target = &fault->target;

    if (target->link != link)
        return false;
    if (target->instance == FAULT_ANY)
        return true;
    return (target->way != FAULT_IN && is_end(target, instance, slot)) ||
           (target->way != FAULT_OUT && is_end(target, peer_instance, peer_slot));
}

bool
fault_hits_vm(const struct fault *fault, uint8_t instance, uint8_t slot)
{
    return fault->target.link == FAULT_NO_LINK && fault->target.instance == instance &&
           (instance == FAULT_ANY || fault->target.slot == 0 || fault->target.slot == slot);
}

/* ---- who carries it out ------------------------------------------------------------- */

enum end { END_NONE, END_CF, END_SF, END_DEMUX, END_WORLD };

static enum end
end_at(const struct topo *topo, uint8_t instance, uint8_t slot)
{
    if (instance == FAULT_ANY)
        return slot == 0 ? END_WORLD : END_NONE;
    if (instance >= topo->instance_n || slot == 0 || slot > TOPO_SLOTS)
        return END_NONE;
    switch (topo->instances[instance].slots[slot].type) {
    case CARD_CF:
        return END_CF;
    case CARD_SF:
        return END_SF;
    case CARD_DEMUX:
        return END_DEMUX;
    default:
        return END_NONE;
    }
}

static bool
is_pair(enum end a, enum end b, enum end one, enum end other)
{
    return (a == one && b == other) || (a == other && b == one);
}

/* Is there such a link between two ends of these kinds? */
static bool
joins(enum fault_link link, enum end a, enum end b, bool same)
{
    switch (link) {
    case FAULT_LINK_SRP_CONTROL:
    case FAULT_LINK_SRP_SESSION:
        return a == END_CF && b == END_CF && !same;
    case FAULT_LINK_CARD:
        return same && (a == END_CF || b == END_CF);
    case FAULT_LINK_CKPT:
        return same && is_pair(a, b, END_CF, END_SF);
    case FAULT_LINK_CALL:
        return same && is_pair(a, b, END_DEMUX, END_SF);
    case FAULT_LINK_ACCESS:
        return is_pair(a, b, END_DEMUX, END_WORLD);
    case FAULT_LINK_AAA:
        return is_pair(a, b, END_CF, END_WORLD);
    case FAULT_LINK_N:
        break;
    }
    return false;
}

static bool
hits_way(const struct fault *fault, uint8_t instance, uint8_t slot, uint8_t to, uint8_t to_slot)
{
    enum fault_link link = fault->target.link;
    bool back = link == FAULT_LINK_AAA || fault->kind == FAULT_RESET;

    return fault_hits_frame(fault, link, instance, slot, to, to_slot) ||
           (back && fault_hits_frame(fault, link, to, to_slot, instance, slot));
}

static bool
sends_on(const struct fault *fault, const struct topo *topo, uint8_t instance, uint8_t slot)
{
    enum end own = end_at(topo, instance, slot);

    if (own == END_NONE || (own == END_WORLD && fault->target.link == FAULT_LINK_AAA))
        return false;
    for (uint8_t to = 0; to <= FAULT_ANY; to++) {
        for (uint8_t at = 0; at <= TOPO_SLOTS; at++) {
            enum end other = end_at(topo, to, at);

            if (other != END_NONE && !(to == instance && at == slot) &&
                joins(fault->target.link, own, other, to == instance) &&
                hits_way(fault, instance, slot, to, at))
                return true;
        }
    }
    return false;
}

bool
fault_concerns(const struct fault *fault, const struct topo *topo, uint8_t instance, uint8_t slot)
{
    enum end end = end_at(topo, instance, slot);

    switch (kinds[fault->kind].by) {
    case FAULT_BY_PROCESS:
        if (fault->target.link != FAULT_NO_LINK)
            return sends_on(fault, topo, instance, slot);
        return end != END_NONE && fault_hits_vm(fault, instance, slot) &&
               (kinds[fault->kind].on != FAULT_ON_SF || end == END_SF);
    case FAULT_BY_WORLD:
        return end == END_WORLD;
    case FAULT_BY_HOST:
        break;
    }
    return false;
}
