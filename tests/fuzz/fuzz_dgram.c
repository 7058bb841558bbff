/* Batches of datagrams, and their distribution. What is read is put back and must give the
 * bytes it was read from; each entry must find a living session manager or none. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "demux/dist.h"
#include "demux/echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SESSMGRS = 5 };

static void
distribute(const struct dist *dist, const struct dgram *d)
{
    struct dist_choice choice =
        d->side == DGRAM_PDN ? dist_packet(dist, d->bytes, d->len) : dist_access(dist, d);
    uint8_t answer[ECHO_ROOM];

    if (choice.verdict == DIST_SESSMGR)
        assert(dist->alive[choice.sessmgr]);
    if (choice.verdict == DIST_ECHO)
        assert(echo_answer(answer, sizeof answer, d, 1) <= sizeof answer);
    (void)answer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd rd = rd_over(data, size);
    uint8_t *copy = malloc(size + 1);
    struct wr wr = wr_over(copy, size);
    struct dist dist;
    struct dgram d;

    if (!copy)
        abort();
    dist_init(&dist, SESSMGRS);
    for (uint8_t i = 2; i <= SESSMGRS; i++)
        dist_alive(&dist, i, true);
    dist.pools[dist.pool_n++] = (struct dist_pool){.net = 0xac100000, .mask = 0xfffc0000};
    while (dgram_next(&rd, &d)) {
        bool put = dgram_put(&wr, &d);

        assert(put);
        (void)put;
        distribute(&dist, &d);
    }
    assert(memcmp(copy, data, wr_len(&wr)) == 0 || wr_len(&wr) == 0);
    assert(rd.bad || wr_len(&wr) == size);
    free(copy);
    return 0;
}
