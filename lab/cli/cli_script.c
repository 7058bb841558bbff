#include "lab/cli/cli_script.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/cli/cli_line.h"

static const char unconfirmed[] = "Failure: this command asks for confirmation; add -noconfirm\n";
static const char declined[] = "Failure: not confirmed; nothing was done\n";

bool
cli_script_print(FILE *to, const char *text)
{
    size_t len = strlen(text);

    (void)fputs(text, to);
    if (len && text[len - 1] != '\n')
        (void)fputc('\n', to);
    return fflush(to) == 0;
}

/* It asked whether we are sure: a person answers here, a script says -noconfirm. */
static bool
is_sure(const struct cli_script *script, const char *question)
{
    char answer[16] = "";

    if (script->feed->file == stdin || !isatty(STDIN_FILENO))
        return false;
    (void)fputs(question, stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void
replace(struct mgmt_reply *reply, const char *text)
{
    free(reply->text);
    reply->text = strdup(text);
    reply->status = MGMT_FAILURE;
}

/* Ask it, and once more when it is to be confirmed. What was not answered is a failure. */
static void
ask(const struct cli_script *script, const char *line, struct mgmt_reply *reply)
{
    struct cli_question question = {.text = line, .json = script->json};

    if (!cli_link_ask(script->link, &question, reply)) {
        replace(reply, script->link->why);
        return;
    }
    if (reply->status != MGMT_CONFIRM)
        return;
    if (!is_sure(script, reply->text)) {
        replace(reply,
                isatty(STDIN_FILENO) && script->feed->file != stdin ? declined : unconfirmed);
        return;
    }
    free(reply->text);
    question.sure = true;
    if (!cli_link_ask(script->link, &question, reply))
        replace(reply, script->link->why);
}

/* An element of the array; what is no JSON is a string. */
static bool
print_element(const struct cli_script *script, bool first, const struct mgmt_reply *reply)
{
    size_t len = strlen(reply->text);
    json_t *output = json_loads(reply->text, JSON_DECODE_ANY, NULL), *element;

    while (len && reply->text[len - 1] == '\n')
        len--;
    if (!output)
        output = json_stringn(reply->text, len);
    if (!output)
        output = json_string("Failure: the answer is no UTF-8");
    element = json_pack("{s:I, s:s, s:i, s:o}", "number", (json_int_t)script->feed->number, "line",
                        script->feed->line, "status", reply->status, "output", output);
    (void)fputs(first ? "" : ",\n", stdout);
    (void)json_dumpf(element, stdout, JSON_INDENT(2));
    json_decref(element);
    return fflush(stdout) == 0;
}

static bool
print(const struct cli_script *script, bool first, const struct mgmt_reply *reply)
{
    bool read = true;

    if (script->array)
        read = print_element(script, first, reply);
    else if (reply->status == MGMT_OK)
        read = cli_script_print(stdout, reply->text);
    if (reply->status == MGMT_OK)
        return read;
    if (script->place)
        (void)fprintf(stderr, "%s%lu: ", script->place, script->feed->number);
    (void)cli_script_print(stderr, reply->text);
    return read;
}

/* Skipped lines are not understood, and have no text that could be shown. */
static void
skip(const struct cli_script *script, enum cli_fed fed, struct mgmt_reply *reply)
{
    replace(reply, cli_feed_failure(fed));
    reply->status = MGMT_USAGE;
    script->feed->line[0] = '\0';
}

static int
run_lines(const struct cli_script *script)
{
    bool first = true, read = true;
    int worst = LAB_OK;

    while (read && !cli_line_ended(script->link->session) &&
           (script->keep_going || worst == LAB_OK)) {
        enum cli_fed fed = cli_feed_next(script->feed);
        struct mgmt_reply reply = {0};

        if (fed == CLI_FEED_END)
            return worst;
        if (fed == CLI_FEED_BROKEN) {
            (void)fprintf(stderr, "vpclab: cannot read the lines: %s\n", strerror(errno));
            return LAB_FAILURE;
        }
        if (fed == CLI_FEED_LINE)
            ask(script, script->feed->line, &reply);
        else
            skip(script, fed, &reply);
        read = print(script, first, &reply);
        worst = reply.status > worst ? reply.status : worst;
        first = false;
        free(reply.text);
    }
    return read ? worst : LAB_FAILURE;
}

int
cli_script_run(const struct cli_script *script)
{
    int status;

    if (!script->array)
        return run_lines(script);
    (void)fputs("[\n", stdout);
    status = run_lines(script);
    (void)fputs("\n]\n", stdout);
    return status;
}
