#include "lab/cli/cli_edit.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "lab/cli/cli_history.h"
#include "lab/cli/cli_line.h"
#include "lab/cli/cli_pager.h"
#include "lab/cli/cli_term.h"

struct cli_edit {
    EditLine *el;
    struct cli_history history;
    cli_edit_ask_fn *ask;
    void *ctx;
    const char *prompt;
    unsigned page; /* rows of help at a time, as cli_pager_show */
    bool plain;    /* TAB and ? are characters */
    bool overlong; /* something did not fit */
};

/* libedit 3.1 loses the names of functions that were added when it is ended, so it lasts as long as
 * the process; the terminal's modes are put back by cli_term_close. */
static EditLine *the_editor;

static struct cli_edit *
edit_of(EditLine *el)
{
    void *edit = NULL;

    (void)el_get(el, EL_CLIENTDATA, &edit); /* it was set */
    return edit;
}

static char *
prompt_of(EditLine *el)
{
    static char prompt[SESSION_MOST + 1];

    (void)snprintf(prompt, sizeof prompt, "%s", edit_of(el)->prompt);
    return prompt;
}

/* The octets of a character; 0 when it is not to be had, its first octet being the last one
 * looked at. */
static int
read_character(wchar_t *character)
{
    mbstate_t state = {0};

    for (;;) {
        int octet = cli_term_octet();
        char byte = (char)octet;
        size_t rc;

        if (octet == CLI_TERM_NONE)
            return 0;
        rc = mbrtowc(character, &byte, 1, &state);
        if (rc == (size_t)-1)
            memset(&state, 0, sizeof state); /* no text: it is left out */
        else if (rc != (size_t)-2)
            return 1;
    }
}

static bool
is_full(EditLine *el)
{
    const LineInfoW *line = el_wline(el);

    return line->lastchar - line->buffer >= MGMT_LINE;
}

/* The screen is as wide as it is now; what stands there is written once more. */
static void
resize(EditLine *el)
{
    el_resize(el);
    (void)fputs("\r", stdout);
    (void)el_set(el, EL_REFRESH);
}

/* For libedit: the next key. What does not fit into a line is swallowed up to its end. */
static int
next_key(EditLine *el, wchar_t *key)
{
    for (;;) {
        if (read_character(key) == 0) {
            if (!cli_term_resized()) {
                errno = EINTR;
                return -1;
            }
            resize(el);
            continue;
        }
        if (!is_full(el) || !iswprint((wint_t)*key))
            return 1;
        edit_of(el)->overlong = true;
    }
}

/* Go below all rows of the line that is being edited. */
static void
go_below(EditLine *el)
{
    const LineInfo *line = el_line(el);
    size_t before = (size_t)(line->cursor - line->buffer);
    size_t all = (size_t)(line->lastchar - line->buffer);
    size_t prompt = cli_line_width(edit_of(el)->prompt, strlen(edit_of(el)->prompt));
    unsigned rows, columns;

    cli_term_size(&rows, &columns);
    before = (prompt + cli_line_width(line->buffer, before)) / columns;
    all = (prompt + cli_line_width(line->buffer, all)) / columns;
    for (size_t i = before; i <= all; i++)
        (void)fputc('\n', stdout);
}

/* What is typed up to the cursor; false when that is longer than a line. */
static bool
typed(EditLine *el, char text[MGMT_LINE + 1])
{
    const LineInfo *line = el_line(el);
    size_t len = (size_t)(line->cursor - line->buffer);

    if (len > MGMT_LINE)
        return false;
    memcpy(text, line->buffer, len);
    text[len] = '\0';
    return true;
}

static unsigned char
insert(EditLine *el, int key)
{
    const char text[] = {(char)key, '\0'};

    return el_insertstr(el, text) == 0 ? CC_REFRESH : CC_ERROR;
}

/* The line comes back below what was printed. */
static unsigned char
redraw(EditLine *el)
{
    (void)fflush(stdout);
    (void)el_set(el, EL_REFRESH);
    return CC_NORM;
}

/* Below the line, a page at a time as any answer; Ctrl-C in it clears the line, too. */
static void
show_below(EditLine *el, const char *text)
{
    go_below(el);
    (void)fflush(stdout);
    cli_pager_show(text, edit_of(el)->page);
}

static unsigned char
help(EditLine *el, int key)
{
    struct cli_edit *edit = edit_of(el);
    char line[MGMT_LINE + 1];
    char *text;

    if (!typed(el, line))
        return CC_ERROR;
    if (edit->plain || cli_line_quoted(line, strlen(line)))
        return insert(el, key);
    (void)fputc('?', stdout);
    text = edit->ask(edit->ctx, line, EXEC_HELP);
    show_below(el, text ? text : "");
    free(text);
    return redraw(el);
}

/* Put the first `len` octets of `word` in the place of the word that is typed. Where the cursor
 * stands within a word, its rest is written once, not twice. */
static void
put_word(EditLine *el, const char *typed_word, const char *word, size_t len, const char *behind)
{
    const LineInfo *line = el_line(el);
    size_t typed_len = strlen(typed_word), room = (size_t)(line->lastchar - line->cursor), over;
    char text[MGMT_LINE + 2];

    (void)snprintf(text, sizeof text, "%.*s", (int)len, word);
    over = cli_line_there(text + typed_len, line->cursor, room);
    over += cli_line_there(behind, line->cursor + over, room - over);
    over = cli_line_width(line->cursor, over);
    (void)snprintf(text, sizeof text, "%.*s%s", (int)len, word, behind);
    (void)el_cursor(el, (int)over);
    el_deletestr(el, (int)(cli_line_width(typed_word, typed_len) + over));
    (void)el_insertstr(el, text); /* no room: it is seen */
}

static void
list(EditLine *el, const char *answer)
{
    const char *line;
    char *text = NULL;
    size_t len, size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    while (cli_line_next(&answer, &line, &len)) {
        const char *tab = memchr(line, '\t', len);
        int word = (int)(tab ? tab - line : (long)len);

        (void)fprintf(out, "  %-*.*s  %.*s\n", 28, word, line, (int)len - word - (tab != NULL),
                      tab ? tab + 1 : line + len);
    }
    if (fclose(out) == 0)
        show_below(el, text);
    free(text);
}

static unsigned char
complete_with(EditLine *el, const char *word, const char *answer)
{
    struct cli_choices_seen seen = cli_line_choices(answer, word, strlen(word));

    if (seen.n == 0)
        return CC_ERROR;
    if (seen.fitting == 1 && seen.n == 1) {
        put_word(el, word, seen.common, seen.common_len, " ");
        return CC_REFRESH;
    }
    if (seen.fitting > 0 && seen.common_len > strlen(word)) {
        put_word(el, word, seen.common, seen.common_len, "");
        return CC_REFRESH;
    }
    list(el, answer);
    return redraw(el);
}

static unsigned char
complete(EditLine *el, int key)
{
    struct cli_edit *edit = edit_of(el);
    char line[MGMT_LINE + 1];
    unsigned char rc;
    char *answer;

    if (edit->plain)
        return insert(el, key);
    if (!typed(el, line) || cli_line_quoted(line, strlen(line)))
        return CC_ERROR;
    answer = edit->ask(edit->ctx, line, EXEC_COMPLETE);
    if (!answer)
        return redraw(el);
    rc = complete_with(el, line + cli_line_word(line, strlen(line)), answer);
    free(answer);
    return rc;
}

static void
set_keys(EditLine *el)
{
    (void)el_set(el, EL_EDITOR, "emacs");
    (void)el_set(el, EL_ADDFN, "vpclab-help", "what may stand here", help);
    (void)el_set(el, EL_ADDFN, "vpclab-complete", "complete a word", complete);
    (void)el_set(el, EL_BIND, "?", "vpclab-help", NULL);
    (void)el_set(el, EL_BIND, "^I", "vpclab-complete", NULL);
    (void)el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    (void)el_set(el, EL_BIND, "^W", "ed-delete-prev-word", NULL);
    (void)el_set(el, EL_BIND, "\\e[3~", "ed-delete-next-char", NULL);
}

struct cli_edit *
cli_edit_open(cli_edit_ask_fn *ask, void *ctx)
{
    struct cli_edit *edit = calloc(1, sizeof *edit);

    /* lines are UTF-8 whatever the locale is */
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (!the_editor)
        the_editor = el_init("vpclab", stdin, stdout, stderr);
    if (!edit || !the_editor) {
        (void)fprintf(stderr, "vpclab cli: cannot edit lines: out of memory\n");
        free(edit);
        return NULL;
    }
    edit->el = the_editor;
    edit->ask = ask;
    edit->ctx = ctx;
    edit->prompt = "";
    (void)el_set(edit->el, EL_CLIENTDATA, edit);
    (void)el_set(edit->el, EL_PROMPT, prompt_of);
    (void)el_set(edit->el, EL_GETCFN, next_key);
    (void)el_set(edit->el, EL_SIGNAL, 0);
    set_keys(edit->el);
    /* what is typed or pasted while a line is carried out is neither echoed nor cut into lines */
    (void)el_set(edit->el, EL_SETTY, "-x", "-icanon", "-echo", NULL);
    cli_history_open(&edit->history);
    if (edit->history.lines)
        (void)el_set(edit->el, EL_HIST, history, edit->history.lines);
    return edit;
}

void
cli_edit_close(struct cli_edit **edit)
{
    if (!*edit)
        return;
    cli_history_close(&(*edit)->history);
    free(*edit);
    *edit = NULL;
}

static enum cli_edited
edit_line(struct cli_edit *edit, const char *prompt, char line[MGMT_LINE + 1])
{
    const char *text;
    size_t len;
    int n = 0;

    edit->prompt = prompt;
    edit->overlong = false;
    text = el_gets(edit->el, &n);
    if (!text && cli_term_interrupted() && !cli_term_over())
        return CLI_EDIT_CLEARED;
    if (!text)
        return CLI_EDIT_END;
    len = strcspn(text, "\n");
    if (edit->overlong || len > MGMT_LINE)
        return CLI_EDIT_LONG;
    memcpy(line, text, len);
    line[len] = '\0';
    return CLI_EDIT_LINE;
}

enum cli_edited
cli_edit_line(struct cli_edit *edit, const char *prompt, unsigned page, char line[MGMT_LINE + 1])
{
    enum cli_edited edited;

    edit->page = page;
    edited = edit_line(edit, prompt, line);
    if (edited == CLI_EDIT_LINE && cli_line_printable(line, strlen(line)))
        cli_history_add(&edit->history, line);
    return edited;
}

enum cli_edited
cli_edit_answer(struct cli_edit *edit, const char *question, char line[MGMT_LINE + 1])
{
    enum cli_edited edited;

    edit->plain = true;
    edited = edit_line(edit, question, line);
    edit->plain = false;
    return edited;
}
