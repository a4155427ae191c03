"""The bundle: a kill loses at most a batch, a full disk says so and keeps what is there, bytes are what they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from portal.artifacts import GatherSummary, LinkRecord
from portal.model import Portal
from storage.bundle import BATCH, Bundle, BundleError, Header
from tests.storage.bundles import AT, HEADER, link


def test_records_come_back_as_they_were_and_replace_each_other(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(link(1), link(2), link(1, count=7))
        assert bundle.get(LinkRecord, link(1).url) == link(1, count=7)
    with Bundle.open(tmp_path) as bundle:
        assert bundle.header == HEADER
        assert list(bundle.all(LinkRecord)) == [link(1, count=7), link(2)]
        assert bundle.count(LinkRecord) == 2 and bundle.get(LinkRecord, "nowhere") is None
        assert list(bundle.all(LinkRecord)) == [link(1, count=7), link(2)]
        with pytest.raises(KeyError):
            bundle.count(Portal)


def test_a_bundle_can_be_narrowed_to_some_records(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.add(*(link(number) for number in range(3000)), GatherSummary(AT, AT))
        bundle.mark("crawl", AT)
        digest = bundle.put(b"proof", "text/plain", "https://www.yun.example/", AT)
        bundle.flush()
        before = (tmp_path / "bundle.sqlite").stat().st_size + (tmp_path / "bundle.sqlite-wal").stat().st_size
        bundle.narrow([("link", link(7).url), ("link", "nowhere"), ("page", link(8).url)])
        assert list(bundle.all(LinkRecord)) == [link(7)]
        assert bundle.get(GatherSummary, "summary") is None
    assert (tmp_path / "bundle.sqlite").stat().st_size < before / 5
    with Bundle.open(tmp_path) as bundle:
        assert list(bundle.all(LinkRecord)) == [link(7)]
        assert (bundle.stages(), bundle.blob(digest)) == ({"crawl": AT}, b"proof")


def test_stages_and_frontier_are_remembered(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        bundle.remember_frontier("https://a.example/", {"depth": 1})
        bundle.remember_frontier("https://a.example/", {"depth": 2})
        bundle.mark("crawl", AT)
    with Bundle.open(tmp_path) as bundle:
        assert bundle.stages() == {"crawl": AT}
        assert list(bundle.frontier()) == [("https://a.example/", {"depth": 2})]


def test_there_is_one_bundle_in_a_folder_and_no_bundle_is_said(tmp_path: Path) -> None:
    Bundle.create(tmp_path, HEADER).close()
    with pytest.raises(BundleError, match="exists already"):
        Bundle.create(tmp_path, HEADER)
    with pytest.raises(BundleError, match="no bundle"):
        Bundle.open(tmp_path / "nowhere")


def test_a_foreign_file_and_a_newer_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bundle.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(BundleError, match="cannot read"):
        Bundle.open(tmp_path)
    newer = Header(**{name: getattr(HEADER, name) for name in HEADER.__struct_fields__} | {"format": 99})
    Bundle.create(tmp_path / "new", newer).close()
    with pytest.raises(BundleError, match="newer version"):
        Bundle.open(tmp_path / "new")


def test_blobs_are_kept_once_and_a_changed_one_is_noticed(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        digest = bundle.put("页面".encode(), "text/html", "https://a.example/", AT)
        assert bundle.put("页面".encode(), "text/html", "https://b.example/", AT) == digest
        assert bundle.blob(digest) == "页面".encode()
        assert list(bundle.blobs()) == [(digest, "text/html", 6, "https://a.example/", AT)]
        with pytest.raises(BundleError, match="cannot be read"):
            bundle.blob("0" * 64)
    (file,) = tmp_path.glob("blobs/*.zst")
    file.write_bytes(zstandard.compress("别的".encode()))
    with Bundle.open(tmp_path) as bundle, pytest.raises(BundleError, match=r"was changed|cannot be read"):
        bundle.blob(digest)


_WRITER = """
import sys
from pathlib import Path
from storage.bundle import Bundle
from tests.storage.bundles import HEADER, link
bundle = Bundle.create(Path(sys.argv[1]), HEADER)
number = 0
while True:
    bundle.add(link(number))
    number += 1
    if number % 500 == 0:
        print(number, flush=True)
"""


def test_a_killed_writer_loses_at_most_a_batch(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = 0
    for line in writer.stdout:
        said = int(line)
        if said >= 4 * BATCH:
            break
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with Bundle.open(tmp_path) as bundle:
        kept = [record.url for record in bundle.all(LinkRecord)]
        assert len(kept) >= said - BATCH
        assert kept == [link(number).url for number in range(len(kept))]
        bundle.add(GatherSummary(AT, AT))
        bundle.flush()
        assert bundle.count(GatherSummary) == 1


_FULL = """
import resource, sys
from pathlib import Path
from storage.bundle import Bundle, BundleError
from tests.storage.bundles import AT, HEADER, link
bundle = Bundle.create(Path(sys.argv[1]), HEADER)
bundle.add(*(link(n) for n in range(600)))
bundle.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
said = []
try:
    bundle.add(*(link(n) for n in range(600, 9000)))
    bundle.flush()
except BundleError as error:
    said.append(str(error))
try:
    bundle.put(__import__("os").urandom(300_000), "image/png", "", AT)
except BundleError as error:
    said.append(str(error))
print("|".join(said))
"""


def test_a_full_disk_is_said_and_what_was_flushed_stays(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    first, second = done.stdout.strip().split("|")
    assert first.startswith("cannot write the bundle") and second.startswith("cannot keep evidence")
    with Bundle.open(tmp_path) as bundle:
        assert bundle.count(LinkRecord) >= 600
        assert list(bundle.blobs()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match="cannot write the bundle"):
        Bundle.create(tmp_path / "file", HEADER)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BundleError, match="cannot write the bundle"):
        Bundle.create(tmp_path / "audit", HEADER)
