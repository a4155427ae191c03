"""The arithmetic of runs: medians, ratios within rounds, growth, limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.run import LIMITS, main
from benchmarks.table import (
    Limit,
    LimitError,
    Run,
    compare,
    growth,
    median,
    ratio,
    ratios,
    read_limits,
    table,
)


def made(name: str, number: int, cpu: float, peak: float = 100.0, **facts: Any) -> Run:
    """Returns one run of a site of 3,000 pages, all read, with nothing wrong."""
    values = {"version": "", "of": 3000, "pages": 3000, "wall_s": 1.0, "requests": 5400, "requests_per_url": 1.004}
    values |= {"recall": 1.0, "precision": 1.0, "cpu_s": cpu * 3, "cpu_ms_page": cpu, "peak_mb": peak}
    return Run(name=name, round=number, **{**values, **facts})


# The second round fell into a busy moment, which made everything in it twice as dear.
RUNS = [
    made("product", 0, 2.0, 120),
    made("bare", 0, 0.4, 30),
    made("product", 1, 4.0, 130),
    made("bare", 1, 0.8, 30),
    made("product", 2, 2.2, 110),
    made("bare", 2, 0.4, 30),
    made("slow", 0, 90.0, 10, stopped=True),
    made("partial", 0, 0.1, 10, pages=40, recall=None, precision=None),
    made("partial", 1, 0.1, 10, pages=40, recall=None, precision=None),
]


def test_a_median_is_of_one_program_at_one_size() -> None:
    assert median(RUNS, "product", 3000, "cpu_ms_page") == 2.2
    assert median(RUNS, "product", 3000, "peak_mb") == 120
    assert median(RUNS, "partial", 3000, "recall") is None
    assert median(RUNS, "product", 1000, "peak_mb") is None


def test_a_ratio_is_taken_within_rounds() -> None:
    assert ratio(RUNS, "product", "bare", 3000, "cpu_ms_page") == pytest.approx(5.0)
    assert ratio(RUNS, "product", "bare", 3000, "peak_mb") == pytest.approx(4.0)


def test_what_was_stopped_or_read_other_pages_is_not_compared() -> None:
    assert ratio(RUNS, "product", "slow", 3000, "cpu_ms_page") is None
    assert ratio(RUNS, "product", "partial", 3000, "cpu_ms_page") is None
    assert ratio(RUNS, "product", "absent", 3000, "cpu_ms_page") is None


def test_the_table_has_the_cheapest_first() -> None:
    lines = table(RUNS).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| partial", "| bare", "| product", "| slow"]
    assert lines[4] == "| product | 3,000 | 3 | 3,000 | 2.20 (2.00–4.00) | 120 | 1.004 | 1.000 | 1.000 |"
    assert lines[5] == "| slow | 3,000 | 1, 1 stopped | 3,000 | — | — | — | — | — |"


def test_the_table_of_ratios_leaves_out_what_cannot_be_compared() -> None:
    assert ratios(RUNS, ["product"], ["bare", "slow", "partial"]).splitlines() == [
        "| ratio | site | to bare |",
        "| --- | --- | --- |",
        "| product, CPU a page | 3,000 | 5.00x |",
        "| product, peak memory | 3,000 | 4.00x |",
    ]
    assert ratios(RUNS, ["product"], ["slow"]) == ""


def test_growth_has_a_column_a_size() -> None:
    larger = [made("product", 0, 2.3, 150, of=30_000, pages=30_000)]
    assert growth([run for run in RUNS if run.name in ("product", "bare")] + larger).splitlines() == [
        "| CPU-ms a page / peak MB | 3,000 | 30,000 |",
        "| --- | --- | --- |",
        "| bare | 0.40 / 30 | — |",
        "| product | 2.20 / 120 | 2.30 / 150 |",
    ]


def test_limits_are_kept_broken_or_not_measured() -> None:
    larger = [made("product", 0, 2.42, of=30_000, pages=30_000)]
    limits = {
        Limit("product", "cpu_ms_page", most=5.0, against="bare", pages=3000): True,
        Limit("product", "cpu_ms_page", most=4.9, against="bare", pages=3000): False,
        Limit("product", "cpu_ms_page", most=1.11, than=3000, pages=30_000): True,
        Limit("product", "cpu_ms_page", most=1.09, than=3000, pages=30_000): False,
        Limit("product", "recall", least=1.0, pages=3000): True,
        Limit("product", "peak_mb", most=119, pages=3000): False,
        Limit("product", "peak_mb", most=119, pages=10_000): None,
        Limit("product", "cpu_ms_page", most=1.0, against="lychee", pages=3000): None,
    }
    assert [verdict.kept for verdict in compare(limits, RUNS + larger)] == list(limits.values())
    everywhere = compare([Limit("product", "recall", least=1.0)], RUNS + larger)
    assert [(verdict.pages, verdict.kept) for verdict in everywhere] == [(3000, True), (30_000, True)]


def test_the_limits_that_ship_are_understood() -> None:
    assert {limit.of for limit in read_limits(LIMITS)} <= {"product", "gather", "rendering"}


@pytest.mark.parametrize("entry", ['of="product"\nfigure="wall_s"\nmost=1', 'of="a"\nfigure="recall"', "off=1"])
def test_a_limit_nobody_understands_is_refused(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "limits.toml"
    path.write_text(f"[[limit]]\n{entry}\n", "utf-8")
    with pytest.raises(LimitError):
        read_limits(path)


def test_saved_runs_are_told_and_checked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs, limits = tmp_path / "runs.json", tmp_path / "limits.toml"
    runs.write_text(f'{{"runs": [{",".join(run.line() for run in RUNS)}]}}', "utf-8")
    limits.write_text('[[limit]]\nof="product"\nfigure="cpu_ms_page"\nagainst="bare"\nmost=4.9\naim=3\n', "utf-8")
    words = ["--results", str(runs), "--limits", str(limits)]
    assert main(words) == 0
    assert main([*words, "--check"]) == 1
    assert (
        "BEYOND       product: cpu_ms_page against bare at most 4.9, aim 3, 3000 pages (5)" in capsys.readouterr().out
    )
    assert main(["--against", "nobody"]) == 2
    assert "there is no 'nobody'" in capsys.readouterr().err
