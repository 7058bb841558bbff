#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"

/* ---- where a line ends and a file's name begins ---------------------------------------------- */

static size_t
find_arrow(const char *line)
{
    bool quoted = false;
    size_t i = 0;

    for (; line[i]; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (line[i] == '>' && !quoted)
            break;
    }
    return i;
}

int
redirect_read(const char *line, struct redirect *redirect, char *err, size_t room)
{
    size_t at = find_arrow(line), len;

    *redirect = (struct redirect){.len = at};
    if (!line[at])
        return 0;
    at++;
    if (line[at] == '>') {
        redirect->append = true;
        at++;
    }
    at += strspn(line + at, " \t");
    len = strcspn(line + at, " \t");
    if (len == 0)
        return cli_fail(DI_EFORMAT, err, room,
                        "Incomplete command: a file such as /flash/out.txt "
                        "follows the >");
    if (len > CLI_TEXT || line[at + len + strspn(line + at + len, " \t")])
        return cli_fail(DI_EFORMAT, err, room, "One file and nothing else follows the >");
    memcpy(redirect->url, line + at, len);
    redirect->url[len] = '\0';
    return 0;
}

/* ---- writing ----------------------------------------------------------------------------------- */

/* What is there already, and `text`. */
static char *
join(const char *before, size_t before_len, const char *text, size_t *len)
{
    size_t text_len = strlen(text);
    char *whole = malloc(before_len + text_len + 1);

    if (!whole)
        abort();
    if (before_len)
        memcpy(whole, before, before_len);
    memcpy(whole + before_len, text, text_len + 1);
    *len = before_len + text_len;
    return whole;
}

int
redirect_check(const struct exec *x, const struct redirect *redirect, char *err, size_t room)
{
    struct file_url url;
    const char *why = redirect->url[0] ? file_url_parse(redirect->url, &url) : NULL;

    if (why)
        return cli_fail(DI_EREFUSED, err, room, "%s", why);
    if (redirect->url[0] && x->console->privilege < CLI_ADMIN)
        return cli_fail(DI_EREFUSED, err, room, "files are written by administrators");
    return 0;
}

int
redirect_write(struct exec *x, const struct redirect *redirect, const char *text, char *err,
               size_t room)
{
    const struct cli_args args = {.err = err, .room = room};
    const struct flash *flash = &x->cf->flash;
    struct file_url url;
    char sentence[FLASH_ERR], *before = NULL, *whole;
    size_t before_len = 0, len;
    int rc = redirect_check(x, redirect, err, room);

    if (rc != 0)
        return rc;
    (void)file_url_parse(redirect->url, &url); /* it was checked */
    if (redirect->append && flash_has(flash, &url) &&
        flash_read(flash, &url, &before, &before_len, sentence, sizeof sentence) != 0)
        return cli_fail(DI_EREFUSED, err, room, "%s", sentence);
    whole = join(before, before_len, text, &len);
    rc = exec_write(x, &args, &url, &url, whole, len);
    free(before);
    free(whole);
    return rc;
}
