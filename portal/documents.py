"""The metadata table of a policy document (索引号, 发文机关, 文号, 成文日期, 发布日期, 有效性).

Source: 政府信息公开条例 and field guide 5. The table comes as <table>, <dl>, lists, paragraphs or <div> grids, as
label/value cells, as `label：value` lines, or as a row of labels above a row of values; often twice (desktop, mobile).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from portal.dates import parse_date
from portal.facts import DocumentMeta
from portal.flow import Flow, flow_of
from portal.html import Document, squeeze
from portal.vocabulary import behind, load, one_of

_FIELDS = (
    "index_no",
    "issuer",
    "doc_no",
    "written",
    "published",
    "issued",
    "validity",
    "effective",
    "expires",
    "subject",
)
_LONGEST = 200  # characters of a value
_NEAR = 260  # characters between two labels of one table
_COPIES = 4  # a label seen more often belongs to the items of a list
_DIFFERENT = 3  # values of one label from which each belongs to an item of a list
_LONG = 4  # characters of a label that nothing else ends in
_NUMBER = re.compile(r"[^〔〕\[\]（）()]{2,20}[〔\[（(]\d{4}[〕\]）)]\d{1,5}号")
_BLANK = re.compile(r"\s+")


@cache
def _labels() -> Mapping[str, str]:
    """Returns label without blanks -> field name, "" for labels that fill no field."""
    table = load("labels")["document"]
    found = dict.fromkeys((*table["name"], *table["more"], *table["byline"]), "")
    for name in _FIELDS:
        found |= dict.fromkeys(table[name], name)
    return found


@cache
def _label_pattern() -> re.Pattern[str]:
    spaced = (r"[ ]{0,6}".join(map(re.escape, label)) for label in sorted(_labels(), key=len, reverse=True))
    # Before a label: the beginning of a line or cell, a blank or a bracket. After it: a colon, the end of the cell, or,
    # for a label that begins its line, a blank (pds__04: 成文日期 2020-01-03); behind a bracket nothing. Between cells
    # that only a style sheet keeps apart a long label needs its colon alone (水利发文机关：县政府).
    labels = "|".join(spaced)
    tight = one_of(re.escape(label) for label in sorted(_labels(), key=len, reverse=True) if len(label) >= _LONG)
    return re.compile(
        rf"(?:(?P<first>^[【\[]?)|(?<=[\t 【\[（(|])[【\[]?)(?P<label>{labels})[ ]?"
        r"(?:[】\]][ ]?(?:[:：][ ]?)?|[:：][ ]?|(?=[\t\n]|$)|(?(first)(?<= )(?=\S)|(?!)))"
        rf"|(?P<tight>{tight})[:：][ ]?",
        re.MULTILINE,
    )


@cache
def _bylines() -> frozenset[str]:
    table = load("labels")["document"]
    return frozenset((*table["byline"], *table["shared"]))


@cache
def _strong() -> frozenset[str]:
    return frozenset(load("labels")["document"]["strong"])


@cache
def _strong_labels() -> tuple[re.Pattern[str], ...]:
    """Returns a quick test: a label that only a document has, where a label may stand."""
    table = load("labels")["document"]
    labels = sorted({label for name in table["strong"] for label in table[name]}, key=len, reverse=True)
    spaced = one_of(r"[ ]{0,6}".join(map(re.escape, label)) for label in labels)
    return behind("\n\t 【[（(|", rf"(?:{spaced})(?=[ 】\]:：\t\n]|$)")


@cache
def _blank_values() -> frozenset[str]:
    return frozenset(load("labels")["document"]["blank"])


def document_meta(doc: Document) -> DocumentMeta | None:
    """Returns the metadata table of the page, None where there is none.

    Of two copies the first value that says something wins. Dates are calendar days as printed.
    """
    flow = flow_of(doc)
    rows = list(_header_rows(doc, flow))
    heads = {label for label, _ in rows}
    # Beside a label of such a row stands the next one, not its value.
    pairs = _pairs(flow.text, _clusters(doc))
    pairs = [(key, value) for key, value in pairs if key not in heads or not (value in heads or is_label(value))]
    pairs += [(label, value) for label, value in rows if label in _labels()]
    found: dict[str, str] = {}
    for label, value in pairs:
        if value or label not in found:
            if found.get(label):
                continue
            found[label] = value
    names = {_labels()[label] for label in found}
    bylines = frozenset(load("labels")["document"]["byline"])
    if not names & _strong() or len(found) < 3 or len(found.keys() - _bylines()) < 2:
        return None
    table: dict[str, str] = {}
    for label, value in found.items():
        name = _labels()[label]
        if name and value and value not in _blank_values():
            table.setdefault(name, value)
    return DocumentMeta(
        index_no=table.get("index_no", ""),
        issuer=table.get("issuer", ""),
        doc_no=_number(table.get("doc_no", "")),
        written=parse_date(table.get("written", "")),
        published=parse_date(table.get("published", "") or table.get("issued", "")),
        validity=table.get("validity", ""),
        effective=table.get("effective", ""),
        expires=table.get("expires", ""),
        subject=table.get("subject", ""),
        fields={label: value for label, value in found.items() if label not in bylines},
    )


def _number(said: str) -> str:
    """Returns a 文号 without the line ends of its source: 桂政干〔 2020〕 68 号."""
    plain = _BLANK.sub("", said)
    return plain if _NUMBER.fullmatch(plain) else said


def is_label(text: str) -> bool:
    """Returns whether a text is nothing but a label of a metadata table."""
    return _BLANK.sub("", text).rstrip(":：") in _labels()


def document_span(doc: Document) -> tuple[int, int]:
    """Returns where in the flow of the page the labels of the table begin and end, (0, 0) where there is none."""
    hits = [hit for hit in _clusters(doc) if _key(hit) not in _bylines()]
    return (hits[0].start(), hits[-1].end()) if hits else (0, 0)


def document_top(doc: Document) -> int:
    """Returns where in the flow of the page the first label of the table or of a byline that runs into it begins, 0
    where there is no table."""
    hits = _clusters(doc)
    return hits[0].start() if hits else 0


def document_name(doc: Document) -> str:
    """Returns what the table calls the document (名称), "" where it does not."""
    names = load("labels")["document"]["name"]
    return next((value for key, value in _pairs(flow_of(doc).text, _clusters(doc)) if key in names and value), "")


def _clusters(doc: Document) -> list[re.Match[str]]:
    """Returns the labels that stand near others, without those that repeat as the items of a list do; cached per
    page."""
    found = doc.cache.get("labels")
    if not isinstance(found, list):
        found = doc.cache["labels"] = _clustered(flow_of(doc).text)
    return found


def _clustered(text: str) -> list[re.Match[str]]:
    hits: list[re.Match[str]] = []
    begun = f"\n{text}"
    if any(label.search(begun) for label in _strong_labels()):
        hits = list(_label_pattern().finditer(text))
    counts = Counter(_key(hit) for hit in hits if _labels()[_key(hit)] in _strong())
    if counts and max(counts.values()) > _COPIES:
        return []
    if counts and max(counts.values()) >= _DIFFERENT and _of_many(text, hits):
        return []
    groups: list[list[re.Match[str]]] = []
    for hit in hits:
        if groups and hit.start() - groups[-1][-1].end() <= _NEAR:
            groups[-1].append(hit)
        else:
            groups.append([hit])
    result: list[re.Match[str]] = []
    for group in groups:
        keys = {_key(hit) for hit in group}
        if len(keys) >= 3 and len(keys - _bylines()) >= 2 and {_labels()[key] for key in keys} & _strong():
            result.extend(group)
    return result


def _of_many(text: str, hits: Sequence[re.Match[str]]) -> bool:
    """Returns whether a label only documents have stands before different values: then these are cards of a list, which
    copies of one table do not differ in."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for hit in hits:
        if _labels()[_key(hit)] in _strong():
            line = text[hit.end() : hit.end() + _LONGEST].partition("\n")[0]
            values[_key(hit)].add(line.strip().partition("\t")[0])
    return any(len(known - {""}) >= _DIFFERENT for known in values.values())


def _pairs(text: str, hits: list[re.Match[str]]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    below = False  # values stand on the line below their labels
    for at, hit in enumerate(hits):
        limit = hits[at + 1].start() if at + 1 < len(hits) else len(text)
        near = at + 1 < len(hits) and limit - hit.end() <= _NEAR
        rest = text[hit.end() : min(limit, hit.end() + _LONGEST)]
        line, _, under = rest.partition("\n")
        value = next((squeeze(cell) for cell in line.split("\t") if cell.strip()), "")
        if not value and not line and (near or below):
            # The last label of a table takes what follows only where the others do; else that is the title.
            value = squeeze(under.partition("\n")[0])
            below = below or bool(value)
        elif value:
            below = False
        pairs.append((_key(hit), value.strip("】] 　:：|")))
    return pairs


def _key(hit: re.Match[str]) -> str:
    return _BLANK.sub("", hit["label"] or hit["tight"])


def _header_rows(doc: Document, flow: Flow) -> Iterator[tuple[str, str]]:
    """Yields label and value of tables with one row of labels above one row of values; empty cells keep their place. Of
    a row of labels one may be unknown."""
    for table in doc.tree.iter("table"):
        if table not in flow.start or flow.length(table) > 1500:
            continue
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        rows = [row for row in rows if row]
        if not 2 <= len(rows) <= 6 or len(rows) % 2:
            continue
        for head, values in zip(rows[::2], rows[1::2], strict=True):
            labels = [_BLANK.sub("", flow.of(cell)).rstrip(":：") for cell in head]
            unknown = [label for label in labels if label and label not in _labels()]
            few = len(labels) - labels.count("") - len(unknown) >= 3  # with so many known ones beside it
            if len(head) != len(values) or len(labels) < 2 or len(unknown) > few:
                break
            for label, cell in zip(labels, values, strict=True):
                text = squeeze(flow.of(cell))
                if label and not is_label(text):
                    yield label, text
