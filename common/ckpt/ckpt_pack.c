#include "common/ckpt/ckpt_pack.h"

#include <assert.h>
#include <libdeflate.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

/* Acceleration 4: a third quicker for few more octets (docs/benchmarks.md). */
enum { ZLIB_LEVEL = 1, LZ4_ACCELERATION = 4 };

struct ckpt_packer {
    struct libdeflate_compressor *deflater;
    struct libdeflate_decompressor *inflater;
};

struct ckpt_packer *
ckpt_packer_new(void)
{
    struct ckpt_packer *packer = malloc(sizeof *packer);

    if (!packer)
        abort();
    packer->deflater = libdeflate_alloc_compressor(ZLIB_LEVEL);
    packer->inflater = libdeflate_alloc_decompressor();
    if (!packer->deflater || !packer->inflater)
        abort();
    return packer;
}

void
ckpt_packer_destroy(struct ckpt_packer **packer)
{
    if (!*packer)
        return;
    libdeflate_free_compressor((*packer)->deflater);
    libdeflate_free_decompressor((*packer)->inflater);
    free(*packer);
    *packer = NULL;
}

/* Compressed length, or 0 when it would not be shorter than the original. */
static size_t
squeeze(struct ckpt_packer *packer, enum ckpt_algo algo, const void *in, size_t len, uint8_t *out)
{
    if (len < 2)
        return 0;
    if (algo == CKPT_ZLIB)
        return libdeflate_zlib_compress(packer->deflater, in, len, out, len - 1);
    if (algo == CKPT_LZ4)
        return (size_t)LZ4_compress_fast(in, (char *)out, (int)len, (int)len - 1, LZ4_ACCELERATION);
    return 0;
}

size_t
ckpt_pack(struct ckpt_packer *packer, enum ckpt_algo algo, const void *in, size_t len, void *out,
          size_t room)
{
    assert(len <= CKPT_RAW_MOST && room >= len + CKPT_PACK_HEADER);

    struct wr wr = wr_over(out, room);
    size_t packed = squeeze(packer, algo, in, len, (uint8_t *)out + CKPT_PACK_HEADER);

    wr_u8(&wr, packed ? algo : CKPT_STORED);
    wr_u32(&wr, (uint32_t)len);
    if (packed)
        return CKPT_PACK_HEADER + packed;
    wr_bytes(&wr, in, len);
    return wr_len(&wr);
}

int
ckpt_unpack(struct ckpt_packer *packer, const void *in, size_t len, void *out, size_t room,
            size_t *out_len)
{
    struct rd rd = rd_over(in, len);
    uint8_t algo = rd_u8(&rd);
    size_t raw = rd_u32(&rd);
    size_t packed = rd_left(&rd);
    bool ok = false;

    if (rd.bad || packed > CKPT_RAW_MOST)
        return DI_EFORMAT;
    if (raw > CKPT_RAW_MOST || raw > room)
        return DI_ESPACE;
    switch (algo) {
    case CKPT_STORED:
        ok = packed == raw;
        if (ok && raw > 0)
            memcpy(out, rd.at, raw);
        break;
    case CKPT_ZLIB: /* with no place for the actual length, only exactly `raw` bytes will do */
        ok = libdeflate_zlib_decompress(packer->inflater, rd.at, packed, out, raw, NULL) ==
             LIBDEFLATE_SUCCESS;
        break;
    case CKPT_LZ4:
        ok = LZ4_decompress_safe((const char *)rd.at, out, (int)packed, (int)raw) == (int)raw;
        break;
    default:
        break;
    }
    if (!ok)
        return DI_EFORMAT;
    *out_len = raw;
    return 0;
}
