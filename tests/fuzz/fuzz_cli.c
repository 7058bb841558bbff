/* Any bytes as lines of a console: as they are, or as steps through the tables' own grammar. What
 * fails leaves the configuration as it was and says why in printable words; what is offered can be
 * typed; and each accepted configuration is printed, read and printed again as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "common/cli/cli_filter.h"
#include "common/conf/conf_print.h"
#include "common/conf/conf_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 16 };

static const uint8_t chassis_key[CONF_KEY] = "not a secret, only for fuzzing";

struct bytes {
    const uint8_t *at, *end;
};

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t
next_byte(struct bytes *bytes)
{
    return bytes->at < bytes->end ? *bytes->at++ : 0;
}

/* ---- one line ------------------------------------------------------------------------------ */

struct session {
    struct conf_build build;
    struct conf kept;
    uint32_t mode;
};

static void
check_sentence(const char *err, size_t column, size_t len)
{
    demand(strncmp(err, "Failure: ", 9) == 0 && strlen(err) < CLI_ERR);
    for (const char *at = err; *at; at++)
        demand(*at >= ' ' && *at <= '~');
    demand(column <= len + 1); /* behind the line, when a word is missing */
}

static void
run_exec(struct session *session, enum cli_privilege privilege, const char *line, size_t len)
{
    struct cli_args args;
    char err[CLI_ERR];

    if (cli_match(&exec_table, EXEC, privilege, line, len, &args, err, sizeof err) != 0)
        check_sentence(err, args.column, len);
    else if (args.row && args.row->enters && privilege >= CLI_ADMIN)
        session->mode = args.row->enters;
}

static void
run_line(struct session *session, enum cli_privilege privilege, const char *line, size_t len)
{
    size_t command = cli_command_len(line, len), column = 0;
    char err[CLI_ERR];
    int rc;

    (void)cli_filter_check(line + command, len - command, err, sizeof err);
    if (session->mode == EXEC) {
        run_exec(session, privilege, line, command);
        return;
    }
    rc = conf_line_as(&session->build, &session->mode, privilege, line, command, &column, err,
                      sizeof err);
    if (rc == 0) {
        conf_seal(&session->build.conf, chassis_key);
        session->kept = session->build.conf;
        return;
    }
    if (rc != DI_EAGAIN) /* which is a question */
        check_sentence(err, column, command);
    session->build.question = false;
    session->build.conf = session->kept;
}

/* ---- steps through the grammar --------------------------------------------------------------- */

/* A value that an argument takes, most of the time. */
static void
put_value(struct bytes *bytes, const char *argument, FILE *out)
{
    static const char *const words[] = {"a", "dest", "srp", "loopback", "no", "1/1", "ff"};
    const char *type = strchr(argument, ':');
    uint8_t byte = next_byte(bytes);

    type = type ? type + 1 : argument + 1;
    if (*type >= '0' && *type <= '9')
        (void)fprintf(out, "%lu", strtoul(type, NULL, 10) + byte % 7);
    else if (strncmp(type, "mask", 4) == 0)
        (void)fprintf(out, "255.255.%s.0", byte % 2 ? "255" : "0");
    else if (strncmp(type, "ip", 2) == 0)
        (void)fprintf(out, byte % 5 ? "10.%u.0.0" : "2001:db8::%u", byte % 8u);
    else if (strncmp(type, "prefix", 6) == 0)
        (void)fprintf(out, "10.%u.0.0/16", byte % 8u);
    else if (strncmp(type, "port", 4) == 0)
        (void)fprintf(out, "17/%u", byte % 5u);
    else if (strncmp(type, "url", 3) == 0)
        (void)fprintf(out, "/flash/%c.cfg", 'a' + byte % 3);
    else
        (void)fputs(words[byte % (sizeof words / sizeof *words)], out);
}

/* A line, word by word of those that may stand there. */
static size_t
walk(struct session *session, struct bytes *bytes, char line[CLI_LINE + 1])
{
    static struct cli_choice choices[CLI_CHOICES];
    bool exec = session->mode == EXEC;
    size_t len = 0;

    line[0] = '\0';
    for (unsigned word = 0; word < CLI_WORDS && bytes->at < bytes->end; word++) {
        size_t n = cli_choices(exec ? &exec_table : &conf_table, session->mode, CLI_SECURITY_ADMIN,
                               line, len, choices, CLI_CHOICES);
        const char *choice = n ? choices[next_byte(bytes) % n].word : "<cr>";
        FILE *out = fmemopen(line + len, CLI_LINE + 1 - len, "w");

        demand(out != NULL);
        if (strcmp(choice, "<cr>") == 0) {
            (void)fclose(out);
            break;
        }
        if (*choice == '<')
            put_value(bytes, choice, out);
        else
            (void)fputs(choice, out);
        (void)fputc(' ', out);
        (void)fclose(out);
        line[CLI_LINE] = '\0';
        len = strlen(line);
        if (len + 80 > CLI_LINE)
            break;
    }
    return len;
}

/* ---- what was accepted ------------------------------------------------------------------------ */

static char *
print(const struct conf *conf, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    demand(out != NULL);
    conf_print(conf, out);
    demand(fclose(out) == 0);
    return text;
}

static void
check_print(const struct conf *conf)
{
    static struct conf again;
    char err[4096];
    size_t one_len, other_len;
    char *one = print(conf, &one_len), *other;

    demand(conf_read(&again, "printed", one, one_len, err, sizeof err) == 0);
    other = print(&again, &other_len);
    demand(one_len == other_len && memcmp(one, other, one_len) == 0);
    free(one);
    free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session session;
    struct bytes bytes = {data, data + size};
    bool by_grammar = next_byte(&bytes) % 4 != 0;
    enum cli_privilege privilege =
        next_byte(&bytes) % 8 ? CLI_SECURITY_ADMIN : (enum cli_privilege)(size % 4);

    memset(&session, 0, sizeof session);
    session.build.file = "fuzz";
    session.build.asks = size % 2;
    session.mode = EXEC;
    conf_defaults(&session.kept);
    session.build.conf = session.kept;
    for (unsigned i = 0; i < LINES && bytes.at < bytes.end; i++) {
        char walked[CLI_LINE + 1];
        const char *line = walked;
        size_t len;

        if (by_grammar) {
            len = walk(&session, &bytes, walked);
        } else {
            const uint8_t *end = memchr(bytes.at, '\n', (size_t)(bytes.end - bytes.at));

            line = (const char *)bytes.at;
            len = (size_t)((end ? end : bytes.end) - bytes.at);
            bytes.at += len + (end != NULL);
        }
        run_line(&session, privilege, line, len);
    }
    check_print(&session.kept);
    return 0;
}
