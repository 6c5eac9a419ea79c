"""The story as an SVG: above, answers a second; below, entries of the connection table. Same numbers, same bytes.

It brings its own background, and so can be read on a light page and on a dark one; where the reader's system is dark, it
is too.
"""

WIDTH, LEFT, RIGHT, PANEL, TOP, GAP = 800, 76, 24, 150, 92, 56
HEIGHT = TOP + 2 * PANEL + GAP + 52
NAMES = {"tracked": "tracked", "untracked": "compiled by untrack"}

STYLE = """
  .page { fill: #ffffff; stroke: #d0d7de; } text { fill: #1f2328; font: 13px system-ui, sans-serif; }
  .title { font-size: 16px; font-weight: 600; } .soft { fill: #59636e; } .end { text-anchor: end; }
  .middle { text-anchor: middle; } .grid { stroke: #d8dee4; } .limit { stroke: #59636e; stroke-dasharray: 5 4; }
  path { fill: none; stroke-width: 2; stroke-linejoin: round; } .tracked { stroke: #cf222e; } .untracked { stroke: #0969da; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; } text { fill: #f0f6fc; } .soft { fill: #9198a1; } .grid { stroke: #2a313a; }
    .limit { stroke: #9198a1; } .tracked { stroke: #ff7b72; } .untracked { stroke: #58a6ff; }
  }"""


def ceiling(value):
    """The next of 1, 2, 2.5 and 5 times a power of ten, and the steps to get there."""
    power = 1
    while True:
        for factor, steps in ((1, 5), (2, 4), (2.5, 5), (5, 5)):
            if factor * power >= value:
                return factor * power, steps
        power *= 10


def per_second(samples):
    """(time, answers a second) between each sample and the one before."""
    return [((a["at"] + b["at"]) / 2, (b["answered"] - a["answered"]) / (b["at"] - a["at"]))
            for a, b in zip(samples, samples[1:]) if b["at"] - a["at"] > 0.02]


class Panel:
    def __init__(self, top, title, seconds, most):
        self.top, self.title, self.seconds = top, title, seconds
        self.most, self.steps = ceiling(most)

    def x(self, time):
        return LEFT + time / self.seconds * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return self.top + PANEL - value / self.most * PANEL

    def frame(self):
        yield f'<text x="{LEFT}" y="{self.top - 12}">{self.title}</text>'
        for step in range(self.steps + 1):
            value = self.most * step / self.steps
            yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(value):.1f}" y2="{self.y(value):.1f}"/>'
            yield f'<text class="soft end" x="{LEFT - 8}" y="{self.y(value) + 4:.1f}">{value:,.0f}</text>'

    def seconds_axis(self):
        every = max(1, round(self.seconds / 8))
        for second in range(0, int(self.seconds) + 1, every):
            yield f'<text class="soft middle" x="{self.x(second):.1f}" y="{self.top + PANEL + 20}">{second} s</text>'

    def line(self, name, points):
        steps = " ".join(f"{'L' if i else 'M'}{self.x(time):.1f} {self.y(value):.1f}" for i, (time, value) in
                         enumerate(points))
        return f'<path class="{name}" d="{steps}"/>'


def story(runs, rate, table):
    seconds = max(run["seconds"] for run in runs.values())
    rates = {name: per_second(run["samples"]) for name, run in runs.items()}
    answers = Panel(TOP, "answered connections a second", seconds,
                    max(value for points in rates.values() for _, value in points))
    entries = Panel(TOP + PANEL + GAP, "entries in the server's connection table", seconds,
                    max(table, *(run["most_entries"] for run in runs.values())) * 1.05)
    total = sum(runs["tracked"][what] for what in ("answered", "refused"))
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
             f'role="img">',
             f"<title>memcached, {total:,} short connections, tracked and not</title>",
             f"<style>{STYLE}</style>",
             f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="6"/>',
             f'<text class="title" x="24" y="30">memcached, {total:,} short connections, {rate:,} a second</text>']
    for i, (name, run) in enumerate(runs.items()):
        at = 24 + 390 * i
        lines.append(f'<path class="{name}" d="M{at} 50 h24"/>')
        lines.append(f'<text x="{at + 32}" y="54">{NAMES[name]}: {run["refused"]:,} unanswered</text>')
    for panel in (answers, entries):
        lines += panel.frame()
    lines += entries.seconds_axis()
    lines += [answers.line(name, rates[name]) for name in runs]
    lines.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{entries.y(table):.1f}" '
                 f'y2="{entries.y(table):.1f}"/>')
    lines.append(f'<text class="soft end" x="{WIDTH - RIGHT}" y="{entries.y(table) - 6:.1f}">full at {table:,}</text>')
    lines += [entries.line(name, [(each["at"], each["entries"]) for each in run["samples"]]) for name, run in runs.items()]
    return "\n".join([*lines, "</svg>", ""])
