"""A server that plays 企业微信, 钉钉 and 飞书, checks their signatures, and answers as they do."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.loopback import listening

NOW = dt.datetime(2026, 11, 28, 0, 30, tzinfo=dt.UTC)
ENVIRON = {"KEY": "693a91f6-7xxx", "SECRET": "SEC000abc"}


@dataclass
class Service:
    """The three services in one; `answer` overrides what a right request gets."""

    base: str = ""
    answer: web.Response | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        if self.answer is not None:
            return self.answer
        body = await request.json()
        self.seen.append(body)
        match request.path:
            case "/cgi-bin/webhook/send" if request.query["key"] == ENVIRON["KEY"]:
                assert body["msgtype"] == "text"
                return web.json_response({"errcode": 0, "errmsg": "ok"})
            case "/robot/send" if request.query["access_token"] == ENVIRON["KEY"]:
                return web.json_response(dingtalk_says(request))
            case "/open-apis/bot/v2/hook/693a91f6-7xxx":
                return web.json_response(feishu_says(body))
        return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})


def dingtalk_says(request: web.Request) -> dict[str, Any]:
    stamp = request.query.get("timestamp", "")
    key = ENVIRON["SECRET"]
    sign = base64.b64encode(hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()).decode()
    good = request.query.get("sign") == sign and stamp == str(int(NOW.timestamp() * 1000))
    return {"errcode": 0, "errmsg": "ok"} if good else {"errcode": 310000, "errmsg": "sign not match"}


def feishu_says(body: dict[str, Any]) -> dict[str, Any]:
    key = f"{body.get('timestamp')}\n{ENVIRON['SECRET']}"
    sign = base64.b64encode(hmac.new(key.encode(), b"", hashlib.sha256).digest()).decode()
    good = body.get("sign") == sign and body["timestamp"] == str(int(NOW.timestamp())) and body["msg_type"] == "text"
    return {"code": 0, "msg": "success"} if good else {"code": 19021, "msg": "sign match fail or timestamp is wrong"}


@contextlib.asynccontextmanager
async def running(tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    played = Service()
    async with listening(played.handle, tls=tls) as port:
        played.base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        yield played
