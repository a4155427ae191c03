"""Five systems carry their documents whole: every word of ours is the document's, and every word of it is here.

The documents lie outside of the repository, in ../shared/seeds beside the checkout. They are read as they are: blanks
and line breaks inside of a cell count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest

from indicators.system import DITTO, Group, Leaf, System
from tests.unit.indicators.make import seeds, shipped

SEEDS = {
    "changchun-xinqu": "000",
    "langao-2023": "001",
    "langfang-2023": "002",
    "siping-2022": "003",
    "wuwei-2020": "004",
}
OURS = {"siping-2022": {"index", "result", "evidence", "mark"}}  # columns of the sheet the document does not have

# What a document says beside, blanks left out: heads and titles printed otherwise where they are printed again after a
# page break, lines to fill in, and what the file format left behind.
STRAY = {
    "changchun-xinqu": (),
    "langao-2023": ("（一)主动公开", "二、解读回应参与(14.00）", "(十一)政府网站"),
    "langfang-2023": ("考核要点", "-", "##", "政府网站(含政府信息公开专栏)(10分)"),
    "siping-2022": ("一、提升政策（决策）公开质量", "[bookmark:_GoBack]"),
    "wuwei-2020": (":_____。", ":_____", "：_____"),
}
# Printed lower than where the level begins, as the notes of these groups say.
PRINTED_LATER = {"wuwei-2020": {"1.3", "2", "3.2"}}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not seeds().is_dir(), reason=f"the documents of the systems are not at {seeds()}"),
]
every_document = pytest.mark.parametrize("name", SEEDS)


@cache
def document(name: str) -> str:
    """Returns the text of a system's document, byte for byte."""
    (path,) = seeds().glob(f"{SEEDS[name]}_*.txt")
    return path.read_bytes().decode("utf-8")


def cells(node: Group | Leaf) -> Iterator[str]:
    """Yields what a node has of the document's further columns, in the order they are printed."""
    own = (node.method, node.units, *(node.measures or ()), node.deadline, node.deliverable, node.remark)
    yield from (text for text in own if text and text != DITTO)


def headers(made: System) -> list[str]:
    """Returns the heads of the document's own columns."""
    return [column.header for column in made.layout.columns if column.key not in OURS.get(made.id, set())]


def above(made: System) -> list[str]:
    """Returns the lines above the first table."""
    layout = made.layout
    return [made.title, *layout.heading, *layout.matrix_heading, *layout.table_heading]


def carried(made: System) -> Iterator[tuple[str, str]]:
    """Yields everything a system says in the document's name, with where it says so."""
    yield from (("lines above", line) for line in above(made))
    yield from (("lines below", line) for line in made.layout.signatures)
    yield from (("head", header) for header in headers(made))
    for group in made.groups:
        yield from ((group.id, text) for text in (group.title, group.short, group.lead, group.tail) if text)
    for node in made.nodes:
        yield from ((node.id, text) for text in cells(node))
    yield from ((leaf.id, leaf.text) for leaf in made.leaves)
    yield from ((remark.id, remark.text) for remark in made.remarks)


@every_document
def test_every_word_is_the_document_s(name: str) -> None:
    assert [(where, text) for where, text in carried(shipped(name)) if text not in document(name)] == []


def between(name: str) -> Iterator[tuple[Leaf | None, Leaf | None, str]]:
    """Yields two leaves that follow each other and the document's text between theirs; none = before, after all.

    Fails where a leaf's text does not follow that of the leaf before.
    """
    leaves = shipped(name).leaves
    text, at = document(name), 0
    for before, after in pairwise((None, *leaves, None)):
        start = text.find(after.text, at) if after else len(text)
        assert start >= 0, f"{after and after.id} does not follow {before and before.id}"
        yield before, after, text[at:start]
        at = start + len(after.text) if after else start


@every_document
def test_requirements_follow_each_other_as_in_the_document(name: str) -> None:
    assert len(list(between(name))) == len(shipped(name).leaves) + 1


def due(name: str, before: Leaf | None, after: Leaf | None) -> list[str]:
    """Returns what must stand between two leaves, in order: what ends the first, then what begins the second."""
    made = shipped(name)
    closed = made.ancestors(before.id) if before else ()
    opened = made.ancestors(after.id) if after else ()
    words = list(cells(before)) if before else []
    for group in reversed(closed):
        if group not in opened:
            words += [group.tail, *cells(group)]
    for group in opened:
        if group not in closed:
            words += ["" if group.id in PRINTED_LATER.get(name, set()) else group.title, group.lead]
    if after is None:
        words += [*(remark.text for remark in made.remarks), *made.layout.signatures]
    return [word for word in words if word]


@every_document
def test_cells_and_levels_stand_beside_the_requirement_they_belong_to(name: str) -> None:
    lost = []
    for before, after, text in between(name):
        at = 0
        for word in due(name, before, after):
            start = text.find(word, at)
            if start < 0:
                lost.append((before and before.id, after and after.id, word))
            else:
                at = start + len(word)
    assert lost == []


@every_document
def test_nothing_of_the_document_is_left_out(name: str) -> None:
    """Between two requirements stands what belongs to them, perhaps heads and levels again, and nothing else."""
    made, left = shipped(name), []
    for before, after, text in between(name):
        levels = [group.title for group in made.ancestors(after.id)] if after else []
        words = [*headers(made), *levels, *due(name, before, after)]
        if before is None:
            words += above(made)
            if made.layout.matrix:
                text = text.replace(matrix(text, made), "")
        for word in sorted(filter(None, words), key=len, reverse=True):
            text = text.replace(word, "\n")
        rest = re.sub(r"</?p>|\s", "", text)
        for stray in STRAY[name]:
            rest = rest.replace(stray, "")
        if rest:
            left.append((after and after.id, rest))
    assert left == []


def matrix(text: str, made: System) -> str:
    """Returns what stands between the heading of the matrix and that of the table of requirements."""
    return text.partition(made.layout.matrix_heading[-1])[2].partition(made.layout.table_heading[0])[0]


def test_the_matrix_of_wuwei_has_the_points_of_the_two_upper_levels() -> None:
    made = shipped("wuwei-2020")
    lines = matrix(document("wuwei-2020"), made).splitlines()
    rows = [[cell for cell in line.split("\t") if cell.strip()] for line in lines]
    tops = made.children("")
    parts = [part for top in tops for part in made.children(top.id)]
    assert [row for row in rows if row] == [
        ["一级指标", *map(label, tops), "总得分"],
        ["满分", *(f"{top.points:g}" for top in tops), f"{made.scheme.total:g}"],
        ["得分"],
        ["二级指标", *map(label, parts)],
        ["满分", *(f"{part.points:g}" for part in parts)],
        ["得分"],
    ]


def label(node: Group | Leaf) -> str:
    """Returns a level's name as the matrix has it: the short one, or the title without its points."""
    assert isinstance(node, Group)
    return node.short or re.sub(r" ?\d+(\.\d+)?分$", "", node.title)
