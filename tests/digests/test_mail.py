"""Mail against a real SMTP server: TLS, login, and every way in which a server refuses."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email
import email.policy
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mingcha.messages.channels import mail
from mingcha.messages.channels.base import Message, SendError
from portal.notify import Channel, ChannelKind

NOW = dt.datetime(2026, 11, 28, 0, 30, tzinfo=dt.UTC)
MESSAGE = Message("【明察】县发改局\r\nBcc: x@example.org", "【明察】日报\n待整改 3 个")
ENVIRON = {"PASSWORD": "a secret: word"}


@dataclass
class Relay:
    """What the server keeps of what it took, and how it refuses."""

    letters: list[Envelope] = field(default_factory=list)
    greylisted: int = 0  # so many times it says: later
    data: str = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if to.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if self.greylisted > 0:
            self.greylisted -= 1
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("250"):
            self.letters.append(envelope)
        return self.data


def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    good = data.password == ENVIRON["PASSWORD"].encode() and data.login == b"mingcha"
    return AuthResult(success=good, handled=good)


@dataclass
class Served:
    relay: Relay
    port: int
    ca: str


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    made = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(path)
    return context, str(path)


@contextlib.asynccontextmanager
async def serving(relay: Relay, ca: str = "", tls: ssl.SSLContext | None = None, **more: Any) -> AsyncIterator[Served]:
    """Serves mail in this event loop; `tls` is for connections that begin with it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, loop=loop, **more), "127.0.0.1", 0, ssl=tls)
    async with server:
        yield Served(relay, server.sockets[0].getsockname()[1], ca)


@pytest.fixture
async def starttls(authority: tuple[ssl.SSLContext, str]) -> AsyncIterator[Served]:
    """A server that takes mail only after STARTTLS and login."""
    context, ca = authority
    strict: dict[str, Any] = {"require_starttls": True, "auth_required": True, "auth_require_tls": True}
    async with serving(Relay(), ca, tls_context=context, authenticator=login, **strict) as served:
        yield served


@pytest.fixture
async def plain() -> AsyncIterator[Served]:
    """A relay of an intranet, without TLS."""
    async with serving(Relay()) as served:
        yield served


def channel(served: Served, **more: Any) -> Channel:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": served.port,
        "security": "starttls" if served.ca else "none",
        "user": "mingcha" if served.ca else "",
        "password_env": "PASSWORD" if served.ca else "",
        "sender": "mingcha@example.gov.cn",
        "to": ("fgw@example.gov.cn",),
        "ca": served.ca,
        "timeout": 5.0,
    }
    return Channel(id="mail", kind=ChannelKind.MAIL, **{**values, **more})


async def sent(to: Channel, address: str = "fgw@example.gov.cn", environ: dict[str, str] = ENVIRON) -> SendError | None:
    try:
        await asyncio.to_thread(mail.send, to, MESSAGE, address, NOW, environ)
    except SendError as error:
        assert "secret" not in str(error)
        return error
    return None


async def test_a_letter_arrives_over_starttls_after_login(starttls: Served) -> None:
    assert await sent(channel(starttls)) is None
    envelope = starttls.relay.letters[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("mingcha@example.gov.cn", ["fgw@example.gov.cn"])
    assert isinstance(envelope.content, bytes)
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert letter["Subject"] == "【明察】县发改局 Bcc: x@example.org" and letter["Bcc"] is None
    assert letter["Date"] == "Sat, 28 Nov 2026 08:30:00 +0800" and letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_body()
    assert body is not None and body.get_content() == "【明察】日报\n待整改 3 个\n"


async def test_a_letter_arrives_over_tls_from_the_start(authority: tuple[ssl.SSLContext, str]) -> None:
    context, ca = authority
    async with serving(Relay(), ca, context) as served:
        assert await sent(channel(served, security="tls", user="", password_env="")) is None
        assert len(served.relay.letters) == 1


@pytest.mark.parametrize(
    ("more", "environ", "says", "whole"),
    [
        ({}, {"PASSWORD": "wrong"}, "邮件服务器不接受用户名或口令（535）", True),
        ({}, {}, "环境变量 PASSWORD 未设置", True),
        ({}, {"PASSWORD": "口令secret"}, "只能用ASCII字符", True),
        ({"ca": ""}, ENVIRON, "TLS证书校验未通过", True),
        ({"security": "none", "user": "", "password_env": ""}, ENVIRON, "（530 ", True),
    ],
)
async def test_what_is_wrong_with_the_channel_is_one_sentence(
    starttls: Served, more: dict[str, str], environ: dict[str, str], says: str, whole: bool
) -> None:
    error = await sent(channel(starttls, **more), environ=environ)
    assert error is not None and says in str(error) and error.whole is whole and not error.passing
    assert starttls.relay.letters == []


async def test_a_recipient_who_is_refused_is_that_ones_affair(plain: Served) -> None:
    error = await sent(channel(plain), "nobody@example.gov.cn")
    assert error is not None and str(error) == "收件人被拒绝（550 5.1.1 no such user）"
    assert not error.whole and not error.passing
    assert await sent(channel(plain)) is None


async def test_greylisting_and_a_full_disk_may_pass(plain: Served) -> None:
    plain.relay.greylisted = 1
    error = await sent(channel(plain))
    assert error is not None and error.passing and "451" in str(error) and "对方要求稍后再发" in str(error)
    assert await sent(channel(plain)) is None
    plain.relay.data = "452 4.3.1 insufficient storage"
    error = await sent(channel(plain))
    assert error is not None and error.passing and not error.whole
    plain.relay.data = "554 5.7.1 spam"
    error = await sent(channel(plain))
    assert error is not None and not error.passing and "554" in str(error)


async def test_a_server_without_starttls_gets_nothing(plain: Served) -> None:
    error = await sent(channel(plain, security="starttls"))
    assert error is not None and str(error) == "邮件服务器不支持STARTTLS，请检查 security" and error.whole
    assert plain.relay.letters == []


async def test_no_server_and_one_that_hangs_up_or_says_nothing(plain: Served) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        served = Served(Relay(), server.sockets[0].getsockname()[1], "")
        error = await sent(channel(served))
        assert error is not None and "中断了连接" in str(error) and error.passing
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never speaks
        error = await sent(channel(Served(Relay(), silent.getsockname()[1], ""), timeout=0.2))
        assert error is not None and "连接超时" in str(error) and error.passing
    error = await sent(channel(served))
    assert error is not None and "拒绝连接" in str(error) and error.whole


async def test_a_name_that_does_not_exist_is_said(tmp_path: Path, plain: Served) -> None:
    error = await sent(channel(plain, host="no-such-host.invalid"))
    assert error is not None and "连接失败" in str(error) and error.whole
