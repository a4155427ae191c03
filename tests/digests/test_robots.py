"""Group robots against a server that plays 企业微信, 钉钉 and 飞书, checks their signatures, and answers as they do."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from mingcha.messages.channels import robots
from mingcha.messages.channels.base import Message, SendError, service
from portal.notify import Channel, ChannelKind
from tests.digests.robots import ENVIRON, NOW, running

MESSAGE = Message("【明察】日报", "【明察】日报\n待整改 3 个")


def channel(kind: str, base: str, **more: Any) -> Channel:
    values = {"key_env": "KEY", "secret_env": "" if kind == "wecom" else "SECRET", "timeout": 5.0, **more}
    return Channel(id="c", kind=ChannelKind(kind), base=base, **values)


async def sent(to: Channel, message: Message = MESSAGE, environ: dict[str, str] = ENVIRON) -> str:
    """Returns "" when it was delivered, else what was said."""
    try:
        await asyncio.to_thread(robots.send, to, message, NOW, environ)
    except SendError as error:
        for value in environ.values():
            assert value not in str(error)
        assert error.__cause__ is None or "693a91f6" not in repr(error.__cause__)
        return str(error)
    return ""


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
async def test_each_robot_takes_a_message_signed_its_way(kind: str) -> None:
    async with running() as played:
        assert await sent(channel(kind, f"{played.base}/")) == ""
        said = played.seen[0].get("text", {}).get("content") or played.seen[0]["content"]["text"]
        assert said == MESSAGE.text


@pytest.mark.parametrize(
    ("kind", "code"), [("dingtalk", "310000：sign not match"), ("feishu", "19021：sign match fail")]
)
async def test_an_error_inside_of_200_is_a_failure(kind: str, code: str) -> None:
    async with running() as played:
        why = await sent(channel(kind, played.base, secret_env=""))
        assert why.startswith(f"对方返回错误 {code}")


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
async def test_answers_that_say_too_many_stop_the_channel(kind: str) -> None:
    code = "errcode" if kind != "feishu" else "code"
    number = service(channel(kind, "")).throttled[0]
    answers = (web.json_response({code: number, "errmsg": "too fast", "msg": "too fast"}), web.Response(status=429))
    for answer in answers:
        async with running() as played:
            played.answer = answer
            with pytest.raises(SendError, match="对方限流") as caught:
                await asyncio.to_thread(robots.send, channel(kind, played.base), MESSAGE, NOW, ENVIRON)
            assert caught.value.whole and not caught.value.passing


@pytest.mark.parametrize(
    ("answer", "says", "passing"),
    [
        (lambda: web.Response(text="<html>登录</html>", content_type="text/html"), "不是预期的格式", False),
        (lambda: web.json_response({"ok": True}), "不是预期的格式", False),
        (lambda: web.json_response([0]), "不是预期的格式", False),
        (lambda: web.Response(status=502, text="bad gateway"), "HTTP 502", True),
        (lambda: web.json_response({"errcode": 0}, status=500), "HTTP 500", True),
        (lambda: web.json_response({"errcode": 0}, status=403), "HTTP 403", False),
        (lambda: web.json_response({"code": 9499, "msg": "Bad Request"}, status=400), "错误 9499：Bad Request", False),
        (lambda: web.Response(status=302, headers={"Location": "/elsewhere"}), "HTTP 302", False),
        (lambda: web.json_response({"errcode": 1, "errmsg": "token 693a91f6-7xxx is wrong"}), "token *** is", False),
    ],
)
async def test_what_is_no_delivery_is_one_sentence(answer: Any, says: str, passing: bool) -> None:
    async with running() as played:
        played.answer = answer()
        with pytest.raises(SendError) as caught:
            await asyncio.to_thread(robots.send, channel("wecom", played.base), MESSAGE, NOW, ENVIRON)
        assert says in str(caught.value) and caught.value.passing is passing
        assert "/elsewhere" not in played.paths  # the secret goes to nobody else


async def test_connections_that_fail_say_how(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with running(context) as played:
        assert "TLS证书校验未通过" in await sent(channel("wecom", played.base))
        assert await sent(channel("wecom", played.base, ca=str(tmp_path / "ca.pem"))) == ""
        assert "无法使用" in await sent(channel("wecom", played.base, ca=str(tmp_path / "none.pem")))
        plain = played.base.replace("https", "http")
        assert await sent(channel("wecom", plain)) != ""
    assert "拒绝连接" in await sent(channel("wecom", played.base))
    whole = {"KEY": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6"}
    assert "环境变量 KEY 只放地址末尾的密钥部分" in await sent(channel("wecom", played.base), environ=whole)
    assert "环境变量 KEY 未设置" in await sent(channel("wecom", played.base), environ={})


async def test_a_service_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never reads
        port = silent.getsockname()[1]
        assert await sent(channel("wecom", f"http://127.0.0.1:{port}", timeout=0.2)) == "连接超时"


async def test_a_text_is_cut_to_what_the_service_takes() -> None:
    async with running() as played:
        assert await sent(channel("wecom", played.base), Message("s", "字" * 2000)) == ""
        said = played.seen[0]["text"]["content"]
        assert 2040 < len(said.encode()) <= 2048 and said.endswith("字…")
