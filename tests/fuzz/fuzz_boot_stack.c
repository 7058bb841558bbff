/* Any bytes as boot.sys: refused with its line and the old stack left as it was, or a stack that
 * is the same when it was written and read once more. */
#include <assert.h>
#include <string.h>

#include "common/conf/boot_stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct boot_stack stack, before, again;
    char text[BOOT_TEXT];
    unsigned line = 0;

    memset(&before, 0xa5, sizeof before);
    stack = before;
    if (boot_stack_get((const char *)data, size, &stack, &line) != NULL) {
        assert(line > 0 && memcmp(&stack, &before, sizeof stack) == 0);
        return 0;
    }
    assert(stack.n <= BOOT_ENTRIES);
    for (uint8_t i = 1; i < stack.n; i++)
        assert(stack.entries[i - 1].priority < stack.entries[i].priority);
    assert(boot_stack_get(text, boot_stack_put(&stack, text), &again, &line) == NULL);
    assert(memcmp(&stack, &again, sizeof stack) == 0);
    assert(boot_stack_show(&stack, text) < sizeof text);
    return 0;
}
