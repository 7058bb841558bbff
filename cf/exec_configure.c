#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "common/conf/conf_print.h"

/* Commands about the running configuration: show, save, replay. */

enum { FAULTS = 16384 };

static int
run_configure(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    x->stamped = false;
    return x->cf->leading
               ? 0
               : cli_refuse(args, "this is the standby CF; the configuration is changed on the "
                                  "active one");
}

/* ---- show ------------------------------------------------------------------------------------ */

struct text {
    char *text;
    size_t len;
    FILE *out;
};

static void
text_open(struct text *text)
{
    *text = (struct text){0};
    text->out = open_memstream(&text->text, &text->len);
    if (!text->out)
        abort();
}

static void
text_close(struct text *text)
{
    if (fclose(text->out) != 0)
        abort();
}

/* As text, or as an array of lines. */
static int
print_lines(struct exec *x, char *text, const char *key)
{
    char *rest = text;
    json_t *lines;

    if (!x->json) {
        (void)fputs(text, x->out);
        free(text);
        return 0;
    }
    lines = json_array();
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            (void)json_array_append_new(lines, json_string(line));
    exec_print_object(x, json_pack("{s:o}", key, lines));
    free(text);
    return 0;
}

enum { SHOW_ALL, SHOW_SRP, SHOW_CONTEXT };

static int
run_show(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const struct conf *conf = running_conf(x->cf->running);
    const char *name = cli_text(args, "name");
    struct text text;
    int rc = 0;

    text_open(&text);
    if (args->row->tag == SHOW_ALL)
        conf_print(conf, text.out);
    else if (args->row->tag == SHOW_SRP)
        conf_print_srp(conf, text.out);
    else
        rc = conf_print_context(conf, name, text.out);
    text_close(&text);
    if (rc == 0)
        return print_lines(x, text.text, "configuration");
    free(text.text);
    return cli_refuse(args, "No context \"%s\"; see show context all", name);
}

static int
run_errors(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    char *text = malloc(FAULTS);
    size_t n;

    (void)args;
    if (!text)
        abort();
    n = conf_faults(running_conf(x->cf->running), text, FAULTS);
    if (n == 0 && !x->json) {
        free(text);
        exec_say(x, "Info: nothing is wrong with the configuration\n");
        return 0;
    }
    if (!x->json)
        exec_say(x, "%s\n%zu %s found\n", text, n, n == 1 ? "fault" : "faults");
    else
        return print_lines(x, text, "errors");
    free(text);
    return 0;
}

/* ---- save ------------------------------------------------------------------------------------ */

static int
write_file(const struct flash *flash, const struct cli_args *args, const struct file_url *url,
           const struct text *text)
{
    char err[FLASH_ERR];

    return flash_write(flash, url, text->text, text->len, err, sizeof err) == 0
               ? 0
               : cli_refuse(args, "%s", err);
}

/* -redundant: the other CF's disk gets it, too. */
static int
write_both(struct exec *x, const struct cli_args *args, const struct file_url *url,
           const struct text *text)
{
    struct cf *cf = x->cf;
    unsigned other = cf->node->slot == 1 ? 2 : 1;
    struct flash flash;
    char err[FLASH_ERR];
    int rc = write_file(&cf->flash, args, url, text);

    if (rc != 0 || !cli_has(args, "-redundant"))
        return rc;
    if (node_instance(cf->node)->slots[other].type != CARD_CF)
        return cli_refuse(args, "%s is saved here, but there is no other CF",
                          file_url_text(url).text);
    if (flash_open(&flash, cf->node, other, err, sizeof err) != 0)
        return cli_refuse(args, "%s is saved here, but not on the other CF: %s",
                          file_url_text(url).text, err);
    return write_file(&flash, args, url, text);
}

static int
run_save(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    struct text text;
    int rc = exec_url(args, "url", &url);

    if (rc != 0)
        return rc;
    if (flash_has(&x->cf->flash, &url) && !x->line->sure && !cli_has(args, "-noconfirm")) {
        exec_say(x, "%s exists and is overwritten. ", file_url_text(&url).text);
        if (exec_unconfirmed(x, args))
            return 0;
    }
    text_open(&text);
    conf_print(running_conf(x->cf->running), text.out);
    text_close(&text);
    rc = write_both(x, args, &url, &text);
    if (rc == 0)
        exec_say(x, "Info: %zu bytes saved to %s%s\n", text.len, file_url_text(&url).text,
                 cli_has(args, "showsecrets") ? "; secrets are saved encrypted only" : "");
    free(text.text);
    return rc;
}

/* ---- replay ---------------------------------------------------------------------------------- */

/* All lines on a copy; a bad one changes nothing of it and is told, the others count. */
static size_t
replay(struct exec *x, struct conf_build *build, char *text, const char *name)
{
    struct conf *before = malloc(sizeof *before);
    struct conf_reading reading = {.mode = CONF_MODE_EXEC};
    char err[CLI_ERR], *rest = text;
    size_t bad = 0;

    if (!before)
        abort();
    for (char *line; (line = strsep(&rest, "\n"));) {
        build->line++;
        *before = build->conf;
        if (conf_file_line(build, &reading, line, strlen(line), err, sizeof err) == 0)
            continue;
        build->conf = *before;
        exec_say(x, "%s:%u: %s\n", name, build->line, err);
        bad++;
    }
    free(before);
    return bad;
}

static int
run_replay(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    char err[FLASH_ERR], *text = NULL;
    size_t len = 0, bad;
    struct conf_build *build;

    if (run_configure(ctx, args) != 0 || exec_url(args, "url", &url) != 0)
        return DI_EREFUSED;
    if (flash_read(&x->cf->flash, &url, &text, &len, err, sizeof err) != 0)
        return cli_refuse(args, "%s", err);
    build = running_edit(x->cf->running);
    bad = replay(x, build, text, file_url_text(&url).text);
    free(text);
    running_take(x->cf->running);
    running_apply(x->cf->running);
    x->failed = bad > 0;
    exec_say(x, "Info: %u lines read, %zu of them bad%s\n", build->line, bad,
             bad ? "; the others apply" : "");
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, .enters = CONF_MODE_CONFIG,
     .run = run_configure},
    {EXEC, "configure <url> [ verbose ]", "Replay a file of configuration lines", CLI_ADMIN,
     .run = run_replay},
    {EXEC, "show configuration", "The running configuration", CLI_OPERATOR, .tag = SHOW_ALL,
     .run = run_show},
    {EXEC, "show configuration srp", "What of it concerns SRP", CLI_OPERATOR, .tag = SHOW_SRP,
     .run = run_show},
    {EXEC, "show configuration context <name>", "One context of it", CLI_OPERATOR,
     .tag = SHOW_CONTEXT, .run = run_show},
    {EXEC, "show configuration errors", "What should be mended in it", CLI_OPERATOR,
     .run = run_errors},
    {EXEC, "save configuration <url> [ -redundant | -noconfirm | showsecrets | verbose ] +",
     "Save the running configuration to a file", CLI_ADMIN, .run = run_save},
};

const struct cli_table exec_configure_table = {rows, sizeof rows / sizeof rows[0], NULL, 0, NULL};
