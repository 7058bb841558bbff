#!/usr/bin/env python3
"""Reads the undefined symbols of the pure libraries and refuses what a decision must not use.

usage: purity.py NM LIBRARY...            every library is pure (TAP, one line each)
       purity.py NM --refuse SYMBOL LIBRARY    the test of the test: SYMBOL is refused

Pure code may call memory and string functions, the assert hook, whatever the compiler adds
by itself, and other pure libraries; one library may also call nettle. It owns no
zero-initialised data, so it keeps no state.
"""

import os
import re
import subprocess
import sys

STRING_H = """
    memchr memcmp memcpy memmove memset bcmp
    strcat strchr strcmp strcpy strcspn strlen strncat strncmp strncpy strnlen strpbrk strrchr
    strspn strstr
""".split()

ALLOWED = re.compile(
    "|".join(STRING_H)
    + r"|__(mem|str)[a-z]+_chk"
    r"|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
    r"|__(asan|ubsan|sanitizer)_\w+|(__(start|stop)_)?__sancov_\w+|__gcov_\w+|__llvm_\w+"
)
# nettle's digests are pure themselves: contexts of the caller's, no heap, no state.
ALSO_ALLOWED = {"libaaa.a": re.compile(r"nettle_\w+")}
RUNTIME_DATA = re.compile(r"__(odr_)?(asan|ubsan|gcov|llvm|prof).*")


def symbols(nm, library):
    """The (kind, name) pairs of all objects in a library."""
    out = subprocess.run([nm, library], check=True, capture_output=True, text=True).stdout
    pairs = []
    for line in out.splitlines():
        fields = line.split()
        if len(fields) >= 2 and len(fields[-2]) == 1 and not line.endswith(":"):
            pairs.append((fields[-2], fields[-1]))
    if not pairs:
        raise SystemExit(f"{library}: no symbols, so nothing was checked")
    return pairs


def refused(pairs, pure, also=None):
    """What makes a library impure, sorted; `also` is allowed to this one."""
    bad = set()
    for kind, name in pairs:
        if kind in "Uw" and name not in pure and not ALLOWED.fullmatch(name):
            if not also or not also.fullmatch(name):
                bad.add(name)
        elif kind in "BbC" and not RUNTIME_DATA.fullmatch(name):
            bad.add(name.split(".")[0] + " (writable data)")
    return sorted(bad)


def main(nm, args):
    if args[0] == "--refuse":
        bad = refused(symbols(nm, args[2]), set())
        print(f"refused in {os.path.basename(args[2])}: {', '.join(bad) or 'nothing'}")
        return 0 if args[1] in [b.split()[0] for b in bad] else 1

    libraries = {path: symbols(nm, path) for path in args}
    pure = {name for pairs in libraries.values() for kind, name in pairs if kind in "TRDVW"}
    print(f"1..{len(libraries)}")
    impure = 0
    for number, (path, pairs) in enumerate(libraries.items(), 1):
        name = os.path.basename(path)
        bad = refused(pairs, pure, ALSO_ALLOWED.get(name))
        impure += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {name} uses nothing but memory and strings")
        for symbol in bad:
            print(f"# {name} uses {symbol}")
    return 1 if impure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
