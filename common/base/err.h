/* err.h - the expected failures of functions that can fail, one list for codes and texts
 *
 * Functions that can fail for an expected reason return 0 or a negative enum di_err.
 * Broken invariants are asserted instead; a stranger's bytes are answered with a reason
 * of the decoder's own.
 *
 * Ownership  texts are static
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_ERR_H
#define VPCLAB_ERR_H

#define DI_ERRS(X)                                                                                 \
    X(DI_EFORMAT, -1, "malformed data")                                                            \
    X(DI_ESPACE, -2, "not enough room")                                                            \
    X(DI_ENOTFOUND, -3, "not found")                                                               \
    X(DI_EEXISTS, -4, "already exists")                                                            \
    X(DI_EFULL, -5, "full")                                                                        \
    X(DI_EAGAIN, -6, "would block")                                                                \
    X(DI_ESYSTEM, -7, "system call failed")                                                        \
    X(DI_EREFUSED, -8, "refused")                                                                  \
    X(DI_ESTALE, -9, "stale epoch or incarnation")                                                 \
    X(DI_EGONE, -10, "the other side has gone")

enum di_err {
#define X(name, value, text) name = value,
    DI_ERRS(X)
#undef X
};

static inline const char *
di_strerror(int err)
{
    switch (err) {
    case 0:
        return "success";
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        DI_ERRS(X)
#undef X
    default:
        return "unknown error";
    }
}

#endif
