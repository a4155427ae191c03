"""A bundle whose bytes were changed anywhere is read, or refused in one sentence: nothing else comes of it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from portal.artifacts import GatherSummary, LinkRecord, PageRecord
from storage.bundle import Bundle, BundleError
from tests.storage.bundles import AT, HEADER, link
from tests.unit.checks.make import HOME, page

TIMES = 60


def everything(folder: Path) -> str:
    """Returns "read", or with what the bundle was refused."""
    try:
        with Bundle.open(folder, write=False) as bundle:
            for url in [record.url for record in bundle.all(LinkRecord)]:
                bundle.get(LinkRecord, url)  # a letter of the address may be another one now
            for url in [record.url for record in bundle.all(PageRecord)]:
                bundle.get(PageRecord, url)
            bundle.get(GatherSummary, "summary")
    except BundleError as error:
        return str(error)
    return "read"


def test_bytes_changed_anywhere_are_damage_and_no_more(tmp_path: Path) -> None:
    with Bundle.create(tmp_path / "sound", HEADER) as bundle:
        bundle.add(*(link(number) for number in range(200)), GatherSummary(AT, AT))
        bundle.add(*(page(f"{HOME}{number}.html", title="关于做好工作的通知") for number in range(50)))
    assert everything(tmp_path / "sound") == "read"
    data = (tmp_path / "sound" / "bundle.sqlite").read_bytes()
    luck = random.Random(1)
    said = []
    for number in range(TIMES):
        broken = bytearray(data)
        if number % 7 == 0:
            del broken[luck.randrange(len(broken)) :]
        for _ in range(luck.choice((1, 3, 20)) if broken else 0):
            at, size = luck.randrange(len(broken)), luck.choice((1, 4, 64, 4096))
            piece = luck.choice((bytes(size), luck.randbytes(size), b"\xff" * size))
            broken[at : at + size] = piece[: len(broken) - at]
        folder = tmp_path / "broken"
        folder.mkdir()
        (folder / "bundle.sqlite").write_bytes(broken)
        said.append(everything(folder))
        shutil.rmtree(folder)
    assert 0 < said.count("read") < TIMES
    assert any("it is damaged" in words for words in said)
