/* What is accepted must come back as the same bytes (later versions' fields aside), and a
 * chassis in any state must survive hearing it. */
#include <assert.h>

#include "cf/srp/srp_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hear(const struct srp_hello *hello, enum chassis_state state, enum srp_phase phase, bool planned)
{
    const struct srp_setup setup = {
        .rank = {.priority = 125, .addr = 1},
        .peer_addr = 2,
        .hello_us = US_PER_S,
        .dead_us = 3 * US_PER_S,
        .rm_threshold = 16,
        .rm_delta = 1,
        .incarnation = 1,
        .cf_epoch = 1,
    };
    struct srp_snapshot snapshot = {
        .state = (uint8_t)state,
        .phase = (uint8_t)phase,
        .planned = planned,
        .switch_id = 1,
        .incarnation = 1,
        .epoch = 2,
    };
    struct srp_event ev = {.now = {.us = 1000}, .type = SRP_EV_HELLO, .hello = *hello};
    struct srp srp;

    srp_adopt(&srp, &setup, &snapshot, ev.now);
    assert(srp_step(&srp, &ev).to < CHASSIS_STATE_N);
    assert(srp_step(&srp, &ev).stale); /* the same again says nothing new */
    ev.type = SRP_EV_TICK;
    ev.now = mono_after(ev.now, 4 * US_PER_S);
    (void)srp_step(&srp, &ev);
    assert(srp_deadline(&srp).us > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t buf[SRP_HELLO_MOST];
    struct rd rd = rd_over(data, size);
    struct wr wr = wr_over(buf, sizeof buf);
    struct srp_hello hello;
    const char *reason = NULL;

    if (!srp_hello_get(&rd, &hello, &reason)) {
        assert(reason);
        return 0;
    }
    srp_hello_put(&wr, &hello);
    assert(!wr.full && wr_len(&wr) == size - rd_left(&rd));
    assert(memcmp(buf, data, wr_len(&wr)) == 0);
    for (int state = 0; state < CHASSIS_STATE_N; state++)
        for (int phase = 0; phase < SRP_PHASE_N; phase++)
            for (int planned = 0; planned < 2; planned++)
                hear(&hello, (enum chassis_state)state, (enum srp_phase)phase, planned);
    return 0;
}
