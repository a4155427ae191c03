"""Whom the office tells what stands: the channels of `[notify]` in targets.toml, as plain values.

Secrets are never among them, only the names of the environment variables they lie in.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ChannelKind(StrEnum):
    """The closed set of ways a message can go."""

    MAIL = "mail"  # SMTP
    WECOM = "wecom"  # 企业微信 group robot, and private editions with its interface
    DINGTALK = "dingtalk"  # 钉钉 group robot
    FEISHU = "feishu"  # 飞书 group robot
    FOLDER = "folder"  # a file for each message: where there is no network


class Urgent(StrEnum):
    """What may be told at once instead of in the morning."""

    VETO = "veto"  # 单项否决
    HIJACKED = "hijacked"  # a link that leads to somebody else now
    DOWN = "down"  # the portal does not open


class Channel(Struct, frozen=True):
    """One channel. `units` are the units whose digests go there, "*" means each of them; `office` sends that of all."""

    id: str
    kind: ChannelKind
    units: tuple[str, ...] = ()
    office: bool = True
    urgent: tuple[Urgent, ...] = ()
    # robots
    base: str = ""  # address of the service without path; "" = that of the public edition
    key_env: str = ""  # environment variable with what the robot's address ends with
    secret_env: str = ""  # environment variable with the secret messages are signed with; "" = not signed
    # mail
    host: str = ""
    port: int = 0  # 0 = as usual for `security`
    security: str = "starttls"  # starttls, tls, none
    user: str = ""
    password_env: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    # folder
    path: str = ""
    # all with a network
    ca: str = ""  # file of further certificates to trust (PEM)
    per_minute: int = 0  # messages a minute; 0 = as the service allows
    timeout: float = 15.0  # seconds


class Notify(Struct, frozen=True):
    """The table `[notify]`: what every message ends with, and the channels."""

    link: str = ""  # where readers find the ledger
    channels: tuple[Channel, ...] = ()
