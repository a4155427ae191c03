"""What the checks quote of the national table is what the table says."""

from __future__ import annotations

import re

import pytest

from checks.registry import all_checks
from indicators.library import library

SOURCE = "（国办秘函〔2019〕19号）"
KINDS = [(module.META.id, kind) for module in all_checks() for kind in module.META.kinds if SOURCE in kind.clause]


@pytest.mark.parametrize(("check", "kind"), KINDS, ids=lambda value: value if isinstance(value, str) else value.id)
def test_a_clause_is_quoted_as_the_national_table_has_it(check: str, kind: object) -> None:
    system = library().get("national-2019")
    parts = [*(leaf.text for leaf in system.leaves), *(f"{group.lead}{group.tail}" for group in system.groups)]
    table = "".join(re.sub(r"^\d\.", "", part) for part in parts)
    quoted = kind.clause.partition(SOURCE)[2]  # type: ignore[attr-defined]  # parametrised as object
    for part in re.split(r"(?:单项否决|扣分)指标(?:“[^”]+”)+：", quoted.partition("核查内容：")[0]):
        for sentence in filter(None, re.split(r"[。；：]", part)):
            assert sentence in table, f"{check}: {sentence}"
