"""Cold start: from nothing, keys included, to a synchronised pair with the demo's timers."""

import time

from lab import Lab
from table import Result


def run(bench):
    result = Result("start")
    up, down = [], []
    for i in range(bench.runs):
        bench.say(f"start: run {i + 1} of {bench.runs}")
        with Lab(bench, dead_s=5) as lab:
            up.append(lab.up())
            began = time.monotonic()
            lab.down()
            down.append(time.monotonic() - began)
    figure = result.figure("vpclab up, until synchronised", "s", up, "hello 1 s, dead 5 s")
    result.figure("vpclab down, until nothing remains", "s", down)
    result.below("cold start, median", figure.median, 2, " s")
    return result
