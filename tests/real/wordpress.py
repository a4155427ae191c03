"""`python -m tests.real.wordpress --corpus DIR --folder DIR --write-targets FILE`: a WordPress portal.

WordPress, its Chinese translation, PHP and MariaDB come from Debian's packages (`--install` fetches them; root). The
database and the site live in `--folder` and nothing of the machine's own set-up is touched. The corpus' own articles
come first, further titles are those of its lists, with paragraphs of the articles; attachments are small valid files.
Search, theme and markup are WordPress' own. PHP's own server serves it on loopback; the targets.toml leads there.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import csv
import datetime as dt
import getpass
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from portal.model import Network, Portal, Targets
from tests.portal import files
from tests.portal.server import targets_toml
from tests.real.defects import with_defects

HOST = "www.wanshan-wp.gov.cn"
NAME = "万山县人民政府"
_PHP = "php-cli php-mysql php-mbstring php-gd php-xml"
PACKAGES = f"wordpress wordpress-l10n wordpress-theme-twentytwentyone {_PHP} mariadb-server"
SOURCE = Path("/usr/share/wordpress")
HERE = Path(__file__).resolve().parent

# slug, name, days since its newest post, days between posts, posts
CATEGORIES = (
    ("ws-yaowen", "万山要闻", 1, 2, 48),
    ("ws-bumen", "部门动态", 33, 4, 24),
    ("ws-tonggao", "通知公告", 9, 8, 36),
    ("ws-zhengce", "政策文件", 41, 12, 24),
    ("ws-jiedu", "政策解读", 44, 13, 18),
    ("ws-renshi", "人事信息", 29, 20, 14),
    ("ws-caizheng", "财政信息", 75, 25, 14),
    ("ws-xinfang", "群众来信", 12, 9, 18),
    ("ws-guihua", "规划计划", 160, 60, 8),
    ("ws-zhaobiao", "招标采购", 400, 15, 16),
)

_WHOLE = ("article", "policy", "interpretation")
_KINDS = {"ws-zhengce": "policy", "ws-jiedu": "interpretation"}


class WordPressError(Exception):
    """Raised when the site cannot be set up; the message says what is missing or what failed."""


def require_tools() -> None:
    """Raises WordPressError naming the first thing of Debian's packages that is missing."""
    for tool in ("php", "mariadbd", "mariadb-install-db"):
        if shutil.which(tool) is None and not Path("/usr/sbin", tool).exists():
            raise WordPressError(f"{tool} is missing; as root: apt-get install --no-install-recommends {PACKAGES}")
    if not (SOURCE / "wp-load.php").exists():
        raise WordPressError(f"WordPress is missing; as root: apt-get install --no-install-recommends {PACKAGES}")


def posts_from(corpus: Path, today: dt.date) -> dict[str, Any]:
    """Returns what wordpress_setup.php reads: titles and bodies of the corpus in categories with dates up to `today`.

    Raises WordPressError when the corpus has too few titles or paragraphs.
    """
    listed: list[str] = []
    whole: dict[str, list[tuple[str, list[str]]]] = {kind: [] for kind in _WHOLE}
    with (corpus / "index.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            page = corpus / row["file"]
            if not page.is_file() or row["kind"] not in ("column", "home", *_WHOLE):
                continue
            tree = etree.fromstring(page.read_bytes(), etree.HTMLParser(encoding="utf-8"))
            if row["kind"] in _WHOLE:
                paragraphs = [p for e in tree.iter("p") if 40 <= len(p := _text(e)) <= 600]
                if len(paragraphs) >= 3 and row["title"]:
                    whole[row["kind"]].append((row["title"], paragraphs))
            else:
                listed += [title for link in tree.iter("a") if (title := _title(link))]
    bodies = [body for kind in _WHOLE for _, body in whole[kind]]
    wanted = sum(count for *_, count in CATEGORIES)
    taken = {title for kind in _WHOLE for title, _ in whole[kind]}
    listed = [title for title in dict.fromkeys(listed) if title not in taken]
    if len(listed) + len(taken) < wanted or len(bodies) < 10:
        have = f"{len(listed) + len(taken)} titles and {len(bodies)} bodies"
        raise WordPressError(f"{corpus} has {have}, {wanted} and 10 are needed")
    posts: list[dict[str, Any]] = []
    for slug, _, newest, step, count in CATEGORIES:
        own = whole[_KINDS.get(slug, "article")]
        for at in range(count):
            number = len(posts)
            day = today - dt.timedelta(days=newest + at * step)
            if own:  # a whole article of the corpus under its own title, while there are some
                title, body = own.pop(0)
            else:
                title, body = listed.pop(0), bodies[number % len(bodies)]
                start = number // len(bodies) % max(1, len(body) - 4)
                body = body[start : start + 6]
            posts.append(
                {
                    "title": title,
                    "date": f"{day} 09:{number % 60:02d}:00",
                    "category": slug,
                    "body": "\n\n".join(body),
                    "files": _files(number, day),
                }
            )
    return {
        "name": NAME,
        "about": "万山县人民政府门户网站",
        "theme": "twentytwentyone",
        "categories": {slug: name for slug, name, *_ in CATEGORIES},
        "posts": posts,
    }


def _text(element: etree._Element) -> str:
    return re.sub(r"\s+", " ", "".join(map(str, element.itertext()))).strip()


def _title(link: etree._Element) -> str:
    """Returns the title of a list item that stands beside a date, "" for any other link."""
    holder = next((e for e in link.iterancestors() if e.tag in ("li", "tr", "dl", "dd")), None)
    if holder is None or not re.search(r"\d{1,2}[-/月]\d{1,2}", _text(holder)):
        return ""
    text = (link.get("title") or _text(link)).strip()
    text = re.sub(r"[（(\[]?\d{4}-\d\d-\d\d[)）\]]?|^[·•\s]+", "", text).strip()
    return text if 12 <= len(text) <= 60 and re.search(r"[\u4e00-\u9fff]{6}", text) else ""


def _files(number: int, day: dt.date) -> list[dict[str, str]]:
    if number % 9:
        return []
    kinds = (("pdf", files.pdf(f"File {number}")), ("doc", files.doc()), ("xls", files.xls()))
    suffix, data = kinds[number // 9 % 3]
    name = f"fj-{day:%Y%m%d}-{number}.{suffix}"
    return [{"name": name, "text": f"附表{number}.{suffix}", "data": base64.b64encode(data).decode()}]


@dataclass(frozen=True, slots=True)
class Running:
    """A running site."""

    port: int
    posts: int
    targets: Targets


@contextlib.contextmanager
def wordpress(corpus: Path, folder: Path, *, today: dt.date, port: int = 0, defects: bool = False) -> Iterator[Running]:
    """Yields the site on loopback, set up in `folder`, which must be empty or new. Raises WordPressError.

    `defects`: with things to find (tests.real.defects).
    """
    require_tools()
    content = posts_from(corpus, today)
    if defects:
        content = with_defects(content, today)
    if folder.exists() and any(folder.iterdir()):
        raise WordPressError(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        database = _database(folder / "db", stack)
        www = _site(folder / "www", database)
        (folder / "posts.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        said = _run(["php", str(HERE / "wordpress_setup.php"), str(www), HOST, str(folder / "posts.json")])
        made = re.search(r"(\d+) posts", said)
        if made is None:
            raise WordPressError(f"WordPress was not set up: {said.strip()[-500:]}")
        bound = port or _free_port()
        _start(
            ["php", "-S", f"127.0.0.1:{bound}", "-t", str(www), str(HERE / "wordpress_router.php")],
            stack,
            folder / "php.log",
            PHP_CLI_SERVER_WORKERS="4",
        )
        _wait(lambda: socket.create_connection(("127.0.0.1", bound), 1).close(), "the PHP server")
        network = Network(hosts={HOST: (f"127.0.0.1:{bound}",)}, sealed=True)
        portal = Portal("wanshan", NAME, f"http://{HOST}/", level="county", group="wanshan", rate=50.0, concurrency=2)
        yield Running(bound, int(made[1]), Targets((portal,), network))


def _database(folder: Path, stack: contextlib.ExitStack) -> Path:
    """Starts a MariaDB of our own and returns its socket."""
    folder.mkdir()
    sock = folder / "s"
    me = getpass.getuser()
    user = [f"--user={me}"]  # said aloud, because it refuses to run as root by accident
    data = folder / "data"
    socket_login = ["--auth-root-authentication-method=socket", f"--auth-root-socket-user={me}"]
    _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", *user, *socket_login, "--skip-test-db"])
    daemon = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    options = ["--no-defaults", f"--datadir={data}", f"--socket={sock}", "--skip-networking", *user]
    _start([daemon, *options, f"--pid-file={folder / 'pid'}"], stack, folder.parent / "mariadb.log")
    client = ["mariadb", "--no-defaults", f"--socket={sock}", f"--user={me}"]
    _wait(lambda: _run([*client, "-e", "SELECT 1"]), "MariaDB")
    sql = (
        "CREATE DATABASE wp CHARACTER SET utf8mb4;"
        "CREATE USER wp@localhost IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost;"
    )
    _run([*client, "-e", sql])
    return sock


def _site(www: Path, database: Path) -> Path:
    """Copies WordPress, with the translations and themes of its packages, and writes its configuration."""
    shutil.copytree(SOURCE, www, symlinks=False, ignore_dangling_symlinks=True)
    for name in ("languages", "themes"):
        for extra in (Path("/var/lib/wordpress/wp-content") / name, SOURCE / "wp-content" / name):
            if extra.is_dir():
                shutil.copytree(extra, www / "wp-content" / name, dirs_exist_ok=True, ignore_dangling_symlinks=True)
    (www / "wp-content" / "uploads").mkdir(exist_ok=True)
    (www / "wp-config.php").write_text(
        f"""<?php
define('DB_NAME', 'wp');
define('DB_USER', 'wp');
define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:{database}');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', 'http://{HOST}');
define('WP_SITEURL', 'http://{HOST}');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('AUTH_KEY', '{os.urandom(24).hex()}');
define('SECURE_AUTH_KEY', '{os.urandom(24).hex()}');
define('LOGGED_IN_KEY', '{os.urandom(24).hex()}');
define('NONCE_KEY', '{os.urandom(24).hex()}');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
""",
        encoding="utf-8",
    )
    return www


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WordPressError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def _start(command: list[str], stack: contextlib.ExitStack, log: Path, **environment: str) -> None:
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(
        command, stdout=output, stderr=output, start_new_session=True, env={**os.environ, **environment}
    )

    def stop() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    stack.callback(stop)


def _wait(probe: Any, what: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            probe()
            return
        except (OSError, WordPressError) as error:
            if time.monotonic() > end:
                raise WordPressError(f"{what} did not come up: {error}") from error
            threading.Event().wait(0.2)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 0 after an interruption, 1 when the site cannot be set up."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.wordpress", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder with index.csv and pages")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="a new folder for database and site")
    parser.add_argument("--write-targets", type=Path, metavar="FILE", help="where to write the targets.toml")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, help="today of its posts (default: in China)")
    parser.add_argument("--defects", action="store_true", help="put things to find among the posts")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--install", action="store_true", help="fetch the Debian packages first (root)")
    options = parser.parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        if options.install:
            print(f"apt-get install {PACKAGES}", flush=True)
            _run(["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES.split()])
        today = options.as_of or dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
        with wordpress(options.corpus, options.folder, today=today, port=options.port, defects=options.defects) as site:
            text = targets_toml(site.targets, "WordPress on loopback. Written by tests.real.wordpress.")
            if options.write_targets:
                options.write_targets.write_text(text, encoding="utf-8")
            print(f"ready: {site.posts} posts on port {site.port}, Ctrl-C ends", flush=True)
            if not options.write_targets:
                print(text, flush=True)
            stop.wait()
    except (WordPressError, OSError) as error:
        print(f"cannot serve WordPress: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
