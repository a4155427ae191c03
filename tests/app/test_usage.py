"""What a person gets who writes something wrong: one sentence, the right exit code, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingcha.cli.program import run
from tests.app.run import mingcha, targets

HOSTS = {"www.one.gov.cn": "127.0.0.1:9"}


def one_sentence(text: str) -> bool:
    return text.startswith("mingcha") and text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("audit", "two"), "没有“two”这个网站"),
        (("audit", "one", "--as-of", "20.11.2026"), "--as-of “20.11.2026”不是日期"),
        (("audit", "one", "--only", "broken_link"), "没有“broken_link”这个检查项"),
        (("audit", "one", "--confirm", "soon"), "现为“soon”"),
        (("audit", "one", "--spacing", "a,b"), "--spacing “a,b”"),
        (("audit", "ftp://www.one.gov.cn/"), "http"),
        (("audit", "one", "--targets", "nowhere.toml"), "--targets nowhere.toml：没有这个文件"),
        (("nightly", "two"), "没有“two”这个网站"),
        (("nightly", "--until", "25:00"), "--until “25:00”"),
        (("rejudge", "nowhere"), "中没有核查的采集数据"),
        (("recheck", "one-0001"), "结果数据库中没有“one-0001”，请核对问题编号"),
        (("export", "everything"), "“everything”不能导出"),
        (("read", "nowhere.html"), "nowhere.html"),
    ],
)
async def test_a_wrong_word_is_answered_with_one_sentence(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    targets(tmp_path, "http://www.one.gov.cn/", HOSTS)
    ran = await mingcha(*words, cwd=tmp_path)
    assert (ran.code, one_sentence(ran.err)) == (1, True), ran.err
    assert says in ran.err
    assert not (tmp_path / "mingcha-data" / "audits").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("max_page = 3", "max_pages"),
        ('robots = "ignore"', "robots"),
        ('window = "25:00-06:00"', "window"),
        ("concurrency = 'many'", "concurrency"),
        ("[[portal", "targets.toml"),
    ],
)
async def test_a_typing_slip_in_targets_names_file_and_key(line: str, says: str, tmp_path: Path) -> None:
    path = targets(tmp_path, "http://www.one.gov.cn/", HOSTS)
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    ran = await mingcha("audit", "one", cwd=tmp_path)
    assert (ran.code, one_sentence(ran.err)) == (1, True), ran.err
    assert "targets.toml" in ran.err
    assert says in ran.err


async def test_an_out_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    targets(tmp_path, "http://www.one.gov.cn/", HOSTS)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    ran = await mingcha("audit", "one", "--out", "thesis", cwd=tmp_path)
    assert (ran.code, one_sentence(ran.err)) == (1, True), ran.err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter1.txt"]


async def test_a_database_that_cannot_be_opened_is_said_before_anything_is_asked_of_the_portal(tmp_path: Path) -> None:
    targets(tmp_path, "http://www.one.gov.cn/", HOSTS)
    (tmp_path / "old.sqlite").write_bytes(b"this is no database" * 100)
    ran = await mingcha("audit", "one", "--db", "old.sqlite", cwd=tmp_path)
    assert (ran.code, one_sentence(ran.err.splitlines(keepends=True)[-1])) == (2, True), ran.err
    assert "old.sqlite" in ran.err
    assert not (tmp_path / "mingcha-data" / "audits").exists()


async def test_help_names_every_verb(tmp_path: Path) -> None:
    ran = await mingcha("--help", cwd=tmp_path)
    assert ran.code == 0
    for verb in ("audit", "nightly", "recheck", "rejudge", "export", "read", "doctor", "checks", "db"):
        assert f"\n  {verb} " in ran.out


async def test_checks_are_listed_with_their_kinds(tmp_path: Path) -> None:
    ran = await mingcha("checks", cwd=tmp_path)
    assert ran.code == 0
    assert "broken_links  链接有效性" in ran.out
    assert "soft_404" in ran.out


@pytest.mark.parametrize(
    ("words", "says", "where"),
    [
        (("nosuch",), "没有“nosuch”这个命令", "mingcha"),
        (("ledger", "show", "--portal", "a"), "没有--portal这个选项，是否为：--all", "mingcha ledger show"),
        (("ledger", "object", "a-1", "--by", "x"), "缺少选项“--why”", "mingcha ledger object"),
        (("import", "ledger"), "缺少“FILE.xlsx”，请写在命令后面", "mingcha import ledger"),
        (("audit", "a", "b"), "多出的内容：b", "mingcha audit"),
        (("audit", "--max-pages", "0"), "“--max-pages”的值不对：不能小于1", "mingcha audit"),
        (("audit", "--rate", "x"), "“--rate”的值不对：须为数字", "mingcha audit"),
    ],
)
def test_a_command_line_that_is_wrong_is_told_in_chinese(
    words: tuple[str, ...],
    says: str,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["mingcha", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    assert (ended.value.code, capsys.readouterr()) == (2, ("", f"mingcha: {says}\n用法见：{where} --help\n"))
