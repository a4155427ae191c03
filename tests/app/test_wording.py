"""Errors are told in Chinese: the sentences are read out of the code, and each must be in the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mingcha.called import PROGRAM, called, program
from mingcha.doctor import ipv6_item
from mingcha.wording import chinese
from portal.artifacts import Capability

ROOT = Path(__file__).parents[2]
# What ends a command. Errors of other names are caught on the way, or are mistakes of the code.
_ENDS = {"UsageError", "ImpossibleError", "TargetsError", "BadValueError", "StorageError", "SampleError", "error"}
_SETTLED = (
    "crawler/targets",
    "mingcha",
    "reports",
    "storage",
)
_HAN = re.compile(r"[一-龥]")


def sentences() -> Iterator[tuple[str, str]]:
    """Yields where a sentence is made, and it with a word in every gap."""
    for place in _SETTLED:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else (path,):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in _ENDS:
                    for argument in node.args[:2]:
                        if text := _text(argument):
                            yield f"{file.relative_to(ROOT)}:{node.lineno}", text


def problems() -> Iterator[tuple[str, str]]:
    """Yields what is said of an indicator system that is not sound: the last of three values each."""
    file = ROOT / "indicators" / "soundness.py"
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and (text := _text(node.value.elts[-1])):
            yield f"{file.name}:{node.lineno}", text


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        str(part.value)
        if isinstance(part, ast.Constant)
        else "'x1'"
        if isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
        else "x1"
        for part in node.values
    )


def _hints(text: str) -> str:
    """Returns a sentence whose gaps that hold another one do so: an error met before, a hint that may be absent."""
    for gap, words in (
        ("'x1'x1x1", "'x1'; known are x1"),
        ("'x1'x1", "'x1'"),
        ("auditedx1", "audited between x1 and x1"),
        ("x1. ", "nothing was audited into x1 yet: run mingcha audit first. "),
        ("--period: x1", "--period: '2026Q9' is no quarter: write it as 2026Q4"),
    ):
        text = text.replace(gap, words)
    return text


def test_every_sentence_that_ends_a_command_is_in_the_catalogue() -> None:
    lacking = [
        f"{place}: {text}"
        for place, text in (*sentences(), *problems())
        if " " in text and len(re.findall(r"[a-z]{2,}", text)) > 2 and not _HAN.search(text)
        if not _HAN.search(chinese(_hints(text)))
    ]
    assert not lacking, "\n".join(lacking)
    assert len(list(sentences())) > 100 and len(list(problems())) > 40


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "t.toml, line 13: portal 'a': unknown key 'max_page'; did you mean 'max_pages'?",
            "t.toml 第13行：网站“a”：没有“max_page”这个设置项，是否为“max_pages”？",
        ),
        (
            "t.toml, line 7: portal 'a': home needs a whole address beginning with http:// or https://, not 'www.a.cn'",
            "t.toml 第7行：网站“a”：home须写以http://或https://开头的完整网址，现为“www.a.cn”",
        ),
        ("t.toml, line 4: portal 'a': home is missing", "t.toml 第4行：网站“a”：缺少home"),
        (
            "t.toml: is not TOML: Illegal character '\\n' (at line 7, column 38)",
            't.toml：格式有误：第7行第38列：引号没有成对，行末缺少英文引号"',
        ),
        ("cannot write the bundle /x: [Errno 13] Permission denied: '/x'", "无法写入采集数据/x（没有权限：“/x”）"),
        ("cannot write the bundle /x: [Errno 28] No space left on device", "无法写入采集数据/x（磁盘已满）"),
        ("cannot write the bundle /x: database or disk is full", "无法写入采集数据/x（磁盘已满）"),
        (
            "another night is at work in nights: wait for it, or choose another --out",
            "另一个夜间核查正在运行：它在使用nights，请等它结束，或用--out另选目录",
        ),
        (
            "the disk of the database q.sqlite reports an error: check the disk and its free space",
            "结果数据库q.sqlite所在磁盘读写出错：请检查磁盘和剩余空间",
        ),
        (
            "the disk of the database q.sqlite is full: free some space and run the command again. "
            "What was gathered is kept: the same command goes on with it",
            "结果数据库q.sqlite所在磁盘已满：请清理出空间后再次运行。已采集的内容全部保留，再次运行同一命令即从中断处继续",
        ),
        (
            "q.toml, line 9: leaf '1.1.1': rule: unknown key 'chek'; did you mean 'check'?",
            "q.toml 第9行：条款“1.1.1”：规则：没有“chek”这个设置项，是否为“check”？",
        ),
        (
            "q.toml, line 9: 1.2: has 4 points, but what stands below adds up to 5",
            "q.toml 第9行：1.2：分值为4，而下级合计5分",
        ),
        (
            "q.toml, line 7: scheme: total: must be a number, without quotes",
            "q.toml 第7行：scheme：total：须为数字，不加引号",
        ),
        (
            "cannot reach the database postgresql://a:***@127.0.0.1:9/x: Connection refused",
            "无法连接结果数据库postgresql://a:***@127.0.0.1:9/x（拒绝连接），请核对地址、端口，以及数据库服务是否已启动",
        ),
        ("ledger.xlsx: there is no such file", "ledger.xlsx：没有这个文件，请核对文件名和所在目录"),
        ("t.toml: something nobody foresaw", "t.toml: something nobody foresaw"),
        ("t.toml：已是中文\n  第2行：another one", "t.toml：已是中文\n  第2行：another one"),
    ],
)
def test_a_sentence_is_told_with_what_stood_in_it(said: str, told: str) -> None:
    assert chinese(said) == told


def test_commands_are_told_as_they_were_called(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "请先运行 mingcha audit 核查；见 /a/mingcha audit 和 mingcha-data"
    monkeypatch.delenv(PROGRAM, raising=False)
    assert (program(), called(text)) == ("mingcha", text)
    monkeypatch.setenv(PROGRAM, "python3 run.py")
    assert called(text) == "请先运行 python3 run.py audit 核查；见 /a/mingcha audit 和 mingcha-data"


def test_what_a_machine_cannot_see_is_told_in_chinese() -> None:
    found = Capability(False, "no IPv6 route: Network is unreachable")
    assert "没有出口（没有IPv6路由：网络不可达）" in ipv6_item(found).says
