"""The evidence store: by content, once, verifiable; exported for people without running anything."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import zstandard

from checks.base import CheckResult, Draw, DrawMember, Outcome
from storage.database import StorageError
from storage.evidence import EvidenceStore, digest_of, export, referenced
from tests.storage.make import finding, result

PAGE = "<h1>来信</h1>".encode()
PAGE_ID = hashlib.sha256(PAGE).hexdigest()


class Source:
    def blob(self, digest: str) -> bytes:
        return {PAGE_ID: PAGE}[digest]


def test_the_same_bytes_are_kept_once_and_come_back(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    assert store.put(PAGE) == store.put(PAGE) == PAGE_ID
    assert store.exists(PAGE_ID) and store.verify(PAGE_ID) and store.get(PAGE_ID) == PAGE
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{PAGE_ID}.zst"]


def test_changed_missing_and_broken_evidence_is_noticed(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    with pytest.raises(StorageError, match="is not in"):
        store.get(PAGE_ID)
    store.put(PAGE)
    store.path(PAGE_ID).write_bytes(zstandard.compress(b"something else"))
    with pytest.raises(StorageError, match="was changed"):
        store.get(PAGE_ID)
    store.path(PAGE_ID).write_bytes(b"no zstd")
    assert not store.verify(PAGE_ID)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "sha256:" + PAGE_ID, PAGE_ID.upper(), PAGE_ID[:-1]])
def test_only_a_hash_names_evidence(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="not the hash"):
        EvidenceStore(tmp_path).path(name)


def test_copying_from_a_bundle_reports_what_is_missing(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    assert store.copy(Source(), [PAGE_ID, "0" * 64]) == ("0" * 64,)
    assert store.get(PAGE_ID) == PAGE


def test_a_disk_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot keep evidence"):
        EvidenceStore(tmp_path / "file").put(PAGE)
    with pytest.raises(StorageError, match="cannot write evidence"):
        export(lambda digest: PAGE, {PAGE_ID: "text/html"}, tmp_path / "file")


def test_what_results_refer_to_is_found_wherever_it_stands() -> None:
    one, two, three = ("1" * 64, "2" * 64, "3" * 64)
    base = result(finding("https://a.example/", evidence=(f"sha256:{one}",)))
    other = CheckResult(
        "search",
        1,
        Outcome.PASS,
        draws=(Draw("d", "s", 1, (DrawMember("u", "t", "pass", {"shots": [two]}),)),),
        rows=({"shot": three, "text": "sha256:short"},),
    )
    assert referenced([base, other]) == (one, two, three)
    assert digest_of("abc") == "" and digest_of(one) == one


def test_exported_pages_are_text_and_masked(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n"
    blobs = {PAGE_ID: PAGE, "1" * 64: picture}
    wanted = {PAGE_ID: "text/html; charset=utf-8", "1" * 64: "image/png", "2" * 64: "image/png"}
    names = export(blobs.__getitem__, wanted, tmp_path / "evidence", mask=lambda text: text.replace("来信", "**"))
    assert names == {PAGE_ID: f"{PAGE_ID[:20]}.txt", "1" * 64: f"{'1' * 20}.png"}
    assert (tmp_path / "evidence" / names[PAGE_ID]).read_text() == "<h1>**</h1>"
    assert (tmp_path / "evidence" / names["1" * 64]).read_bytes() == picture
