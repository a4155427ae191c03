"""Documents on their way to a file: DOCX as it is, PDF through a browser, and what is said of missing typefaces."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from crawler.browser.paper import PaperError, Printed, print_pages
from mingcha.errors import UsageError
from reports.document.as_docx import write_docx
from reports.document.as_html import render_html
from reports.document.model import Document
from reports.files import write_whole
from reports.layout import layout

FORMS = ("docx", "pdf")
_NAME = 60  # characters of a part of a file's name: in UTF-8 a name may hold 255 bytes
# What file systems refuse, what shells and people trip over, and what is not seen.
_UNFIT = re.compile(r'[\s\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+')


def put(documents: Sequence[tuple[Document, Path]], form: str) -> tuple[str, ...]:
    """Writes documents as DOCX or PDF, each whole or not at all; returns what to say of typefaces, in Chinese.

    Raises UsageError where there is no browser for a PDF, StorageError when the disk refuses.
    """
    if form == "docx":
        for document, path in documents:
            write_docx(document, path)
        return missing_here()
    used: dict[str, tuple[str, ...]] = {}

    def done(number: int, printed: Printed) -> None:
        write_whole(documents[number][1], printed.pdf)
        for face, names in printed.faces.items():
            used.setdefault(face, names)

    try:
        asyncio.run(print_pages([render_html(document) for document, _ in documents], done))
    except PaperError as error:
        raise UsageError(str(error)) from error
    return replaced(used)


def replaced(used: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Returns a sentence where a browser drew letters in another typeface than the official one. `used` is by face."""
    faces = layout().faces
    western = faces["western"]
    told = []
    for name, face in faces.items():
        # Every element holds digits and Latin letters, too: they are the western face's.
        drawn = [one for one in used.get(name, ()) if one not in western.stack]
        if face is western:
            drawn = [one for names in used.values() for one in names if one in western.stack]
        if drawn and not {one.casefold() for one in drawn} & {one.casefold() for one in face.names}:
            told.append(f"{face.role}以{next((one for one in drawn if one in face.stack), drawn[0])}代替")
    return _told(told, "安装后重新导出即可")


def missing_here() -> tuple[str, ...]:
    """Returns a sentence about the official typefaces this machine lacks, where it can be asked (fontconfig).

    A DOCX names the official ones whatever is installed; who opens it elsewhere may have them.
    """
    if (tool := shutil.which("fc-list")) is None:
        return ()
    try:
        listed = subprocess.run([tool, ":", "family"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ()
    installed = {name.strip().casefold() for line in listed.splitlines() for name in line.split(",")}
    told = []
    for face in layout().faces.values():
        if not installed & {name.casefold() for name in face.names}:
            instead = next((name for name in face.instead if name.casefold() in installed), "其他字体")
            told.append(f"{face.role}以{instead}代替")
    return _told(told, "文档中已写明规定字体，在装有这些字体的电脑上打开即正常显示")


def _told(told: Sequence[str], hint: str) -> tuple[str, ...]:
    return (f"提示：本机缺少公文规定的字体，{'，'.join(told)}；{hint}。",) if told else ()


def file_name(*parts: str) -> str:
    """Returns a file's name made of texts, without what file systems refuse or people do not see."""
    clean = (_UNFIT.sub("_", part).strip("._")[:_NAME] for part in parts)
    return "-".join(part for part in clean if part) or "document"
