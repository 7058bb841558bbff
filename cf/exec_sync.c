#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cf/boot.h"
#include "cf/exec.h"
#include "common/loop/log.h"

/* filesystem synchronize: the files of one CF onto the disks of the other. */

struct sync {
    struct exec *x;
    const struct cli_args *args;
    uint8_t from, to; /* slots */
    struct flash source, target;
    bool check; /* tell what differs, and copy nothing */
    unsigned copied, same, differ, only_there;
    json_t *files; /* NULL: text is wanted */
};

static uint8_t
other_of(uint8_t slot)
{
    return slot == 1 ? 2 : 1;
}

static int
take_cards(struct sync *sync)
{
    const struct cf *cf = sync->x->cf;
    uint8_t self = cf->node->slot, other = other_of(self);
    bool reverse = cli_has(sync->args, "reverse");

    sync->from = (uint8_t)cli_number(sync->args, "from-slot", 0);
    sync->to = (uint8_t)cli_number(sync->args, "to-slot", 0);
    if (!sync->from)
        sync->from = sync->to ? other_of(sync->to) : reverse ? other : self;
    if (!sync->to)
        sync->to = other_of(sync->from);
    if (sync->from == sync->to)
        return cli_refuse(sync->args, "card %u would be synchronised with itself", sync->from);
    if (cf->cards.slots[other].type != CARD_CF)
        return cli_refuse(sync->args, "this system has one control function; there is nothing to "
                                      "synchronise with");
    if (!cf->peer_bus || !bus_alive(cf->peer_bus))
        return cli_refuse(sync->args, "card %u is not there; see show card table", other);
    return 0;
}

static void
tell(struct sync *sync, enum file_disk disk, const char *name, const char *what)
{
    if (sync->files)
        (void)json_array_append_new(sync->files,
                                    json_pack("{s:s, s:s, s:s}", "disk", file_disk_name(disk),
                                              "name", name, "result", what));
    else
        exec_say(sync->x, "/%s/%s: %s\n", file_disk_name(disk), name, what);
}

/* 0, 1: the same, or negative with err. */
static int
sync_file(struct sync *sync, const struct file_url *url, char *err, size_t room)
{
    char *text = NULL, *there = NULL;
    size_t len = 0, there_len = 0;
    int rc = flash_read(&sync->source, url, &text, &len, err, room);
    bool same;

    if (rc != 0)
        return rc;
    same = flash_read(&sync->target, url, &there, &there_len, err, room) == 0 && len == there_len &&
           memcmp(text, there, len) == 0;
    rc = same ? 1 : sync->check ? 0 : flash_write(&sync->target, url, text, len, err, room);
    free(text);
    free(there);
    return rc;
}

static int
sync_one(struct sync *sync, enum file_disk disk, const char *name)
{
    struct file_url url = {.disk = disk};
    char err[FLASH_ERR], what[64];
    bool there;
    int rc;

    (void)snprintf(url.name, sizeof url.name, "%s", name);
    there = flash_has(&sync->target, &url);
    rc = sync_file(sync, &url, err, sizeof err);
    if (rc < 0)
        return cli_refuse(sync->args, "%s; %u %s copied before that", err, sync->copied,
                          sync->copied == 1 ? "file was" : "files were");
    if (rc == 1) {
        sync->same++;
        return 0;
    }
    if (sync->check) {
        sync->differ++;
        if (there)
            (void)snprintf(what, sizeof what, "differs");
        else
            (void)snprintf(what, sizeof what, "only on card %u", sync->from);
    } else {
        sync->copied++;
        (void)snprintf(what, sizeof what, "copied to card %u", sync->to);
    }
    tell(sync, disk, name, what);
    return 0;
}

static bool
is_in(const struct flash_file *files, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(files[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Room for the files of two disks; the caller frees. */
static struct flash_file *
room_for_two(void)
{
    struct flash_file *files = calloc(2 * (size_t)FLASH_FILES, sizeof *files);

    if (!files)
        log_fatal("cf: out of memory");
    return files;
}

static int
refuse_many(const struct sync *sync, enum file_disk disk, uint8_t slot, size_t n)
{
    return cli_refuse(sync->args,
                      "/%s of card %u has %zu files, and %d are synchronised at most; delete some",
                      file_disk_name(disk), slot, n, FLASH_FILES);
}

/* Before anything is copied: a file that was skipped without a word would be missed when it is
 * needed. */
static int
check_disk(const struct sync *sync, enum file_disk disk)
{
    struct flash_file *files = room_for_two();
    size_t n, there_n, more, there_more;

    n = flash_list(&sync->source, disk, files, &more);
    there_n = flash_list(&sync->target, disk, files, &there_more);
    free(files);
    return more         ? refuse_many(sync, disk, sync->from, n + more)
           : there_more ? refuse_many(sync, disk, sync->to, there_n + there_more)
                        : 0;
}

static int
sync_disk(struct sync *sync, enum file_disk disk)
{
    struct flash_file *files = room_for_two();
    size_t n, there_n, more;
    char what[64];
    int rc = 0;

    n = flash_list(&sync->source, disk, files, &more);
    there_n = flash_list(&sync->target, disk, files + FLASH_FILES, &more);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = sync_one(sync, disk, files[i].name);
    (void)snprintf(what, sizeof what, "only on card %u; left alone", sync->to);
    for (size_t i = 0; rc == 0 && i < there_n; i++) {
        if (is_in(files, n, files[FLASH_FILES + i].name))
            continue;
        sync->only_there++;
        tell(sync, disk, files[FLASH_FILES + i].name, what);
    }
    free(files);
    return rc;
}

static int
sync_all(struct sync *sync)
{
    struct cf *cf = sync->x->cf;
    bool flash_only = cli_has(sync->args, "/flash"), raid_only = cli_has(sync->args, "/hd-raid");
    char err[FLASH_ERR];
    int rc = 0;

    if (flash_open(&sync->source, cf->node, sync->from, err, sizeof err) != 0 ||
        flash_open(&sync->target, cf->node, sync->to, err, sizeof err) != 0)
        return cli_refuse(sync->args, "%s", err);
    if (!raid_only)
        rc = check_disk(sync, FILE_FLASH);
    if (rc == 0 && !flash_only)
        rc = check_disk(sync, FILE_HD_RAID);
    if (rc == 0 && !raid_only)
        rc = sync_disk(sync, FILE_FLASH);
    if (rc == 0 && !flash_only)
        rc = sync_disk(sync, FILE_HD_RAID);
    if (sync->to == cf->node->slot && sync->copied > 0)
        boot_refresh(cf);
    return rc;
}

static void
print_sum(struct sync *sync)
{
    const char *verb = sync->check ? sync->differ == 1 ? "differs" : "differ" : "copied";
    unsigned n = sync->check ? sync->differ : sync->copied;

    if (sync->files) {
        exec_print_object(sync->x,
                          json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:O}", "from", (int)sync->from,
                                    "to", (int)sync->to, "copied", (int)sync->copied, "same",
                                    (int)sync->same, "differ", (int)sync->differ, "only_there",
                                    (int)sync->only_there, "files", sync->files));
        return;
    }
    exec_say(sync->x, "Info: %u %s %s, %u the same, card %u to card %u\n", n,
             n == 1 ? "file" : "files", verb, sync->same, sync->from, sync->to);
}

static int
run_synchronize(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct sync *sync;
    int rc = exec_leading(x, args);

    if (rc != 0)
        return rc;
    sync = calloc(1, sizeof *sync);
    if (!sync)
        log_fatal("cf: out of memory");
    *sync = (struct sync){.x = x, .args = args, .check = cli_has(args, "checkonly")};
    sync->files = x->json ? json_array() : NULL;
    rc = take_cards(sync);
    if (rc == 0 && (sync->check || !exec_unconfirmed(x, args))) {
        rc = sync_all(sync);
        if (rc == 0)
            print_sum(sync);
    }
    json_decref(sync->files);
    free(sync);
    return rc;
}

#define SYNCHRONIZE                                                                                \
    "filesystem synchronize [ all | /flash | /hd-raid | checkonly | from card <from-slot:1-2> | "  \
    "to card <to-slot:1-2> | reverse | -noconfirm ] +"

static const struct cli_row rows[] = {
    {EXEC, SYNCHRONIZE, "Copy the files of the active CF to the other one", CLI_ADMIN,
     .run = run_synchronize},
};

const struct cli_table exec_sync_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                          &exec_cards_table};
