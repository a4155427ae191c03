"""Group robots: 企业微信, 钉钉, 飞书, and private editions with the same interface under another base address.

All three take a POST of JSON and answer 200 with a code inside: anything but 0 is a failure. The secret part of the
address and the signature never appear in what is said.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from mingcha.messages.channels.base import Message, SendError, Service, fitting, secret, service, tls, trouble
from portal.notify import Channel, ChannelKind

_MOST = 64 * 1024  # bytes of an answer that are read


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the operator chose the address, and its secret goes nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Returns no request to go on with."""
        return None


def send(channel: Channel, message: Message, now: dt.datetime, environ: Mapping[str, str]) -> None:
    """Sends one message. `now` is aware: it is signed. Raises SendError."""
    known = service(channel)
    url, body = _FORMS[channel.kind](channel, fitting(message.text, known.text_bytes), now, environ, known)
    request = urllib.request.Request(
        url,
        json.dumps(body, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8", "User-Agent": "mingcha"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=tls(channel)))
    try:
        with opener.open(request, timeout=channel.timeout) as answer:
            data = answer.read(_MOST)
    except urllib.error.HTTPError as error:
        with error:
            data = error.read(_MOST)
        if error.code == 429:
            raise SendError("对方限流（HTTP 429）", whole=True) from None
        said = _said(data)
        if said is None or said[0] == 0 or error.code >= 500:
            # Never chained: the error holds the address, and with it the secret.
            raise SendError(f"对方返回 HTTP {error.code}", passing=error.code >= 500) from None
    except urllib.error.URLError as error:
        raise trouble(error.reason if isinstance(error.reason, Exception) else error) from None
    except (OSError, http.client.HTTPException) as error:
        raise trouble(error) from None
    _check(data, known, [environ.get(name, "").strip() for name in (channel.key_env, channel.secret_env)])


def _check(data: bytes, known: Service, secrets: Sequence[str]) -> None:
    """Raises SendError unless the answer says that all went well; what it says is repeated without secrets."""
    said = _said(data)
    if said is None:
        raise SendError("对方的应答不是预期的格式，请检查 base 地址")
    code, words = said
    if code == 0:
        return
    for one in filter(None, secrets):
        words = words.replace(one, "***")
    if code in known.throttled:
        raise SendError(f"对方限流（错误 {code}：{words}）", whole=True)
    raise SendError(f"对方返回错误 {code}：{words}")


def _said(data: bytes) -> tuple[int, str] | None:
    """Returns the code and the words of an answer, None where there is no code in it."""
    try:
        answer = json.loads(data)
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    for code, words in (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")):
        if isinstance(answer.get(code), int):
            return answer[code], " ".join(str(answer.get(words, "")).split())[:200]
    return None


def _key(channel: Channel, environ: Mapping[str, str]) -> str:
    """Returns what the robot's address ends with. Raises SendError where it is missing, or is the whole address."""
    value = secret(channel.key_env, environ)
    if "/" in value or "=" in value:
        raise SendError(f"环境变量 {channel.key_env} 只放地址末尾的密钥部分，不是整个地址", whole=True)
    return value


def _base(channel: Channel, known: Service) -> str:
    return (channel.base or known.base).rstrip("/")


def _wecom(
    channel: Channel, text: str, now: dt.datetime, environ: Mapping[str, str], known: Service
) -> tuple[str, dict[str, Any]]:
    query = urlencode({"key": _key(channel, environ)})
    url = f"{_base(channel, known)}/cgi-bin/webhook/send?{query}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(
    channel: Channel, text: str, now: dt.datetime, environ: Mapping[str, str], known: Service
) -> tuple[str, dict[str, Any]]:
    query = {"access_token": _key(channel, environ)}
    if channel.secret_env:
        key = secret(channel.secret_env, environ)
        stamp = str(int(now.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": _hmac(key, f"{stamp}\n{key}")}
    url = f"{_base(channel, known)}/robot/send?{urlencode(query)}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _feishu(
    channel: Channel, text: str, now: dt.datetime, environ: Mapping[str, str], known: Service
) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if channel.secret_env:
        stamp = str(int(now.timestamp()))
        # Their way: the text to be signed is the key, and what is signed is empty.
        body |= {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret(channel.secret_env, environ)}", "")}
    hook = quote(_key(channel, environ), safe="")
    return f"{_base(channel, known)}/open-apis/bot/v2/hook/{hook}", body


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


_Form = Callable[[Channel, str, dt.datetime, Mapping[str, str], Service], tuple[str, dict[str, Any]]]
_FORMS: Mapping[ChannelKind, _Form] = {
    ChannelKind.WECOM: _wecom,
    ChannelKind.DINGTALK: _dingtalk,
    ChannelKind.FEISHU: _feishu,
}
