#include "lab/cli/cli_pager.h"

#include <stdio.h>
#include <string.h>

#include "lab/cli/cli_line.h"
#include "lab/cli/cli_term.h"

enum { SOUGHT_MOST = 80, BACKSPACE = 0x08, DELETE = 0x7f };

static const char keys[] = "space: next page; Enter: next line; /: search; q: quit";

static unsigned
rows_of_page(unsigned page)
{
    unsigned rows, columns;

    cli_term_size(&rows, &columns);
    return page == CLI_LINE_ALL_ROWS || page < 2 ? rows : page;
}

static unsigned
columns_now(void)
{
    unsigned rows, columns;

    cli_term_size(&rows, &columns);
    return columns;
}

/* The last row says what we wait for; another text takes its place. */
static void
say(const char *text)
{
    (void)printf("\r%*s\r%s", (int)columns_now() - 1, "", text);
    (void)fflush(stdout);
}

/* CLI_TERM_NONE: quit. */
static int
key(void)
{
    int octet;

    do
        octet = cli_term_octet();
    while (octet == CLI_TERM_NONE && cli_term_resized() && !cli_term_over());
    return octet;
}

/* What to search for; false when that was given up. */
static bool
ask_sought(char sought[SOUGHT_MOST])
{
    size_t n = 0;

    for (;;) {
        int octet;

        sought[n] = '\0';
        say("/");
        (void)fputs(sought, stdout);
        (void)fflush(stdout);
        octet = key();
        if (octet == CLI_TERM_NONE)
            return false;
        if (octet == '\n' || octet == '\r')
            return n > 0;
        if ((octet == BACKSPACE || octet == DELETE) && n == 0)
            return false;
        if (octet == BACKSPACE || octet == DELETE)
            n--;
        else if (octet >= ' ' && n + 1 < SOUGHT_MOST)
            sought[n++] = (char)octet;
    }
}

/* Where the next line with that text begins; NULL when there is none. */
static const char *
find(const char *text, const char *sought)
{
    const char *at = strstr(text, sought);

    while (at && at > text && at[-1] != '\n')
        at--;
    return at;
}

/* Wait for a key that says how many rows come next, from where; 0: none. */
static unsigned
rows_wanted(const char **text, unsigned page)
{
    const char *status = "--More--", *found;
    char sought[SOUGHT_MOST];

    for (;;) {
        say(status);
        switch (key()) {
        case ' ':
            return rows_of_page(page) - 1;
        case '\n':
        case '\r':
            return 1;
        case '/':
            found = ask_sought(sought) ? find(*text, sought) : NULL;
            status = found ? "" : "--More-- (not found)";
            if (found) {
                *text = found;
                return rows_of_page(page) - 1;
            }
            break;
        case 'q':
        case 'Q':
        case CLI_TERM_NONE:
            return 0;
        default:
            status = keys;
        }
    }
}

void
cli_pager_show(const char *text, unsigned page)
{
    unsigned left = page ? rows_of_page(page) - 1 : 0;
    const char *line;
    size_t len;

    while (!*cli_term_stop() && cli_line_next(&text, &line, &len)) {
        unsigned rows = cli_line_rows(line, len, columns_now());

        (void)printf("%.*s\n", (int)len, line);
        left = page && rows < left ? left - rows : 0;
        if (!page || left > 0 || !*text)
            continue;
        left = rows_wanted(&text, page);
        say("");
        if (left == 0)
            break;
    }
    (void)fflush(stdout);
}
