"""What the builders of all sites share: columns, items, and the truth noted against their addresses."""

from __future__ import annotations

import datetime as dt

from tests.portal.content import Column, Item, Paper, ranked
from tests.portal.model import Answer, Host, Site, Six, World
from tests.portal.words import Words


class Builder:
    """One site while it is being made."""

    def __init__(
        self,
        world: World,
        site_id: str,
        name: str,
        host: str,
        code: str,
        *,
        six: Six = Six.SAME,
        more_hosts: tuple[str, ...] = (),
    ) -> None:
        self.world = world
        self.id = site_id
        self.name = name
        self.today = world.as_of
        self.words = Words(f"{site_id}-{world.seed}")
        self.host: Host = world.host(host, six=six)
        self.home = f"http://{host}/"
        self.number = 10400
        self.top: list[Column] = []
        self.at: dict[str, Column] = {}
        self.site = Site(site_id, name, self.home, code, hosts=more_hosts)
        self.sources = [f"{name}办公室"]
        world.sites.append(self.site)

    def url(self, path: str) -> str:
        """Returns the absolute address of a path."""
        return self.home.rstrip("/") + path if path.startswith("/") else path

    def expect(self, check: str, kind: str, path: str, why: str, *also: str) -> None:
        """Notes an injected defect; a path stands on the main host, anything else as it is."""
        self.world.expect(self.id, check, kind, self.url(path), why, *(self.url(a) for a in also))

    def trap(self, check: str, path: str, why: str, *kinds: str) -> None:
        """Notes something that must not be reported."""
        self.world.trap(self.id, check, self.url(path), why, *kinds)

    @property
    def ordinal(self) -> int:
        """Returns how many items there are so far: a number no other document has."""
        return (self.number - 10400) // 7 + 1

    def address(self, column: Column, day: dt.date) -> str:
        """Returns the path of a new item."""
        return f"{column.path}{day:%Y%m}/t{day:%Y%m%d}_{self.number}.html"

    def add(self, into: str, title: str, day: dt.date, body: str = "", **more: object) -> Item:
        """Returns a new item in the column at `into`."""
        column = self.at[into]
        self.number += 7
        path = str(more.pop("path", "") or self.address(column, day))
        item = Item(title, day, path, body or self.words.body(), column, source=self.words.pick(self.sources))
        for name, value in more.items():
            setattr(item, name, value)
        column.items.append(item)
        return item

    def grow(self, tree: tuple[tuple[str, str, str], ...]) -> None:
        """Makes columns of (path, name, form); a path below another one's makes a child."""
        for path, name, form in tree:
            above = [p for p in self.at if path.startswith(p) and p != path]
            parent = self.at[max(above, key=len)] if above else None
            column = self.at[path] = Column(path, name, parent, form)
            (parent.children if parent else self.top).append(column)

    def every(self) -> list[Item]:
        """Returns all items of the site."""
        return [item for column in self.at.values() for item in column.items]

    def find(self, words: str, unindexed: frozenset[str] = frozenset()) -> list[Item]:
        """Returns what the site's own search finds among items published at least three days ago."""
        known = [
            item for item in self.every() if (self.today - item.date).days >= 3 and self.url(item.path) not in unindexed
        ]
        return ranked(known, words)

    def policy(self, into: str, day: dt.date, prefix: str) -> tuple[Item, str]:
        """Returns a policy document of this government and its name without 关于印发."""
        place = self.name.removesuffix("人民政府")
        subject = self.words.title(place + "{topic}实施细则", place + "{topic}奖补办法", place + "{topic}行动方案")
        number = f"{prefix}〔{day.year}〕{self.ordinal}号"
        body = (
            f"<p>各镇人民政府，各有关部门：</p><p>　　《{subject}》已经研究同意，"
            f"现印发给你们，请结合实际认真组织实施。</p>"
            f"{self.words.body(5)}<p>　　附则：本文件自印发之日起施行。</p><p>{self.name}</p>"
        )
        paper = Paper(self.name, number, day, f"{self.site.site_code}/{day.year}-{self.number % 1000:05d}")
        return self.add(into, f"{self.name}关于印发《{subject}》的通知", day, body, paper=paper), subject

    def reading(self, into: str, day: dt.date, policy: Item, subject: str) -> Item:
        """Returns an interpretation that quotes the policy's title and number."""
        assert policy.paper is not None
        body = (
            f"<p>　　近日，{self.name}印发《{subject}》（{policy.paper.number}），现就出台背景和主要内容解读如下。</p>"
            f"{self.words.body(5)}"
        )
        return self.add(into, f"《{subject}》解读", day, body)


def utf8(html: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Returns a page in UTF-8 that says so in its header."""
    return Answer(html.encode(), status, "text/html; charset=utf-8", headers)
