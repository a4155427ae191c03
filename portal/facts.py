"""What the reader sees on one page: `PageFacts` and its parts, all frozen values.

These types are stored in bundles: fields may be added with a default, never renamed or removed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct, field


class PageKind(StrEnum):
    """What a page is for; the closed set every reader decision falls into."""

    HOME = "home"
    COLUMN = "column"  # a list of items, also an empty one
    COLUMN_INDEX = "column_index"  # only leads to child columns
    ARTICLE = "article"
    POLICY = "policy"
    INTERPRETATION = "interpretation"
    GUIDE = "guide"  # 办事指南
    LETTER = "letter"  # a published letter with its answer
    SEARCH = "search"  # a search result page
    ERROR = "error"  # error page, notice of a moved or closed site, jump stub
    CHALLENGE = "challenge"  # bot protection instead of content
    OTHER = "other"


class Region(StrEnum):
    """Where on the page something stands, by structure and position in the source."""

    HEADER = "header"
    NAV = "nav"
    BODY = "body"
    SIDEBAR = "sidebar"
    FOOTER = "footer"


class Element(StrEnum):
    """What kind of element refers to a URL."""

    A = "a"
    IMG = "img"
    ATTACHMENT = "attachment"  # an <a> whose target is a file (doc, pdf, xls, zip, ...)
    IFRAME = "iframe"  # frame and iframe; embed and object that show a page or a document
    SCRIPT = "script"
    CSS = "css"
    MEDIA = "media"  # video, audio, source, other embed and object


class Rung(StrEnum):
    """The rung of the ladder a date was read from; the first that yields a plausible date wins."""

    TEXT = "text"  # labelled text on the page: 发布时间：2024-09-10
    META = "meta"  # meta PubDate and its kin
    TABLE = "table"  # 发布日期 of a metadata table
    LIST = "list"  # the date beside the item in a list
    URL = "url"  # /202411/t20241118_1.html
    BYLINE = "byline"  # unlabelled date near the title


class DateReading(msgspec.Struct, frozen=True, gc=False):
    """A date read from a page: the calendar day, where it stood and the text it was read from (Asia/Shanghai)."""

    date: dt.date
    rung: Rung
    text: str = ""


class Link(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):  # a page has hundreds: made and written in C
    """One reference of a page to a URL, as a browser would request it."""

    url: str  # absolute, without fragment; see portal.urls.absolute
    raw: str  # as written in the page
    text: str  # visible text, else alt or title of the link or its image; white space folded
    element: Element
    region: Region
    visible: bool = True  # False where the source itself hides it (display:none, hidden, zero size, comment is no link)
    via: str = "href"  # href, src, onclick, option, script, refresh: the construct that holds the address


class ListItem(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One item of a list page."""

    title: str
    url: str  # absolute; "" where the source holds no usable address
    date: dt.date | None = None
    date_text: str = ""
    pinned: bool = False  # 置顶
    interpretations: tuple[str, ...] = ()  # absolute URLs of interpretations offered beside the item in the list


@dataclass(frozen=True, slots=True)
class Pager:
    """How a list goes on: pages in all (0 = unknown), items in all (None = unknown), the current and the next pages."""

    form: str  # links, createPageHTML, jpage, select, post, script, encoded
    pages: int = 0
    items: int | None = None
    next_urls: tuple[str, ...] = ()  # absolute URLs of following pages, nearest first, at most 50
    current: int = 0  # number of the page itself, from 1; 0 where its pager does not prove it


class Crumb(msgspec.Struct, frozen=True, gc=False):
    """One step of a breadcrumb (当前位置)."""

    text: str
    url: str  # "" where the step is plain text


class DocumentMeta(Struct, frozen=True):
    """The metadata table of a document; "" or None where the page does not say."""

    index_no: str = ""  # 索引号
    issuer: str = ""  # 发文机关
    doc_no: str = ""  # 文号
    written: dt.date | None = None  # 成文日期
    published: dt.date | None = None  # 发布日期
    validity: str = ""  # 有效性
    effective: str = ""  # 生效时间
    expires: str = ""  # 废止时间
    subject: str = ""  # 主题分类
    fields: dict[str, str] = field(default_factory=dict)  # every label found, folded, with its value


class Field(Struct, frozen=True):
    """One control of a form."""

    name: str
    type: str  # text, search, hidden, password, select, ...
    value: str = ""
    placeholder: str = ""


class Form(Struct, frozen=True):
    """One form of a page. Only the site search is ever submitted."""

    action: str  # absolute; "" for scripts
    method: str  # get or post
    target: str
    fields: tuple[Field, ...]
    region: Region
    visible: bool = True


@dataclass(frozen=True, slots=True)
class SearchBox:
    """The site's search entry in the source: a CSS selector that matches exactly the input, and its form."""

    selector: str
    region: Region
    visible: bool
    action: str = ""  # absolute; "" where a script builds the address
    method: str = "get"
    field: str = ""
    submit: str = ""  # CSS selector of the button, "" for Enter
    prompt: str = ""  # default text in value that a visitor would clear first


class SearchHit(Struct, frozen=True):
    """One result of a search result page."""

    title: str
    url: str
    date: dt.date | None = None


class Challenge(Struct, frozen=True):
    """Bot protection found instead of content."""

    vendor: str  # jiasule, ruishu, aliyun, generic, captcha
    interactive: bool  # True for a captcha or slider: a person is asked; False: a plain browser visit passes


class PageFacts(msgspec.Struct, frozen=True, gc=False):
    """All that was read from one page. Tuples are in document order; URLs are absolute."""

    url: str
    kind: PageKind
    encoding: str  # as a browser decides: utf-8, gb18030, ...
    title: str  # visible title: of the article, or the name of the column
    head_title: str  # <title>
    meta: dict[str, str]  # official meta tags with content, canonical spelling: SiteName ... Url
    base: str = ""  # base href in force
    site_name: str = ""
    pub_date: DateReading | None = None
    written_date: DateReading | None = None  # 成文日期, never mixed with the publication date
    source: str = ""  # 来源
    document: DocumentMeta | None = None
    text_length: int = 0  # characters of the main text, white space removed
    excerpt: str = ""  # the first 300 characters of the main text
    body_empty: bool = False  # an item without main text, images, media, frames and attachments
    media: tuple[str, ...] = ()  # forms found in the body: image, video, audio, chart, conference
    attachments: tuple[Link, ...] = ()
    breadcrumb: tuple[Crumb, ...] = ()
    links: tuple[Link, ...] = ()
    body_links: tuple[Link, ...] = ()  # links inside the main text and dedicated blocks (相关解读, 相关文件) only
    forms: tuple[Form, ...] = ()
    search_box: SearchBox | None = None
    items: tuple[ListItem, ...] = ()
    hits: tuple[SearchHit, ...] = ()  # results where kind is search
    result_total: int | None = None  # 共找到N条
    result_tabs: tuple[str, ...] = ()  # classes offered on a result page: 政策文件, 办事指南, ...
    pager: Pager | None = None
    child_columns: tuple[Crumb, ...] = ()  # columns this page leads to from its own menu
    empty_list: bool = False  # a list is there and has no items
    empty_reason: str = ""  # words on the page that explain why it is empty
    under_construction: str = ""  # 建设中, 敬请期待: the words found
    scripted_list: bool = False  # the list seems drawn by script: the source alone decides nothing
    archived: bool = False  # marked as archived, history, closed topic
    quoted_titles: tuple[str, ...] = ()  # titles in 《》, of title and main text
    doc_numbers: tuple[str, ...] = ()  # 文号 quoted in title and main text
    printed_number: str = ""  # 文号 of a line of its own between title and main text
    printed_validity: str = ""  # what is said there of a document: 全文有效, 失效
    links_to_policy: tuple[str, ...] = ()  # hrefs as written, in the main text or a dedicated block
    links_to_interpretation: tuple[str, ...] = ()
    links_awaited: bool = False  # a heading announces them (相关解读), and the source has none under it
    loads_data: bool = False  # scripts of a policy or an interpretation ask for data, and may draw what is missing
    redirect: str = ""  # absolute target of meta refresh or a script jump
    challenge: Challenge | None = None
    error_words: str = ""  # the words that make it an error page
    sketch: int = 0  # 64-bit simhash of the visible text
