#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cf/boot.h"
#include "cf/exec.h"
#include "cf/show_files.h"

/* Commands about files and software: docs/staros.md "Files and software". */

void
exec_info(struct exec *x, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (x->json)
        exec_print_object(x, json_pack("{s:s}", "info", text));
    else
        exec_say(x, "Info: %s\n", text);
}

/* ---- showing ------------------------------------------------------------------------------- */

static int
run_boot(void *ctx, const struct cli_args *args)
{
    (void)args;
    return exec_print(ctx, show_boot, show_boot_json);
}

static int
run_build(void *ctx, const struct cli_args *args)
{
    (void)args;
    return exec_print(ctx, show_build, show_build_json);
}

int
exec_url(const struct cli_args *args, const char *name, struct file_url *url)
{
    const char *why = file_url_parse(cli_text(args, name), url);

    return why ? cli_refuse(args, "%s", why) : 0;
}

static int
run_version(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    struct image image;
    char err[FLASH_ERR];

    if (!cli_text(args, "url"))
        return exec_print(x, show_version, show_version_json);
    if (exec_url(args, "url", &url) != 0)
        return DI_EREFUSED;
    if (boot_image(&x->cf->flash, &url, &image, err, sizeof err) != 0)
        return cli_refuse(args, "%s", err);
    if (x->json)
        exec_print_object(x, show_image_json(&image, file_url_text(&url).text));
    else
        show_image(&image, file_url_text(&url).text, x->out);
    return 0;
}

static int
run_directory(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    const char *why = file_url_disk(cli_text(args, "url"), &url);
    struct show_directory how = {.size = cli_has(args, "-size"),
                                 .reverse = cli_has(args, "-reverse")};

    if (!why && url.name[0])
        why = "directory lists a disk: /flash or /hd-raid";
    if (why)
        return cli_refuse(args, "%s", why);
    how.disk = url.disk;
    if (x->json)
        exec_print_object(x, show_directory_json(&x->cf->flash, how));
    else
        show_directory(&x->cf->flash, how, x->out);
    return 0;
}

/* ---- one file ------------------------------------------------------------------------------ */

static bool
is_boot_sys(const struct file_url *url)
{
    return url->disk == FILE_FLASH && strcmp(url->name, "boot.sys") == 0;
}

/* A boot stack that nobody can read must not take the place of one that works. */
static int
check_boot_sys(const struct cli_args *args, const struct file_url *from, const char *text,
               size_t len)
{
    struct boot_stack stack;
    unsigned line = 0;
    const char *why = boot_stack_get(text, len, &stack, &line);

    return why ? cli_refuse(args, "%s is not fit to be boot.sys: line %u: %s",
                            file_url_text(from).text, line, why)
               : 0;
}

int
exec_write(struct exec *x, const struct cli_args *args, const struct file_url *url,
           const struct file_url *from, const char *text, size_t len)
{
    char err[FLASH_ERR];
    int rc;

    if (x->console->privilege < CLI_ADMIN)
        return cli_refuse(args, "files are written by administrators");
    rc = is_boot_sys(url) ? check_boot_sys(args, from, text, len) : 0;
    if (rc == 0 && flash_write(&x->cf->flash, url, text, len, err, sizeof err) != 0)
        rc = cli_refuse(args, "%s", err);
    if (rc == 0 && is_boot_sys(url))
        boot_refresh(x->cf);
    return rc;
}

static int
copy(struct exec *x, const struct cli_args *args, const struct file_url *from,
     const struct file_url *to)
{
    char err[FLASH_ERR], *text = NULL;
    size_t len = 0;
    int rc;

    if (flash_read(&x->cf->flash, from, &text, &len, err, sizeof err) != 0)
        return cli_refuse(args, "%s", err);
    rc = exec_write(x, args, to, from, text, len);
    free(text);
    if (rc != 0)
        return rc;
    exec_info(x, "%zu bytes copied to %s", len, file_url_text(to).text);
    return 0;
}

static int
run_copy(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url from, to;

    if (exec_url(args, "from-url", &from) != 0 || exec_url(args, "to-url", &to) != 0)
        return DI_EREFUSED;
    if (from.disk == to.disk && strcmp(from.name, to.name) == 0)
        return cli_refuse(args, "%s would be copied to itself", file_url_text(&from).text);
    if (flash_has(&x->cf->flash, &to) && !x->line->sure && !cli_has(args, "-noconfirm")) {
        exec_say(x, "%s exists and is overwritten. ", file_url_text(&to).text);
        if (exec_unconfirmed(x, args))
            return 0;
    }
    return copy(x, args, &from, &to);
}

static int
run_delete(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    char err[FLASH_ERR];

    if (exec_url(args, "url", &url) != 0)
        return DI_EREFUSED;
    if (!flash_has(&x->cf->flash, &url))
        return cli_refuse(args, "%s: there is no such file", file_url_text(&url).text);
    if (exec_unconfirmed(x, args))
        return 0;
    if (flash_delete(&x->cf->flash, &url, err, sizeof err) != 0)
        return cli_refuse(args, "%s", err);
    if (is_boot_sys(&url))
        boot_refresh(x->cf);
    exec_info(x, "%s deleted", file_url_text(&url).text);
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "show boot", "The boot stack", .run = run_boot},
    {EXEC, "show version [ <url> ]", "Software that runs, or that of an image file",
     .run = run_version},
    {EXEC, "show build", "What the software was built from", .run = run_build},
    {EXEC, "directory <url> [ -size | -reverse ] +", "Files of /flash or /hd-raid", CLI_OPERATOR,
     .run = run_directory},
    {EXEC, "copy <from-url> <to-url> [ -noconfirm ]", "Copy a file", CLI_ADMIN, .run = run_copy},
    {EXEC, "delete <url> [ -noconfirm ]", "Delete a file", CLI_ADMIN, .run = run_delete},
};

const struct cli_table exec_files_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                           &exec_sync_table};
