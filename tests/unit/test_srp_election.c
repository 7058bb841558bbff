#include "cf/srp/srp_fsm.h"
#include "common/base/rng.h"
#include "tests/unit/unit.h"

/* ---- the table ------------------------------------------------------------------------- */

/* Which cells are reached is the simulator's to show; here: each input means something
 * somewhere, and "nothing" stays everywhere. */
START_TEST(every_input_has_a_meaning_somewhere)
{
    for (unsigned input = 0; input < SRP_INPUTS; input++) {
        unsigned used = 0;

        for (unsigned state = 0; state < CHASSIS_STATE_N; state++)
            used += srp_cell(input, state) != 0;
        ck_assert_msg(used > 0, "input %s", srp_input_name(input));
    }
    for (unsigned state = 0; state < CHASSIS_STATE_N; state++)
        ck_assert_int_eq(srp_cell(0, state), 1);
    for (unsigned phase = 0; phase < SRP_PHASE_N; phase++)
        ck_assert_int_eq(srp_phase_cell(0, phase), 1);
    ck_assert_int_eq(srp_phase_cell(SRP_STEPS, 0), 0);
    ck_assert_int_eq(srp_phase_cell(0, SRP_PHASE_N), 0);
    ck_assert_int_eq(srp_cell(SRP_INPUTS, 0), 0);
    ck_assert_int_eq(srp_cell(0, CHASSIS_STATE_N), 0);
}
END_TEST

static struct srp_rank
equal_rank(void)
{
    return (struct srp_rank){.route_modifier = 5,
                             .mode = SRP_BACKUP,
                             .priority = 100,
                             .mac = {2, 0, 0, 1, 2, 3},
                             .addr = 7};
}

static void
beats(enum chassis_state state, const struct srp_rank *a, const struct srp_rank *b)
{
    ck_assert(srp_wins((uint8_t)state, a, (uint8_t)state, b));
    ck_assert(!srp_wins((uint8_t)state, b, (uint8_t)state, a));
}

START_TEST(start_up_election_goes_by_mode_then_priority_then_mac_then_address)
{
    struct srp_rank a = equal_rank(), b = equal_rank();

    b.addr = 6;
    beats(CHASSIS_INIT, &a, &b);
    b.mac[4]++;
    beats(CHASSIS_INIT, &b, &a);
    a.priority--;
    beats(CHASSIS_INIT, &a, &b);
    b.mode = SRP_PRIMARY;
    beats(CHASSIS_INIT, &b, &a);
    a.route_modifier = 2; /* not consulted between two that start */
    beats(CHASSIS_INIT, &b, &a);
}
END_TEST

START_TEST(two_that_serve_go_by_route_modifier_then_priority_then_mac_then_address)
{
    struct srp_rank a = equal_rank(), b = equal_rank();

    b.addr = 6;
    beats(CHASSIS_ACTIVE, &a, &b);
    b.mac[5]++;
    beats(CHASSIS_ACTIVE, &b, &a);
    a.priority--;
    beats(CHASSIS_ACTIVE, &a, &b);
    b.route_modifier--;
    beats(CHASSIS_ACTIVE, &b, &a);
    a.mode = SRP_PRIMARY; /* only for start-up */
    beats(CHASSIS_ACTIVE, &b, &a);
}
END_TEST

START_TEST(mac_is_compared_by_its_last_three_octets_from_left_to_right)
{
    struct srp_rank a = equal_rank(), b = equal_rank();

    memcpy(a.mac, (const uint8_t[]){0x00, 0x00, 0x00, 0x03, 0x1c, 0x2b}, 6);
    memcpy(b.mac, (const uint8_t[]){0xff, 0xff, 0xff, 0x03, 0x01, 0x3b}, 6);
    beats(CHASSIS_INIT, &a, &b); /* 03-1C-2B beats 03-01-3B; the vendor code says nothing */
    beats(CHASSIS_ACTIVE, &a, &b);
    b.mac[3] = 0x04;
    beats(CHASSIS_ACTIVE, &b, &a);
}
END_TEST

START_TEST(the_higher_priority_number_wins_where_both_say_so)
{
    struct srp_rank a = equal_rank(), b = equal_rank();

    a.priority = 200;
    a.higher_wins = b.higher_wins = true;
    for (unsigned state = 0; state < CHASSIS_STATE_N; state++)
        beats((enum chassis_state)state, &a, &b);
    b.mode = SRP_PRIMARY; /* the rest is compared as ever: mode, */
    beats(CHASSIS_INIT, &b, &a);
    b.route_modifier--; /* route modifier */
    beats(CHASSIS_ACTIVE, &b, &a);
    b = equal_rank();
    b.higher_wins = true;
    a.priority = b.priority;
    a.mac[5]++; /* and MAC, the higher of which wins in any case */
    beats(CHASSIS_INIT, &a, &b);
    beats(CHASSIS_ACTIVE, &a, &b);
}
END_TEST

START_TEST(the_lower_priority_number_wins_where_one_says_so)
{
    struct srp_rank a = equal_rank(), b = equal_rank();

    a.priority = 200;
    for (unsigned state = 0; state < CHASSIS_STATE_N; state++) {
        a.higher_wins = true;
        b.higher_wins = false;
        beats((enum chassis_state)state, &b, &a);
        a.higher_wins = false;
        b.higher_wins = true;
        beats((enum chassis_state)state, &b, &a);
    }
}
END_TEST

START_TEST(of_any_two_ranks_exactly_one_wins)
{
    enum { RANKS = 4 << 5, ALL = RANKS * CHASSIS_STATE_N };
    static const uint8_t modifiers[] = {2, 3, 33, 34};
    static struct srp_rank ranks[RANKS];
    size_t n = 0;

    for (unsigned rm = 0; rm < 4; rm++)
        for (unsigned bits = 0; bits < 1u << 5; bits++)
            ranks[n++] = (struct srp_rank){
                .route_modifier = modifiers[rm],
                .mode = bits & 1u,
                .priority = (uint8_t)(bits >> 1 & 1u),
                .mac = {2, 0, 0, 1, (uint8_t)(bits >> 2 & 1u), 0},
                .fresh = bits >> 3 & 1u,
                .higher_wins = bits >> 4 & 1u,
            };
    ck_assert_uint_eq(n, RANKS);

    for (size_t i = 0; i < ALL; i++) {
        for (size_t j = 0; j < ALL; j++) {
            struct srp_rank a = ranks[i % RANKS], b = ranks[j % RANKS];
            uint8_t a_state = (uint8_t)(i / RANKS), b_state = (uint8_t)(j / RANKS);

            a.addr = 1;
            b.addr = 2;
            /* each asks for itself: one of them serves, never both */
            if (srp_wins(a_state, &a, b_state, &b) == srp_wins(b_state, &b, a_state, &a))
                ck_abort_msg("%zu against %zu", i, j);
        }
    }
}
END_TEST

/* With one rule for all: a pair has one, and three chassis never meet. */
START_TEST(choice_is_transitive)
{
    struct rng rng = {.state = 17};

    for (int i = 0; i < 200000; i++) {
        bool higher_wins = rng_chance(&rng, 500);
        struct srp_rank r[3];
        uint8_t s[3];

        for (unsigned k = 0; k < 3; k++) {
            r[k] = (struct srp_rank){.route_modifier = (uint8_t)(rng_chance(&rng, 300) ? 33 : 2),
                                     .mode = (uint8_t)rng_below(&rng, 2),
                                     .priority = (uint8_t)rng_below(&rng, 2),
                                     .mac = {0, 0, 0, 0, 0, (uint8_t)rng_below(&rng, 2)},
                                     .addr = k,
                                     .fresh = rng_chance(&rng, 300),
                                     .higher_wins = higher_wins};
            s[k] = (uint8_t)rng_below(&rng, CHASSIS_STATE_N);
        }
        if (srp_wins(s[0], &r[0], s[1], &r[1]) && srp_wins(s[1], &r[1], s[2], &r[2]))
            ck_assert(srp_wins(s[0], &r[0], s[2], &r[2]));
    }
}
END_TEST

START_TEST(a_standby_that_follows_an_active_outranks_one_without_state)
{
    struct srp_rank records = equal_rank(), none = equal_rank();

    records.route_modifier = 3;
    none.mode = SRP_PRIMARY;
    none.priority = 1;
    none.route_modifier = 33;
    ck_assert(srp_wins(CHASSIS_STANDBY, &records, CHASSIS_INIT, &none));
    ck_assert(srp_wins(CHASSIS_STANDBY, &records, CHASSIS_STANDBY, &none));
    ck_assert(srp_wins(CHASSIS_ACTIVE, &none, CHASSIS_STANDBY, &records));
    records.fresh = true; /* never followed an Active: start-up rules */
    ck_assert(srp_wins(CHASSIS_INIT, &none, CHASSIS_STANDBY, &records));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp_election");
    TCase *election = tcase_create("election");

    tcase_add_test(election, every_input_has_a_meaning_somewhere);
    tcase_add_test(election, start_up_election_goes_by_mode_then_priority_then_mac_then_address);
    tcase_add_test(election,
                   two_that_serve_go_by_route_modifier_then_priority_then_mac_then_address);
    tcase_add_test(election, mac_is_compared_by_its_last_three_octets_from_left_to_right);
    tcase_add_test(election, the_higher_priority_number_wins_where_both_say_so);
    tcase_add_test(election, the_lower_priority_number_wins_where_one_says_so);
    tcase_add_test(election, of_any_two_ranks_exactly_one_wins);
    tcase_add_test(election, choice_is_transitive);
    tcase_add_test(election, a_standby_that_follows_an_active_outranks_one_without_state);
    suite_add_tcase(suite, election);
    return unit_main(suite);
}
