/* Secrets are encrypted as soon as they are entered, and shown so. */
#include <signal.h>

#include "unit_conf_print.h"

static const uint8_t other_key[CONF_KEY] = "the key of another lab, likewise";

/* ---- secrets ---- */

START_TEST(a_sealed_secret_is_read_with_its_key_only)
{
    char clear[CONF_NAME], first[CONF_SECRET];

    reads("config\ncontext a\nradius server 10.0.0.1 key xyzzy\n"
          "snmp target t 10.0.0.1 security-name xyzzy\n");
    ck_assert_uint_eq(conf.radius[0].key.state, CONF_SECRET_CLEAR);
    conf_seal(&conf, key);
    ck_assert_uint_eq(conf.radius[0].key.state, CONF_SECRET_ENCRYPTED);
    ck_assert_ptr_null(strstr(printed(), "xyzzy"));
    ck_assert_str_eq(conf.radius[0].key.text, conf.snmp[0].community.text); /* equal, so alike */
    memcpy(first, conf.radius[0].key.text, sizeof first);
    conf_seal(&conf, key); /* once is enough */
    ck_assert_str_eq(conf.radius[0].key.text, first);
    ck_assert(conf_unseal(&conf.radius[0].key, key, clear));
    ck_assert_str_eq(clear, "xyzzy");
    ck_assert(!conf_unseal(&conf.radius[0].key, other_key, clear));
    ck_assert_str_eq(clear, "");
    ck_assert(!conf_unseal(&conf.radius[0].key, NULL, clear));
    conf_seal(&conf, other_key);
    ck_assert_uint_eq(conf.radius[0].key.state, CONF_SECRET_FOREIGN);
    ck_assert_str_eq(conf.radius[0].key.text, first); /* kept as it is */
}
END_TEST

START_TEST(a_secret_with_one_digit_changed_is_not_read)
{
    struct conf_secret sealed;
    char clear[CONF_NAME];

    reads("config\ncontext a\nradius server 10.0.0.1 key xyzzy\n");
    conf_seal(&conf, key);
    sealed = conf.radius[0].key;
    ck_assert_uint_eq(strlen(sealed.text), 2 * (16 + 5));
    for (size_t i = 0; sealed.text[i]; i++) {
        char was = sealed.text[i];

        sealed.text[i] = was == '0' ? '1' : '0';
        ck_assert(!conf_unseal(&sealed, key, clear));
        sealed.text[i] = was;
    }
    for (size_t len = strlen(sealed.text); len > 0; len -= 2) {
        ck_assert(conf_unseal(&sealed, key, clear) == (len == strlen(conf.radius[0].key.text)));
        sealed.text[len - 2] = '\0';
    }
}
END_TEST

START_TEST(the_longest_secret_is_sealed_and_read_again)
{
    char lines[256], secret[CONF_NAME], clear[CONF_NAME];

    memset(secret, 'x', sizeof secret - 1);
    secret[sizeof secret - 1] = '\0';
    (void)snprintf(lines, sizeof lines, "config\ncontext a\nradius server 10.0.0.1 key %s\n",
                   secret);
    reads(lines);
    conf_seal(&conf, key);
    reads(printed());
    conf_seal(&conf, key);
    ck_assert(conf_unseal(&conf.radius[0].key, key, clear));
    ck_assert_str_eq(clear, secret);
}
END_TEST

START_TEST(a_secret_of_another_system_is_shown_as_it_is)
{
    shows("context a\nradius server 10.0.0.1 encrypted key 01ABD002c82b4a2c",
          "  context a\n    radius server 10.0.0.1 encrypted key 01abd002c82b4a2c port 1812\n"
          "  #exit\n");
    ck_assert_uint_eq(conf.radius[0].key.state, CONF_SECRET_FOREIGN);
}
END_TEST

START_TEST(a_secret_in_clear_is_never_printed)
{
    reads("config\ncontext a\nradius server 10.0.0.1 key xyzzy\n");
    (void)printed(); /* aborts: seal first */
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conf_seal");
    TCase *tcase = tcase_create("conf_seal");

    tcase_add_test(tcase, a_sealed_secret_is_read_with_its_key_only);
    tcase_add_test(tcase, a_secret_with_one_digit_changed_is_not_read);
    tcase_add_test(tcase, the_longest_secret_is_sealed_and_read_again);
    tcase_add_test(tcase, a_secret_of_another_system_is_shown_as_it_is);
    tcase_add_test_raise_signal(tcase, a_secret_in_clear_is_never_printed, SIGABRT);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
