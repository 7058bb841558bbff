#include "cf/boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cf/cf.h"
#include "common/base/err.h"
#include "common/base/release.h"
#include "common/conf/conf_seal.h"
#include "common/loop/keys.h"
#include "common/loop/log.h"

static const struct file_url boot_sys = {.disk = FILE_FLASH, .name = "boot.sys"};

enum { FIRST_PRIORITY = 10 };

/* ---- boot.sys ------------------------------------------------------------------------------ */

/* What boot.sys holds; nothing when it is missing or corrupt, which is logged. */
static struct boot_stack
read_stack(const struct cf *cf)
{
    struct boot_stack stack = {0};
    char err[FLASH_ERR], *text = NULL;
    const char *why;
    unsigned line = 0;
    size_t len = 0;

    memset(&stack, 0, sizeof stack); /* compared as bytes */
    if (flash_read(&cf->flash, &boot_sys, &text, &len, err, sizeof err) != 0) {
        log_warn("boot: %s", err);
        return stack;
    }
    why = boot_stack_get(text, len, &stack, &line);
    if (why)
        log_warn("boot: /flash/boot.sys:%u: %s; nothing of it is used", line, why);
    free(text);
    return stack;
}

static int
write_stack(struct cf *cf, const struct boot_stack *stack)
{
    char text[BOOT_TEXT], err[FLASH_ERR];
    size_t len = boot_stack_put(stack, text);

    if (flash_write(&cf->flash, &boot_sys, text, len, err, sizeof err) != 0) {
        log_error("boot: %s", err);
        return -1;
    }
    cf->boot_kept = *stack;
    return 0;
}

int
boot_keep(struct cf *cf)
{
    if (memcmp(&cf->conf.boot, &cf->boot_kept, sizeof cf->boot_kept) == 0)
        return 0;
    return write_stack(cf, &cf->conf.boot);
}

void
boot_refresh(struct cf *cf)
{
    cf->boot_kept = cf->conf.boot = read_stack(cf);
    running_boot(cf->running);
}

/* ---- the first start ----------------------------------------------------------------------- */

/* That of the program's file: so both CFs of an instance write the same image. */
static time_t
built_at(void)
{
    struct stat st;

    return stat("/proc/self/exe", &st) == 0 ? st.st_mtime : 0;
}

static struct image
own_image(void)
{
    struct image image = {
        .release = VPCLAB_RELEASE,
        .build = "1",
        .description = "Deployment_Build",
        .platform = VPCLAB_PLATFORM,
    };
    time_t built = built_at();
    struct tm tm;

    (void)gmtime_r(&built, &tm);
    (void)strftime(image.date, sizeof image.date, "%a %b %e %H:%M:%S UTC %Y", &tm);
    return image;
}

static int
fill(struct cf *cf, char *err, size_t room)
{
    struct image image = own_image();
    struct file_url url = {.disk = FILE_FLASH, .name = VPCLAB_IMAGE};
    struct boot_stack stack;
    char text[IMAGE_MOST];
    int rc;

    memset(&stack, 0, sizeof stack);
    (void)boot_stack_set(&stack, FIRST_PRIORITY, "/flash/" VPCLAB_IMAGE,
                         "/flash/" BOOT_DEFAULT_CONFIG);
    rc = flash_write(&cf->flash, &url, text, image_put(&image, text), err, room);
    if (rc == 0 && write_stack(cf, &stack) != 0)
        rc = -1;
    return rc ? rc : flash_link_config(&cf->flash, err, room);
}

/* The link is made last: without it and boot.sys the first start was not finished. */
static int
make_first(struct cf *cf)
{
    struct file_url config = {.disk = FILE_FLASH, .name = BOOT_DEFAULT_CONFIG};
    char err[FLASH_ERR] = "";
    int rc = 0;

    if (!flash_has(&cf->flash, &config) && !flash_has(&cf->flash, &boot_sys))
        rc = fill(cf, err, sizeof err);
    if (rc != 0 && err[0])
        log_error("boot: %s", err);
    return rc;
}

/* ---- an entry ------------------------------------------------------------------------------ */

int
boot_image(const struct flash *flash, const struct file_url *url, struct image *image, char *err,
           size_t room)
{
    struct file_url_text name = file_url_text(url);
    char *text = NULL;
    size_t len = 0;
    int rc = flash_read(flash, url, &text, &len, err, room);
    enum image_fault fault;

    if (rc != 0)
        return rc;
    fault = image_get(text, len, image);
    free(text);
    if (fault == IMAGE_MAGIC)
        (void)snprintf(err, room, "%s, has a bad magic number", name.text);
    else if (fault == IMAGE_CRC)
        (void)snprintf(err, room, "Image %s CRC check failed!", name.text);
    else if (fault == IMAGE_FIELDS)
        (void)snprintf(err, room, "Image %s has a header that is not understood", name.text);
    return fault == IMAGE_GOOD ? 0 : DI_EFORMAT;
}

/* The configuration of an entry; all its bad lines go to stderr. What an operator may leave
 * unfinished, and save, is no bad line. */
static int
load_config(struct cf *cf, const struct file_url *url, char *err, size_t room)
{
    static char lines[16384];
    struct file_url_text text_url = file_url_text(url);
    const char *name = flash_is_link(&cf->flash, url) ? cf->flash.config : text_url.text;
    char *text = NULL;
    size_t len = 0, bad;

    if (flash_read(&cf->flash, url, &text, &len, err, room) != 0)
        return -1;
    if (len >= CF_CONFIG_MOST) {
        (void)snprintf(err, room, "%s: longer than %d octets", name, CF_CONFIG_MOST);
        free(text);
        return -1;
    }
    bad = conf_read(&cf->conf, name, text, len, lines, sizeof lines);
    if (bad > 0) {
        (void)fprintf(stderr, "%s\n", lines);
        (void)snprintf(err, room, "%s: %zu %s bad; nothing of it applies", name, bad,
                       bad == 1 ? "line is" : "lines are");
        free(text);
        return -1;
    }
    free(text);
    conf_seal(&cf->conf, cf->chassis_key);
    if (conf_faults(&cf->conf, lines, sizeof lines) > 0)
        log_warn("boot: %s, as show configuration errors says: %s", name, lines);
    return 0;
}

static bool
try_entry(struct cf *cf, const struct boot_entry *entry)
{
    char err[FLASH_ERR], who[32] = "default names";

    if (entry->priority)
        (void)snprintf(who, sizeof who, "priority %u", entry->priority);
    if (boot_image(&cf->flash, &entry->image, &cf->image, err, sizeof err) != 0 ||
        load_config(cf, &entry->config, err, sizeof err) != 0) {
        log_warn("boot: %s: %s", who, err);
        return false;
    }
    cf->booted = *entry;
    log_event("boot.image", NULL, cf->image.release, file_url_text(&entry->image).text, 0);
    log_info("boot: %s: release %s, configuration %s", who, cf->image.release,
             file_url_text(&entry->config).text);
    return true;
}

/* boot.sys missing, empty or corrupt: the names a system has that nobody has configured. */
static struct boot_stack
defaults(void)
{
    return (struct boot_stack){
        .n = 1,
        .entries = {{.image = {.disk = FILE_FLASH, .name = BOOT_DEFAULT_IMAGE},
                     .config = {.disk = FILE_FLASH, .name = BOOT_DEFAULT_CONFIG}}},
    };
}

int
boot_start(struct cf *cf)
{
    struct boot_stack stack, kept;
    char err[FLASH_ERR];

    if (keys_chassis(cf->node->rundir, cf->chassis_key, err, sizeof err) != 0 ||
        flash_open(&cf->flash, cf->node, cf->node->slot, err, sizeof err) != 0) {
        log_error("boot: %s", err);
        return -1;
    }
    if (make_first(cf) != 0)
        return -1;
    kept = read_stack(cf);
    stack = kept.n > 0 ? kept : defaults();
    for (uint8_t i = 0; i < stack.n; i++) {
        if (!try_entry(cf, &stack.entries[i]))
            continue;
        cf->boot_kept = cf->conf.boot = kept;
        return 0;
    }
    log_error("boot: nothing can be started of %s, as the lines above say; mend the files in %s, "
              "and start this card again",
              kept.n > 0 ? "the boot stack" : "the default names, for want of a boot stack",
              cf->flash.dir[FILE_FLASH]);
    return -1;
}
