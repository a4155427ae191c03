"""Templates of 明州县: bytes in GBK, declared in the page only, lists paged by a script that writes its own links."""

from __future__ import annotations

import datetime as dt
from html import escape

from tests.portal.content import Column, Item, plain
from tests.portal.model import Answer

HOST = "www.mingzhou.gov.cn"
SEARCH = "so.mingzhou.gov.cn"
NAME = "明州县人民政府"
CODE = "3399990001"
PAGE = 15

PAGER_SCRIPT = """
function createPageHTML(_nPages, _nCurr, _sName, _sExt) {
  if (_nPages <= 1) { return; }
  for (var i = 0; i < _nPages; i++) {
    var href = i == 0 ? _sName + "." + _sExt : _sName + "_" + i + "." + _sExt;
    if (i == _nCurr) { document.write("<b>" + (i + 1) + "</b> "); }
    else { document.write("<a href='" + href + "'>" + (i + 1) + "</a> "); }
  }
}
"""

STYLE = """
body{margin:0;font:14px/1.8 "Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#222}
a{color:#1c4e8f;text-decoration:none}
.mzt-ding{background:#1c4e8f;color:#fff;padding:14px 40px}.mzt-ding a{color:#fff}
.mzt-souk{float:right}.mzt-daoh{background:#eef3f9;margin:0;padding:0 40px;list-style:none}
.mzt-daoh>li{display:inline-block;position:relative;padding:8px 14px}
.mzt-daoh ul{display:none;position:absolute;left:0;top:38px;background:#fff;border:1px solid #ccd;padding:6px 14px;
list-style:none;min-width:120px;z-index:9}.mzt-daoh li:hover ul{display:block}
.mzt-zhong{width:1000px;margin:14px auto;overflow:hidden}.mzt-kuai{width:480px;float:left;margin:0 10px 14px}
.mzt-kuai h2{border-bottom:2px solid #1c4e8f;font-size:16px;margin:0}
.mzt-tiao{list-style:none;margin:0;padding:0}.mzt-tiao li{border-bottom:1px dashed #dde;line-height:34px}
.mzt-tiao li span{float:right;color:#789}.mzt-cedh{float:left;width:200px;list-style:none;padding:0}
.mzt-you{float:right;width:780px}.mzt-biaoti{font-size:22px;text-align:center;padding:14px 0;font-weight:bold}
.mzt-zai{text-align:center;color:#789;border-bottom:1px solid #dde}.mzt-wenz{font-size:16px;padding:12px 0}
.mzt-biao{border-collapse:collapse;width:100%;font-size:13px}.mzt-biao td{border:1px solid #ccd;padding:4px 8px}
.mzt-jiao{clear:both;background:#f3f3f3;text-align:center;padding:16px;color:#666}
"""


class Pages:
    """Writes the pages of one site at one date."""

    def __init__(self, columns: list[Column], today: dt.date) -> None:
        self.columns = columns
        self.today = today
        self.footer_links = ""
        self.header_links = ""

    def wrap(
        self, title: str, inside: str, *, meta: dict[str, str] | None = None, head: str = "", bare: bool = False
    ) -> Answer:
        """Returns a whole page around its content."""
        fields = {"SiteName": NAME, "SiteDomain": HOST, "SiteIDCode": CODE, **(meta or {})}
        metas = "\n".join(f'<meta name="{k}" content="{escape(v)}">' for k, v in fields.items())
        top = "" if bare else self._top()
        html = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{escape(title)}</title>
{metas}
<link rel="stylesheet" type="text/css" href="/mzt/yangshi.css" />
<script type="text/javascript" src="/mzt/fanye.js"></script>
{head}
</head>
<body>
{top}
<div class="mzt-zhong">
{inside}
</div>
{self._bottom()}
</body>
</html>"""
        return Answer(html.encode("gb18030"))

    def _top(self) -> str:
        menu = "".join(
            f'<li><a href="{c.path}">{c.name}</a><ul>'
            + "".join(f'<li><a href="{k.path}">{k.name}</a></li>' for k in c.children)
            + "</ul></li>"
            for c in self.columns
        )
        return f"""<div class="mzt-ding">
<div class="mzt-souk">
<form name="mzbd" action="http://{SEARCH}/sou" method="get" target="_blank">
<input type="text" name="ci" id="mzt-ci" size="26" value="请输入您要查找的内容"
 onfocus="if(this.value=='请输入您要查找的内容')this.value=''" />
<input type="hidden" name="fw" value="benzhan" />
<input type="submit" id="mzt-cha" value="搜 索" />
</form>
</div>
<a href="/"><img src="/mzt/biaozhi.png" alt="{NAME}" width="260" height="52" /></a>
{self.header_links}
</div>
<ul class="mzt-daoh"><li><a href="/">首页</a></li>{menu}</ul>"""

    def _bottom(self) -> str:
        return f"""<div class="mzt-jiao">
<select onchange="if(this.value)window.open(this.value)">
<option value="">政府网站链接</option>{self.footer_links}
</select>
<p>主办：{NAME}办公室　承办：明州县大数据中心</p>
<p>网站标识码：{CODE}　<a href="http://www.beianx.cn/">甬ICP备99990001号</a>　甬公网安备 33999902000001号</p>
</div>"""

    def crumb(self, column: Column) -> str:
        """Returns the line that says where the visitor is."""
        steps = "".join(f' &gt; <a href="{c.path}">{c.name}</a>' for c in column.trail())
        return f'<div class="mzt-weizhi">您当前的位置：<a href="/">首页</a>{steps}</div>'

    def row(self, item: Item) -> str:
        """Returns one line of a list."""
        mark = '<i style="color:#c00">[置顶]</i>' if item.pinned else ""
        day = f"<span>{item.date:%Y-%m-%d}</span>" if item.listed == "date" else ""
        if item.listed not in ("date", "none"):
            day = f"<span>{item.listed}</span>"
        return (
            f'<li>{day}{mark}<a href="{item.path}" target="_blank" title="{escape(item.title)}">'
            f"{escape(item.title)}</a></li>"
        )

    def listing(self, column: Column) -> dict[str, Answer]:
        """Returns the pages of a list column by path, `index.html` and the directory alike."""
        pages = [column.items[at : at + PAGE] for at in range(0, len(column.items), PAGE)] or [[]]
        out: dict[str, Answer] = {}
        for at, items in enumerate(pages):
            rows = "\n".join(self.row(item) for item in items)
            inside = f"""{self.crumb(column)}
{self._beside(column)}
<div class="mzt-you">
<h3>{column.name}</h3>
{column.note}
<ul class="mzt-tiao">
{rows}
</ul>
<div class="mzt-fany"><script type="text/javascript"><!--
createPageHTML({len(pages)}, {at}, "index", "html");
//--></script></div>
{column.html}
</div>"""
            meta = {"ColumnName": column.name, "ColumnType": column.trail()[0].name}
            answer = self.wrap(f"{column.name}_{NAME}", inside, meta=meta)
            out[f"{column.path}index{f'_{at}' if at else ''}.html"] = answer
        out[column.path] = out[f"{column.path}index.html"]
        return out

    def _beside(self, column: Column) -> str:
        parent = column.parent or column
        rows = "".join(f'<li><a href="{c.path}">{c.name}</a></li>' for c in parent.children)
        return f'<ul class="mzt-cedh"><li><b>{parent.name}</b></li>{rows}</ul>'

    def index(self, column: Column) -> Answer:
        """Returns the page of a column that only leads to its children, with a few items of each."""
        blocks = "".join(
            f'<div class="mzt-kuai"><h2><a href="{c.path}">{c.name}</a></h2><ul class="mzt-tiao">'
            + "".join(self.row(i) for i in c.items[:4])
            + "</ul></div>"
            for c in column.children
        )
        meta = {"ColumnName": column.name, "ColumnType": column.name}
        return self.wrap(f"{column.name}_{NAME}", self.crumb(column) + blocks, meta=meta)

    def single(self, column: Column) -> Answer:
        """Returns a column that is one page of text."""
        inside = f"""{self.crumb(column)}{self._beside(column)}
<div class="mzt-you"><h3>{column.name}</h3><div class="mzt-wenz">{column.html}</div></div>"""
        return self.wrap(f"{column.name}_{NAME}", inside, meta={"ColumnName": column.name})

    def article(self, item: Item, head: str = "") -> Answer:
        """Returns the page of an item."""
        meta = {"ColumnName": item.column.name, "ArticleTitle": item.title, "ContentSource": item.source}
        line = f"来源：{item.source}"
        if item.dated:
            meta["PubDate"] = f"{item.date:%Y-%m-%d} 09:30"
            line = f"发布时间：{item.date:%Y-%m-%d} 09:30　{line}"
        attached = "".join(f'<p><a href="{path}">{escape(text)}</a></p>' for text, path in item.files)
        inside = f"""{self.crumb(item.column)}
{self._table(item)}
<div class="mzt-biaoti">{escape(item.title)}</div>
<div class="mzt-zai">{line}　浏览次数：<script type="text/javascript">document.write(Math.floor(1000))</script>次</div>
<div class="mzt-wenz">
{item.body}
</div>
{f'<div class="mzt-fujian"><b>附件：</b>{attached}</div>' if attached else ""}
{item.after}"""
        return self.wrap(f"{item.title}_{item.column.name}_{NAME}", inside, meta=meta, head=head)

    def _table(self, item: Item) -> str:
        if (paper := item.paper) is None:
            return ""
        published = paper.published or item.date
        return f"""<table class="mzt-biao">
<tr><td>索 引 号：</td><td>{paper.index_no}</td><td>主题分类：</td><td>综合政务</td></tr>
<tr><td>发文机关：</td><td>{paper.issuer}</td><td>成文日期：</td><td>{_chinese(paper.written)}</td></tr>
<tr><td>文　　号：</td><td>{paper.number}</td><td>发布日期：</td><td>{_chinese(published)}</td></tr>
<tr><td>标　　题：</td><td colspan="3">{escape(item.title)}</td></tr>
</table>"""

    def results(self, words: str, found: list[Item], tab: str) -> Answer:
        """Returns the first page of what the search found, titles shortened and marked as search engines do."""
        tabs = "".join(
            f'<a href="/sou?ci={escape(words)}&amp;lx={at}"{" style=color:red" if name == tab else ""}>{name}</a>　'
            for at, name in enumerate(("全部", "新闻动态", "政策文件", "办事服务", "互动信件"))
        )
        rows = "".join(self._result(item, words) for item in found[:10])
        body = rows or "<p>抱歉，没有找到与您的检索词相符的内容。</p>"
        html = f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{escape(words)}_全站检索_{NAME}</title></head><body>
<div class="mzs-kuang"><form action="/sou" method="get"><input type="text" name="ci" value="{escape(words)}" />
<input type="submit" value="搜索" /></form></div>
<div class="mzs-fenl">{tabs}</div>
<div class="mzs-shu">为您找到相关结果约 {len(found)} 条</div>
<div class="mzs-jieg">{body}</div>
</body></html>"""
        return Answer(html.encode("gb18030"))

    def _result(self, item: Item, words: str) -> str:
        shown = item.label or item.title
        shown = shown.replace("“", '"').replace("”", '"')  # this engine knows only half-width quotes
        cut = shown if len(shown) <= 24 else shown[:23] + "…"
        marked = escape(cut)
        if len(words) >= 4 and (part := words[:4]) in marked:
            marked = marked.replace(part, f'<em style="color:#c00;font-style:normal">{part}</em>', 1)
        url = f"http://{HOST}{item.path}"
        return f"""<div class="mzs-tiao"><h4><a href="{url}" target="_blank">{marked}</a></h4>
<p>{escape(plain(item.body)[:80])}……</p><p style="color:#080">{url}　{item.date:%Y-%m-%d}</p></div>"""


def _chinese(day: dt.date) -> str:
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"
