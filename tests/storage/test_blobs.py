"""Proof of a bundle: packed together, read alone; what a kill, a torn file, a full disk cost; bundles of 0.1."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from storage.bundle import Bundle, BundleError
from storage.frames import SIZE as FRAME
from tests.storage.bundles import AT, HEADER
from tests.storage.old import old_layout

NAME = f"{HEADER.audit}.zst"


def answer(number: int, size: int = 3000) -> bytes:
    """Returns what no packing makes smaller, so that files of known sizes come of it."""
    return random.Random(number).randbytes(size)


def keep(bundle: Bundle, *data: bytes) -> list[str]:
    """Returns the hashes under which a bundle keeps these pieces."""
    return [bundle.put(each, "text/html", "https://a.example/", AT) for each in data]


def pack(folder: Path) -> Path:
    """Returns the file in which a bundle keeps its proof."""
    return folder / "blobs" / NAME


def test_what_repeats_is_packed_once_and_every_piece_is_read_alone(tmp_path: Path) -> None:
    template = answer(0, 20_000)
    data = [template + b"page %d" % number for number in range(30)]
    with Bundle.create(tmp_path, HEADER) as bundle:
        digests = keep(bundle, *data)
        assert [bundle.blob(digest) for digest in digests] == data  # some wait for their frame
    with Bundle.open(tmp_path) as bundle:
        for digest, each in random.Random(1).sample(list(zip(digests, data, strict=True)), len(data)):
            assert bundle.blob(digest) == each and bundle.has(digest)
        assert keep(bundle, *data) == digests
        keep(bundle, b"another")
    assert pack(tmp_path).stat().st_size < 8 * len(template)
    assert [path.name for path in tmp_path.glob("blobs/*")] == [NAME]


def test_the_file_is_one_that_other_programs_unpack(tmp_path: Path) -> None:
    data = [answer(1), answer(2, FRAME + 1), b"", answer(3)]
    with Bundle.create(tmp_path, HEADER) as bundle:
        digests = keep(bundle, *data)
    with pack(tmp_path).open("rb") as file:
        whole = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert whole == b"".join(data)
    with Bundle.open(tmp_path) as bundle:
        assert [bundle.blob(digest) for digest in digests] == data


_WRITER = """
import sys
from pathlib import Path
from storage.bundle import Bundle
from tests.storage.test_blobs import answer, keep
from tests.storage.bundles import HEADER
bundle = Bundle.create(Path(sys.argv[1]), HEADER)
for number in range(1000):
    keep(bundle, answer(number))
    if number == 600:
        bundle.flush()
print("now", flush=True)
sys.stdin.read()
"""


def test_a_kill_in_the_middle_of_a_batch_costs_that_batch_and_its_bytes_are_cut_off(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "b")]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None and writer.stdout.readline() == "now\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert pack(tmp_path / "b").stat().st_size > 600 * 3000 + 2 * FRAME  # what nothing speaks of
    with Bundle.open(tmp_path / "b") as bundle:
        index = [blob[0] for blob in bundle.blobs()]
        assert len(index) == 601 and {bundle.blob(digest) for digest in index} == {answer(n) for n in range(601)}
        (late,) = keep(bundle, answer(2000))
        bundle.flush()
        assert pack(tmp_path / "b").stat().st_size < 602 * 3000 + FRAME
    with Bundle.open(tmp_path / "b", write=False) as bundle:
        assert bundle.blob(late) == answer(2000)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.999])
def test_a_torn_file_costs_what_was_behind_and_takes_it_again(share: float, tmp_path: Path) -> None:
    data = [answer(number) for number in range(400)]
    with Bundle.create(tmp_path, HEADER) as bundle:
        digests = keep(bundle, *data)
    size = int(pack(tmp_path).stat().st_size * share)
    with pack(tmp_path).open("r+b") as file:
        file.truncate(size)
    with Bundle.open(tmp_path) as bundle:
        lost = bundle._blobs.damaged(digests)
        assert (1 - share) * 400 <= len(lost) <= (1 - share) * 400 + FRAME // 3000 + 1
        assert all(not bundle.has(digest) for digest in digests[-10:-1] if share < 0.9)
        assert keep(bundle, *data) == digests
        (more,) = keep(bundle, b"and on it goes")
    with Bundle.open(tmp_path, write=False) as bundle:
        assert not bundle._blobs.damaged(digests) and bundle.blob(more) == b"and on it goes"


def test_damage_within_is_noticed_and_the_piece_is_kept_anew(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        digests = keep(bundle, *(answer(number) for number in range(100)))
    with pack(tmp_path).open("r+b") as file:
        file.seek(1000)
        file.write(bytes(16))
    with Bundle.open(tmp_path) as bundle:
        lost = bundle._blobs.damaged(digests)
        assert digests[0] in lost and digests[-1] not in lost
        with pytest.raises(BundleError, match=r"was changed|cannot be read"):
            bundle.blob(digests[0])
        assert bundle.has(digests[0])
        keep(bundle, answer(0))
        bundle.flush()
        assert bundle.blob(digests[0]) == answer(0)
        assert bundle._blobs.damaged(digests) == lost - {digests[0]}


def test_a_batch_that_is_dropped_leaves_no_trace_in_the_index(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        (first,) = keep(bundle, answer(1))
        with pytest.raises(RuntimeError), bundle.together():
            dropped = keep(bundle, answer(2), answer(3, FRAME))
            raise RuntimeError
        assert [blob[0] for blob in bundle.blobs()] == [first]
        assert keep(bundle, answer(2), answer(3, FRAME)) == dropped
    with Bundle.open(tmp_path) as bundle:
        assert [bundle.blob(digest) for digest in dropped] == [answer(2), answer(3, FRAME)]


def test_a_disk_that_has_room_again_gets_what_waited(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path, HEADER)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    (early,) = keep(bundle, answer(1, FRAME))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FRAME + 5000, before[1]))
    try:
        with pytest.raises(BundleError, match="cannot keep evidence"):
            keep(bundle, answer(2, FRAME))
        with pytest.raises(BundleError, match="cannot keep evidence"):
            bundle.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [blob[0] for blob in bundle.blobs()] == sorted([early, *keep(bundle, answer(2, FRAME))])
    bundle.close()
    with Bundle.open(tmp_path, write=False) as bundle:
        assert {bundle.blob(blob[0]) for blob in bundle.blobs()} == {answer(1, FRAME), answer(2, FRAME)}


# bundles of earlier versions


def test_files_of_their_own_are_read_and_new_proof_is_packed_beside_them(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        digests = keep(bundle, answer(1), answer(2))
    old_layout(tmp_path)
    assert len(list(tmp_path.glob("blobs/??/*.zst"))) == 2 and not pack(tmp_path).exists()
    with Bundle.open(tmp_path, write=False) as bundle:
        assert [bundle.blob(digest) for digest in digests] == [answer(1), answer(2)]
        assert [blob[0] for blob in bundle.blobs()] == sorted(digests) and bundle.has(digests[0])
    with Bundle.open(tmp_path) as bundle:
        assert keep(bundle, answer(1), answer(3)) == [digests[0], *keep(bundle, answer(3))]
    assert pack(tmp_path).stat().st_size < 2 * 3000
    (tmp_path / "blobs" / digests[0][:2] / f"{digests[0]}.zst").write_bytes(b"torn")
    (tmp_path / "blobs" / digests[1][:2] / f"{digests[1]}.zst").unlink()
    with Bundle.open(tmp_path) as bundle:
        assert bundle._blobs.damaged(digests) == set(digests)
        assert (bundle.has(digests[0]), bundle.has(digests[1])) == (True, False)
        assert keep(bundle, answer(1), answer(2)) == digests
    with Bundle.open(tmp_path, write=False) as bundle:
        assert not bundle._blobs.damaged(digests)


# proof of another audit


def later(folder: Path) -> Bundle:
    """Returns the bundle of another audit."""
    header = type(HEADER)(**{name: getattr(HEADER, name) for name in HEADER.__struct_fields__} | {"audit": "yun-2"})
    return Bundle.create(folder, header)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_proof_is_taken_over_and_stays_when_the_other_audit_goes(
    old: bool, links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError("another disk")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    with Bundle.create(tmp_path / "one", HEADER) as one:
        digests = keep(one, answer(1), answer(2))
    if old:
        old_layout(tmp_path / "one")
    with Bundle.open(tmp_path / "one", write=False) as one, later(tmp_path / "two") as two:
        for digest in digests:
            two.adopt(one, digest)
            two.adopt(one, digest)
        (own,) = keep(two, answer(3))
        with pytest.raises(BundleError):
            two.adopt(one, "0" * 64)
    shared = links and not old
    assert shared == (tmp_path / "two" / "blobs" / NAME).exists()
    if shared:
        assert pack(tmp_path / "one").samefile(tmp_path / "two" / "blobs" / NAME)
    for path in [*tmp_path.glob("one/blobs/*.zst"), *tmp_path.glob("one/blobs/*/*.zst")]:
        path.unlink()
    with Bundle.open(tmp_path / "two", write=False) as two:
        assert [two.blob(digest) for digest in [*digests, own]] == [answer(1), answer(2), answer(3)]
        assert {blob[:4] for blob in two.blobs()} == {
            (digest, "text/html", 3000, "https://a.example/") for digest in [*digests, own]
        }


def test_damaged_proof_is_not_taken_over(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "one", HEADER) as one:
        (digest,) = keep(one, answer(1))
    pack(tmp_path / "one").write_bytes(pack(tmp_path / "one").read_bytes()[:-1])
    with Bundle.open(tmp_path / "one", write=False) as one, later(tmp_path / "two") as two:
        with pytest.raises(BundleError, match="cannot be read"):
            two.adopt(one, digest)
        assert list(two.blobs()) == []


def test_the_index_says_where_every_piece_lies(tmp_path: Path) -> None:
    with Bundle.create(tmp_path, HEADER) as bundle:
        keep(bundle, *(answer(number) for number in range(100)))
    data = pack(tmp_path).read_bytes()
    db = sqlite3.connect(tmp_path / "bundle.sqlite")
    rows = db.execute("SELECT sha256, size, pack, start, length, skip FROM blob ORDER BY start, skip").fetchall()
    db.close()
    held = [zstandard.decompress(data[start : start + length]) for _, _, _, start, length, _ in rows]
    assert {row[2] for row in rows} == {NAME}
    assert [frame[row[5] : row[5] + row[1]] for frame, row in zip(held, rows, strict=True)] == [
        answer(number) for number in range(100)
    ]
