"""Inline SVG charts for the report: pure functions from numbers to markup, readable in print and without colour.

Every bar carries its number or words beside it, so colour is never the only sign. All text is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

GOOD, BAD, DOUBT, NONE, INK, SOFT = "#4f8a68", "#b3261e", "#c98500", "#aab4be", "#1f2933", "#5c6b7a"
_WORDS = {BAD: "#a3211a", DOUBT: "#8a5600", GOOD: INK}  # ink of words: dark enough to read on white
WIDTH = 960  # user units; the picture scales to its place
_NAME = 300  # units kept for names on the left


@dataclass(frozen=True, slots=True)
class Bar:
    """One column against its limit, in days. `days` None: no date is known."""

    name: str
    days: int | None
    limit: int | None
    note: str = ""
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a stacked bar."""

    label: str
    count: int
    colour: str


@dataclass(frozen=True, slots=True)
class Stack:
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


def _open(height: float, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}">'


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
