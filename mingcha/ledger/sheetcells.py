"""What stands in the cells people fill in, as values: dates in the usual ways, addresses, texts. Pure.

Every function raises ValueError with what is wrong and what to do, in Chinese; the cell is named by whoever asks.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from openpyxl.utils.datetime import from_excel

from portal.zone import CHINA
from storage.ledger.excuses import OTHER, reasons

LAST_MINUTE = dt.time(23, 59)  # a deadline given as a day only ends with that day
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")  # of days, as spreadsheets count: 36526 is 2000-01-01
_DAY = re.compile(
    r"([0-9]{4})(?:\s*[-/.\u2010-\u2015]\s*|\s*年\s*)([0-9]{1,2})(?:\s*[-/.\u2010-\u2015]\s*|\s*月\s*)([0-9]{1,2})\s*[日号]?"
)
_PLAIN_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_CLOCK = re.compile(
    r"\s*T?\s*([0-9]{1,2})\s*[:时]\s*([0-9]{1,2})\s*分?(?:\s*:?\s*[0-9]{1,2}(?:\.[0-9]+)?\s*秒?)?\s*(?:Z|\+08:?00)?"
)
_SCHEME = re.compile(r"[hｈ][tｔ]{2}[pｐ][sｓ]?\s*[:：]\s*[/／]{2}", re.IGNORECASE)  # full-width letters, too
_YEARS = range(2000, 2100)
_WAYS = "写成 2026-11-28、2026/11/28 或 2026年11月28日"


def text_of(value: Any) -> str:
    """Returns a text without blanks around it; numbers and dates as people write them. Raises ValueError."""
    if value is None:
        return ""
    if isinstance(value, bool):
        raise ValueError("是逻辑值，请填写文字")
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def day_in(value: Any) -> dt.date | None:
    """Returns the day of a cell, None for an empty one. Raises ValueError."""
    found = moment_in(value)
    return found.date() if found is not None else None


def moment_in(value: Any, clock: dt.time = dt.time()) -> dt.datetime | None:
    """Returns day and time of a cell without a zone, None for an empty one; `clock` where it says only a day.

    Raises ValueError with the ways a date may be written.
    """
    if isinstance(value, (bool, dt.time, dt.timedelta)):
        raise ValueError(f"不是日期，请{_WAYS}")
    if isinstance(value, dt.datetime):
        found = value if value.time() != dt.time() else dt.datetime.combine(value.date(), clock)
        return _sane(found.replace(tzinfo=None))
    if isinstance(value, dt.date):
        return _sane(dt.datetime.combine(value, clock))
    if isinstance(value, (int, float)):
        text = f"{value:.10f}".rstrip("0").rstrip(".")
    else:
        text = unicodedata.normalize("NFKC", text_of(value)).strip("' ")
    if not text:
        return None
    if _SERIAL.fullmatch(text):
        counted = from_excel(float(text))
        assert isinstance(counted, dt.datetime)  # more than a day is no time of the day
        return moment_in(counted.replace(second=0, microsecond=0), clock)
    if match := _PLAIN_DAY.fullmatch(text):
        return _made(text, match, clock)
    match = _DAY.match(text)
    rest = text[match.end() :] if match else ""
    if match is None or (rest.strip() and not (time := _CLOCK.fullmatch(rest))):
        raise ValueError(f"“{_short(text)}”不是日期，请{_WAYS}")
    if rest.strip() and time is not None:
        try:
            clock = dt.time(int(time[1]), int(time[2]))
        except ValueError:
            raise ValueError(f"“{_short(text)}”没有这个时刻，请{_WAYS}，时刻写成 18:00") from None
    return _made(text, match, clock)


def _made(text: str, match: re.Match[str], clock: dt.time) -> dt.datetime:
    try:
        day = dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(f"“{_short(text)}”没有这一天，请核对") from None
    return _sane(dt.datetime.combine(day, clock))


def _sane(found: dt.datetime) -> dt.datetime:
    if found.year not in _YEARS:
        raise ValueError(f"{found.date().isoformat()} 不像是整改的日期，请核对年份")
    return found


def deadline_in(value: Any) -> dt.datetime | None:
    """Returns the deadline of a cell, aware, None for an empty one. Raises ValueError."""
    found = moment_in(value, LAST_MINUTE)
    return found.replace(tzinfo=CHINA) if found is not None else None


def link_in(value: Any, target: str, home: str) -> str:
    """Returns the address of a cell, "" for an empty one. Raises ValueError for what is none.

    `target` is where the cell's hyperlink leads, which counts where the cell shows other words. `home` is the portal's
    home page: an address of the portal's own host may be written without its scheme.
    """
    text = text_of(value)
    if beginning := _SCHEME.match(text):
        text = unicodedata.normalize("NFKC", beginning[0]) + text[beginning.end() :]
    if not text:
        return ""
    if "://" not in text and target.lower().startswith(("http://", "https://")):
        text = target.strip()
    if len(text.split()) > 1:
        raise ValueError("一格只填一个网址，其余写在“整改情况”中")
    scheme, host = urlsplit(home).scheme, (urlsplit(home).hostname or "").removeprefix("www.")
    if "://" not in text:
        first = text.split("/", 1)[0].rpartition(":")[0] or text.split("/", 1)[0]
        if not host or (first.lower() != host and not first.lower().endswith(f".{host}")):
            raise ValueError(f"“{_short(text)}”不是完整的网址，请以 http:// 或 https:// 开头")
        text = f"{scheme}://{text}"
    try:
        parts = urlsplit(text)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(char in text for char in '<>"{}|\\^`'):
        raise ValueError(f"“{_short(text)}”不是网址，请以 http:// 或 https:// 开头")
    return text


def objection_in(text: str) -> tuple[str, str]:
    """Returns the reason code of an objection and what it says besides; "" and "" for an empty cell.

    A text that begins with the words of a code says the rest; one that has them further on, or has none (then the code
    is OTHER), is kept whole: why something is no defect is for people to write, and for people to judge.
    """
    text = text.strip()
    if not text:
        return "", ""
    folded = unicodedata.normalize("NFKC", text)
    words = [
        (unicodedata.normalize("NFKC", code.word), code.id)
        for code in sorted(reasons().values(), key=lambda one: -len(one.word))
        if code.objection
    ]
    for word, code in words:
        for beginning in (word, word.partition("(")[0]):
            if folded.startswith(beginning):
                return code, _after(text, beginning).strip(" :：,，;；。、\n")
    return next((code for word, code in words if word.partition("(")[0] in folded), OTHER), text


def _after(text: str, beginning: str) -> str:
    """Returns what follows a beginning, as it was written: only the beginning is compared folded."""
    ends = range(1, len(text) + 1)
    return text[next(end for end in ends if unicodedata.normalize("NFKC", text[:end]).startswith(beginning)) :]


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
