#include <string.h>

#include "cf/exec.h"

/* A command that is not for this person, or does not stand in this mode: where it does. */

struct where {
    const char *line;
    size_t len;
    size_t understood; /* words, where it was typed */
};

/* Would the line be understood there: all of it, or if `partly`, its first words better than here? */
static bool
stands(const struct where *where, const struct cli_table *table, uint32_t mode,
       enum cli_privilege privilege, bool partly)
{
    struct cli_args args;
    char err[CLI_ERR];
    int rc = cli_match(table, mode, privilege, where->line, where->len, &args, err, sizeof err);

    return partly ? args.whole && args.understood > where->understood : rc == 0;
}

/* Somebody with a higher privilege could say that. */
static bool
hint_privilege(const struct console *console, const struct where *where,
               const struct cli_table *table, uint32_t mode, char *err, size_t room)
{
    static const char *const whose[] = {
        [CLI_OPERATOR] = "operators and administrators",
        [CLI_ADMIN] = "administrators",
        [CLI_SECURITY_ADMIN] = "security administrators",
    };

    for (unsigned p = console->privilege + 1u; p <= CLI_SECURITY_ADMIN; p++) {
        if (stands(where, table, mode, p, false) || stands(where, table, mode, p, true)) {
            (void)cli_fail(DI_EREFUSED, err, room, "this command is for %s", whose[p]);
            return true;
        }
    }
    return false;
}

/* What was understood of the line here; false when that is all of it. */
static bool
is_misunderstood(const struct console *console, struct where *where, const struct cli_table *table,
                 uint32_t mode)
{
    struct cli_args args;
    char err[CLI_ERR];
    int rc = cli_match_upwards(table, &mode, console->privilege, where->line, where->len, &args,
                               err, sizeof err);

    where->understood = args.understood;
    return rc != 0;
}

bool
console_hint_exec(const struct console *console, const char *line, size_t len, char *err,
                  size_t room)
{
    struct where where = {line, len, 0};

    return is_misunderstood(console, &where, &exec_table, EXEC) &&
           hint_privilege(console, &where, &exec_table, EXEC, err, room);
}

/* The first configuration mode in which it stands; NULL if none. */
static const char *
mode_of(const struct console *console, const struct where *where, bool partly)
{
    for (const struct cli_table *table = &conf_table; table; table = table->next)
        for (size_t i = 0; i < table->mode_n; i++)
            if (*table->modes[i].name &&
                stands(where, &conf_table, table->modes[i].bit, console->privilege, partly))
                return table->modes[i].name;
    return NULL;
}

bool
console_hint_conf(const struct console *console, const char *line, size_t len, char *err,
                  size_t room)
{
    static const char unknown[] = "\", unrecognized keyword"; /* no word has quotes */
    struct where where = {line, len, 0};
    char *end = strstr(err, unknown);

    if (!is_misunderstood(console, &where, &conf_table, console->mode))
        return false;
    if (hint_privilege(console, &where, &conf_table, console->mode, err, room))
        return true;
    for (int partly = 0; end && partly < 2; partly++) {
        size_t at = (size_t)(end - err) + strlen(unknown);
        const char *mode;

        if (stands(&where, &exec_table, EXEC, console->privilege, partly)) {
            (void)snprintf(err + at, room - at, "; do runs Exec commands");
            return false;
        }
        mode = mode_of(console, &where, partly);
        if (mode) {
            (void)snprintf(err + at, room - at, "; it belongs to %s", mode);
            return false;
        }
    }
    return false;
}
