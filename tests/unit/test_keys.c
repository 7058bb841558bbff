/* Keys of the SRP links, in a run directory of the test's own. */
#include "common/loop/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/err.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/vpclab-keys-XXXXXX";
static struct topo topo;
static char err[512];

static const char *const files[] = {
    "east/srp.cert", "east/srp.cert_secret",
    "west/srp.cert", "west/srp.cert_secret",
    "east",          "west",
    "keys.lock",     "radius.secret",
    "chassis.key",
};

static const char *
at(const char *file)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    return path;
}

static void
set_up(void)
{
    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(setenv("VPCLAB_RUN", "/tmp", 1), 0); /* the user's: not judged */
    topo.instance_n = 2;
    strcpy(topo.instances[0].name, "east");
    strcpy(topo.instances[1].name, "west");
}

static void
tear_down(void)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)remove(at(files[i])); /* not all are there in each test */
    ck_assert_int_eq(rmdir(dir), 0);
}

static void
ensure(void)
{
    ck_assert_msg(keys_ensure(dir, &topo, err, sizeof err) == 0, "%s", err);
}

static void
public_of(const char *instance, char key[KEYS_TEXT])
{
    ck_assert_msg(keys_load_public(dir, instance, key, err, sizeof err) == 0, "%s", err);
}

START_TEST(keys_are_made_once_and_differ_between_instances)
{
    char east[KEYS_TEXT], west[KEYS_TEXT], again[KEYS_TEXT];
    zcert_t *cert;

    ensure();
    public_of("east", east);
    public_of("west", west);
    ck_assert_str_ne(east, west);
    ensure();
    public_of("east", again);
    ck_assert_str_eq(east, again);
    ck_assert_int_eq(keys_load(dir, "east", &cert, err, sizeof err), 0);
    ck_assert_str_eq(zcert_public_txt(cert), east);
    zcert_destroy(&cert);
}
END_TEST

START_TEST(keys_are_readable_by_their_owner_only)
{
    struct stat st;
    mode_t mask = umask(0);

    ensure();
    (void)umask(mask);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(stat(at(files[i]), &st), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
    }
}
END_TEST

START_TEST(a_half_written_pair_of_keys_is_made_anew)
{
    char before[KEYS_TEXT], after[KEYS_TEXT], west[KEYS_TEXT], west_after[KEYS_TEXT];
    zcert_t *cert;

    ensure();
    public_of("east", before);
    public_of("west", west);
    ck_assert_int_eq(truncate(at("east/srp.cert_secret"), 20), 0);
    ensure();
    public_of("east", after);
    public_of("west", west_after);
    ck_assert_str_ne(before, after);
    ck_assert_str_eq(west, west_after);
    ck_assert_int_eq(keys_load(dir, "east", &cert, err, sizeof err), 0);
    ck_assert_str_eq(zcert_public_txt(cert), after);
    zcert_destroy(&cert);

    ck_assert_int_eq(remove(at("east/srp.cert_secret")), 0);
    ensure();
    public_of("east", before);
    ck_assert_str_ne(before, after);
}
END_TEST

START_TEST(a_secret_others_could_have_read_is_made_anew)
{
    char before[KEYS_TEXT], after[KEYS_TEXT];

    ensure();
    public_of("east", before);
    ck_assert_int_eq(chmod(at("east/srp.cert_secret"), 0644), 0);
    ensure();
    public_of("east", after);
    ck_assert_str_ne(before, after);
}
END_TEST

START_TEST(missing_keys_are_named_by_their_file)
{
    char key[KEYS_TEXT];
    zcert_t *cert;

    ck_assert_int_eq(keys_load(dir, "east", &cert, err, sizeof err), DI_ENOTFOUND);
    ck_assert_ptr_null(cert);
    ck_assert_ptr_nonnull(strstr(err, "east/srp.cert_secret"));
    ck_assert_int_eq(keys_load_public(dir, "east", key, err, sizeof err), DI_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err, "east/srp.cert"));
}
END_TEST

static void
lab_secret(char secret[KEYS_TEXT])
{
    ck_assert_msg(keys_lab_secret(dir, secret, err, sizeof err) == 0, "%s", err);
}

START_TEST(the_radius_secret_is_made_once_and_is_its_owners)
{
    char secret[KEYS_TEXT], again[KEYS_TEXT];
    struct stat st;
    mode_t mask = umask(0);

    lab_secret(secret);
    (void)umask(mask);
    lab_secret(again);
    ck_assert_uint_eq(strlen(secret), KEYS_TEXT - 1);
    ck_assert_str_eq(secret, again);
    ck_assert_int_eq(stat(at("radius.secret"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_radius_secret_cut_or_read_by_others_is_made_anew)
{
    char before[KEYS_TEXT], after[KEYS_TEXT];

    lab_secret(before);
    ck_assert_int_eq(truncate(at("radius.secret"), 20), 0);
    lab_secret(after);
    ck_assert_str_ne(before, after);
    ck_assert_int_eq(chmod(at("radius.secret"), 0644), 0);
    lab_secret(before);
    ck_assert_str_ne(before, after);
}
END_TEST

static void
chassis_key(uint8_t key[CONF_KEY])
{
    ck_assert_msg(keys_chassis(dir, key, err, sizeof err) == 0, "%s", err);
}

START_TEST(the_chassis_key_is_made_once_and_is_its_owners)
{
    static const uint8_t none[CONF_KEY];
    uint8_t key[CONF_KEY], again[CONF_KEY];
    struct stat st;
    mode_t mask = umask(0);

    chassis_key(key);
    (void)umask(mask);
    chassis_key(again);
    ck_assert_mem_eq(key, again, sizeof key);
    ck_assert_mem_ne(key, none, sizeof key);
    ck_assert_int_eq(stat(at("chassis.key"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(at("chassis.key.new"), &st), -1);
}
END_TEST

START_TEST(a_chassis_key_cut_or_read_by_others_is_made_anew)
{
    uint8_t before[CONF_KEY], after[CONF_KEY];

    chassis_key(before);
    ck_assert_int_eq(truncate(at("chassis.key"), 20), 0);
    chassis_key(after);
    ck_assert_mem_ne(before, after, sizeof after);
    ck_assert_int_eq(chmod(at("chassis.key"), 0640), 0);
    chassis_key(before);
    ck_assert_mem_ne(before, after, sizeof after);
}
END_TEST

/* In a process of its own: make the keys, then exit with whether ours are the shared ones. */
static pid_t
another_process(const int go[2])
{
    pid_t pid = fork();
    char byte;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)close(go[1]); /* or it would never be closed */

        char key[KEYS_TEXT];
        zcert_t *cert;
        bool same;

        if (read(go[0], &byte, 1) != 0 || keys_ensure(dir, &topo, err, sizeof err) != 0 ||
            keys_load(dir, "east", &cert, err, sizeof err) != 0 ||
            keys_load_public(dir, "east", key, err, sizeof err) != 0)
            _exit(1);
        same = streq(key, zcert_public_txt(cert));
        zcert_destroy(&cert);
        _exit(same ? 0 : 1);
    }
    return pid;
}

START_TEST(processes_that_start_at_once_agree)
{
    enum { PROCESSES = 8 };
    pid_t pids[PROCESSES];
    int go[2], status;

    ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
    for (int i = 0; i < PROCESSES; i++)
        pids[i] = another_process(go);
    (void)close(go[0]);
    (void)close(go[1]); /* the starting shot: all of them read the end of the pipe */
    for (int i = 0; i < PROCESSES; i++) {
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tc = tcase_create("keys");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, keys_are_made_once_and_differ_between_instances);
    tcase_add_test(tc, keys_are_readable_by_their_owner_only);
    tcase_add_test(tc, a_half_written_pair_of_keys_is_made_anew);
    tcase_add_test(tc, a_secret_others_could_have_read_is_made_anew);
    tcase_add_test(tc, missing_keys_are_named_by_their_file);
    tcase_add_test(tc, the_radius_secret_is_made_once_and_is_its_owners);
    tcase_add_test(tc, a_radius_secret_cut_or_read_by_others_is_made_anew);
    tcase_add_test(tc, the_chassis_key_is_made_once_and_is_its_owners);
    tcase_add_test(tc, a_chassis_key_cut_or_read_by_others_is_made_anew);
    tcase_add_test(tc, processes_that_start_at_once_agree);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
