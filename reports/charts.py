"""Inline SVG charts for the report: pure functions from numbers to markup, readable in print and without colour.

Every bar carries its number or words beside it, so colour is never the only sign. All text is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct

from indicators.score import span

EARNED = "#1f4e79"
GOOD, BAD, DOUBT, NONE, INK, SOFT = "#4f8a68", "#b3261e", "#c98500", "#aab4be", "#1f2933", "#5c6b7a"
_WORDS = {BAD: "#a3211a", DOUBT: "#8a5600", GOOD: INK}  # ink of words: dark enough to read on white
WIDTH = 960  # user units; the picture scales to its place
_NAME = 300  # units kept for names on the left


class Bar(Struct, frozen=True):
    """One column against its limit, in days. `days` None: no date is known."""

    name: str
    days: int | None
    limit: int | None
    note: str = ""
    measured: bool = True


class Segment(Struct, frozen=True):
    """One part of a stacked bar."""

    label: str
    count: int
    colour: str


class Stack(Struct, frozen=True):
    """One stacked bar."""

    name: str
    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        """The sum of its parts."""
        return sum(segment.count for segment in self.segments)


def freshness(bars: Sequence[Bar]) -> str:
    """Returns bars of days since the last item as a share of the limit; the line marks it, they end at twice."""
    if not bars:
        return ""
    row, top = 26, 30
    left, right = _NAME + 10, WIDTH - 190
    middle = left + (right - left) / 2
    height = top + row * len(bars) + 8
    parts = [
        _open(height, "各栏目距最新信息的天数与更新要求"),
        f'<text x="{middle:.0f}" y="14" text-anchor="middle" font-size="12" fill="{SOFT}">更新要求</text>',
    ]
    for index, bar in enumerate(bars):
        y = top + index * row
        if index % 2 == 0:
            parts.append(f'<rect x="0" y="{y}" width="{WIDTH}" height="{row}" fill="#f5f7f9"/>')
        parts.append(_text(_NAME, y + 17, _cut(bar.name, 40), anchor="end", title=bar.name))
        words, colour = _late(bar)
        if bar.days is not None and bar.limit:
            share = min(bar.days / bar.limit, 2.0)
            width = max(2.0, share * (middle - left))
            parts.append(f'<rect x="{left}" y="{y + 6}" width="{width:.1f}" height="14" rx="2" fill="{colour}"/>')
            if bar.days / bar.limit > 2:
                x = left + width
                cut = f"M{x - 9:.1f} {y + 4} l-5 18 M{x - 4:.1f} {y + 4} l-5 18"
                parts.append(f'<path d="{cut}" stroke="#fff" stroke-width="2"/>')
        parts.append(_text(right + 10, y + 17, words, colour=_WORDS.get(colour, SOFT), title=bar.note))
    parts.append(
        f'<line x1="{middle:.1f}" y1="{top - 10}" x2="{middle:.1f}" y2="{height - 6}" stroke="{INK}" '
        'stroke-width="1.5" stroke-dasharray="4 3"/></svg>'
    )
    return "".join(parts)


def stacks(bars: Sequence[Stack], *, label: str) -> str:
    """Returns stacked bars, each as long as its share of the longest; numbers stand in or beside the parts."""
    shown = [bar for bar in bars if bar.total]
    if not shown:
        return ""
    row, left, right = 34, 190, WIDTH - 150
    longest = max(bar.total for bar in shown)
    parts = [_open(row * len(shown) + 6, label)]
    for index, bar in enumerate(shown):
        y, x = index * row + 4, float(left)
        parts.append(_text(left - 12, y + 18, _cut(bar.name, 22), anchor="end", title=bar.name))
        for segment in bar.segments:
            if not segment.count:
                continue
            width = max(3.0, segment.count / longest * (right - left))
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="24" fill="{segment.colour}" stroke="#fff">'
                f"<title>{escape(segment.label)} {segment.count}</title></rect>"
            )
            inside = width > 12 + 9 * len(str(segment.count))
            if inside:
                ink = INK if segment.colour == NONE else "#fff"
                parts.append(_text(x + width / 2, y + 17, str(segment.count), anchor="middle", colour=ink))
            x += width
        parted = sum(1 for s in bar.segments if s.count) > 1
        small = "　".join(f"{s.label}{s.count}" for s in bar.segments if s.count and s.colour != GOOD and parted)
        parts.append(_text(x + 8, y + 17, _cut(small, 34) if x > right - 120 else small, colour=SOFT, size=12))
    parts.append("</svg>")
    return "".join(parts)


def share(measured: int, intended: int) -> str:
    """Returns a small bar of how much of what was intended was measured; "" where nothing was."""
    if not intended:
        return ""
    part = max(0.0, min(1.0, measured / intended))
    return (
        f'<svg class="share" viewBox="0 0 100 10" role="img" aria-label="已核查{part:.0%}" preserveAspectRatio="none">'
        f'<rect width="100" height="10" fill="#dde3e8"/>'
        f'<rect width="{100 * part:.1f}" height="10" fill="#1f4e79"/></svg>'
    )


def reach(low: float, high: float, stake: float, *, label: str, lost: bool = False) -> str:
    """Returns a small bar from 0 to `stake`: solid is certain, hatched may be, empty is not; "" without a stake."""
    if stake <= 0:
        return ""
    said = f"{label}{span(low, high)}，最多{stake:g}"
    frame = (0.0, 0.0, 100.0, 10.0)
    return (
        f'<svg class="range" viewBox="-1 -1 102 12" role="img" aria-label="{escape(said)}">'
        f"{_stretch(low / stake, high / stake, frame, BAD if lost else EARNED)}</svg>"
    )


def total(
    low: float, high: float, full: float, *, marks: Mapping[float, str], line: tuple[float, str] | None = None
) -> str:
    """Returns a wide bar of the points a portal has for certain and may have, with marks below and a line across."""
    if full <= 0:
        return ""
    x, y, width, height = _WIDE

    def place(points: float) -> float:
        return x + max(0.0, min(1.0, points / full)) * width

    ends = {low: f"最低 {low:g}", high: f"最高 {high:g}"}
    if place(high) - place(low) < _APART:
        ends = {(low + high) / 2: span(low, high)}
    parts = [
        _open(74, f"得分{span(low, high)}，最多{full:g}", "total"),
        _stretch(low / full, high / full, _WIDE, EARNED),
    ]
    parts += [_mark(place(points), y - 8, words, INK, 13) for points, words in ends.items()]
    for points, words in marks.items():
        at = place(points)
        parts.append(f'<path d="M{at:.1f} {y + height:g}v6" stroke="{SOFT}"/>')
        parts.append(_mark(at, y + height + 20, words, SOFT, 12))
    if line is not None:
        at = place(line[0])
        parts.append(f'<path d="M{at:.1f} {y - 4:g}v{height + 10:g}" stroke="#fff" stroke-width="5"/>')
        parts.append(f'<path d="M{at:.1f} {y - 4:g}v{height + 10:g}" stroke="{INK}" stroke-width="2.5"/>')
        crowded = any(0 <= place(points) - at < _APART for points in marks)
        text = _text(at + 8, y + height + 20, line[1], anchor="end", size=12) if crowded else ""
        parts.append(text or _mark(at, y + height + 20, line[1], INK, 12))
    return "".join(parts) + "</svg>"


def verdicts(counts: Mapping[str, int], *, good: str, bad: str, open_: str) -> str:
    """Returns a wide bar of how many requirements came out which way: good and bad solid, open hatched, rest empty."""
    whole = sum(counts.values())
    if not whole:
        return ""
    x, y, width, height = _WIDE
    words = "　".join(f"{name} {count}" for name, count in counts.items() if count)
    parts = [_open(56, words, "total"), _mark(x, y - 8, words, INK, 13)]
    colours = {good: EARNED, bad: BAD, open_: EARNED}
    for name, count in counts.items():
        part = count / whole * width
        if count:
            solid = 1.0 if name in (good, bad) else 0.0
            reaches = 1.0 if name in colours else 0.0
            parts.append(_stretch(solid, reaches, (x, y, part, height), colours.get(name, NONE)))
        x += part
    return "".join(parts) + "</svg>"


def _stretch(low: float, high: float, frame: tuple[float, float, float, float], colour: str) -> str:
    """Returns a framed box, solid up to the share `low` and hatched from there to the share `high`."""
    x, y, width, height = frame
    first = max(0.0, min(1.0, low)) * width
    last = max(first, max(0.0, min(1.0, high)) * width)
    box = f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}"'
    parts = [f'{box} fill="#fff"/>']
    if first:
        parts.append(f'<rect x="{x:.1f}" y="{y:g}" width="{first:.1f}" height="{height:g}" fill="{colour}"/>')
    if last - first > 0.01:
        # Dashed lines as thick as the bar is high: a pattern would need an address.
        way = f'd="M{x + first:.1f} {y + height / 2:g}H{x + last:.1f}" stroke="{colour}" stroke-width="{height:g}"'
        dashes = "1.6 6.4" if height > 12 else "1.3 3.2"
        parts.append(f'<path {way} opacity=".14"/><path {way} stroke-dasharray="{dashes}"/>')
    return "".join(parts) + f'{box} fill="none" stroke="#7b8794"/>'


_APART = 110.0  # units two words need to stand side by side
_WIDE = (24.0, 26.0, WIDTH - 48.0, 22.0)  # x, y, width, height


def _mark(x: float, y: float, words: str, colour: str, size: int) -> str:
    anchor = "start" if x < 70 else "end" if x > WIDTH - 70 else "middle"
    return _text(x, y, words, anchor=anchor, colour=colour, size=size)


def _late(bar: Bar) -> tuple[str, str]:
    if not bar.measured:
        return "未能判定", SOFT
    if bar.days is None:
        return "无日期", DOUBT
    if not bar.limit:
        return f"{bar.days}天", GOOD
    if bar.days > bar.limit:
        return f"{bar.days}天，超期{bar.days - bar.limit}天（限{bar.limit}）", BAD
    if bar.days >= 0.85 * bar.limit:
        return f"{bar.days}天，还剩{bar.limit - bar.days}天（限{bar.limit}）", DOUBT
    return f"{bar.days}天（限{bar.limit}）", GOOD


def _open(height: float, label: str, kind: str = "") -> str:
    name = f"chart {kind}".strip()
    return f'<svg class="{name}" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}">'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, size: int = 13, title: str = ""
) -> str:
    tip = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">'
        f"{tip}{escape(text)}</text>"
    )


def _cut(text: str, width: int) -> str:
    """Returns the end of a text that fits into `width` half-width characters: the end of a column path tells most."""
    used = 0
    for index in range(len(text) - 1, -1, -1):
        used += 2 if ord(text[index]) > 0x2E7F else 1
        if used > width:
            return "…" + text[index + 1 :]
    return text
