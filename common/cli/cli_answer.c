#include "common/cli/cli_answer.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli/cli_filter.h"

static FILE *
open_text(char **text, size_t *len)
{
    FILE *out = open_memstream(text, len);

    if (!out)
        abort();
    return out;
}

static void
close_text(FILE *out)
{
    if (fclose(out) != 0)
        abort();
}

int
cli_answer_by(cli_carry_fn *carry, const char *line, void *ctx, FILE **out, char **text)
{
    size_t len = strlen(line), command = cli_command_len(line, len), said_len = 0, text_len = 0;
    char err[CLI_ERR], *said = NULL;
    FILE *answer = open_text(text, &text_len);
    int rc = cli_filter_check(line + command, len - command, err, sizeof err);

    if (rc == 0) {
        *out = open_text(&said, &said_len);
        rc = carry(ctx, line, command, err, sizeof err);
        close_text(*out);
        *out = NULL;
    }
    if (rc == 0)
        rc = cli_filter(line + command, len - command, said, said_len, answer, err, sizeof err);
    free(said);
    if (rc != 0)
        (void)fprintf(answer, "%s\n", err);
    close_text(answer);
    return rc;
}

struct whole {
    const struct cli_table *table;
    uint32_t mode;
    enum cli_privilege privilege;
    void *ctx;
};

static int
carry_whole(void *arg, const char *line, size_t len, char *err, size_t room)
{
    struct whole *whole = arg;

    return cli_run(whole->table, &whole->mode, whole->privilege, line, len, whole->ctx, err, room);
}

int
cli_answer(const struct cli_table *table, uint32_t mode, enum cli_privilege privilege,
           const char *line, void *ctx, FILE **out, char **text)
{
    struct whole whole = {table, mode, privilege, ctx};

    return cli_answer_by(carry_whole, line, &whole, out, text);
}
