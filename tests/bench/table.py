"""What a benchmark hands back, as text and as JSON."""

import statistics


class Figure:
    """One measured thing: a value a run."""

    def __init__(self, what, unit, values, note=""):
        self.what, self.unit, self.values, self.note = what, unit, list(values), note

    @property
    def median(self):
        return statistics.median(self.values)

    def as_json(self):
        return {
            "what": self.what,
            "unit": self.unit,
            "values": self.values,
            "min": min(self.values),
            "median": self.median,
            "max": max(self.values),
            "note": self.note,
        }


class Ratio:
    """Ours to a peer's, of medians, against the target."""

    def __init__(self, what, value, target, reached):
        self.what, self.value, self.target, self.reached = what, value, target, reached

    def as_json(self):
        return {
            "what": self.what,
            "value": self.value,
            "target": self.target,
            "reached": self.reached,
        }


class Result:
    """All of one benchmark."""

    def __init__(self, name):
        self.name = name
        self.figures, self.ratios, self.skipped = [], [], []

    def figure(self, what, unit, values, note=""):
        figure = Figure(what, unit, values, note)
        self.figures.append(figure)
        return figure

    def at_least(self, what, value, target, unit=""):
        self.ratios.append(Ratio(what, value, f"at least {target:g}{unit}", value >= target))

    def below(self, what, value, target, unit=""):
        self.ratios.append(Ratio(what, value, f"below {target:g}{unit}", value < target))

    def skip(self, what, reason):
        self.skipped.append({"what": what, "reason": reason})

    def as_json(self):
        return {
            "name": self.name,
            "figures": [f.as_json() for f in self.figures],
            "targets": [r.as_json() for r in self.ratios],
            "skipped": self.skipped,
        }


def number(value):
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"


def text(result):
    lines = [f"== {result.name} ==", ""]
    lines.append(f"{'':58} {'min':>10} {'median':>10} {'max':>10}  unit")
    for f in result.figures:
        lines.append(
            f"{f.what:58} {number(min(f.values)):>10} {number(f.median):>10} "
            f"{number(max(f.values)):>10}  {f.unit}{'  ' + f.note if f.note else ''}"
        )
    for r in result.ratios:
        verdict = "reached" if r.reached else "MISSED"
        lines.append(f"{r.what:58} {'':>10} {number(r.value):>10} {'':>10}  {r.target}: {verdict}")
    for s in result.skipped:
        lines.append(f"skipped: {s['what']}: {s['reason']}")
    return "\n".join([*lines, ""])
