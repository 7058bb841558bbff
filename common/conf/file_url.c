#include "common/conf/file_url.h"

#include <stdbool.h>
#include <string.h>

static const char *const names[FILE_DISKS] = {[FILE_FLASH] = "flash", [FILE_HD_RAID] = "hd-raid"};

const char *
file_disk_name(enum file_disk disk)
{
    return names[disk];
}

static bool
is_remote(const char *text)
{
    static const char *const schemes[] = {"ftp:", "sftp:", "tftp:", "http:", "https:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

static bool
is_name(const char *text)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "._+-";
    size_t len = strlen(text);

    return len > 0 && len < FILE_NAME && text[0] != '.' && strspn(text, good) == len;
}

/* Behind "/flash", at the slash or the end; NULL: it names none of the disks. */
static const char *
take_disk(const char *text, enum file_disk *disk)
{
    if (*text != '/')
        return NULL;
    text++;
    for (size_t i = 0; i < FILE_DISKS; i++) {
        size_t len = strlen(names[i]);

        if (strncmp(text, names[i], len) == 0 && (text[len] == '/' || text[len] == '\0')) {
            *disk = (enum file_disk)i;
            return text + len;
        }
    }
    return NULL;
}

const char *
file_url_disk(const char *text, struct file_url *url)
{
    struct file_url read = {.disk = FILE_FLASH};

    if (is_remote(text))
        return "this emulator reaches no server; copy from /flash or /hd-raid";
    if (strncmp(text, "file:", 5) == 0)
        text += 5;
    text = take_disk(text, &read.disk);
    if (!text)
        return "a file is named /flash/NAME or /hd-raid/NAME";
    if (*text == '/')
        text++;
    if (*text && strchr(text, '/'))
        return "there are no directories below /flash and /hd-raid";
    if (*text && !is_name(text))
        return "a file name has 1 to 63 letters, digits, and . _ + -, and no dot in front";
    memcpy(read.name, text, strlen(text));
    *url = read;
    return NULL;
}

const char *
file_url_parse(const char *text, struct file_url *url)
{
    struct file_url read;
    const char *why = file_url_disk(text, &read);

    if (!why && !read.name[0])
        why = "a file is named /flash/NAME or /hd-raid/NAME";
    if (!why)
        *url = read;
    return why;
}

struct file_url_text
file_url_text(const struct file_url *url)
{
    struct file_url_text out;

    memset(&out, 0, sizeof out);
    out.text[0] = '/';
    strcat(out.text, names[url->disk]);
    if (url->name[0]) {
        strcat(out.text, "/");
        strcat(out.text, url->name);
    }
    return out;
}
