#include "lab/cli/cli_line.h"

#include <stdint.h>
#include <string.h>

#include "common/cli/cli_secret.h"

enum { TAB = 8 };

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Letters of either case are the same; those of no locale. */
static bool
same_letters(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char x = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] + 'a' - 'A') : a[i];
        char y = b[i] >= 'A' && b[i] <= 'Z' ? (char)(b[i] + 'a' - 'A') : b[i];

        if (x != y)
            return false;
    }
    return true;
}

/* As the CF reads it: an apostrophe is a letter. */
bool
cli_line_quoted(const char *line, size_t len)
{
    bool quoted = false;

    for (size_t i = 0; i < len; i++)
        quoted ^= line[i] == '"';
    return quoted;
}

size_t
cli_line_word(const char *line, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        if ((is_blank(line[i]) || line[i] == '|') && !cli_line_quoted(line, i))
            from = i + 1;
    }
    return from;
}

bool
cli_line_secret(const char *line)
{
    return cli_secret_behind(line) != NULL;
}

bool
cli_line_more(const char *line)
{
    const char *bar = NULL;
    size_t len;

    for (size_t i = 0; line[i]; i++) {
        if (line[i] == '|' && !cli_line_quoted(line, i))
            bar = line + i + 1;
    }
    if (!bar)
        return false;
    bar += strspn(bar, " \t");
    len = strcspn(bar, " \t");
    return len > 0 && len <= strlen("more") && same_letters(bar, "more", len) &&
           bar[len + strspn(bar + len, " \t")] == '\0';
}

/* Octets of the character there; 0 when it is none. */
static size_t
utf8_len(const unsigned char *at, size_t left)
{
    size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (len == 0 || len > left || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0; /* written too long, half of a pair, or beyond the last character */
    return len;
}

bool
cli_line_printable(const char *line, size_t len)
{
    const unsigned char *at = (const unsigned char *)line;

    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(at + i, len - i);

        if (n == 0 || (at[i] < ' ' && at[i] != '\t') || at[i] == 0x7f)
            return false;
        if (n == 2 && at[i] == 0xc2 && at[i + 1] < 0xa0)
            return false; /* control characters that terminals obey */
        i += n;
    }
    return true;
}

size_t
cli_line_width(const char *text, size_t len)
{
    size_t width = 0;

    for (size_t i = 0; i < len; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

unsigned
cli_line_page(const char *session)
{
    unsigned rows = 0;

    for (; *session >= '0' && *session <= '9'; session++) {
        rows = rows * 10 + (unsigned)(*session - '0');
        if (rows > CLI_LINE_ALL_ROWS)
            return CLI_LINE_ALL_ROWS;
    }
    return *session == '\t' || *session == '\0' ? rows : 0;
}

bool
cli_line_ended(const char *session)
{
    return strcmp(session, "-") == 0;
}

unsigned
cli_line_rows(const char *text, size_t len, unsigned columns)
{
    size_t width = 0;

    if (columns == 0)
        return 1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\t')
            width += TAB - width % TAB;
        else
            width += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return width <= columns ? 1 : (unsigned)((width + columns - 1) / columns);
}

bool
cli_line_next(const char **text, const char **line, size_t *len)
{
    if (!**text)
        return false;
    *line = *text;
    *len = strcspn(*text, "\n");
    *text += *len + ((*text)[*len] == '\n');
    return true;
}

static size_t
common_len(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;

    while (n < a_len && n < b_len && same_letters(a + n, b + n, 1))
        n++;
    return n;
}

size_t
cli_line_there(const char *text, const char *behind, size_t behind_len)
{
    return common_len(text, strlen(text), behind, behind_len);
}

struct cli_choices_seen
cli_line_choices(const char *answer, const char *typed, size_t typed_len)
{
    struct cli_choices_seen seen = {0};
    const char *line;
    size_t len;

    while (cli_line_next(&answer, &line, &len)) {
        const char *tab = memchr(line, '\t', len);
        size_t word = tab ? (size_t)(tab - line) : len;

        if (word == 0)
            continue;
        seen.n++;
        if (line[0] == '<' || word < typed_len || !same_letters(line, typed, typed_len))
            continue; /* what stands for a word is not typed for the user */
        seen.common_len =
            seen.fitting == 0 ? word : common_len(seen.common, seen.common_len, line, word);
        if (seen.fitting++ == 0)
            seen.common = line;
    }
    return seen;
}
