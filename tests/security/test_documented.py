"""The page on security names tests that are there, and none of this folder is left out."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text("utf-8")


def test_every_proof_exists_and_every_file_of_proofs_is_named() -> None:
    named = set(re.findall(r"`([a-z_]+/(?:test_[a-z_]+\.py)?)`", PAGE)) - {"tests/"}
    assert len(named) > 10
    assert [name for name in named if not (TESTS / name).exists()] == []
    own = {f"security/{path.name}" for path in (TESTS / "security").glob("test_*.py")} - {
        f"security/{Path(__file__).name}"
    }
    assert own - named == set()
