#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/conf/conf_build.h"
#include "common/conf/conf_file.h"

/* A file is a session that begins in Exec mode. Lines that begin with # are comments. One
 * comment is special: a saved configuration closes each block by `#exit`. On the emulated
 * system that is cosmetic, and a line unknown in a mode is looked for in the parents. Here
 * both hold: a line finds its mode upwards (cli_match_upwards), and `#exit` closes a block
 * if one is open, so that a block may also be left by nothing but the next line that does
 * not belong to it. One `#exit` or `exit` too many closes
 * nothing. */

void
conf_add_line(struct conf_errors *errors, const char *line)
{
    size_t room = errors->room - errors->at;
    int n =
        room ? snprintf(errors->out + errors->at, room, "%s%s", errors->at ? "\n" : "", line) : 0;

    errors->n++;
    if (n > 0 && (size_t)n < room) {
        errors->at += (size_t)n;
    } else if (room) { /* no half lines, and none after one that is missing */
        errors->out[errors->at] = '\0';
        errors->room = errors->at;
    }
}

void
conf_error(struct conf_errors *errors, const char *file, unsigned line, const char *format, ...)
{
    va_list list;
    char sentence[CLI_ERR], whole[CLI_ERR + 256];

    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    (void)snprintf(whole, sizeof whole, "%.200s:%u: %s", file ? file : "", line, sentence);
    conf_add_line(errors, file ? whole : sentence);
}

static bool
is_exit_comment(const char *line, size_t len)
{
    return len >= 5 && memcmp(line, "#exit", 5) == 0 &&
           (len == 5 || line[5] == ' ' || line[5] == '\t');
}

static void
close_block(uint32_t *mode)
{
    const struct cli_mode *here = cli_mode_find(&conf_table, *mode);

    if (here && here->parent && here->parent != CONF_MODE_EXEC)
        *mode = here->parent;
}

int
conf_line_as(struct conf_build *build, uint32_t *mode, enum cli_privilege privilege,
             const char *line, size_t len, size_t *column, char *err, size_t room)
{
    const char *begin = line;
    int rc;

    *column = 0;
    while (len && (*line == ' ' || *line == '\t'))
        line++, len--;
    if (len && line[len - 1] == '\r')
        len--;
    if (len && *line == '#') {
        if (is_exit_comment(line, len))
            close_block(mode);
        return 0;
    }
    rc = cli_run_at(&conf_table, mode, privilege, line, len, build, column, err, room);
    *column += *column ? (size_t)(line - begin) : 0;
    return rc;
}

int
conf_line(struct conf_build *build, uint32_t *mode, const char *line, size_t len, char *err,
          size_t room)
{
    size_t column;

    return conf_line_as(build, mode, CLI_SECURITY_ADMIN, line, len, &column, err, room);
}

/* "exit", or what abbreviates it. */
static bool
is_exit(const char *line, size_t len)
{
    while (len && (*line == ' ' || *line == '\t'))
        line++, len--;
    return len > 1 && strchr("eE", line[0]) && strchr("xX", line[1]);
}

/* The manuals leave one block too many here and there, and go on with what stands in Global
 * Configuration: what is not known in Exec mode is meant for there, if it was left by `exit`. */
static uint32_t
mode_for(const struct conf_reading *reading, const char *line, size_t len)
{
    struct cli_args args;
    char err[CLI_ERR];

    if (!reading->left || reading->mode != CONF_MODE_EXEC)
        return reading->mode;
    return cli_match(&conf_table, CONF_MODE_EXEC, CLI_SECURITY_ADMIN, line, len, &args, err,
                     sizeof err) == 0
               ? CONF_MODE_EXEC
               : CONF_MODE_CONFIG;
}

int
conf_file_line(struct conf_build *build, struct conf_reading *reading, const char *line, size_t len,
               char *err, size_t room)
{
    uint32_t mode = mode_for(reading, line, len), before = mode;
    int rc = conf_line(build, &mode, line, len, err, room);

    if (rc)
        return rc;
    if (mode != CONF_MODE_EXEC)
        reading->left = false;
    else if (before == CONF_MODE_CONFIG)
        reading->left = is_exit(line, len);
    reading->mode = mode;
    return 0;
}

/* Every line of the text into *build. */
static void
read_text(struct conf_build *build, const char *text, size_t len, struct conf_errors *errors)
{
    struct conf_reading reading = {.mode = CONF_MODE_EXEC};
    char err[CLI_ERR];

    conf_defaults(&build->conf);
    if (len > CONF_FILE_MOST) {
        conf_error(errors, build->file, 1, "Failure: Configuration larger than %d octets",
                   CONF_FILE_MOST);
        return;
    }
    for (size_t at = 0; at < len;) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', len - at);
        size_t line_len = end ? (size_t)(end - line) : len - at;

        build->line++;
        if (conf_file_line(build, &reading, line, line_len, err, sizeof err))
            conf_error(errors, build->file, build->line, "%s", err);
        at += line_len + 1;
    }
}

size_t
conf_parse(struct conf *conf, const char *name, const char *text, size_t len, char *err,
           size_t room)
{
    struct conf_build build = {.file = name};
    struct conf_errors errors = {.out = err, .room = room};

    if (room)
        err[0] = '\0';
    read_text(&build, text, len, &errors);
    if (errors.n == 0) /* else what is missing may be but a line that was refused */
        conf_check(&build, &errors);
    if (errors.n == 0) {
        conf_settle(&build.conf);
        *conf = build.conf;
    }
    return errors.n;
}

size_t
conf_read(struct conf *conf, const char *name, const char *text, size_t len, char *err, size_t room)
{
    struct conf_build build = {.file = name};
    struct conf_errors errors = {.out = err, .room = room};

    if (room)
        err[0] = '\0';
    read_text(&build, text, len, &errors);
    if (errors.n == 0) {
        conf_settle(&build.conf);
        *conf = build.conf;
    }
    return errors.n;
}
