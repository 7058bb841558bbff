/* commands.c - docs/commands.md, written from the tables of commands */
#include <stdio.h>
#include <string.h>

#include "cf/exec.h"

static const char *const privileges[] = {
    [CLI_INSPECTOR] = "any",
    [CLI_OPERATOR] = "operator",
    [CLI_ADMIN] = "administrator",
    [CLI_SECURITY_ADMIN] = "security administrator",
};

/* In a cell of a table a bar must not look like one. */
static void
put_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            (void)putchar('\\');
        (void)putchar(*text);
    }
}

static void
put_row(const struct cli_table *table, const struct cli_row *row)
{
    const struct cli_mode *enters =
        row->enters && row->enters != CLI_PARENT ? cli_mode_find(table, row->enters) : NULL;

    (void)fputs("| `", stdout);
    put_cell(row->form);
    (void)fputs("` | ", stdout);
    put_cell(row->help);
    if (enters && *enters->name)
        (void)printf("; enters `%s`", enters->name);
    (void)printf(" | %s |\n", privileges[row->privilege]);
}

static void
put_mode(const struct cli_table *table, uint32_t bit)
{
    (void)puts("| command | what it does | privilege |\n| --- | --- | --- |");
    for (const struct cli_table *part = table; part; part = part->next)
        for (size_t i = 0; i < part->row_n; i++)
            if ((part->rows[i].modes & bit) && *part->rows[i].help)
                put_row(table, &part->rows[i]);
}

int
main(void)
{
    (void)puts(
        "# Commands\n\n"
        "Written from the tables that the console reads; do not edit. `{ a | b }` is one of "
        "these,\n`[ a ]` may be left out, `+` may be repeated, `<name:type>` stands for a "
        "value. Keywords may be\nabbreviated while unambiguous. What is known of each command "
        "on the emulated system, and how sure\nthat is, stands in [staros.md](staros.md).\n\n"
        "## Exec mode\n\n`vpclab cli INSTANCE`, `vpclab exec INSTANCE 'COMMAND' [--json]`.\n");
    put_mode(&exec_table, EXEC);
    for (const struct cli_table *part = &conf_table; part; part = part->next) {
        for (size_t i = 0; i < part->mode_n; i++) {
            const struct cli_mode *mode = &part->modes[i];
            const struct cli_mode *parent = cli_mode_find(&conf_table, mode->parent);

            if (mode->bit == EXEC)
                continue;
            (void)printf("\n## Mode `%s`\n\nBelow %s%s%s.\n\n", mode->name,
                         *parent->name ? "`" : "", *parent->name ? parent->name : "Exec mode",
                         *parent->name ? "`" : "");
            put_mode(&conf_table, mode->bit);
        }
    }
    return 0;
}
