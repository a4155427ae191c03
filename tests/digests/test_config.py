"""`[notify]` of targets.toml: what it comes to, and one clear sentence for every mistake, without the secret in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.targets import TargetsError, load_targets, parse_targets
from portal.notify import ChannelKind, Notify, Urgent

ROOT = Path(__file__).resolve().parent.parent.parent
ONE = '[[notify.channel]]\nid = "c"\n'
MAIL = ONE + 'kind = "mail"\nhost = "h"\nsender = "a@b.cn"\nto = ["c@b.cn"]\n'
ROBOT = ONE + 'kind = "dingtalk"\nkey_env = "KEY"\n'


def test_the_example_of_the_documentation_is_what_it_says() -> None:
    text = (ROOT / "docs" / "digests.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.S)
    assert example is not None
    notify = parse_targets(example[1]).notify
    assert notify.link == "https://mingcha.example.gov.cn/"
    mail, robot, folder = notify.channels
    assert (mail.kind, mail.units, mail.office, mail.security) == (ChannelKind.MAIL, ("县发改局",), False, "starttls")
    assert (robot.kind, robot.office, robot.secret_env) == (ChannelKind.DINGTALK, True, "MINGCHA_DINGTALK_SECRET")
    assert (folder.units, folder.office, folder.path) == (("*",), True, "/srv/mingcha/out")


def test_the_commented_example_of_targets_toml_is_right() -> None:
    text = (ROOT / "targets.toml").read_text("utf-8")
    begin = text.index("# [notify]")
    block = text[begin : text.index("\n\n", begin)]
    notify = parse_targets("\n".join(line.removeprefix("# ") for line in block.splitlines())).notify
    assert [channel.id for channel in notify.channels] == ["office-mail"]
    assert load_targets(ROOT / "targets.toml").notify == Notify()


def test_urgent_words_are_read() -> None:
    text = ROBOT + 'urgent = ["veto", "down"]\noffice = false\n'
    assert parse_targets(text).notify.channels[0].urgent == (Urgent.VETO, Urgent.DOWN)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[notify]\nlinks = 'http://x'\n", ["line 2", "[notify]", "unknown key 'links'; did you mean 'link'?"]),
        ("[notify]\nlink = 'x.cn'\n", ["link needs a whole address"]),
        ("[notify.channel]\nid = 'c'\n", ["[[notify.channel]], with two brackets"]),
        ("[[notify]]\n", ["[notify] must be one table"]),
        ("[[notify.channel]]\nkind = 'mail'\n", ["channel number 1", "id is missing"]),
        (ONE, ["channel 'c'", "kind is missing"]),
        (ONE + 'kind = "wechat"\n', ["line 3", "kind must be one of mail, wecom"]),
        (ONE + 'kind = "wecom"\n', ["channel 'c'", "key_env is missing: a wecom channel needs key_env"]),
        (ONE + 'kind = "folder"\n', ["path is missing"]),
        (ONE + 'kind = "mail"\nhost = "h"\n', ["sender is missing: a mail channel needs host and sender and to"]),
        (ROBOT + 'host = "x"\n', ["line 5", "host means nothing for a dingtalk channel"]),
        (ROBOT + 'key = "x"\n', ["line 5", "unknown key 'key'"]),
        (ROBOT + "per_minute = 0\n", ["per_minute must be a whole number from 1"]),
        (ROBOT + 'urgent = ["vito"]\n', ["urgent must be one of veto", "did you mean 'veto'"]),
        (ROBOT + "office = false\n", ["office = false without units: nothing would ever be sent there"]),
        (ROBOT + ROBOT, ["line 6", "this id is used twice"]),
        (MAIL + 'user = "u"\n', ["user and password_env belong together"]),
        (MAIL + 'user = "u"\npassword_env = "P"\nsecurity = "none"\n', ["would send the password in the clear"]),
        (MAIL.replace("c@b.cn", "张三 <c@b.cn>"), ["to must be a mail address"]),
        (MAIL.replace("a@b.cn", "a@b.cn\\nBcc: x@y"), ["sender must be a mail address"]),
    ],
)
def test_mistakes_get_one_clear_sentence(text: str, parts: list[str]) -> None:
    with pytest.raises(TargetsError) as caught:
        parse_targets(text, "my.toml")
    message = str(caught.value)
    for part in ("my.toml", *parts):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize("secret", ["693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "SEC 123"])
def test_a_secret_written_where_a_name_belongs_is_not_repeated(secret: str) -> None:
    with pytest.raises(TargetsError, match="must be the name of an environment variable") as caught:
        parse_targets(ONE + f'kind = "wecom"\nkey_env = "{secret}"\n')
    assert secret not in str(caught.value)
