#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/console.h"

enum { FIELDS = 9, ASKS = 1, NOTED = 2 };

#define SCRIPT "script"

/* ---- privileges ---------------------------------------------------------------------------- */

static const char *const privileges[] = {
    [CLI_INSPECTOR] = "inspector",
    [CLI_OPERATOR] = "operator",
    [CLI_ADMIN] = "administrator",
    [CLI_SECURITY_ADMIN] = "security-administrator",
};

const char *
console_privilege_name(enum cli_privilege privilege)
{
    static const char *const names[] = {
        [CLI_INSPECTOR] = "Inspector",
        [CLI_OPERATOR] = "Operator",
        [CLI_ADMIN] = "Administrator",
        [CLI_SECURITY_ADMIN] = "Security Administrator",
    };

    return names[privilege];
}

static bool
find_privilege(const char *name, enum cli_privilege *privilege)
{
    for (unsigned i = 0; i <= CLI_SECURITY_ADMIN; i++) {
        if (strcmp(privileges[i], name) == 0) {
            *privilege = (enum cli_privilege)i;
            return true;
        }
    }
    return false;
}

/* ---- as text ------------------------------------------------------------------------------- */

bool
console_begins(const char *text)
{
    enum cli_privilege privilege;

    return strcmp(text, SCRIPT) == 0 || find_privilege(text, &privilege);
}

static void
begin(struct console *console)
{
    *console = (struct console){
        .length = CONSOLE_OWN_LENGTH,
        .privilege = CLI_SECURITY_ADMIN,
        .timestamps = true,
        .mode = CONF_MODE_EXEC,
    };
    conf_set_name(console->context, "local");
}

static bool
take_number(const char *text, uint32_t most, uint32_t *number)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > most)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool
take_name(const char *text, char name[CONF_NAME])
{
    if (strlen(text) >= CONF_NAME)
        return false;
    conf_set_name(name, text);
    return true;
}

static const struct cli_mode *
mode_named(const char *name)
{
    for (uint32_t bit = 1; bit <= CONF_MODES_CONFIG; bit <<= 1) {
        const struct cli_mode *mode = cli_mode_find(&conf_table, bit);

        if (mode && strcmp(mode->name, name) == 0)
            return mode;
    }
    return NULL;
}

/* Cuts the text at its tabs; false if there are not FIELDS of them. */
static bool
split(char *text, char *fields[FIELDS])
{
    size_t n = 0;

    for (char *next = text; next; n++) {
        if (n == FIELDS)
            return false;
        fields[n] = next;
        next = strchr(next, '\t');
        if (next)
            *next++ = '\0';
    }
    return n == FIELDS;
}

bool
console_read(struct console *console, const char *text)
{
    char copy[SESSION_MOST + 1], *fields[FIELDS];
    const struct cli_mode *mode;
    uint32_t timestamps, kind;

    begin(console);
    console->noted = *text != '\0';
    if (strcmp(text, SCRIPT) == 0) {
        console->privilege = CLI_ADMIN;
        return true;
    }
    if (!*text || find_privilege(text, &console->privilege)) {
        console->asks = *text != '\0';
        return true;
    }
    (void)snprintf(copy, sizeof copy, "%s", text);
    if (!split(copy, fields) || !(mode = mode_named(fields[5])))
        return false;
    console->mode = mode->bit;
    if (!take_number(fields[3], 1, &timestamps) || !take_number(fields[8], ASKS | NOTED, &kind))
        return false;
    console->timestamps = timestamps == 1;
    console->asks = kind & ASKS;
    console->noted = kind & NOTED;
    return take_number(fields[0], CONSOLE_OWN_LENGTH, &console->length) &&
           take_number(fields[1], CONSOLE_OWN_LENGTH, &console->width) &&
           find_privilege(fields[2], &console->privilege) &&
           take_name(fields[4], console->context) && take_name(fields[6], console->within) &&
           take_name(fields[7], console->object);
}

void
console_write(const struct console *console, char out[SESSION_MOST + 1])
{
    const struct cli_mode *mode = cli_mode_find(&conf_table, console->mode);

    if (console->ended)
        (void)snprintf(out, SESSION_MOST + 1, "-");
    else
        (void)snprintf(out, SESSION_MOST + 1, "%u\t%u\t%s\t%d\t%s\t%s\t%s\t%s\t%d", console->length,
                       console->width, privileges[console->privilege], console->timestamps,
                       console->context, mode->name, console->within, console->object,
                       (console->asks ? ASKS : 0) | (console->noted ? NOTED : 0));
}

void
console_prompt(const struct console *console, const char *host, char out[SESSION_MOST + 1])
{
    const struct cli_mode *mode = cli_mode_find(&conf_table, console->mode);
    const char *context = console->mode == CONF_MODE_EXEC ? console->context
                          : *console->within              ? console->within
                                                          : "local";

    (void)snprintf(out, SESSION_MOST + 1, "[%s]%s%s%s%s%s ", context, host, *mode->name ? "(" : "",
                   mode->name, *mode->name ? ")" : "", console->privilege >= CLI_ADMIN ? "#" : ">");
}

/* ---- the place of a mode ------------------------------------------------------------------- */

bool
console_enter(const struct console *console, struct conf_build *build)
{
    if (console->mode == CONF_MODE_EXEC)
        return true;
    build->context = 0;
    if (*console->within) {
        build->context = conf_find_context(&build->conf, console->within);
        if (build->context == CONF_CONTEXTS)
            return false;
    }
    return !*console->object || conf_place_find(build, console->mode, console->object);
}

void
console_place(struct console *console, uint32_t mode, const struct conf_build *build)
{
    bool in_context = mode != CONF_MODE_EXEC && conf_mode_in_context(mode);

    console->mode = mode;
    conf_set_name(console->within, in_context ? build->conf.contexts[build->context] : "");
    if (mode == CONF_MODE_EXEC)
        conf_set_name(console->object, "");
    else
        conf_place_name(build, mode, console->object);
}
