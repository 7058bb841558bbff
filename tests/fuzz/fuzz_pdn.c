/* Packets of subscribers against the packet data network. An answer must be a packet that
 * goes back to where the question came from, and asking with that answer must end the talk. */
#include <assert.h>
#include <string.h>

#include "lab/world/pdn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t answer[2048], again[2048];
    size_t len, again_len;
    enum pdn_verdict verdict = pdn_answer(data, size, answer, sizeof answer, &len);

    assert(pdn_verdict_name(verdict)[0]);
    if (verdict != PDN_ANSWERED) {
        assert(len == 0);
        return 0;
    }
    assert(len >= 28 && len <= size);
    assert(memcmp(answer + 12, data + 16, 4) == 0 && memcmp(answer + 16, data + 12, 4) == 0);
    verdict = pdn_answer(answer, len, again, sizeof again, &again_len);
    assert(verdict == PDN_NO_SERVICE); /* sound, and no question */
    (void)verdict;
    return 0;
}
