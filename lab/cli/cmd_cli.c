#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/cli/cli_edit.h"
#include "lab/cli/cli_line.h"
#include "lab/cli/cli_pager.h"
#include "lab/cli/cli_script.h"
#include "lab/cli/cli_term.h"
#include "lab/lab.h"
#include "lab/opts.h"

enum { TRIES = 3 }; /* a question is asked */

/* A session at a terminal. */
struct console {
    struct cli_link link;
    struct cli_edit *edit;
};

/* Ctrl-C ends the waiting for one answer. */
static bool
ask(struct console *console, const struct cli_question *question, struct mgmt_reply *reply)
{
    bool answered = cli_link_ask(&console->link, question, reply);

    (void)cli_term_interrupted(); /* it has been heeded */
    return answered;
}

static char *
ask_help(void *ctx, const char *line, enum exec_kind kind)
{
    struct console *console = ctx;
    struct mgmt_reply reply;

    if (ask(console, &(struct cli_question){.text = line, .kind = kind}, &reply))
        return reply.text;
    (void)fprintf(stderr, "%s%s", kind == EXEC_COMPLETE ? "\n" : "", console->link.why);
    return NULL;
}

/* Put a caret under the word that the column names, counted in octets from 1. */
static void
print_caret(const char *prompt, const char *line, unsigned column)
{
    size_t before = column - 1 < strlen(line) ? column - 1 : strlen(line);
    unsigned rows, columns;

    cli_term_size(&rows, &columns);
    before = cli_line_width(prompt, strlen(prompt)) + cli_line_width(line, before);
    (void)printf("%*s^\n", (int)(before % columns), "");
}

static void
print_reply(const struct console *console, const char *prompt, const char *line,
            const struct mgmt_reply *reply)
{
    unsigned page = cli_line_page(console->link.session);

    if (reply->status == MGMT_OK) {
        if (page == 0 && cli_line_more(line))
            page = CLI_LINE_ALL_ROWS;
        cli_pager_show(reply->text, page);
        (void)cli_term_interrupted(); /* it has ended the page */
        return;
    }
    if (reply->column)
        print_caret(prompt, line, reply->column);
    (void)fflush(stdout);
    (void)cli_script_print(stderr, reply->text);
}

/* y or yes, in either case. */
static bool
is_yes(const char *answer)
{
    char word[8] = "", more[2] = "";

    return sscanf(answer, "%7s %1s", word, more) == 1 &&
           (strcasecmp(word, "y") == 0 || strcasecmp(word, "yes") == 0);
}

static bool
is_no(const char *answer)
{
    char word[8] = "", more[2] = "";

    return sscanf(answer, "%7s %1s", word, more) == 1 &&
           (strcasecmp(word, "n") == 0 || strcasecmp(word, "no") == 0);
}

/* Is the answer to a question yes? If not, nothing is done. What was pasted is no answer: were it read
 * as one, the lines after it would be carried out in the wrong mode, or by the shell behind us. */
static bool
is_sure(const struct console *console, const char *question)
{
    char answer[MGMT_LINE + 1];
    enum cli_edited edited = CLI_EDIT_LINE;

    if (cli_term_flush()) {
        (void)printf(
            "%s\nmore lines were waiting, which are no answer: nothing was done, and none of "
            "them was carried out;\nadd -noconfirm to that line, or use vpclab exec -f\n",
            question);
        return false;
    }
    for (int tries = 0; edited == CLI_EDIT_LINE && tries < TRIES; tries++) {
        edited = cli_edit_answer(console->edit, question, answer);
        if (edited == CLI_EDIT_LINE && is_yes(answer))
            return true;
        if (edited == CLI_EDIT_LINE && (is_no(answer) || !*answer))
            break;
    }
    (void)printf("not confirmed; nothing was done\n");
    return false;
}

static void
run_line(struct console *console, const char *prompt, const char *line)
{
    struct cli_question question = {.text = line};
    struct mgmt_reply reply;
    bool answered = ask(console, &question, &reply);

    if (answered && reply.status == MGMT_CONFIRM) {
        question.sure = is_sure(console, reply.text);
        free(reply.text);
        if (!question.sure)
            return;
        answered = ask(console, &question, &reply);
    }
    if (!answered) {
        (void)fputs(console->link.why, stderr);
        return;
    }
    print_reply(console, prompt, line, &reply);
    free(reply.text);
}

/* With a blank between it and what is typed; the instance's name when a CF knows no prompts. */
static void
prompt_of(const struct console *console, char prompt[SESSION_MOST + 2])
{
    const char *said = console->link.prompt;
    size_t len = strlen(said);

    if (len)
        (void)snprintf(prompt, SESSION_MOST + 2, "%s%s", said, said[len - 1] == ' ' ? "" : " ");
    else
        (void)snprintf(prompt, SESSION_MOST + 2, "%s# ", console->link.who);
}

/* False at the end of the session. */
static bool
one_line(struct console *console)
{
    char line[MGMT_LINE + 1], prompt[SESSION_MOST + 2];

    prompt_of(console, prompt);
    switch (cli_edit_line(console->edit, prompt, cli_line_page(console->link.session), line)) {
    case CLI_EDIT_CLEARED:
        (void)printf("^C\n");
        break;
    case CLI_EDIT_LONG:
        (void)fputs(cli_feed_failure(CLI_FEED_LONG), stderr);
        break;
    case CLI_EDIT_LINE:
        if (cli_line_printable(line, strlen(line)))
            run_line(console, prompt, line);
        else
            (void)fputs(cli_feed_failure(CLI_FEED_RUBBISH), stderr);
        break;
    case CLI_EDIT_END:
        (void)printf("\n");
        return false;
    }
    return !cli_line_ended(console->link.session) && !cli_term_over();
}

/* The session begins with an empty line, which is answered with the prompt. */
static int
at_terminal(struct console *console)
{
    struct mgmt_reply reply;

    if (!cli_link_ask(&console->link, &(struct cli_question){.text = ""}, &reply)) {
        (void)fputs(console->link.why, stderr);
        return LAB_FAILURE;
    }
    (void)cli_script_print(reply.status == MGMT_OK ? stdout : stderr, reply.text);
    free(reply.text);
    if (!cli_term_open())
        return LAB_FAILURE;
    cli_link_stop(&console->link, cli_term_stop());
    console->edit = cli_edit_open(ask_help, console);
    while (console->edit && one_line(console))
        continue;
    cli_edit_close(&console->edit);
    (void)cli_term_flush(); /* what was pasted behind `exit` is not for the shell */
    cli_term_close();
    return LAB_OK;
}

static int
in_pipe(struct cli_link *link)
{
    static struct cli_feed feed;

    feed = cli_feed_file(stdin);
    return cli_script_run(
        &(struct cli_script){.link = link, .feed = &feed, .place = "line ", .keep_going = true});
}

/* For a shell: the words that may stand at the end of the line, one a line. */
static int
print_words(struct cli_link *link, const char *line)
{
    struct mgmt_reply reply;
    const char *text, *word;
    size_t len;

    if (!cli_line_printable(line, strlen(line)))
        return LAB_USAGE;
    if (!cli_link_ask(link, &(struct cli_question){.text = line, .kind = EXEC_COMPLETE}, &reply)) {
        (void)fputs(link->why, stderr);
        return LAB_FAILURE;
    }
    text = reply.status == MGMT_OK ? reply.text : "";
    while (cli_line_next(&text, &word, &len)) {
        if (len && word[0] != '<')
            (void)printf("%.*s\n", (int)strcspn(word, "\t\n"), word);
    }
    free(reply.text);
    return LAB_OK;
}

struct wanted {
    const char *lab, *complete;
    bool operator_, inspector;
    uint32_t cf;
};

static bool
has_person(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static const char *
session_of(const struct wanted *wanted)
{
    if (wanted->complete)
        return "";
    if (wanted->inspector || wanted->operator_)
        return wanted->inspector ? "inspector" : "operator";
    return has_person() ? "administrator" : "script";
}

static int
run(const struct lab *lab, int instance, const struct wanted *wanted)
{
    static struct console console;
    int status;

    cli_link_open(&console.link, lab, instance, (uint8_t)wanted->cf, session_of(wanted));
    if (wanted->complete)
        status = print_words(&console.link, wanted->complete);
    else if (has_person())
        status = at_terminal(&console);
    else
        status = in_pipe(&console.link);
    cli_link_close(&console.link);
    return status;
}

int
cmd_cli(int argc, char **argv)
{
    static struct lab lab;
    struct wanted wanted = {0};
    const struct opt opts[] = {
        {"operator", OPT_FLAG, &wanted.operator_, 0, 0},
        {"inspector", OPT_FLAG, &wanted.inspector, 0, 0},
        {"cf", OPT_NUMBER, &wanted.cf, 1, 2},
        {"complete", OPT_TEXT, &wanted.complete, 0, 0},
        {"n", OPT_TEXT, &wanted.lab, 0, 0},
    };
    int status, instance;

    if (!opts_parse("cli", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 1 || (wanted.operator_ && wanted.inspector)) {
        (void)fprintf(stderr, "usage: vpclab cli INSTANCE [--operator | --inspector] [--cf N] "
                              "[-n NAME], such as: vpclab cli east\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, wanted.lab);
    if (status != LAB_OK)
        return status;
    instance = cli_link_instance(&lab, argv[0]);
    if (instance < -1)
        return LAB_USAGE;
    return run(&lab, instance, &wanted);
}
