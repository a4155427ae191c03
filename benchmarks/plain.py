"""A plain Python server for a site, for machines without nginx: `python -m benchmarks.plain FOLDER [CERTIFICATE]`.

It behaves as nginx does with the configuration of `serve` and writes the same log. Slower, but a server's time is
counted nowhere.
"""

from __future__ import annotations

import gzip
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from benchmarks.plan import OTHER, PORTAL, Site, load

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "application/javascript",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
}


class PlainServer(ThreadingHTTPServer):
    """Serves one folder of a site on one address."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, site: Site, host: str, port: int, folder: Path, log: BinaryIO) -> None:
        super().__init__((host, port), _Handler)
        self.site = site
        self.folder = folder
        self._log = log
        self._host = host

    def note(self, method: str, status: int, target: str) -> None:
        """Writes one line of the log."""
        self._log.write(f"{method} {status} {self._host} {target}\n".encode("latin-1", "replace"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PlainServer

    def do_GET(self) -> None:
        """Answers with the whole page or file."""
        path = unquote(self.path.partition("?")[0].partition("#")[0])
        file = self.server.folder / path.lstrip("/")
        if path in self.server.site.redirects:
            self._say(302, {"Location": self.server.site.redirects[path]})
        elif path.startswith("/err/"):
            self._say(500)
        elif path.startswith("/nohead/") and self.command == "HEAD":
            self._say(405)
        elif file.is_dir() and not path.endswith("/"):
            self._say(301, {"Location": f"{self.path}/"})
        elif file.is_dir() and not (file / "index.html").is_file():
            self._say(403)
        elif (file := file / "index.html" if file.is_dir() else file).is_file() and ".." not in path:
            self._send(file)
        else:
            self._say(404)

    do_HEAD = do_GET

    def _send(self, file: Path) -> None:
        data = file.read_bytes()
        headers = {"Content-Type": TYPES.get(file.suffix, "application/octet-stream")}
        zipped = self.server.site.plan.gzip and file.suffix in {".html", ".css", ".js"}
        if zipped and "gzip" in self.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, 1)
            headers["Content-Encoding"] = "gzip"
        self._say(200, headers, data)

    def _say(self, status: int, headers: dict[str, str] | None = None, data: bytes | None = None) -> None:
        if data is None:
            headers = {"Content-Type": "text/html", **(headers or {})}
            data = f"<html><title>{status}</title><h1>{status}</h1></html>".encode()
        self.server.note(self.command, status, self.path)
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data)), "LinkChecker": "1"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing on stderr."""


def main(folder: Path, certificate: str = "") -> None:
    """Serves a site until it is ended."""
    site = load(folder)
    secured = None
    if certificate:
        secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secured.load_cert_chain(certificate)
    log = (folder / "access.log").open("ab", buffering=0)
    for host, port, root in ((PORTAL, site.plan.ports.portal, "www"), (OTHER, site.plan.ports.other, "other")):
        server = PlainServer(site, host, port, folder / root, log)
        if secured is not None:
            # The handshake is left to the thread of the connection.
            server.socket = secured.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
