/* The topology and the configurations of its pair, which agree or are refused together. */
#include <unistd.h>

#include "tests/unit/topo_rig.h"

static char dir[64];

static void
write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void
make_lab(void)
{
    static const char *const names[] = {"pair.json", "east.cfg", "west.cfg"};

    (void)snprintf(dir, sizeof dir, "/tmp/vpclab-topo-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (size_t i = 0; i < 3; i++) {
        char *text = load(names[i]);

        write_file(names[i], text);
        free(text);
    }
}

static void
remove_lab(void)
{
    static const char *const names[] = {"pair.json", "east.cfg", "west.cfg"};
    char path[128];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path); /* may be gone by intent */
    }
    ck_assert_int_eq(rmdir(dir), 0);
}

/* Loading the lab fails with `sentence`, which follows "PATH/pair.json: " if it begins with
 * "instances", and *topo is unchanged. */
static void
lab_fails(const char *sentence)
{
    static struct topo topo, before;
    char path[128], expected[512];

    memset(&before, 0x5a, sizeof before);
    topo = before;
    (void)snprintf(path, sizeof path, "%s/pair.json", dir);
    (void)snprintf(expected, sizeof expected, "%s%s%s", strncmp(sentence, "inst", 4) ? "" : path,
                   strncmp(sentence, "inst", 4) ? "" : ": ", sentence);
    ck_assert_int_lt(topo_load(&topo, path, err, sizeof err), 0);
    ck_assert_str_eq(err, expected);
    ck_assert_mem_eq(&topo, &before, sizeof topo);
}

/* West's configuration, with `from` replaced by `to`, makes the lab fail. */
static void
west_fails(const char *from, const char *to, const char *sentence)
{
    char *west = load("west.cfg"), *text = with(west, from, to);

    write_file("west.cfg", text);
    lab_fails(sentence);
    free(text);
    free(west);
}

START_TEST(instances_do_not_share_an_srp_address)
{
    west_fails("bind address 127.0.0.12\n      peer-ip-address 127.0.0.11",
               "bind address 127.0.0.11\n      peer-ip-address 127.0.0.12",
               "instances: east and west have the same SRP bind address 127.0.0.11");
    west_fails("ip address 127.0.0.12", "ip address 127.0.0.11",
               "instances: east and west both have address 127.0.0.11, which is not "
               "srp-activated");
    west_fails("255.255.255.255 srp-activate", "255.255.255.255",
               "instances: east and west both have address 127.0.1.1, which is not srp-activated");
}
END_TEST

START_TEST(peer_addresses_point_at_each_other)
{
    west_fails("peer-ip-address 127.0.0.11", "peer-ip-address 127.0.0.13",
               "instances: west has peer-ip-address 127.0.0.13, but east has bind address "
               "127.0.0.11");
    west_fails("bind address 127.0.0.12", "bind address 127.0.0.13",
               "instances: east has peer-ip-address 127.0.0.12, but west has bind address "
               "127.0.0.13");
}
END_TEST

START_TEST(services_and_pools_are_the_same_on_both)
{
    west_fails("associate egtp-service egtp1", "",
               "instances: the pgw-service of east answers on 127.0.1.1, that of west on nothing; "
               "they must be equal");
    west_fails("172.16.0.0 255.252.0.0", "172.16.0.0 255.254.0.0",
               "instances: west has not the same pool \"dyn1\" as east");
    west_fails("    ip pool dyn1",
               "    ip pool dyn2 10.0.0.0 255.0.0.0 public srp-activate\n"
               "    ip pool dyn1",
               "instances: east has not the same pool \"dyn2\" as west");
}
END_TEST

START_TEST(configuration_without_srp_makes_no_pair)
{
    write_file("west.cfg", "config\nend\n");
    lab_fails("instances: west has no service-redundancy-protocol");
}
END_TEST

START_TEST(bad_configuration_is_refused_with_file_and_line)
{
    write_file("west.cfg", "config\nhello\nthere\n");
    lab_fails("west.cfg:2: Failure: Unknown command - \"hello\", unrecognized keyword\n"
              "west.cfg:3: Failure: Unknown command - \"there\", unrecognized keyword");
}
END_TEST

START_TEST(missing_files_are_named)
{
    static struct topo topo;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/west.cfg", dir);
    ck_assert_int_eq(unlink(path), 0);
    lab_fails("west.cfg: cannot be opened: No such file or directory");
    ck_assert_int_eq(topo_load(&topo, "/nowhere/at/all.json", err, sizeof err), DI_ESYSTEM);
    ck_assert_str_eq(err, "/nowhere/at/all.json: cannot be opened: No such file or directory");
    ck_assert_int_eq(topo_load(&topo, "/tmp", err, sizeof err), DI_EREFUSED);
    ck_assert_str_eq(err, "/tmp: not a regular file");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("topo: pair");
    TCase *lab = tcase_create("lab");

    tcase_add_checked_fixture(lab, make_lab, remove_lab);
    tcase_add_test(lab, instances_do_not_share_an_srp_address);
    tcase_add_test(lab, peer_addresses_point_at_each_other);
    tcase_add_test(lab, services_and_pools_are_the_same_on_both);
    tcase_add_test(lab, configuration_without_srp_makes_no_pair);
    tcase_add_test(lab, bad_configuration_is_refused_with_file_and_line);
    tcase_add_test(lab, missing_files_are_named);
    suite_add_tcase(suite, lab);
    return unit_main(suite);
}
