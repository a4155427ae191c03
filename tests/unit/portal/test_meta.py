"""The official page tags in every spelling seen."""

from __future__ import annotations

import pytest

from portal.meta import official_meta
from tests.unit.portal.pages import document


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta name="SiteName" content="某县人民政府">', {"SiteName": "某县人民政府"}),
        ('<meta name="sitename" content="甲"><meta name="Sitename" content="乙">', {"SiteName": "甲"}),
        ('<meta content="2024-01-02" name="PubDate">', {"PubDate": "2024-01-02"}),
        ('<meta name="ColumnName"content="要闻">', {"ColumnName": "要闻"}),
        ('<meta name="meta-ArticleTitle" content=" 标 题 一 ">', {"ArticleTitle": "标 题 一"}),
        ('<meta name="SiteIDCode" content="政府网站标识码"><meta name="SiteName" content="网站名称">', {}),
        ('<meta name="PubDate" content=" "><meta name="ContentSource">', {}),
        ('<meta name="SiteIDCode" content="5100000016 ">', {"SiteIDCode": "5100000016"}),
    ],
)
def test_tags_are_known_in_every_spelling(head: str, expected: dict[str, str]) -> None:
    assert official_meta(document("", head=head)) == expected


def test_block_of_an_included_header_never_wins() -> None:
    own = '<meta name="ColumnName" content="新闻动态"><meta name="ColumnType" content="动态">'
    foreign = '<meta name="ColumnName" content="公共头"><meta name="ColumnType" content="公共头">'
    for head in (own + foreign, foreign + own):
        assert official_meta(document("", head=head)) == {"ColumnName": "新闻动态", "ColumnType": "动态"}


def test_tags_in_the_body_count() -> None:
    assert official_meta(document('<div><meta name="SiteName" content="某局"></div>')) == {"SiteName": "某局"}
