"""The installed command: a portal is audited, its ledger filled in and taken back, and what was put right is closed."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.app.run import mingcha
from tests.ledger.sheets import LEDGER, cell, columns, fill
from tests.recheck.site import PDF, html, running, write_targets

HOST = "www.one.gov.cn"


async def test_from_the_audit_to_the_closing(tmp_path: Path) -> None:
    with running() as site:
        links = "".join(f'<p><a href="/fj/{name}.pdf">{name}</a></p>' for name in ("a", "b", "c"))
        site.pages[HOST, "/"] = html("某县人民政府", f"<h1>某县人民政府</h1>{links}")
        write_targets(tmp_path, site, {"one": HOST}, unit="某县政府办公室")
        words = ("--confirm", "now", "--no-browser", "--spacing", "0", "--only", "broken_links")
        ran = await mingcha("audit", "one", "--out", "a", *words, cwd=tmp_path)
        assert ran.code == 0, ran.err + ran.out

        ran = await mingcha("export", "ledger", "--unit", "某县政府办公室", "--out", "unit.xlsx", cwd=tmp_path)
        assert (ran.code, ran.out) == (0, "unit.xlsx\n"), ran.err
        sheet = openpyxl.load_workbook(tmp_path / "unit.xlsx")[LEDGER]
        found = {sheet.cell(row, columns(sheet)["问题页面URL"]).value: sheet.cell(row, 2).value for row in (3, 4, 5)}
        a, b, c = (str(found[f"http://{HOST}/fj/{name}.pdf"]) for name in "abc")

        done = {(a, "整改情况(单位填)"): "已重新上传", (b, "整改情况(单位填)"): "正在联系原作者"}
        bad = fill(tmp_path / "unit.xlsx", {**done, (c, "整改完成时间"): "昨天"}, tmp_path / "bad.xlsx")
        ran = await mingcha("import", "ledger", "bad.xlsx", cwd=tmp_path)
        place = cell(openpyxl.load_workbook(bad)[LEDGER], c, "整改完成时间").coordinate
        assert ran.code == 1 and f"{LEDGER}!{place}：“昨天”不是日期" in ran.err

        fill(tmp_path / "unit.xlsx", done)
        ran = await mingcha("import", "ledger", "unit.xlsx", "--dry-run", cwd=tmp_path)
        assert ran.code == 0 and ran.out.startswith("将导入：反馈1条，整改中1条；未变1行\n"), ran.err
        site.pages[HOST, "/fj/a.pdf"] = PDF
        ran = await mingcha("import", "ledger", "unit.xlsx", "--recheck", cwd=tmp_path)
        assert ran.code == 0, ran.err + ran.out
        assert f"待复查：{a}\n" in ran.out and f"{a}  销号" in ran.out and f"{b}  " not in ran.out

        ran = await mingcha("export", "ledger", "--out", "after.xlsx", cwd=tmp_path)
        assert ran.code == 0, ran.err
        book = openpyxl.load_workbook(tmp_path / "after.xlsx")
        states = {number: cell(book[LEDGER], number, "状态").value for number in (a, b, c)}
        assert states == {a: "已销号", b: "整改中", c: "待核实"}
        assert cell(book[LEDGER], a, "销号人").value == "自动复查"
        looks = book["复查记录"]
        assert [looks.cell(row, 2).value for row in (3, 4)] == [a, None]
