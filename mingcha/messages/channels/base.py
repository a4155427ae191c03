"""What all channels share: the message, the error, the data about services."""

from __future__ import annotations

import os
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from portal.notify import Channel


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, in Chinese: a text that begins with its title, and that title as the subject of a mail."""

    subject: str
    text: str


class SendError(Exception):
    """A message could not be delivered; the message is one Chinese sentence without any secret in it.

    `passing`: the reason may pass, so it is worth another try. `whole`: it is the channel that is out of order, not
    this message; nothing more is sent there in this run.
    """

    def __init__(self, why: str, *, passing: bool = False, whole: bool = False) -> None:
        super().__init__(why)
        self.passing = passing
        self.whole = whole


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one kind of channel; see services.toml."""

    per_minute: int
    per_second: int
    text_bytes: int
    throttled: tuple[int, ...]
    base: str = ""


@cache
def _data() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = tomllib.loads(Path(__file__).with_name("services.toml").read_text("utf-8"))
    return found


def service(channel: Channel) -> Service:
    """Returns what is known of the kind of a channel."""
    return msgspec.convert(_data()[channel.kind], Service)


def retry_waits() -> tuple[float, ...]:
    """Returns the seconds before each further try."""
    return msgspec.convert(_data()["retry"]["waits"], tuple[float, ...])


def secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Returns the secret kept in an environment variable. Raises SendError that names the variable, never its value."""
    value = environ.get(name, "").strip()
    if not value:
        raise SendError(f"环境变量 {name} 未设置", whole=True)
    return value


def tls(channel: Channel) -> ssl.SSLContext:
    """Returns the TLS settings of a channel: certificates are always verified. Raises SendError for a useless `ca`."""
    context = ssl.create_default_context()
    if channel.ca:
        try:
            context.load_verify_locations(channel.ca)
        except (OSError, ssl.SSLError) as error:
            raise SendError(f"证书文件 {channel.ca} 无法使用（{_reason(error)}）", whole=True) from error
    return context


def trouble(error: Exception) -> SendError:
    """Returns what is to be said of an error of the connection; all but a certificate that is not valid may pass."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return SendError(f"TLS证书校验未通过（{error.verify_message}），如为自签证书请配置 ca", whole=True)
    if isinstance(error, ssl.SSLError):
        return SendError(f"TLS连接失败（{_reason(error)}）", passing=True, whole=True)
    if isinstance(error, TimeoutError):
        return SendError("连接超时", passing=True, whole=True)
    if isinstance(error, ConnectionRefusedError):
        return SendError("对方拒绝连接", passing=True, whole=True)
    return SendError(f"连接失败（{_reason(error)}）", passing=True, whole=True)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error)[:200]


def fitting(text: str, most: int) -> str:
    """Returns a text cut to so many bytes of UTF-8, between characters."""
    data = text.encode()
    return text if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "…"
