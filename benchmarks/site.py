"""A made-up portal with known faults, written to a folder, and the truth about every link on it.

    www/        the portal, on 127.0.0.1
    other/      the other sites it links to, on 127.0.0.2
    site.json   the plan it was made from, and its redirects
    truth.json  every address the portal links to, good or broken, and of what kind

Columns with paged lists lead to articles of 15-40 KB in the shape such portals have: menus, sidebars, pictures,
attachments, scripts that hold strings like links. A fifth of the articles is GBK and says so only in <meta>. Seeded: an
equal plan gives equal bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import struct
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.plan import AS_OF, CLOSED, NOWHERE, SILENT, Plan, Site, Truth

PER_LIST = 20

# Faults a portal of 3,000 pages has; other sizes have their share, at least one of each, and no more than the cap.
FAULTS = {
    "404-page": (60, 10_000),
    "404-image": (30, 10_000),
    "404-file": (20, 10_000),
    "500": (15, 10_000),
    "404-external": (25, 10_000),
    "redirect-to-404": (5, 10_000),
    "refused": (10, 40),
    "silent": (4, 5),
    "dns": (6, 20),
}
# Good things that look bad to a careless program.
TRAPS = {"redirect": (20, 10_000), "head-refused": (10, 10_000)}
RAW_GBK = (20, 10_000)  # attachments named in raw GBK bytes, half of them missing; only where the plan asks for them

_VOCABULARY = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
_AREAS, _KINDS, _WORDS = (_VOCABULARY[key] for key in ("areas", "kinds", "words"))
_MARKS = "，，，，、；。"

_STYLE = "".join(f".m{i}{{width:{i * 7}px;color:#{i * 113 % 4096:03x};line-height:{20 + i}px}}" for i in range(60))
# Not one of these strings is a link: nobody who parses HTML would ask for /never/.
_SCRIPT = "".join(
    f"var cfg{i}={{id:{i},u:'/x/'+{i}}};if(cfg{i}.id>{i}){{document.write('<a href=\\'/never/{i}\\'>x</a>');}}\n"
    for i in range(18)
)
_HEAD = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="@CHARSET@"><meta http-equiv="X-UA-Compatible" content="IE=edge">
<title>@TITLE@_某市人民政府</title>
<meta name="SiteName" content="某市人民政府"><meta name="SiteDomain" content="127.0.0.1">
<meta name="SiteIDCode" content="1100000000"><meta name="ColumnName" content="@COLUMN@">
<meta name="ColumnType" content="信息公开"><meta name="keywords" content="@TITLE@">
<link rel="stylesheet" href="/assets/css/base.css"><link rel="stylesheet" href="/assets/css/style.css">
<script src="/assets/js/jquery.min.js"></script><style type="text/css">@STYLE@</style></head>
<body><div class="top"><a href="/"><img src="/assets/images/logo.png" alt="某市人民政府"></a>
<a href="javascript:void(0)" onclick="setHome(this)">设为首页</a><a href="#main">跳到正文</a>
<a href="mailto:zwgk@127.0.0.1">邮箱</a><img src="/assets/images/banner.png" alt=""></div>
<div class="nav"><ul>@NAV@</ul></div><div id="main" class="w1200">
"""
_FOOT = """</div><div class="links">@FRIENDS@</div>
<div class="footer"><a href="@COLUMN3@/">网站地图</a> <a href="@COLUMN2@/">联系我们</a>@ABOUT@
<img src="/assets/images/police.png" alt=""><img src="/assets/images/seal.png" alt="">
<img src="/assets/images/barrier.png" alt=""><img src="/assets/images/emblem.png" alt="">
<p>主办：某市人民政府办公室　网站标识码：1100000000</p></div>
<script src="/assets/js/main.js"></script><script src="/assets/js/count.js"></script>
<script type="text/javascript">
@SCRIPT@</script></body></html>"""
_PARAGRAPH = (
    '<p style="text-indent:2em;line-height:2em;font-size:16pt;font-family:仿宋_GB2312">'
    '<span style="font-size:16pt">{}</span></p>\n'
)
_ASSETS = {"css/base.css": 22000, "css/style.css": 9000, "js/jquery.min.js": 88000, "js/main.js": 12000}
_ASSETS |= {"js/count.js": 1500}
_PICTURES = ("logo", "banner", "police", "seal", "barrier", "emblem")


@dataclass(frozen=True, slots=True)
class _Article:
    number: int
    path: str
    title: str
    date: str
    column: int

    @property
    def gbk(self) -> bool:
        return self.number % 5 == 0


def make(plan: Plan, folder: Path) -> Site:
    """Writes the site of a plan into a new folder. Raises FileExistsError where there is one, ValueError below 30."""
    folder.mkdir(parents=True)
    maker = _Maker(plan, folder)
    maker.make()
    site = Site(folder, plan, maker.redirects, maker.truth)
    _write_json(folder / "site.json", {"plan": asdict(plan), "redirects": site.redirects})
    _write_json(folder / "truth.json", asdict(site.truth))
    return site


class _Maker:
    def __init__(self, plan: Plan, folder: Path) -> None:
        if plan.pages < 30:
            raise ValueError("a site has at least 30 pages")
        self.plan = plan
        self.truth = Truth(home=plan.portal + "/")
        self.redirects: dict[str, str] = {}
        self._random = random.Random(plan.seed)
        self._roots = {plan.portal: folder / "www", plan.other: folder / "other"}
        self._folders: set[Path] = set()
        self._placed: dict[int, list[str]] = {}  # article -> links put into it
        count = max(4, min(60, plan.pages // 15))
        self._columns = [f"/{'xxgk' if i % 3 else 'zwgk/fdzdgknr'}/lm{i:02d}" for i in range(count)]
        self._names = [_AREAS[i % len(_AREAS)] + _KINDS[i // len(_AREAS)] for i in range(count)]
        self._counts, self._about = _shares(plan.pages, count)
        self._paragraphs = [_PARAGRAPH.format(self._text(self._random.randint(60, 260))) for _ in range(3000)]
        self._images = [self._png(self._random.randint(4000, 16000)) for _ in range(32)]
        self._articles = self._titled()
        self._lines = [
            f'<li><a href="{a.path}" title="{a.title}" target="_blank">{a.title}</a><span>{a.date}</span></li>\n'
            for a in self._articles
        ]
        self._friends = [f"{plan.other}/site{i:03d}/" for i in range(40)]
        self._head, self._foot = self._frame()

    def make(self) -> None:
        """Writes everything."""
        self._shared()
        self._faults()
        by_column: list[list[_Article]] = [[] for _ in self._columns]
        for article in self._articles:
            by_column[article.column].append(article)
        for articles in by_column:
            articles.sort(key=lambda a: (a.date, a.number), reverse=True)
        self._page("/", self._home(by_column))
        if self._about:
            self._page("/about.html", self._heading("关于本站", "") + "".join(self._paragraphs[:9]) + self._footing())
        for number, articles in enumerate(by_column):
            pages = _pages(len(articles))
            for page in range(pages):
                items = articles[page * PER_LIST : (page + 1) * PER_LIST]
                path = f"{self._columns[number]}/" + (f"index_{page}.html" if page else "")
                self._page(path, self._list(number, page, pages, items))
        for article in self._articles:
            self._page(article.path, self._article(article), gbk=article.gbk)

    # --- parts shared by all pages

    def _shared(self) -> None:
        for name, size in _ASSETS.items():
            line = ".a{color:#333;margin:0 auto}\n" if name.endswith("css") else "function f(x){return x+1}\n"
            self._file(f"/assets/{name}", (line * (size // len(line) + 1)).encode(), "asset")
        for name in _PICTURES:
            self._file(f"/assets/images/{name}.png", self._random.choice(self._images), "image")
        for number, url in enumerate(self._friends):
            body = f"<html><title>站点{number}</title><p>{self._text(200)}</p></html>".encode()
            self._write(self.plan.other, url[len(self.plan.other) :], body)
            self.truth.good[url] = "external"

    def _frame(self) -> tuple[str, str]:
        menu = list(zip(self._columns, self._names, strict=True))[:14]
        head = _HEAD.replace("@STYLE@", _STYLE)
        head = head.replace("@NAV@", "".join(f'<li><a href="{c}/" title="{n}">{n}</a></li>' for c, n in menu))
        foot = _FOOT.replace("@SCRIPT@", _SCRIPT)
        foot = foot.replace("@COLUMN3@", self._columns[3]).replace("@COLUMN2@", self._columns[2])
        return head, foot.replace("@ABOUT@", ' <a href="/about.html">关于本站</a>' if self._about else "")

    def _heading(self, title: str, column: str) -> str:
        return self._head.replace("@TITLE@", title).replace("@COLUMN@", column)

    def _footing(self) -> str:
        friends = self._random.sample(self._friends, 12)
        return self._foot.replace(
            "@FRIENDS@", "".join(f'<a href="{url}" target="_blank">友情链接</a> ' for url in friends)
        )

    def _hot(self, count: int) -> str:
        return "".join(self._random.sample(self._lines, min(count, len(self._lines))))

    # --- pages

    def _home(self, by_column: Sequence[Sequence[_Article]]) -> str:
        parts = [self._heading("首页", "")]
        for column, name, articles in zip(self._columns, self._names, by_column, strict=True):
            items = "".join(
                f'<li><a href="{a.path}">{a.title}</a><span class="date">[{a.date[5:]}]</span></li>\n'
                for a in articles[:6]
            )
            parts.append(f'<div class="box"><h2><a href="{column}/">{name}</a></h2><ul>{items}</ul></div>\n')
        return "".join([*parts, self._footing()])

    def _list(self, number: int, page: int, pages: int, articles: Iterable[_Article]) -> str:
        column, name = self._columns[number], self._names[number]
        side = "".join(f'<li><a href="{c}/">{n}</a></li>' for c, n in zip(self._columns, self._names, strict=True))
        parts = [
            self._heading(name, name),
            f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="{column}/">{name}</a></div>',
            f'<div class="left"><ul>{side}</ul></div><div class="list"><ul class="newslist">',
        ]
        for article in articles:
            href = article.path if self._random.random() < 0.5 else "." + article.path[len(column) :]
            parts.append(
                f'<li><a href="{href}" title="{article.title}" target="_blank">{article.title}</a>'
                f'<span class="date">{article.date}</span></li>\n'
            )
        shown = sorted({0, pages - 1, *range(max(0, page - 4), min(pages, page + 5))})
        links = [f'<a href="{f"index_{i}.html" if i else f"{column}/"}">{i + 1}</a>' for i in shown]
        if page + 1 < pages:
            links.append(f'<a href="index_{page + 1}.html">下一页</a>')
        parts.append(f'</ul><div class="page">{"".join(links)}</div></div>')
        parts.append(f'<div class="right"><ul>{self._hot(15)}</ul></div><!-- {self._text(1500)} -->')
        return "".join([*parts, self._footing()])

    def _article(self, article: _Article) -> str:
        rnd, column = self._random, self._columns[article.column]
        name = self._names[article.column]
        head = [
            self._heading(article.title, name),
            f'<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="../">{name}</a></div>',
            f'<h1>{article.title}</h1><div class="info">发布日期：{article.date} {rnd.randint(8, 18):02d}:'
            f'{rnd.randint(0, 59):02d}　来源：市政府办公室　浏览次数：<span id="hits"></span></div>'
            '<div class="TRS_Editor">',
        ]
        for number in range(rnd.choice((0, 0, 0, 1, 1, 2))):
            path = f"{column}/W0{article.number:06d}{number}.png"
            self._file(path, rnd.choice(self._images), "image")
            head.append(f'<p style="text-align:center"><img src="{path}" alt="" width="600"></p>\n')
        if rnd.random() < 0.1:
            odd = article.number % 2
            path = f"{column}/附件 {article.number}.pdf" if odd else f"{column}/P0{article.number}.pdf"
            self._file(path, self._pdf(20_000, 80_000), "file")
            head.append(f'<p><a href="{quote(path)}">附件：{self._text(6)}.pdf</a></p>\n')
        head += [f"<p>{link}</p>\n" for link in self._placed.pop(article.number, ())]
        tail = [
            f'</div><div class="about"><h3>相关信息</h3><ul>{self._hot(rnd.randint(6, 22))}</ul></div>',
            f'<div class="right"><ul>{self._hot(26)}</ul></div>',
            self._footing(),
        ]
        width = 2 if article.gbk else 3  # bytes of a character
        missing = rnd.randint(15_000, 40_000) - sum(_size(part, width) for part in (*head, *tail))
        body: list[str] = []
        while missing > 0:
            body.append(rnd.choice(self._paragraphs))
            missing -= _size(body[-1], width)
        return "".join([*head, *body, *tail])

    # --- faults, and good things that look bad

    def _faults(self) -> None:
        portal, other, ports = self.plan.portal, self.plan.other, self.plan.ports
        for i in range(self._share(FAULTS["404-page"])):
            column = self._random.choice(self._columns)
            self._bad("404-page", f"{column}/202001/t20200101_9{i:05d}.html")
        for i in range(self._share(FAULTS["404-image"])):
            self._bad("404-image", f"/upload/images/gone{i:04d}.jpg", image=True)
        for i in range(self._share(FAULTS["404-file"])):
            self._bad("404-file", quote(f"/upload/files/附件{i}：申请表.doc"))
        for i in range(self._share(FAULTS["500"])):
            self._bad("500", f"/err/app{i}.do")
        for i in range(self._share(FAULTS["404-external"])):
            self._bad("404-external", f"{other}/gone/{i}/index.html")
        for i in range(self._share(FAULTS["redirect-to-404"])):
            target = f"{portal}{self._columns[1]}/gone_target_{i}.html"
            self.redirects[f"/go/dead{i}"] = target
            self.truth.aliases[target] = f"{portal}/go/dead{i}"
            self._bad("redirect-to-404", f"/go/dead{i}")
        for i in range(self._share(FAULTS["refused"])):
            self._bad("refused", f"http://{CLOSED}:{ports.closed[i % len(ports.closed)]}/old/{i}")
        for i in range(self._share(FAULTS["silent"])):
            self._bad("silent", f"http://{SILENT}:{ports.silent}/slow/{i}")
        for i in range(self._share(FAULTS["dns"])):
            self._bad("dns", f"http://closed-bureau{i}.gov.{NOWHERE}/index.html")
        for i in range(self._share(TRAPS["redirect"])):
            self.redirects[f"/go/ok{i}"] = portal + self._random.choice(self._articles).path
            self.truth.good[f"{portal}/go/ok{i}"] = "redirect"
            self._place(f'<a href="/go/ok{i}">{self._text(8)}</a>')
        for i in range(self._share(TRAPS["head-refused"])):
            self._file(f"/nohead/{i}.pdf", self._pdf(20_000, 20_000), "head-refused")
            self._place(f'<a href="/nohead/{i}.pdf">{self._text(8)}</a>')
        if self.plan.raw_gbk:
            self._raw_gbk()

    def _raw_gbk(self) -> None:
        pages = [article.number for article in self._articles if article.gbk]
        for i in range(max(2, self._share(RAW_GBK))):
            path = f"/upload/raw/年度预算表{i}.pdf"
            if i % 2:
                self.truth.broken[self.plan.portal + quote(path)] = "404-raw-gbk"
            else:
                self._file(path, self._pdf(2000, 9000), "raw-gbk")
            self._placed.setdefault(self._random.choice(pages), []).append(f'<a href="{path}">{self._text(8)}</a>')

    def _bad(self, kind: str, href: str, *, image: bool = False) -> None:
        self.truth.broken[href if "://" in href else self.plan.portal + href] = kind
        if image:
            self._place(f'<img src="{href}" alt="">')
        else:
            self._place(f'<a href="{href}" target="_blank">{self._text(10)}</a>')

    def _place(self, link: str) -> None:
        for _ in range(self._random.randint(1, 3)):
            self._placed.setdefault(self._random.randrange(len(self._articles)), []).append(link)

    def _share(self, of: tuple[int, int]) -> int:
        count, cap = of
        return min(cap, max(1, round(count * self.plan.pages / 3000)))

    # --- material

    def _titled(self) -> list[_Article]:
        articles: list[_Article] = []
        newest = dt.date.fromisoformat(AS_OF)
        for column, count in enumerate(self._counts):
            for _ in range(count):
                date = (newest - dt.timedelta(self._random.randrange(2500))).isoformat()
                month, day, number = date[:7].replace("-", ""), date.replace("-", ""), len(articles)
                path = f"{self._columns[column]}/{month}/t{day}_{100_000 + number}.html"
                title = self._text(self._random.randint(14, 30)).rstrip(_MARKS)
                articles.append(_Article(number, path, title, date, column))
        return articles

    def _text(self, least: int) -> str:
        rnd, words, size = self._random, [], 0
        while size < least:
            word = rnd.choice(_WORDS)
            words.append(word + rnd.choice(_MARKS) if rnd.random() < 0.22 else word)
            size += len(word)
        return "".join(words)

    def _pdf(self, least: int, most: int) -> bytes:
        return b"%PDF-1.4\n" + self._random.randbytes(self._random.randint(least, most))

    def _png(self, size: int) -> bytes:
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        rows = b"".join(b"\0" + self._random.randbytes(48) for _ in range(16))
        comment = b"Comment\0" + self._random.randbytes(size).replace(b"\0", b"x")
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
        body = chunk(b"tEXt", comment) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + header + body

    # --- writing

    def _page(self, path: str, html: str, *, gbk: bool = False) -> None:
        data = html.replace("@CHARSET@", "gb2312" if gbk else "utf-8", 1).encode("gbk" if gbk else "utf-8")
        self._write(self.plan.portal, path, data)
        self.truth.good[self.plan.portal + path] = "page"
        self.truth.pages.append(self.plan.portal + path)

    def _file(self, path: str, data: bytes, kind: str) -> None:
        self._write(self.plan.portal, path, data)
        self.truth.good[self.plan.portal + quote(path)] = kind

    def _write(self, origin: str, path: str, data: bytes) -> None:
        file = self._roots[origin] / ((path + "index.html") if path.endswith("/") else path).lstrip("/")
        if file.parent not in self._folders:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(file.parent)
        file.write_bytes(data)


def _shares(pages: int, columns: int) -> tuple[list[int], bool]:
    """Returns how many articles each column has so that home, lists and articles make `pages`.

    The second is whether one more page, of no column, is needed for that.
    """
    articles = pages - 1 - columns
    while True:
        counts = [articles // columns + (i < articles % columns) for i in range(columns)]
        rest = pages - 1 - articles - sum(map(_pages, counts))
        if rest >= 0:
            return counts, rest == 1
        articles -= 1


def _pages(articles: int) -> int:
    return max(1, -(-articles // PER_LIST))


def _size(text: str, width: int) -> int:
    # Exact enough without encoding: what is not ASCII here is Chinese.
    return len(text) + (width - 1) * (len(text) - len(text.encode("ascii", "ignore")))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
