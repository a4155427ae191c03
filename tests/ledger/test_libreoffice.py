"""A ledger that went through LibreOffice is taken back like any other: as XLSX, and over its own format and back."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest

from mingcha.ledger.importing import import_ledger
from storage.ledger.states import Stage
from tests.ledger.sheets import LATER, Office, fill

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")


def saved(path: Path, form: str, folder: Path, home: Path) -> Path:
    """Returns the file as LibreOffice saves it in that format."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            str(SOFFICE),
            "--headless",
            f"-env:UserInstallation={home.as_uri()}",
            "--convert-to",
            form,
            "--outdir",
            str(folder),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / f"{path.stem}.{form}"


@pytest.mark.parametrize("way", [("xlsx",), ("ods", "xlsx")], ids=["xlsx", "ods"])
def test_it_comes_back_through_libreoffice(desk: Office, way: tuple[str, ...], tmp_path: Path) -> None:
    path = desk.exported()
    for number, form in enumerate(way):
        path = saved(path, form, tmp_path / f"{number}", tmp_path / "home")
    fill(
        path,
        {
            ("yun-0001", "整改情况(单位填)"): "已恢复页面",
            ("yun-0001", "整改后链接(单位填)"): "https://www.yunxi.example/new.html",
            ("yun-0001", "整改完成时间"): "2026/11/20",
            ("yun-0002", "异议理由"): "外部网站故障",
        },
    )
    # Once more, as when it is opened and saved after it was filled in.
    path = saved(path, "xlsx", tmp_path / "last", tmp_path / "home")
    done = import_ledger(desk.engine, path, now=LATER)
    assert done.claimed == ("yun-0001",) and done.unchanged == 11 and not done.cleared
    first = desk.entry("yun-0001")
    assert first.state is Stage.CLAIMED and first.claim is not None
    assert first.claim.completed == dt.date(2026, 11, 20)
    assert desk.entry("yun-0002").state is Stage.OBJECTED
    states = {desk.entry(f"yun-{number:04d}").state for number in range(7, 14)}
    assert states <= {Stage.UNVERIFIED, Stage.SUSPECTED}
