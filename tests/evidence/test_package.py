"""`mingcha evidence export`: a package anybody can check, and nothing where the disk refuses."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from mingcha.errors import UsageError
from mingcha.evidence.verbs import run_export
from storage.commit import commit_audit
from tests.app.run import ROOT, mingcha
from tests.evidence.make import BODY, PICTURE, URL, Kept, answer
from tests.storage.make import audit, finding, metas, result

NOW = dt.datetime(2026, 3, 3, 1, tzinfo=dt.UTC)
AUDIT = "yun-20260302-010000"


def exported(kept: Kept, word: str, out: Path, code: int = 0) -> Path:
    """Exports, unpacks and returns the folder with the files."""
    assert run_export(word, out, str(kept.database), NOW) == code
    with zipfile.ZipFile(out) as file:
        assert file.testzip() is None
        for name in file.namelist():
            assert name.startswith(f"evidence-{word}/") and ".." not in name and name.isascii()
        file.extractall(out.parent / "unpacked")
    return out.parent / "unpacked" / f"evidence-{word}"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def manifest(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return value


@pytest.fixture(scope="module")
def package(whole: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(whole, "yun-0001", tmp_path_factory.mktemp("out") / "p.zip")


def test_every_file_has_its_sum_by_the_common_tool(package: Path) -> None:
    ran = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=package, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    listed = {line.rpartition(": ")[0] for line in ran.stdout.splitlines()}
    there = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert listed == there - {"SHA256SUMS"}
    (package / "README.txt").write_text("changed")
    ran = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=package, capture_output=True, text=True)
    assert ran.returncode == 1 and "README.txt: FAILED" in ran.stdout


def test_originals_are_what_was_kept_and_readings_are_masked(whole: Kept, package: Path) -> None:
    said = manifest(package)
    by_hash = {one["sha256"]: one for one in said["evidence"]}
    assert set(by_hash) == {whole.answer, whole.picture, whole.page}
    assert (package / by_hash[whole.answer]["file"]).read_bytes() == answer()
    assert (package / by_hash[whole.picture]["file"]).read_bytes() == PICTURE
    assert by_hash[whole.picture]["file"].endswith(".png")
    for digest in (whole.answer, whole.page):
        original, reading = (package / by_hash[digest][name] for name in ("file", "reading"))
        assert hashlib.sha256(original.read_bytes()).hexdigest() == digest == original.name
        text = reading.read_text("utf-8")
        assert "附件不存在" in text and "13912345678" not in text
    for name in ("manifest.json", "findings.jsonl"):
        assert "13912345678" not in (package / name).read_text("utf-8")


def test_the_manifest_says_what_when_and_how_to_repeat_it(package: Path) -> None:
    said = manifest(package)
    assert said["command"] == "mingcha recheck yun-0001" and said["made"] == "2026-03-03T09:00:00+08:00"
    assert [one["number"] for one in said["findings"]] == ["yun-0001"]
    assert said["sightings"] == [{"audit": f"yun-2026030{n}-010000", "outcome": "fail"} for n in (1, 2)]
    assert [one["id"] for one in said["audits"]] == ["yun-20260301-010000", AUDIT]
    assert said["evidence"][0]["url"] == URL and said["evidence"][0]["at"] == "2026-03-01T01:05:00+08:00"


def test_the_web_archive_is_read_and_found_sound_by_its_own_tool(whole: Kept, package: Path) -> None:
    archive = package / "answers.warc.gz"
    warcio = Path(sys.executable).with_name("warcio")
    ran = subprocess.run([warcio, "check", "-v", archive], capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stdout.count("digest pass") == 4, ran.stdout + ran.stderr
    with archive.open("rb") as file:
        records = [(one.rec_type, one.rec_headers, one.http_headers, one.content_stream().read()) for one in
                   ArchiveIterator(file, check_digests="raise")]  # fmt: skip
    assert [one[0] for one in records] == ["warcinfo", "response", "metadata", "resource"]
    _, about, http, body = records[1]
    assert (about["WARC-Target-URI"], about["WARC-IP-Address"]) == (URL, "203.0.113.9")
    assert about["WARC-Date"] == "2026-02-28T17:05:00.000000Z"
    assert (http.get_statuscode(), body) == ("404", BODY)  # not decompressed once more
    assert http["X-Archive-Orig-Content-Encoding"] == "gzip" and http["X-Archive-Orig-Content-Length"] == "77"
    assert http["Content-Length"] == str(len(BODY)) and http["Content-Type"] == "text/html; charset=utf-8"
    assert "X-Mingcha-At" not in http
    assert b"X-Powered-By: " + "网站".encode("gbk") in (package / "originals" / whole.answer).read_bytes()
    _, meta, _, fields = records[2]
    assert meta["WARC-Concurrent-To"] == about["WARC-Record-ID"]
    assert whole.answer in fields.decode() and "301 http://www.yun.example/fj/1.pdf -> https://" in fields.decode()


def test_an_audit_is_exported_with_all_it_kept(whole: Kept, tmp_path: Path) -> None:
    folder = exported(whole, AUDIT, tmp_path / "p.zip")
    said = manifest(folder)
    assert {one["sha256"] for one in said["evidence"]} == set(whole.digests)
    assert {one["sha256"]: one["findings"] for one in said["evidence"]}[whole.dns] == ["yun-0002"]
    with (folder / "answers.warc.gz").open("rb") as file:
        kinds = [(one.rec_type, one.rec_headers.get_header("WARC-Target-URI")) for one in ArchiveIterator(file)]
    assert ("resource", "dns:www.yun.example") in kinds and ("metadata", "https://www.yun.example/fj/2.pdf") in kinds


def test_what_is_damaged_or_missing_is_said_inside_and_by_the_exit_code(
    own: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own.file(own.picture).unlink()
    own.file(own.answer).write_bytes(b"no zstd")
    folder = exported(own, "yun-0001", tmp_path / "p.zip", code=3)
    status = {one["sha256"]: one["status"] for one in manifest(folder)["evidence"]}
    assert status == {own.picture: "missing", own.answer: "damaged", own.page: "included"}
    readme = (folder / "README.txt").read_text("utf-8")
    assert f"{own.picture}  不存在" in readme and f"{own.answer}  已损坏" in readme
    assert "有 2 件证据损坏或不存在" in capsys.readouterr().err


async def test_a_disk_that_is_full_leaves_what_was_there(whole: Kept, tmp_path: Path) -> None:
    out = tmp_path / "p.zip"
    out.write_bytes(b"of yesterday")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mingcha", "evidence", "export", "yun-0001", "--out", str(out)),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MINGCHA_DB": str(whole.database), "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),  # room for SQLite's own files
    )
    _, err = await process.communicate()
    assert process.returncode == 1 and "无法写入".encode() in err and "文件过大".encode() in err, err
    assert out.read_bytes() == b"of yesterday" and names(tmp_path) == ["p.zip"]


@pytest.mark.parametrize(("word", "says"), [("yun", "is a portal"), ("yun-0007", "is no finding")])
def test_only_a_finding_or_an_audit_is_exported(whole: Kept, tmp_path: Path, word: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        run_export(word, tmp_path / "p.zip", str(whole.database), NOW)
    with pytest.raises(UsageError, match="is a folder"):
        run_export("yun-0001", tmp_path, str(whole.database), NOW)


@pytest.mark.parametrize("name", ["../../../etc/x", "/etc/x", "a b\n明", "..", "C:\\x"])
def test_a_hostile_name_of_an_audit_leads_nowhere(
    own: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    commit_audit(own.engine(), audit(9, id=name), [result(finding(URL, evidence=(own.page,)))], metas=metas)
    assert run_export(name, None, str(own.database), NOW) == 0
    made = list(tmp_path.rglob("*.zip"))
    assert len(made) == 1 and made[0].parent == tmp_path
    with zipfile.ZipFile(made[0]) as file:
        for entry in file.namelist():
            assert re.fullmatch(r"[0-9A-Za-z_-][0-9A-Za-z._-]*(/[0-9A-Za-z_-][0-9A-Za-z._-]*)+", entry), entry


async def test_the_command_names_the_file(whole: Kept, tmp_path: Path) -> None:
    ran = await mingcha("evidence", "export", "yun-0001", cwd=tmp_path, MINGCHA_DB=str(whole.database))
    assert (ran.code, ran.out) == (0, "evidence-yun-0001.zip\n") and "证据 3 件" in ran.err
    assert (tmp_path / "evidence-yun-0001.zip").is_file()
