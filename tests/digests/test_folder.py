"""A folder as channel: one whole file a message, names that lead nowhere and never become one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingcha.messages.channels import folder
from mingcha.messages.channels.base import Message, SendError
from portal.notify import Channel, ChannelKind


def channel(path: Path) -> Channel:
    return Channel(id="drop", kind=ChannelKind.FOLDER, path=str(path))


def test_a_message_is_a_file_and_the_same_again_replaces_it(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    folder.send(channel(out), Message("s", "第一次"), "2026-11-28-digest-县发改局")
    folder.send(channel(out), Message("s", "第二次"), "2026-11-28-digest-县发改局")
    assert [(path.name, path.read_text("utf-8")) for path in out.iterdir()] == [
        ("2026-11-28-digest-县发改局.txt", "第二次\n")
    ]


def test_names_lead_nowhere_and_no_two_become_one(tmp_path: Path) -> None:
    names = ["../../x", "x", "/etc/x", "县 局", "县/局", "..", "局" * 200, "局" * 201]
    for name in names:
        path = folder.send(channel(tmp_path / "out"), Message("s", name), name)
        assert path.parent == tmp_path / "out" and len(path.name.encode()) < 255
    assert len(list((tmp_path / "out").iterdir())) == len(names)


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SendError, match=r"不能写入目录 .*out（") as caught:
        folder.send(channel(tmp_path / "out"), Message("s", "t"), "n")
    assert caught.value.whole
