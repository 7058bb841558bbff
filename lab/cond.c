#include "lab/cond.h"

#include <string.h>

#include "lab/cond_words.h"

/* ---- reading ------------------------------------------------------------------------ */

static const struct {
    const char *text;
    enum cond_compare compare;
} operators[] = {
    {">=", COND_AT_LEAST}, {"<=", COND_AT_MOST}, {"=", COND_EQUAL},
    {">", COND_ABOVE},     {"<", COND_BELOW},
};

static bool
read_number(const char *text, uint64_t *number)
{
    *number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *number > UINT32_MAX)
            return false;
        *number = *number * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

/* "key OP value" into its parts; the key is cut to what fits, which then names nothing. */
static bool
split(const char *text, char key[64], enum cond_compare *compare, const char **value)
{
    size_t len = strcspn(text, "<>=");

    if (!text[len] || len == 0 || len >= 64)
        return false;
    memcpy(key, text, len);
    key[len] = '\0';
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t width = strlen(operators[i].text);

        if (strncmp(text + len, operators[i].text, width) == 0) {
            *compare = operators[i].compare;
            *value = text + len + width;
            return true;
        }
    }
    return false;
}

static bool
read_who(struct cond *cond, const char *name, const struct topo *topo)
{
    for (uint8_t i = 0; i < topo->instance_n; i++) {
        if (strcmp(topo->instances[i].name, name) == 0) {
            cond->instance = i;
            return true;
        }
    }
    cond->instance = view_same_word(name, "active") ? COND_ACTIVE : COND_STANDBY;
    return cond->kind == COND_SESSIONS &&
           (cond->instance == COND_ACTIVE || view_same_word(name, "standby"));
}

static bool
keep_word(struct cond *cond, const char *value)
{
    size_t len = strlen(value);

    if (len == 0 || len >= sizeof cond->word)
        return false;
    memcpy(cond->word, value, len + 1);
    return true;
}

static bool
is_one_of(const char *word, struct cond_words words)
{
    return cond_words_have(&words, word);
}

static bool
read_card(struct cond *cond, const char *digits, const char *value, const struct topo *topo)
{
    uint64_t slot;

    cond->alive = view_same_word(value, "alive");
    if (!read_number(digits, &slot) || slot == 0 || slot > TOPO_SLOTS ||
        topo->instances[cond->instance].slots[slot].type == CARD_EMPTY)
        return false;
    cond->slot = (uint8_t)slot;
    return cond->alive || view_same_word(value, "dead");
}

static bool
read_cf(struct cond *cond, const char *value)
{
    uint64_t slot = 0;

    if (!view_same_word(value, "none") && (!read_number(value, &slot) || slot < 1 || slot > 2))
        return false;
    cond->slot = (uint8_t)slot;
    return true;
}

/* What of an instance, and which value of it. */
static bool
read_what(struct cond *cond, const char *what, const char *value, const struct topo *topo)
{
    if (cond->kind == COND_SESSIONS)
        return read_number(value, &cond->number);
    if (cond->compare != COND_EQUAL || !keep_word(cond, value))
        return false;
    switch (cond->kind) {
    case COND_CHASSIS:
        return is_one_of(value, cond_words_chassis());
    case COND_ROUTE:
        return is_one_of(value, cond_words_route());
    case COND_CF:
        return read_cf(cond, value);
    default:
        return read_card(cond, what + 4, value, topo);
    }
}

static bool
read_kind(struct cond *cond, const char *what)
{
    static const struct {
        const char *word;
        enum cond_kind kind;
    } kinds[] = {{"chassis", COND_CHASSIS},
                 {"cf", COND_CF},
                 {"route", COND_ROUTE},
                 {"sessions", COND_SESSIONS}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(what, kinds[i].word) == 0) {
            cond->kind = kinds[i].kind;
            return true;
        }
    }
    cond->kind = COND_CARD;
    return strncmp(what, "card", 4) == 0;
}

/* "KIND" or "KIND=NEW" behind "event:". */
static bool
read_event(struct cond *cond, const char *text)
{
    size_t len = strcspn(text, "=");
    char name[64];
    int kind;

    if (len >= sizeof name)
        return false;
    memcpy(name, text, len);
    name[len] = '\0';
    kind = event_kind(name);
    cond->kind = COND_EVENT;
    cond->event = (uint8_t)kind;
    return kind >= 0 && (!text[len] || (keep_word(cond, text + len + 1) &&
                                        is_one_of(cond->word, cond_words_event(name))));
}

/* Is it "event:..." or "INSTANCE.event:..."? What is behind the colon then, and who. */
static const char *
event_part(struct cond *cond, const char *text, const struct topo *topo)
{
    static const char mark[] = "event:";
    const char *dot = strchr(text, '.');

    if (strncmp(text, mark, sizeof mark - 1) == 0)
        return text + sizeof mark - 1;
    if (!dot || strncmp(dot + 1, mark, sizeof mark - 1) != 0)
        return NULL;
    for (uint8_t i = 0; i < topo->instance_n; i++) {
        const char *name = topo->instances[i].name;

        if (strlen(name) == (size_t)(dot - text) && strncmp(name, text, strlen(name)) == 0) {
            memcpy(cond->who, name, strlen(name) + 1);
            return dot + sizeof mark;
        }
    }
    return NULL;
}

/* "ID=on" or "ID=off" behind "fault:". */
static bool
read_fault(struct cond *cond, const char *text)
{
    char key[64];
    const char *value;

    cond->kind = COND_FAULT;
    if (!split(text, key, &cond->compare, &value) || cond->compare != COND_EQUAL)
        return false;
    cond->alive = strcmp(value, "on") == 0;
    return read_number(key, &cond->number) && (cond->alive || strcmp(value, "off") == 0);
}

/* What is of the whole lab. */
static bool
read_lab(struct cond *cond, const char *key, const char *value)
{
    cond->instance = COND_EVERY;
    cond->kind = strcmp(key, "faults") == 0 ? COND_FAULTS : COND_SESSIONS;
    return (cond->kind == COND_FAULTS || strcmp(key, "sessions") == 0) &&
           read_number(value, &cond->number);
}

bool
cond_parse(struct cond *cond, const char *text, const struct topo *topo)
{
    char key[64];
    const char *value;
    char *dot;

    memset(cond, 0, sizeof *cond);
    if (strcmp(text, "sync") == 0)
        return true; /* COND_SYNC */
    value = event_part(cond, text, topo);
    if (value)
        return read_event(cond, value);
    if (strncmp(text, "fault:", strlen("fault:")) == 0)
        return read_fault(cond, text + strlen("fault:"));
    if (!split(text, key, &cond->compare, &value))
        return false;
    dot = strchr(key, '.');
    if (!dot)
        return read_lab(cond, key, value);
    *dot = '\0';
    return read_kind(cond, dot + 1) && read_who(cond, key, topo) &&
           read_what(cond, dot + 1, value, topo);
}

/* ---- judging ------------------------------------------------------------------------ */

static bool
compares(const struct cond *cond, uint64_t number)
{
    switch (cond->compare) {
    case COND_AT_LEAST:
        return number >= cond->number;
    case COND_AT_MOST:
        return number <= cond->number;
    case COND_ABOVE:
        return number > cond->number;
    case COND_BELOW:
        return number < cond->number;
    default:
        return number == cond->number;
    }
}

static bool
every_compares(const struct cond *cond, const struct view *view)
{
    size_t answering = 0;

    for (size_t i = 0; i < view->instance_n; i++) {
        if (!view->instances[i].cf)
            continue;
        answering++;
        if (!compares(cond, view->instances[i].sessions))
            return false;
    }
    return answering > 0;
}

static const struct view_instance *
instance_of(const struct cond *cond, const struct view *view)
{
    if (cond->instance == COND_ACTIVE)
        return view_in_state(view, "active");
    if (cond->instance == COND_STANDBY)
        return view_in_state(view, "standby");
    return &view->instances[cond->instance];
}

bool
cond_wants_faults(const struct cond *cond)
{
    return cond->kind == COND_FAULTS || cond->kind == COND_FAULT;
}

static const struct view_fault *
fault_of(const struct cond *cond, const struct view *view)
{
    for (size_t i = 0; i < view->fault_n; i++) {
        if (view->faults[i].id == cond->number)
            return &view->faults[i];
    }
    return NULL;
}

static bool
fault_holds(const struct cond *cond, const struct view *view)
{
    const struct view_fault *fault = fault_of(cond, view);

    return cond->alive ? fault && !fault->waits : !fault;
}

void
cond_see(struct cond *cond, const struct event *event)
{
    if (cond->kind == COND_EVENT && event_kind(event->kind) == cond->event &&
        (!cond->who[0] || event_of_instance(event, cond->who)) &&
        (!cond->word[0] || (event->now && view_same_word(cond->word, event->now))))
        cond->happened = true;
}

bool
cond_holds(const struct cond *cond, const struct view *view)
{
    const struct view_instance *instance;

    if (cond->kind == COND_EVENT)
        return cond->happened;
    if (cond->kind == COND_SYNC)
        return view_synced(view);
    if (cond->kind == COND_FAULTS)
        return compares(cond, view->fault_n);
    if (cond->kind == COND_FAULT)
        return fault_holds(cond, view);
    if (cond->instance == COND_EVERY)
        return every_compares(cond, view);
    instance = instance_of(cond, view);
    if (!instance)
        return false;
    switch (cond->kind) {
    case COND_CHASSIS:
        return view_same_word(cond->word, instance->cf ? instance->chassis : "absent");
    case COND_CF:
        return instance->cf == cond->slot;
    case COND_CARD:
        return (instance->cards[cond->slot].pid != 0) == cond->alive;
    case COND_ROUTE:
        return view_same_word(cond->word, instance->route);
    default:
        return instance->cf && compares(cond, instance->sessions);
    }
}

/* ---- telling ------------------------------------------------------------------------ */

struct text {
    char *out;
    size_t room, len;
};

static void
add(struct text *text, const char *words)
{
    size_t len = strlen(words), left = text->room - text->len;

    if (len >= left)
        len = left - 1;
    memcpy(text->out + text->len, words, len);
    text->len += len;
    text->out[text->len] = '\0';
}

static void
add_number(struct text *text, uint64_t number)
{
    char digits[21];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    add(text, digits + at);
}

static void
add_instance(struct text *text, const struct view_instance *instance, bool with_sync)
{
    add(text, instance->name);
    add(text, " ");
    add(text, instance->cf ? instance->chassis : "absent");
    if (with_sync && instance->cf)
        add(text, instance->synced ? " (synchronised)" : " (not synchronised)");
}

static void
add_sessions(struct text *text, const struct view_instance *instance)
{
    add(text, instance->name);
    add(text, " ");
    if (instance->cf)
        add_number(text, instance->sessions);
    else
        add(text, "absent");
}

static void
add_all(struct text *text, const struct cond *cond, const struct view *view)
{
    for (size_t i = 0; i < view->instance_n; i++) {
        add(text, i ? ", " : "");
        if (cond->kind == COND_SYNC)
            add_instance(text, &view->instances[i], true);
        else
            add_sessions(text, &view->instances[i]);
    }
}

static void
add_faults(struct text *text, const struct cond *cond, const struct view *view)
{
    const struct view_fault *fault = fault_of(cond, view);

    if (cond->kind == COND_FAULTS) {
        add_number(text, view->fault_n);
        add(text, view->fault_n == 1 ? " lease" : " leases");
    } else {
        add(text, !fault ? "off" : fault->waits ? "it waits" : "on");
    }
}

void
cond_value(const struct cond *cond, const struct view *view, char *out, size_t room)
{
    struct text text = {.out = out, .room = room};
    const struct view_instance *instance;

    out[0] = '\0';
    if (cond->kind == COND_EVENT) {
        add(&text, cond->happened ? "it happened" : "no such event");
        return;
    }
    if (cond_wants_faults(cond)) {
        add_faults(&text, cond, view);
        return;
    }
    if (cond->kind == COND_SYNC || cond->instance == COND_EVERY) {
        add_all(&text, cond, view);
        return;
    }
    instance = instance_of(cond, view);
    if (!instance) {
        add(&text, "no single chassis is ");
        add(&text, cond->instance == COND_ACTIVE ? "Active" : "Standby");
        return;
    }
    switch (cond->kind) {
    case COND_CHASSIS:
        add_instance(&text, instance, false);
        break;
    case COND_CF:
        add(&text, instance->cf == 0 ? "no CF is active" : "active is CF ");
        if (instance->cf)
            add_number(&text, instance->cf);
        break;
    case COND_CARD:
        add(&text, instance->cards[cond->slot].pid ? "alive" : "dead");
        break;
    case COND_ROUTE:
        add(&text, instance->route[0] ? instance->route : "the world does not answer");
        break;
    default:
        add_sessions(&text, instance);
        break;
    }
}
