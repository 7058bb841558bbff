/* What a RADIUS responder is asked. Each request that is taken can be answered, and that answer
 * is one to whoever asked it, and to nobody else. */
#include <assert.h>
#include <string.h>

#include "cf/monitor/radius.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "fuzz";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct radius_request request = {.id = 0xa5};
    uint8_t answer[64], code = 0;
    enum radius_verdict verdict = radius_read(data, size, secret, &request);
    size_t len;

    assert(radius_verdict_name(verdict)[0]);
    if (verdict != RADIUS_VALID) {
        assert(request.id == 0xa5 && request.code == 0);
        return 0;
    }
    assert(request.code == RADIUS_ACCESS_REQUEST || request.code == RADIUS_STATUS_SERVER);
    len = radius_answer(answer, sizeof answer, RADIUS_ACCESS_ACCEPT, &request, secret);
    assert(len > 0);
    verdict = radius_check(answer, len, &request, secret, &code);
    assert(verdict == RADIUS_VALID && code == RADIUS_ACCESS_ACCEPT);
    request.id ^= 1;
    verdict = radius_check(answer, len, &request, secret, &code);
    assert(verdict == RADIUS_BAD_ID);
    (void)verdict;
    return 0;
}
