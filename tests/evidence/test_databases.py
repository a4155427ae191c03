"""Proof and bundles are found, verified and swept alike whichever database remembers them."""

from __future__ import annotations

import os
from pathlib import Path

from storage.database import open_database
from storage.evidence import EvidenceStore
from storage.proof import meant_by, pieces
from storage.retention import LIVE, plan, read_rules
from storage.sweeping import sweep
from storage.verify import verify_bundles, verify_evidence, verify_findings, verify_marks
from tests.evidence.make import LATER, close, keep

RULES = read_rules()


def test_what_is_indexed_is_verified_and_swept(place: str, tmp_path: Path) -> None:
    kept = keep(tmp_path / "kept", database=place)
    engine, store = open_database(place), EvidenceStore(tmp_path / "kept" / "evidence")
    looked_at = (
        verify_findings(engine),
        verify_evidence(engine, store),
        verify_marks(engine),
        verify_bundles(engine, store),
    )
    assert [(found.count, found.problems) for found in looked_at] == [(2, []), (5, []), (0, []), (2, [])]
    meant = meant_by(engine, "yun-0001")
    assert {piece.sha256 for piece in pieces(engine, meant)} == {kept.answer, kept.picture, kept.page}
    for path in store.folder.glob("*/*"):
        os.utime(path, (1772000000, 1772000000))  # as old as the audits
    assert plan(engine, store, RULES, LATER).kept == {LIVE: 5}

    close(engine, LATER.replace(year=2027, month=4))
    planned = plan(engine, store, RULES, LATER)
    assert set(planned.evidence) == set(kept.digests)
    done = sweep(engine, store, planned, LATER)
    assert (done.evidence, done.problems, list(store.folder.glob("*/*.zst"))) == (5, [], [])
    assert {(piece.expired, piece.rule) for piece in pieces(engine, meant)} == {(LATER, planned.evidence_rule)}
    engine.dispose()
