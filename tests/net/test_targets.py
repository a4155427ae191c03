"""targets.toml: what it says, and one clear sentence for everything it should not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.targets import TargetsError, load_targets, parse_targets, portal_by_id, portal_for_url
from portal.model import ColumnForm, ColumnKind, Network

FULL = """
[defaults]
rate = 2
concurrency = 3
contact = "https://audit.gov.cn/"
systems = ["national-2019"]

[[portal]]
id = "langao"
name = "岚皋县人民政府"
home = "https://www.langao.gov.cn"
hosts = ["ZWFW.langao.gov.cn"]
site_code = "6109250001"
level = "county"
unit = "岚皋县政府办公室"
group = "ankang-platform"
systems = ["langao-2023", "national-2019"]
max_pages = 100
max_minutes = 1.5
max_requests = 500
window = "22:00-06:00"
rate = 0.5
search_titles = 6

[[portal.column]]
path = "政务公开 > 通知公告"
url = "/zwgk/tzgg/"
kind = "notice"
limit_days = 180
owner = "办公室"

[[portal.column]]
path = ["概况"]
url = "https://www.langao.gov.cn/lggk/"
form = "single"
exempt = "静态栏目"

[portal.search]
entry = "https://so.langao.gov.cn/"
box = "#q"
page_size = 10

[[portal]]
id = "b"
home = "http://www.b.gov.cn/"
authorisation = "某函〔2026〕1号"

[network]
nameservers = ["127.0.0.1:5353", "10.0.0.53"]
hosts = { "WWW.langao.gov.cn" = ["192.0.2.1", "[2001:db8::1]:8443"], "b.gov.cn" = "127.0.0.1:80" }
allow_private = ["10.0.0.0/8", "::1/128"]
sealed = true
"""


def test_every_key_of_targets_toml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text("\ufeff" + FULL, encoding="utf-8")
    targets = load_targets(path)
    first, second = targets.portals
    assert targets.path == str(path)
    assert (first.id, first.home, first.hosts) == ("langao", "https://www.langao.gov.cn/", ("zwfw.langao.gov.cn",))
    assert (first.rate, first.concurrency, first.search_titles) == (0.5, 3, 6)
    assert (first.max_pages, first.max_minutes, first.max_requests) == (100, 1.5, 500)
    assert first.systems == ("langao-2023", "national-2019")
    assert (first.window, first.robots, first.group) == ("22:00-06:00", "obey", "ankang-platform")
    notice, about = first.columns
    assert (notice.path, notice.url) == (("政务公开", "通知公告"), "https://www.langao.gov.cn/zwgk/tzgg/")
    assert (notice.kind, notice.limit_days, notice.owner) == (ColumnKind.NOTICE, 180, "办公室")
    assert (about.form, about.exempt, about.kind) == (ColumnForm.SINGLE, "静态栏目", None)
    assert (first.search.entry, first.search.box, first.search.page_size) == ("https://so.langao.gov.cn/", "#q", 10)
    assert first.extra == {"contact": "https://audit.gov.cn/"}
    assert (second.name, second.rate, second.systems) == ("www.b.gov.cn", 2.0, ("national-2019",))
    assert (second.robots, second.authorisation) == ("ignore", "某函〔2026〕1号")
    assert targets.network == Network(
        nameservers=("127.0.0.1:5353", "10.0.0.53"),
        hosts={"www.langao.gov.cn": ("192.0.2.1", "[2001:db8::1]:8443"), "b.gov.cn": ("127.0.0.1:80",)},
        allow_private=("10.0.0.0/8", "::1/128"),
        sealed=True,
    )


PRIVATE = """
[defaults]
allow_private = ["10.0.0.0/8"]

[[portal]]
id = "inherits"
home = "http://a.gov.cn/"

[[portal]]
id = "own"
home = "http://b.gov.cn/"
allow_private = ["fd00::/8", "127.0.0.1"]

[[portal]]
id = "none"
home = "http://c.gov.cn/"
allow_private = []

[network]
allow_private = ["192.168.7.0/24"]
sealed = true
"""


def test_private_networks_are_a_portals_own_beside_those_of_all() -> None:
    targets = parse_targets(PRIVATE)
    opened = {portal.id: targets.network_of(portal).allow_private for portal in targets.portals}
    assert opened == {
        "inherits": ("10.0.0.0/8", "192.168.7.0/24"),
        "own": ("127.0.0.1/32", "192.168.7.0/24", "fd00::/8"),
        "none": ("192.168.7.0/24",),
    }
    assert targets.network.allow_private == ("192.168.7.0/24",)
    assert targets.network_of(targets.portals[0]).sealed
    assert targets.network_of(portal_for_url("http://d.gov.cn/", targets)).allow_private == opened["inherits"]


OWN_NAMES = """
[defaults.network]
nameservers = ["10.0.0.53"]
hosts = { "in.lan" = "10.0.0.1" }

[[portal]]
id = "inherits"
home = "http://a.gov.cn/"

[[portal]]
id = "own"
home = "http://b.gov.cn/"
hosts = ["sub.b.gov.cn"]
[portal.network]
nameservers = ["10.9.0.53:5353"]
hosts = { "OA.lan" = ["10.9.0.1", "[fd00::1]:8443"], "all.lan" = "10.9.0.2" }

[[portal]]
id = "none"
home = "http://c.gov.cn/"
[portal.network]
nameservers = []
hosts = {}

[network]
nameservers = ["192.0.2.53"]
hosts = { "all.lan" = "192.0.2.1" }
"""


def test_names_lead_where_a_portal_says_beside_what_holds_for_all() -> None:
    targets = parse_targets(OWN_NAMES)
    names = {one.id: (targets.network_of(one).nameservers, targets.network_of(one).hosts) for one in targets.portals}
    assert names == {
        "inherits": (("10.0.0.53",), {"all.lan": ("192.0.2.1",), "in.lan": ("10.0.0.1",)}),
        "own": (("10.9.0.53:5353",), {"all.lan": ("10.9.0.2",), "oa.lan": ("10.9.0.1", "[fd00::1]:8443")}),
        "none": (("192.0.2.53",), {"all.lan": ("192.0.2.1",)}),
    }
    assert targets.portals[1].hosts == ("sub.b.gov.cn",)
    assert targets.network.hosts == {"all.lan": ("192.0.2.1",)}
    assert targets.network_of(portal_for_url("http://d.gov.cn/", targets)).nameservers == ("10.0.0.53",)


def test_an_empty_file_has_no_portals() -> None:
    assert parse_targets("").portals == ()


def test_the_file_of_the_project_is_valid_as_it_is_and_with_every_line_taken_in() -> None:
    path = Path(__file__).parents[2] / "targets.toml"
    assert load_targets(path).portals == ()
    taken_in = re.sub(r"^# (?=\[|\w+ = )", "", path.read_text("utf-8"), flags=re.MULTILINE)
    assert [portal.id for portal in parse_targets(taken_in).portals] == ["example"]


ONE = '[[portal]]\nid = "a"\nhome = "http://a.gov.cn/"\n'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[[portals]]\n", ["unknown key 'portals'", "did you mean 'portal'"]),
        ("[portal]\nid = 'a'\n", ["[[portal]]"]),
        (ONE + "max_page = 3\n", ["line 4", "portal 'a'", "unknown key 'max_page'", "did you mean 'max_pages'"]),
        (ONE + "zzzzqq = 3\n", ["unknown key 'zzzzqq'"]),
        ("[defaults]\nrat = 1\n", ["line 2", "[defaults]", "did you mean 'rate'"]),
        ("[defaults]\nhome = 'http://a.gov.cn/'\n", ["home belongs to one portal"]),
        (ONE + ONE, ["line 5", "this id is used twice"]),
        ('[[portal]]\nhome = "http://a.gov.cn/"\n', ["portal number 1", "id is missing"]),
        ('[[portal]]\nid = "a"\n', ["line 1", "portal 'a'", "home is missing"]),
        ('[[portal]]\nid = "A b"\nhome = "http://a.gov.cn/"\n', ["line 2", "id may hold"]),
        ('[[portal]]\nid = "a"\nhome = "ftp://a.gov.cn/"\n', ["line 3", "home must begin with http", "ftp"]),
        ('[[portal]]\nid = "a"\nhome = "www.a.gov.cn"\n', ["home needs a whole address"]),
        ('[[portal]]\nid = "a"\nhome = "http://"\n', ["home is not an address"]),
        ('[[portal]]\nid = "a"\nhome = 5\n', ["home must be a text"]),
        (ONE + 'hosts = ["http://b.gov.cn/"]\n', ["line 4", "hosts must be a bare host name"]),
        (ONE + 'hosts = "b.gov.cn"\n', ["hosts must be a list"]),
        (ONE + "rate = 0\n", ["rate must be a number of requests per second from 0.01"]),
        (ONE + "rate = true\n", ["rate must be a number"]),
        (ONE + "concurrency = 1.5\n", ["concurrency must be a whole number"]),
        (ONE + "max_minutes = -1\n", ["max_minutes must be a number of minutes"]),
        (ONE + 'window = "22-6"\n', ["window must be hours"]),
        (ONE + 'window = "22:00-22:00"\n', ["begins and ends at the same time"]),
        (ONE + 'robots = "ignore"\n', ["line 4", "authorisation", "written consent"]),
        (ONE + 'robots = "obay"\n', ["robots must be one of obey, ignore", "did you mean 'obey'"]),
        (ONE + '[[portal.column]]\npath = "a>b"\n', ["column 1", "url is missing"]),
        (ONE + '[[portal.column]]\nurl = "/x/"\n', ["column 1", "path is missing"]),
        (ONE + '[[portal.column]]\npath = "a>"\nurl = "/x/"\n', ["path has an empty step"]),
        (ONE + '[[portal.column]]\npath = "a"\nurl = "mailto:x"\n', ["url: is not an address"]),
        (ONE + '[[portal.column]]\npath = "a"\nurl = "/"\nkind = "notices"\n', ["did you mean 'notice'"]),
        (ONE + '[[portal.column]]\npath = "a"\nurl = "/"\nlimit = 3\n', ["did you mean 'limit_days'"]),
        (ONE + '[portal.column]\npath = "a"\n', ["[[portal.column]]"]),
        (ONE + '[portal.search]\nbocks = "#q"\n', ["search", "unknown key 'bocks'", "did you mean 'box'"]),
        (ONE + "[portal.network]\nsealed = true\n", ["line 5", "portal 'a', network", "unknown key 'sealed'"]),
        (ONE + '[portal.network]\nhosts = { "a.lan" = [] }\n', ["line 5", "a.lan has no address"]),
        ("[defaults.network]\nhost = {}\n", ["line 2", "[defaults.network]", "did you mean 'hosts'"]),
        (ONE + "[[portal.network]]\n", ["[portal.network] must be one table"]),
        ('[network]\nallow_private = ["10.0.0.0/99"]\n', ["line 2", "[network]", "allow_private is not a network"]),
        ('[network]\nallow_private = ["10.0.0.1/8"]\n', ["is not a network"]),
        (ONE + 'allow_private = ["10.0.0.0/99"]\n', ["line 4", "portal 'a'", "allow_private is not a network"]),
        (ONE + 'allow_private = "10.0.0.0/8"\n', ["line 4", "allow_private must be a list in square brackets"]),
        (ONE + "allow_privat = []\n", ["line 4", "did you mean 'allow_private'"]),
        ('[defaults]\nallow_private = ["10.0.0.1/8"]\n', ["line 2", "[defaults]", "is not a network"]),
        ('[office]\nfone = "1"\n', ["unknown key 'fone'; did you mean 'phone'?", "[office]"]),
        ("[office]\nobjection_days = 0\n", ["objection_days must be a whole number from 1 to 60"]),
        ('[network]\nnameservers = ["dns.gov.cn"]\n', ["nameservers must be an address"]),
        ('[network]\nhosts = { "a.gov.cn" = ["b.gov.cn"] }\n', ["hosts must be an address"]),
        ('[network]\nhosts = { "a.gov.cn" = [] }\n', ["a.gov.cn has no address"]),
        ("[network]\nseeled = true\n", ["did you mean 'sealed'"]),
        ('[network]\nsealed = "yes"\n', ["sealed must be true or false"]),
        ("[[network]]\n", ["[network] must be one table"]),
        ("a = \n", ["is not TOML", "line 1"]),
    ],
)
def test_mistakes_get_one_clear_sentence(text: str, parts: list[str]) -> None:
    with pytest.raises(TargetsError) as caught:
        parse_targets(text, "my.toml")
    message = str(caught.value)
    assert message.startswith("my.toml")
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match="there is no such file"):
        load_targets(tmp_path / "none.toml")
    with pytest.raises(TargetsError, match="cannot be read"):
        load_targets(tmp_path)
    bad = tmp_path / "gbk.toml"
    bad.write_bytes('name = "中"'.encode("gb18030"))
    with pytest.raises(TargetsError, match="is not UTF-8"):
        load_targets(bad)


def test_a_bare_address_becomes_a_portal_with_the_defaults() -> None:
    targets = parse_targets(
        '[defaults]\nrate = 3\ncontact = "x"\n[[portal]]\nid = "a"\nhome = "https://www.a.gov.cn/"\n'
    )
    new = portal_for_url("http://www.shi-lou.gov.cn:8080/index.html", targets)
    assert (new.id, new.name) == ("www-shi-lou-gov-cn-8080", "www.shi-lou.gov.cn")
    assert (new.home, new.rate, new.extra) == ("http://www.shi-lou.gov.cn:8080/index.html", 3.0, {"contact": "x"})
    for known in ("https://www.a.gov.cn/", "https://www.a.gov.cn", "http://a.gov.cn/"):
        assert portal_for_url(known, targets).id == "a"
    assert portal_for_url("https://www.a.gov.cn/sub/", targets).id == "www-a-gov-cn"
    assert portal_for_url("http://[::1]:80/").id == "1"
    assert portal_for_url("http://县.中国/").id.startswith("xn--")


@pytest.mark.parametrize("url", ["www.a.gov.cn", "ftp://www.a.gov.cn/", "file:///etc/passwd", "", "http://", "a"])
def test_what_is_no_portal(url: str) -> None:
    with pytest.raises(TargetsError):
        portal_for_url(url)


def test_a_forgotten_scheme_is_suggested() -> None:
    with pytest.raises(TargetsError, match="did you mean http:"):
        portal_for_url("www.a.gov.cn")


@pytest.mark.parametrize(
    "url", ["http：//www.a.gov.cn/", "ｗｗｗ.a.gov.cn/", "http：／／www.a.gov.cn／", " www.a. gov.cn/"]
)
def test_an_address_in_full_width_letters_is_suggested_as_it_is_meant(url: str) -> None:
    with pytest.raises(TargetsError, match=r"did you mean http://www\.a\.gov\.cn/\?"):
        portal_for_url(url)


def test_unknown_portals_name_the_nearest() -> None:
    targets = parse_targets(FULL)
    assert portal_by_id(targets, "langao").site_code == "6109250001"
    with pytest.raises(TargetsError, match="did you mean 'langao'"):
        portal_by_id(targets, "lango")


def test_every_key_is_in_the_reference() -> None:
    from crawler import targets

    text = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
    tables = (targets._PORTAL, targets._COLUMN, targets._SEARCH, targets._NETWORK)
    assert [key for table in tables for key in table if f"| `{key}` |" not in text] == []
