"""Whose a document is: on the portals of a county, a city, a department, a province."""

from __future__ import annotations

import pytest

from checks._ownership import Owner, among_higher, owner_of
from portal.facts import PageKind
from tests.unit.checks.make import facts, paper, url

COUNTY = ("清溪县", "清溪")
CITY = ("青江市", "青江")
BUREAU = ("青江市教育局",)
PROVINCE = ("四川省", "四川")
ABOUT = "关于印发方案的通知"


def whose(stems: tuple[str, ...], issuer: str = "", title: str = ABOUT) -> Owner:
    document = paper(issuer, "") if issuer else None
    return owner_of(facts(url("/zcwj/1.html"), PageKind.POLICY, title, document=document), "", stems)


@pytest.mark.parametrize(
    ("stems", "issuer", "owner"),
    [
        (COUNTY, "中共清溪县委办公室", Owner.OWN),
        (COUNTY, "国家税务总局清溪县税务局", Owner.OWN),
        (COUNTY, "县教育局", Owner.OWN),
        (COUNTY, "县市场监管局", Owner.OWN),
        (COUNTY, "乡村振兴局", Owner.OWN),
        (COUNTY, "本级", Owner.OWN),
        (COUNTY, "市场监管局", Owner.UNKNOWN),
        (COUNTY, "宣传部", Owner.UNKNOWN),
        (COUNTY, "市教育局", Owner.HIGHER),
        (COUNTY, "市市场监管局", Owner.HIGHER),
        (COUNTY, "省政府办公厅", Owner.HIGHER),
        (COUNTY, "青江市发展和改革委员会", Owner.HIGHER),
        (COUNTY, "四川省财政厅", Owner.HIGHER),
        (COUNTY, "科技部", Owner.HIGHER),
        (COUNTY, "中国银保监会", Owner.HIGHER),
        (CITY, "市教育局", Owner.OWN),
        (CITY, "县教育局", Owner.OWN),
        (CITY, "省教育厅", Owner.HIGHER),
        (BUREAU, "市教育局", Owner.OWN),
        (BUREAU, "青江市人民政府办公室", Owner.HIGHER),
        (PROVINCE, "省财政厅", Owner.OWN),
        (PROVINCE, "教育部", Owner.HIGHER),
    ],
)
def test_by_issuer(stems: tuple[str, ...], issuer: str, owner: Owner) -> None:
    assert whose(stems, issuer) is owner


@pytest.mark.parametrize(
    ("stems", "title", "owner"),
    [
        (COUNTY, f"中共清溪县委 清溪县人民政府{ABOUT}", Owner.OWN),
        (COUNTY, f"国家税务总局清溪县税务局{ABOUT}", Owner.OWN),
        (COUNTY, f"国家税务总局青江市税务局{ABOUT}", Owner.HIGHER),
        (COUNTY, f"县疫情防控指挥部{ABOUT}", Owner.OWN),
        (COUNTY, f"科技部 财政部{ABOUT}", Owner.HIGHER),
        (COUNTY, f"白水县人民政府{ABOUT}", Owner.HIGHER),
        (COUNTY, "四川省物业管理条例", Owner.HIGHER),
        (COUNTY, "清溪县养犬管理办法", Owner.OWN),
        (COUNTY, "城市更新条例", Owner.UNKNOWN),
        (COUNTY, "全市委托执法事项管理办法", Owner.UNKNOWN),
        (CITY, f"四川省青江市人民政府{ABOUT}", Owner.OWN),
        (CITY, f"市人民政府{ABOUT}", Owner.OWN),
    ],
)
def test_by_title(stems: tuple[str, ...], title: str, owner: Owner) -> None:
    assert whose(stems, title=title) is owner


def test_a_portal_that_says_no_place_may_be_the_one_its_titles_name() -> None:
    assert whose((), title=f"清溪县人民政府{ABOUT}") is Owner.UNKNOWN
    assert whose((), title=f"国务院{ABOUT}") is Owner.HIGHER
    assert whose((), issuer="清溪县人民政府") is Owner.HIGHER


def test_columns_of_higher_documents() -> None:
    assert among_higher(["上级文件"])
    assert not among_higher(["上级文件", "通知公告"])
    assert not among_higher([])
