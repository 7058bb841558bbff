#include "common/cli/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/cli_form.h"

/* ---- errors ---- */

int
cli_fail(int code, char *err, size_t room, const char *format, ...)
{
    va_list list;
    int n = snprintf(err, room, "Failure: ");

    assert(n > 0);
    va_start(list, format);
    if ((size_t)n < room)
        (void)vsnprintf(err + n, room - (size_t)n, format, list);
    va_end(list);
    return code;
}

int
cli_refuse(const struct cli_args *args, const char *format, ...)
{
    va_list list;
    char sentence[CLI_ERR];

    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    return cli_fail(DI_EREFUSED, args->err, args->room, "%s", sentence);
}

/* ---- modes ---- */

const struct cli_mode *
cli_mode_find(const struct cli_table *table, uint32_t bit)
{
    for (; table; table = table->next)
        for (size_t i = 0; i < table->mode_n; i++)
            if (table->modes[i].bit == bit)
                return &table->modes[i];
    return NULL;
}

static uint32_t
parent_of(const struct cli_table *table, uint32_t bit)
{
    const struct cli_mode *mode = cli_mode_find(table, bit);

    return mode ? mode->parent : 0;
}

int
cli_match_upwards(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
                  const char *line, size_t len, struct cli_args *args, char *err, size_t room)
{
    uint32_t level = *mode, taken = 0;
    size_t most = 0, column = 0;
    bool guessed = false;
    bool known = false; /* some mode knows the first word: only a whole word beats that */
    int rc = 0;

    /* The mode that understood most of the line names the error; if equal, one that knows which word
     * was probably meant; else the innermost. */
    do {
        char other[CLI_ERR];
        int found = cli_match(table, level, privilege, line, len, args, other, sizeof other);

        if (found == 0 && (args->whole || !args->row)) {
            taken = level;
            break;
        }
        if (found == 0 && !known)
            taken = level;
        known = known || found != DI_ENOTFOUND;
        if (found && (!rc || args->understood > most ||
                      (args->understood == most && args->guessed && !guessed))) {
            rc = found;
            guessed = args->guessed;
            most = args->understood;
            column = args->column;
            (void)snprintf(err, room, "%s", other);
        }
        if (found == DI_EFORMAT && args->whole)
            break;
        level = parent_of(table, level);
    } while (level && parent_of(table, level));
    if (taken) {
        *mode = taken;
        return cli_match(table, *mode, privilege, line, len, args, err, room);
    }
    args->understood = most;
    args->guessed = guessed;
    args->column = column;
    return rc;
}

int
cli_run(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
        const char *line, size_t len, void *ctx, char *err, size_t room)
{
    size_t column;

    return cli_run_at(table, mode, privilege, line, len, ctx, &column, err, room);
}

int
cli_run_at(const struct cli_table *table, uint32_t *mode, enum cli_privilege privilege,
           const char *line, size_t len, void *ctx, size_t *column, char *err, size_t room)
{
    struct cli_args args;
    uint32_t found = *mode;
    int rc = cli_match_upwards(table, &found, privilege, line, len, &args, err, room);

    *column = rc ? args.column : 0;
    if (rc || !args.row)
        return rc;
    if (args.row->run)
        rc = args.row->run(ctx, &args);
    if (rc)
        return rc;
    if (args.row->enters == CLI_PARENT)
        *mode = parent_of(table, found);
    else
        *mode = args.row->enters ? args.row->enters : found;
    return 0;
}

/* ---- for handlers ---- */

static const struct cli_word *
find(const struct cli_args *args, const char *name, bool is_argument)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < args->n; i++) {
        const struct cli_word *word = &args->words[i];

        if (word->is_argument == is_argument && word->name_len == len &&
            strncmp(word->name, name, len) == 0)
            return word;
    }
    return NULL;
}

bool
cli_has(const struct cli_args *args, const char *keyword)
{
    return find(args, keyword, false) != NULL;
}

const char *
cli_text(const struct cli_args *args, const char *name)
{
    const struct cli_word *word = find(args, name, true);

    return word ? word->text : NULL;
}

uint32_t
cli_number(const struct cli_args *args, const char *name, uint32_t otherwise)
{
    const struct cli_word *word = find(args, name, true);

    return word ? word->value : otherwise;
}

uint32_t
cli_addr(const struct cli_args *args, const char *name)
{
    return cli_number(args, name, 0);
}

uint32_t
cli_mask(const struct cli_args *args, const char *name)
{
    const struct cli_word *word = find(args, name, true);

    return word ? word->mask : 0;
}

/* ---- checks ---- */

static bool
row_check(const struct cli_table *table, const struct cli_row *row)
{
    return row->form && row->help && row->modes && form_check(row->form) &&
           (row->enters == 0 || row->enters == CLI_PARENT || cli_mode_find(table, row->enters));
}

int
cli_table_check(const struct cli_table *table, char *err, size_t room)
{
    for (const struct cli_table *part = table; part; part = part->next)
        for (size_t i = 0; i < part->row_n; i++)
            if (!row_check(table, &part->rows[i]))
                return cli_fail(DI_EFORMAT, err, room, "row %zu is badly written: %s", i,
                                part->rows[i].form ? part->rows[i].form : "(no form)");
    return 0;
}
