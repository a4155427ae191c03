"""Serves the canary on a loopback port from a thread of this process, and writes the targets.toml to audit it by."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from mingcha.night.canary.pages import HOST, NAME, Canary

ID = "canary"


@contextlib.contextmanager
def served(folder: Path, as_of: dt.date) -> Iterator[Path]:
    """Yields the targets.toml, in `folder`, of the canary while it is served. Raises OSError."""
    canary = Canary(as_of)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_GET(self) -> None:
            """Answers with the page, or that there is none."""
            parts = urlsplit(self.path)
            page = canary.answer(parts.path, parts.query)
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page.body)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the audit has its own log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        targets = folder / "targets.toml"
        targets.write_text(
            f'[network]\nsealed = true\nhosts = {{ "{HOST}" = ["127.0.0.1:{server.server_port}"] }}\n'
            f'[[portal]]\nid = "{ID}"\nname = "{NAME}（自检）"\nhome = "http://{HOST}/"\nrate = 1000\nsystems = []\n'
            "max_pages = 200\nmax_minutes = 10\n",
            "utf-8",
        )
        yield targets
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
