/* Any bytes as a software image: refused with the old one left as it was, or one that is written
 * the same again. Behind a checksum put right, too, so that the lines are reached. */
#include <assert.h>
#include <string.h>

#include "cf/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CRC_AT = 21, REST_AT = 30 };

static void
check(const char *text, size_t len)
{
    struct image image, before;
    char again[IMAGE_MOST];

    memset(&before, 0xa5, sizeof before);
    image = before;
    if (image_get(text, len, &image) != IMAGE_GOOD) {
        assert(memcmp(&image, &before, sizeof image) == 0);
        return;
    }
    assert(image.size == len && image_is_release(image.release));
    assert(image_put(&image, again) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[IMAGE_MOST];

    check((const char *)data, size);
    if (size <= REST_AT || size > sizeof text)
        return 0;
    memcpy(text, data, size);

    uint32_t crc = image_crc(text + REST_AT, size - REST_AT);

    for (int i = 0; i < 8; i++)
        text[CRC_AT + i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    check(text, size);
    return 0;
}
