"""An audit that was partly shut out says so at its end, with what to change."""

from __future__ import annotations

from tests.seen.conftest import Audited


def test_a_portal_that_shuts_out_a_column_is_told_at_the_end(audited: Audited) -> None:
    (hint,) = [line for line in audited.ran.out.splitlines() if line.startswith("提示：本站地址中被拦截")]
    assert hint.endswith("（通常低于 2%）：请对方把本机地址加入白名单，或把 targets.toml 中该站点的 rate 调低")
    assert hint.removeprefix("提示：") in (audited.folder / "out" / "report.html").read_text("utf-8")
