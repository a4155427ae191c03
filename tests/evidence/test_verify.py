"""`mingcha evidence verify` and `show`: every way in which proof can be damaged is named, and sound proof is not."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import zstandard

from mingcha.errors import UsageError
from mingcha.evidence.verbs import SHOWN, run_show, run_verify
from storage.ledger.proof import keep_files
from tests.app.run import mingcha
from tests.evidence.make import AT, Kept

FIRST = "yun-20260301-010000"


def said(capsys: pytest.CaptureFixture[str], kept: Kept, word: str = "") -> tuple[int, str]:
    code = run_verify(word, str(kept.database))
    return code, capsys.readouterr().out


def test_the_same_bytes_of_two_audits_are_one_file_and_sound(whole: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    files = [path for path in whole.store.folder.rglob("*") if path.is_file()]
    assert sorted(path.stem for path in files) == sorted(whole.digests)  # two audits, each piece once
    code, out = said(capsys, whole)
    assert (code, out.splitlines()[0].partition("（")[0]) == (0, "核对证据 5 件")
    assert "全部完好" in out and "没有登记" not in out


@pytest.mark.parametrize(
    ("word", "count"), [("yun", 5), (FIRST, 5), ("yun-0001", 3), ("yun-0002", 2), ("yun-20260302-010000", 5)]
)
def test_one_portal_audit_or_finding_is_verified_alone(
    whole: Kept, capsys: pytest.CaptureFixture[str], word: str, count: int
) -> None:
    code, out = said(capsys, whole, word)
    assert code == 0 and f"核对证据 {count} 件" in out


def flip(kept: Kept) -> None:
    data = bytearray(kept.file(kept.picture).read_bytes())
    data[len(data) // 2] ^= 1
    kept.file(kept.picture).write_bytes(data)


def cut(kept: Kept) -> None:
    os.truncate(kept.file(kept.picture), kept.file(kept.picture).stat().st_size // 2)


def remove(kept: Kept) -> None:
    kept.file(kept.picture).unlink()


def exchange(kept: Kept) -> None:
    kept.file(kept.picture).write_bytes(zstandard.compress(b"another picture"))


@pytest.mark.parametrize(
    ("damage", "word"), [(flip, "已损坏"), (cut, "已损坏"), (remove, "不存在"), (exchange, "已损坏")]
)
def test_damaged_proof_is_named_with_its_audit(
    own: Kept, capsys: pytest.CaptureFixture[str], damage: Callable[[Kept], None], word: str
) -> None:
    damage(own)
    code, out = said(capsys, own)
    assert code == 3 and "1 件不符" in out and "从备份恢复" in out
    assert f"证据 {own.picture} {word}（核查 {FIRST}，https://www.yun.example/fj/1.pdf）" in out
    assert said(capsys, own, "yun-0001")[0] == 3
    assert said(capsys, own, "yun-0002")[0] == 0  # none of its proof is damaged


def test_files_without_a_row_are_said_and_are_no_damage(own: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    stray = own.store.put(b"nobody's")
    (own.store.folder / "aa").mkdir(exist_ok=True)
    (own.store.folder / "aa" / "notes.txt").write_text("x")
    (own.store.folder / "aa" / "x.part").write_text("x")
    code, out = said(capsys, own)
    assert code == 0 and f"未登记 {stray}" in out and "notes.txt" in out and "1 个未写完" in out


def test_long_lists_end_with_a_count(own: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(SHOWN + 3):
        own.store.put(b"%d" % number)
    assert "另有 3 处" in said(capsys, own)[1]


def test_show_lists_what_is_kept_and_whose_a_hash_is(own: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_show("yun-0001", str(own.database)) == 0
    out = capsys.readouterr().out
    assert "yun-0001：证据 3 件" in out and f"{own.picture}  截图  2026-03-01 01:05:00" in out
    remove(own)
    assert run_show(f"sha256:{own.picture}", str(own.database)) == 3
    out = capsys.readouterr().out
    assert "不存在" in out and "问题：yun-0001\n" in out and f"核查：{FIRST}、yun-20260302-010000" in out


@pytest.mark.parametrize("word", ["nothing", "yun-0009", "0" * 64, "%", " "])
def test_a_word_that_means_nothing_is_one_sentence(whole: Kept, word: str) -> None:
    with pytest.raises(UsageError, match="is no finding, audit, portal or hash"):
        run_show(word, str(whole.database))


async def test_the_command_says_it_and_creates_nothing(own: Kept) -> None:
    remove(own)
    ran = await mingcha("evidence", "verify", cwd=own.folder, MINGCHA_DB=str(own.database))
    assert (ran.code, ran.err) == (3, "") and own.picture in ran.out
    ran = await mingcha("evidence", "verify", cwd=own.folder, MINGCHA_DB=str(own.folder / "none.sqlite"))
    assert ran.code == 1 and "没有结果数据库" in ran.err
    assert not (own.folder / "none.sqlite").exists()


def test_files_people_handed_in_are_proof_too(own: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    letter = own.folder / "说明.pdf"
    letter.write_bytes(b"%PDF-1.4 letter")
    (digest,) = keep_files(own.engine(), own.store, [letter], who="县发改局", at=AT)
    code, out = said(capsys, own)
    assert code == 0 and "核对证据 6 件" in out and "没有登记" not in out
    own.file(digest).write_bytes(b"x")
    code, out = said(capsys, own)
    assert code == 3 and f"证据 {digest} 已损坏（县发改局 提交的 说明.pdf）" in out
