#include "common/conf/boot_stack.h"

#include <stdbool.h>
#include <string.h>

/* ---- the stack ----------------------------------------------------------------------------- */

const char *
boot_stack_set(struct boot_stack *stack, uint8_t priority, const char *image, const char *config)
{
    struct boot_entry entry;
    const char *why;
    uint8_t at = 0;

    memset(&entry, 0, sizeof entry); /* stacks are compared as bytes */
    entry.priority = priority;
    if (priority < 1 || priority > BOOT_PRIORITIES)
        return "a boot system priority is a number from 1 to 100";
    if ((why = file_url_parse(image, &entry.image)) != NULL ||
        (why = file_url_parse(config, &entry.config)) != NULL)
        return why;
    while (at < stack->n && stack->entries[at].priority < priority)
        at++;
    if (at == stack->n || stack->entries[at].priority != priority) {
        if (stack->n == BOOT_ENTRIES)
            return "maximum number of boot system entries (10) reached; remove one with no boot "
                   "system priority, first";
        memmove(stack->entries + at + 1, stack->entries + at,
                (size_t)(stack->n - at) * sizeof entry);
        stack->n++;
    }
    stack->entries[at] = entry;
    return NULL;
}

const char *
boot_stack_remove(struct boot_stack *stack, uint8_t priority)
{
    uint8_t at = 0;

    while (at < stack->n && stack->entries[at].priority != priority)
        at++;
    if (at == stack->n)
        return "there is no boot system entry of that priority; see show boot";
    stack->n--;
    memmove(stack->entries + at, stack->entries + at + 1,
            (size_t)(stack->n - at) * sizeof stack->entries[0]);
    memset(stack->entries + stack->n, 0, sizeof stack->entries[0]);
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct words {
    const char *at, *end;
};

/* The next word into out, cut to be too long for any use; false at the end of the line. */
static bool
take_word(struct words *words, char out[FILE_URL + 8])
{
    size_t len = 0;

    while (words->at < words->end && (*words->at == ' ' || *words->at == '\t'))
        words->at++;
    if (words->at == words->end)
        return false;
    for (; words->at < words->end && *words->at != ' ' && *words->at != '\t'; words->at++) {
        if (len < FILE_URL + 7)
            out[len++] = *words->at ? *words->at : '?';
    }
    out[len] = '\0';
    return true;
}

static bool
take_keyword(struct words *words, const char *keyword)
{
    char word[FILE_URL + 8];

    return take_word(words, word) && strcmp(word, keyword) == 0;
}

static bool
take_priority(struct words *words, uint8_t *priority)
{
    char word[FILE_URL + 8];
    unsigned n = 0;

    if (!take_word(words, word) || strlen(word) > 3)
        return false;
    for (const char *at = word; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        n = n * 10 + (unsigned)(*at - '0');
    }
    *priority = n <= BOOT_PRIORITIES ? (uint8_t)n : 0;
    return true;
}

static const char *
read_line(struct boot_stack *stack, const char *line, size_t len)
{
    struct words words = {line, line + len};
    char image[FILE_URL + 8], config[FILE_URL + 8], more[FILE_URL + 8];
    uint8_t n = stack->n, priority;
    const char *why;

    if (!take_keyword(&words, "boot") || !take_keyword(&words, "system") ||
        !take_keyword(&words, "priority") || !take_priority(&words, &priority) ||
        !take_keyword(&words, "image") || !take_word(&words, image) ||
        !take_keyword(&words, "config") || !take_word(&words, config) || take_word(&words, more))
        return "expected boot system priority N image URL config URL";
    why = boot_stack_set(stack, priority, image, config);
    return why ? why : stack->n == n ? "two entries of one priority" : NULL;
}

static bool
is_comment(const char *line, size_t len)
{
    while (len && (*line == ' ' || *line == '\t'))
        line++, len--;
    return len == 0 || *line == '#';
}

const char *
boot_stack_get(const char *text, size_t len, struct boot_stack *stack, unsigned *line)
{
    struct boot_stack read;
    unsigned number = 0;

    memset(&read, 0, sizeof read);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at), *why;
        size_t line_len = end ? (size_t)(end - (text + at)) : len - at;
        size_t used = line_len && text[at + line_len - 1] == '\r' ? line_len - 1 : line_len;

        number++;
        if (!is_comment(text + at, used) && (why = read_line(&read, text + at, used)) != NULL) {
            *line = number;
            return why;
        }
        at += line_len + 1;
    }
    *stack = read;
    return NULL;
}

/* ---- writing ------------------------------------------------------------------------------- */

_Static_assert(BOOT_ENTRIES *(2 * FILE_URL + 64) + 128 <= BOOT_TEXT, "all entries fit");

static void
put(char *out, size_t *len, const char *text)
{
    size_t n = strlen(text);

    memcpy(out + *len, text, n + 1);
    *len += n;
}

static void
put_entry(char *out, size_t *len, const struct boot_entry *entry, const char *between)
{
    char digits[4] = "";
    size_t at = 0;

    if (entry->priority >= 100)
        digits[at++] = (char)('0' + entry->priority / 100);
    if (entry->priority >= 10)
        digits[at++] = (char)('0' + entry->priority / 10 % 10);
    digits[at] = (char)('0' + entry->priority % 10);
    put(out, len, "boot system priority ");
    put(out, len, digits);
    put(out, len, between);
    put(out, len, "image ");
    put(out, len, file_url_text(&entry->image).text);
    put(out, len, between);
    put(out, len, "config ");
    put(out, len, file_url_text(&entry->config).text);
    put(out, len, "\n");
}

size_t
boot_stack_put(const struct boot_stack *stack, char out[BOOT_TEXT])
{
    size_t len = 0;

    put(out, &len, "# boot.sys: the boot stack; the lowest number is tried first\n");
    for (uint8_t i = 0; i < stack->n; i++)
        put_entry(out, &len, &stack->entries[i], " ");
    return len;
}

size_t
boot_stack_show(const struct boot_stack *stack, char out[BOOT_TEXT])
{
    size_t len = 0;

    out[0] = '\0';
    for (uint8_t i = 0; i < stack->n; i++) {
        if (i > 0)
            put(out, &len, "\n");
        put_entry(out, &len, &stack->entries[i], " \\\n    ");
    }
    return len;
}
