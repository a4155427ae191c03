"""Mail through a relay (SMTP), one message a recipient: one who is refused keeps nobody else from theirs."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from mingcha.messages.channels.base import Message, SendError, fitting, secret, service, tls, trouble
from portal.notify import Channel
from portal.zone import CHINA

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def send(channel: Channel, message: Message, to: str, now: dt.datetime, environ: Mapping[str, str]) -> None:
    """Sends one message to one recipient. `now` is aware. Raises SendError."""
    password = secret(channel.password_env, environ) if channel.password_env else ""
    try:
        with _entered(channel, password) as server:
            server.send_message(_letter(channel, message, to, now), channel.sender, [to])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refused("收件人被拒绝", code, words) from error
    except smtplib.SMTPSenderRefused as error:
        raise _refused("发件人被拒绝", error.smtp_code, error.smtp_error, whole=True) from error
    except smtplib.SMTPResponseException as error:
        raise _refused("邮件服务器拒绝", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPServerDisconnected as error:
        raise SendError(_gone(error), passing=True) from error
    except OSError as error:
        raise trouble(error) from error


def _entered(channel: Channel, password: str) -> smtplib.SMTP:
    """Returns a server that takes letters now. Raises SendError: what fails here fails for every letter."""
    try:
        server = _connected(channel)
    except smtplib.SMTPNotSupportedError as error:
        raise SendError("邮件服务器不支持STARTTLS，请检查 security", whole=True) from error
    except smtplib.SMTPResponseException as error:
        raise _refused("邮件服务器拒绝连接", error.smtp_code, error.smtp_error, whole=True) from error
    except smtplib.SMTPServerDisconnected as error:
        raise SendError(_gone(error), passing=True, whole=True) from error
    except OSError as error:
        raise trouble(error) from error
    if not channel.user:
        return server
    # Nothing raised here is chained: smtplib's errors may quote what was sent.
    try:
        server.login(channel.user, password)
    except UnicodeEncodeError:
        why = "邮件服务器的用户名和口令只能用ASCII字符"
    except smtplib.SMTPAuthenticationError as error:
        why = f"邮件服务器不接受用户名或口令（{error.smtp_code}）"
    except smtplib.SMTPServerDisconnected:
        why = "邮件服务器在登录时中断了连接，可能不接受用户名或口令"
    except smtplib.SMTPResponseException as error:
        server.close()
        raise _refused("邮件服务器未能登录", error.smtp_code, error.smtp_error, whole=True) from None
    except smtplib.SMTPException:
        why = "邮件服务器不支持登录，或没有共同的登录方式"
    except OSError as error:
        server.close()
        raise trouble(error) from None
    else:
        return server
    server.close()
    raise SendError(why, whole=True)


def _gone(error: smtplib.SMTPServerDisconnected) -> str:
    # smtplib makes a silence and an end of the connection into one error, and tells them apart in its words only.
    return "连接超时" if "timed out" in str(error) else "邮件服务器中断了连接"


def _connected(channel: Channel) -> smtplib.SMTP:
    port = channel.port or _PORTS[channel.security]
    if channel.security == "tls":
        return smtplib.SMTP_SSL(channel.host, port, timeout=channel.timeout, context=tls(channel))
    server = smtplib.SMTP(channel.host, port, timeout=channel.timeout)
    if channel.security == "starttls":
        try:
            server.starttls(context=tls(channel))
        except BaseException:
            server.close()
            raise
    return server


def _letter(channel: Channel, message: Message, to: str, now: dt.datetime) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = channel.sender, to
    letter["Subject"] = " ".join(message.subject.split())
    letter["Date"] = format_datetime(now.astimezone(CHINA))
    letter["Message-ID"] = make_msgid(domain=channel.sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"  # no automatic answers, please (RFC 3834)
    letter.set_content(fitting(message.text, service(channel).text_bytes), charset="utf-8", cte="base64")
    return letter


def _refused(what: str, code: int, words: bytes | str, *, whole: bool = False) -> SendError:
    """Returns what a refusal comes to: 4xx may pass (greylisting, a full queue), 5xx does not."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    later = 400 <= code < 500
    advice = "，对方要求稍后再发" if later else ""
    return SendError(f"{what}（{code} {' '.join(text.split())[:200]}）{advice}", passing=later, whole=whole)
