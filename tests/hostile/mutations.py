"""Pages broken at random: bytes lost, repeated, replaced by what parsers stumble over.

python -m tests.hostile.mutations FOLDER [COUNT [SEED]] breaks the pages of a folder that often and prints what escapes.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from checks.base import Outcome
from checks.runner import judge
from crawler.net.describe import describe
from crawler.net.message import Fetched
from crawler.net.sniff import sniff
from crawler.reading import in_time
from portal.artifacts import Level, PageRecord
from portal.facts import PageFacts
from portal.page import read_page
from tests.unit.checks.make import HOME, column, gathered, link, tried

AS_OF = dt.date(2026, 11, 20)
SECONDS = 10.0  # of computing for one page
NOISE: tuple[bytes, ...] = (
    b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"<!DOCTYPE", b"<table>", b"</table>",
    b"<a href='", b"<form>", b"<select>", b"<script>", b"</script>", b"<title>", b"</body></html>",
    b"<base href='//['>", b"<svg><a>", b"<frameset>", b"<template>", b"<noscript>", b"<meta charset=utf-7>",
    b"<meta charset=utf-16>", b"<meta charset=hex>", b"<meta http-equiv=refresh content='1e999;url=http://[::1'>",
    b"'", b'"', b"=", b"&", b"&#", b"&#xD800;", b"&#0;", b"&#99999999999;", b"&lt", b"\x00", b"\xff", b"\xfe\xff",
    b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\x80", "一二三".encode("gbk"),
    "共99999999999999999999999999页".encode(), b"9" * 5000, b"-1", b"\xc2\xb2", b"0000-00-00", b"2026-02-30",
    "二〇二六年十三月三十二日".encode(), b"http://[", b"http://a:99999999/", b"//", b"javascript:", b"data:,", b"htttp://[x]/",
    b"http://\xe2\x84\x80/", b"%", b"%zz", b"\\", b"\\u", b"\\ud800", b"{", b"[", b"}", b"]", b"{{", b"(",
    b'{"title":"a","url":null,"date":1e400,"total":99999999999999999999999}', b'[{"title":"', b"createPageHTML(",
    b"createPageHTML(" + b"9" * 250 + b",0,'index','html')", b"<record><![CDATA[", b"<totalrecord>" + b"9" * 5000,
    "《".encode(), "》".encode(), "〔2026〕".encode(), "号".encode(), "当前位置：".encode(),
    "发布时间：".encode(), "来源：".encode(),
    "暂无数据".encode(), b"\xf0\x9f\x98\x80", b" ", b"\n", b"\t", b"<br>", b"<td>", b"<li>", b"<h1>",
)  # fmt: skip


def broken(data: bytes, luck: random.Random) -> bytes:
    """Returns a page after up to twelve accidents."""
    made = bytearray(data)
    for _ in range(luck.randint(1, 12)):
        at = luck.randrange(len(made) + 1)
        size = luck.choice((1, 2, 5, 20, 200, 2000))
        match luck.randrange(7):
            case 0:
                del made[at : at + size]
            case 1:
                made[at:at] = luck.choice(NOISE)
            case 2:
                made[at : at + size] = luck.choice(NOISE)
            case 3:
                made[at:at] = made[at : at + size] * luck.choice((1, 3, 20))
            case 4:
                other = luck.randrange(len(made) + 1)
                made[at:at] = made[other : other + size]
            case 5:
                made[at:at] = luck.choice(NOISE) * luck.choice((2, 30))
            case 6 if at < len(made):
                made[at] = luck.randrange(256)
    return bytes(made)


def look_at(data: bytes, url: str, content_type: str) -> PageFacts:
    """Returns the facts of a page, read and kept as an audit reads and keeps it. Raises what breaks."""
    with in_time(SECONDS):
        facts = read_page(data, url, content_type=content_type, as_of=AS_OF, portal=True)
        attempt = describe(Fetched(tried(final=url, content_type=content_type, sniffed=sniff(data)), data))
    kept = msgspec.msgpack.encode((facts, attempt))
    assert msgspec.msgpack.encode(msgspec.msgpack.decode(kept)) == kept
    return msgspec.json.decode(msgspec.json.encode(facts), type=PageFacts)


def judged(pages: Sequence[PageFacts]) -> list[str]:
    """Returns in words which checks break on pages as a portal's, each a column and a page below it."""
    records: list[Any] = []
    for number, facts in enumerate(pages):
        at = f"{HOME}c{number}/"
        moved = msgspec.structs.replace(facts, url=at)
        level = Level.HOME if not number else Level.OTHER
        records.append(PageRecord(HOME if not number else at, level, tried(final=at), moved, moved, columns=(HOME,)))
        records.append(column(at, facts.title))
        records += [link(one.url, tried(), text=one.text, page=at) for one in facts.links[:5]]
    results = judge(gathered(*records))
    return [f"{result.check}: {result.reason}" for result in results if result.outcome is Outcome.ERROR]


def main(folder: Path, count: int, seed: int) -> None:
    """Prints what escapes."""
    luck = random.Random(seed)
    sources = [path.read_bytes() for path in sorted(folder.rglob("*.html"))]
    if not sources:
        sys.exit(f"{folder} holds no .html to be broken")
    met: Counter[str] = Counter()
    shown: list[PageFacts] = []
    for number in range(count):
        data = broken(luck.choice(sources), luck)
        kind = luck.choice(("", "text/html", "text/html; charset=gbk", "text/html; charset=utf-8", "application/json"))
        try:
            shown.append(look_at(data, f"http://www.qinhe.gov.cn/c{number}/{number}.html", kind))
        except Exception as error:  # whatever escapes is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            key = f"{type(error).__name__} {frame.filename.rpartition('/')[2]}:{frame.lineno}"
            met[key] += 1
            if met[key] == 1:
                page = Path(tempfile.gettempdir()) / f"broken-{seed}-{number}.html"
                page.write_bytes(data)
                print(key, str(error)[:150], page, flush=True)
        if len(shown) == 12:
            for words in judged(shown):
                met[words[:60]] += 1
                if met[words[:60]] == 1:
                    print(words, flush=True)
            shown.clear()
    print(dict(met))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(word) for word in (*sys.argv[2:], "1000", "1")[:2]))
