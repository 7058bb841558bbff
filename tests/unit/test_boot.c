/* The disks of a control function and what it starts with, in a directory of the test's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cf/boot.h"
#include "cf/cf.h"
#include "cf/running.h"
#include "common/base/err.h"
#include "common/loop/log.h"
#include "unit.h"

static struct node node;
static unsigned told; /* how often the running configuration was told of a boot stack */
static struct cf cf;
static char dir[64];

static const struct file_url boot_sys = {.disk = FILE_FLASH, .name = "boot.sys"},
                             system_cfg = {.disk = FILE_FLASH, .name = "system.cfg"},
                             other = {.disk = FILE_HD_RAID, .name = "other.cfg"};

#define CONFIG                                                                                     \
    "config\ncontext srp\ninterface i\nip address 127.0.0.1 255.0.0.0\n"                           \
    "service-redundancy-protocol\nbind address 127.0.0.1\npeer-ip-address 127.0.0.2\nend\n"

/* Of the running configuration, which is not here. */
void
running_boot(struct running *running)
{
    (void)running;
    told++;
}

static void
write_config(const char *text)
{
    FILE *f = fopen(node.topo.instances[0].config, "we");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
    memcpy(dir, "/tmp/vl-bootXXXXXX", 19);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    memset(&node, 0, sizeof node);
    memset(&cf, 0, sizeof cf);
    node.slot = 1;
    (void)snprintf(node.dir, sizeof node.dir, "%s", dir);
    (void)snprintf(node.topo.instances[0].config, TOPO_PATH, "%s/east.cfg", dir);
    cf.node = &node;
    write_config(CONFIG);
    log_set_level(LOG_LEVEL_ERROR);
}

static void
teardown(void)
{
    char command[128];

    free(cf.text);
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}

static void
start(void)
{
    free(cf.text);
    memset(&cf, 0, sizeof cf);
    cf.node = &node;
    ck_assert_int_eq(boot_start(&cf), 0);
}

/* What a file holds, terminated; "" if there is none. */
static const char *
content(const struct file_url *url)
{
    static char out[4096];
    char err[FLASH_ERR], *text = NULL;
    size_t len = 0;

    out[0] = '\0';
    if (flash_read(&cf.flash, url, &text, &len, err, sizeof err) == 0) {
        ck_assert_uint_lt(len, sizeof out);
        memcpy(out, text, len);
        out[len] = '\0';
        free(text);
    }
    return out;
}

START_TEST(first_start_writes_an_image_a_link_and_a_boot_stack_and_starts_with_them)
{
    struct flash_file files[FLASH_FILES];
    size_t left_out;

    start();
    ck_assert_uint_eq(flash_list(&cf.flash, FILE_FLASH, files, &left_out), 3);
    ck_assert_uint_eq(left_out, 0);
    ck_assert_str_eq(files[0].name, "boot.sys");
    ck_assert_str_eq(files[1].name, "system.cfg");
    ck_assert(files[1].link);
    ck_assert_uint_eq(cf.conf.boot.n, 1);
    ck_assert_uint_eq(cf.booted.priority, 10);
    ck_assert_str_eq(cf.image.release, "21.28.0");
    ck_assert(cf.conf.srp.configured);
}
END_TEST

START_TEST(changed_boot_stack_is_kept_and_one_that_is_not_is_not_written)
{
    char err[FLASH_ERR];

    start();
    ck_assert_ptr_null(
        boot_stack_set(&cf.conf.boot, 9, "/flash/new.bin", "/flash/" BOOT_DEFAULT_CONFIG));
    ck_assert_int_eq(boot_keep(&cf), 0);
    ck_assert_ptr_nonnull(strstr(content(&boot_sys), "boot system priority 9 image /flash/new.bin "
                                                     "config /flash/system.cfg\n"));
    ck_assert_int_eq(flash_delete(&cf.flash, &boot_sys, err, sizeof err), 0);
    ck_assert_int_eq(boot_keep(&cf), 0);
    ck_assert(!flash_has(&cf.flash, &boot_sys));
}
END_TEST

START_TEST(boot_stack_that_another_wrote_becomes_the_configured_one)
{
    static const char text[] = "boot system priority 3 image /flash/a.bin config /flash/a.cfg\n";
    char err[FLASH_ERR];

    start();
    ck_assert_int_eq(flash_write(&cf.flash, &boot_sys, text, sizeof text - 1, err, sizeof err), 0);
    told = 0;
    boot_refresh(&cf);
    ck_assert_uint_eq(told, 1);
    ck_assert_uint_eq(cf.conf.boot.n, 1);
    ck_assert_uint_eq(cf.conf.boot.entries[0].priority, 3);
    ck_assert_int_eq(flash_delete(&cf.flash, &boot_sys, err, sizeof err), 0);
    ck_assert_int_eq(boot_keep(&cf), 0); /* it was not changed here */
    ck_assert(!flash_has(&cf.flash, &boot_sys));
}
END_TEST

START_TEST(start_that_was_cut_off_before_the_link_is_done_again)
{
    char err[FLASH_ERR];

    start();
    ck_assert_int_eq(flash_delete(&cf.flash, &system_cfg, err, sizeof err), 0);
    ck_assert_int_eq(flash_delete(&cf.flash, &boot_sys, err, sizeof err), 0);
    start();
    ck_assert(flash_is_link(&cf.flash, &system_cfg));
    ck_assert_uint_eq(cf.booted.priority, 10);
}
END_TEST

START_TEST(configuration_with_a_bad_line_starts_nothing)
{
    write_config(CONFIG "nonsense\n");
    ck_assert_int_lt(boot_start(&cf), 0);
    ck_assert_ptr_null(cf.text);
}
END_TEST

/* As on a disk that is full. */
static void
allow_octets(rlim_t most)
{
    struct rlimit limit;

    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(file_for_which_there_is_no_room_leaves_the_old_one_and_nothing_else)
{
    char err[FLASH_ERR], text[8192], temporary[FLASH_PATH + 16];

    start();
    memset(text, 'x', sizeof text);
    ck_assert_int_eq(flash_write(&cf.flash, &other, "old\n", 4, err, sizeof err), 0);
    allow_octets(100);
    ck_assert_int_eq(flash_write(&cf.flash, &other, text, sizeof text, err, sizeof err),
                     DI_ESYSTEM);
    ck_assert_str_eq(err, "/hd-raid/other.cfg: cannot be written: File too large; nothing of it "
                          "was kept");
    ck_assert_str_eq(content(&other), "old\n");
    (void)snprintf(temporary, sizeof temporary, "%s/.other.cfg.new", cf.flash.dir[FILE_HD_RAID]);
    ck_assert_int_ne(access(temporary, F_OK), 0);
}
END_TEST

START_TEST(file_that_is_too_long_is_refused)
{
    char err[FLASH_ERR], *text = calloc(1, FLASH_MOST + 1);

    start();
    ck_assert_int_eq(flash_write(&cf.flash, &other, text, FLASH_MOST + 1, err, sizeof err),
                     DI_EREFUSED);
    ck_assert_int_eq(flash_write(&cf.flash, &other, text, FLASH_MOST, err, sizeof err), 0);
    free(text);
}
END_TEST

START_TEST(link_to_another_file_and_a_directory_are_not_read)
{
    char err[FLASH_ERR], path[FLASH_PATH + 16], *text = NULL;
    size_t len;

    start();
    (void)snprintf(path, sizeof path, "%s/other.cfg", cf.flash.dir[FILE_HD_RAID]);
    ck_assert_int_eq(symlink(node.topo.instances[0].config, path), 0);
    ck_assert_int_eq(flash_read(&cf.flash, &other, &text, &len, err, sizeof err), DI_EREFUSED);
    ck_assert_str_eq(err, "/hd-raid/other.cfg: not a regular file");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(flash_read(&cf.flash, &other, &text, &len, err, sizeof err), DI_EREFUSED);
    ck_assert_int_eq(flash_write(&cf.flash, &other, "", 0, err, sizeof err), DI_EREFUSED);
    ck_assert_int_eq(
        flash_read(&cf.flash, &(struct file_url){.name = "none"}, &text, &len, err, sizeof err),
        DI_ENOTFOUND);
}
END_TEST

START_TEST(topology_may_name_the_directory)
{
    char path[FLASH_PATH + 16];

    (void)snprintf(node.topo.instances[0].flash, TOPO_PATH, "%s/kept", dir);
    start();
    (void)snprintf(path, sizeof path, "%s/kept/cf1/flash/boot.sys", dir);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("boot");
    TCase *tcase = tcase_create("boot");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, first_start_writes_an_image_a_link_and_a_boot_stack_and_starts_with_them);
    tcase_add_test(tcase, changed_boot_stack_is_kept_and_one_that_is_not_is_not_written);
    tcase_add_test(tcase, boot_stack_that_another_wrote_becomes_the_configured_one);
    tcase_add_test(tcase, start_that_was_cut_off_before_the_link_is_done_again);
    tcase_add_test(tcase, configuration_with_a_bad_line_starts_nothing);
    tcase_add_test(tcase, file_for_which_there_is_no_room_leaves_the_old_one_and_nothing_else);
    tcase_add_test(tcase, file_that_is_too_long_is_refused);
    tcase_add_test(tcase, link_to_another_file_and_a_directory_are_not_read);
    tcase_add_test(tcase, topology_may_name_the_directory);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
