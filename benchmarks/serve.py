"""Serves a made-up portal on loopback: `python -m benchmarks.serve FOLDER` until Ctrl-C.

nginx where it is installed, with a configuration of its own in the site's folder, else a plain Python server. Both
write `access.log`, one request a line: method, status, address, target.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.plan import OTHER, PORTAL, Plan, Site, load
from benchmarks.traps import traps

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0

_NGINX = """daemon off; pid "{folder}/nginx.pid"; error_log "{folder}/error.log" crit; {user}
worker_processes 1; worker_rlimit_nofile 20000;
events {{ worker_connections 8000; multi_accept on; }}
http {{
  types {{ text/html html; text/css css; application/javascript js; image/png png; image/jpeg jpg;
    application/pdf pdf; }}
  default_type application/octet-stream; sendfile on; tcp_nopush on;
  keepalive_requests 1000000; keepalive_timeout 60;
  open_file_cache max=8000 inactive=600s; open_file_cache_valid 600s; open_file_cache_errors on;
  gzip {gzip}; gzip_types text/css application/javascript; gzip_comp_level 1;
  log_format lean '$request_method $status $server_addr $request_uri';
  access_log "{folder}/access.log" lean;
  client_body_temp_path "{folder}/t1"; proxy_temp_path "{folder}/t2"; fastcgi_temp_path "{folder}/t3";
  uwsgi_temp_path "{folder}/t4"; scgi_temp_path "{folder}/t5";
  # LinkChecker asks a host more than ten times a second only where it says this.
  add_header LinkChecker 1 always;
  {certificate}
  server {{ listen {portal}:{portal_port} {tls} backlog=4096; root "{folder}/www"; index index.html;
    location /err/ {{ return 500; }}
    location /nohead/ {{ if ($request_method = HEAD) {{ return 405; }} }}
    {redirects}
  }}
  server {{ listen {other}:{other_port} {tls} backlog=4096; root "{folder}/other"; index index.html; }}
}}
"""


class ServeError(Exception):
    """A site cannot be served; the message says why."""


@dataclass(frozen=True, slots=True)
class Served:
    """A site that is being served: by which server, and the file with the authority to trust ("" without TLS)."""

    site: Site
    server: str
    authority: str

    def mark(self) -> int:
        """Returns where the log of requests ends now."""
        return self._log.stat().st_size if self._log.exists() else 0

    def since(self, mark: int) -> list[str]:
        """Returns the requests logged since a mark, one a line."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as log:
            log.seek(mark)
            return log.read().decode("latin-1").splitlines()

    @property
    def _log(self) -> Path:
        return self.site.folder / "access.log"


@contextlib.contextmanager
def serve(site: Site, *, plain: bool = False) -> Iterator[Served]:
    """Serves a site and its traps. `plain` disregards nginx. Raises ServeError."""
    folder, ports = site.folder.resolve(), site.plan.ports
    nginx = None if plain else shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if nginx and any(mark in str(folder) for mark in '"$\\'):
        raise ServeError(f"{folder}: such a path cannot be written into nginx's configuration")
    certificate = _certify(folder) if site.plan.tls else ""
    if nginx:
        (folder / "nginx.conf").write_text(_configuration(site.plan, site.redirects, folder, certificate), "utf-8")
        command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    else:
        command = [sys.executable, "-m", "benchmarks.plain", str(folder), *([certificate] if certificate else [])]
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(traps(ports))
            server = stack.enter_context(_running(command, folder / "server.log"))
            for host, port in ((PORTAL, ports.portal), (OTHER, ports.other)):
                _await(server, host, port, folder / "server.log")
        except OSError as error:
            raise ServeError(str(error)) from error
        yield Served(site, "nginx" if nginx else "plain", str(folder / "authority.pem") if certificate else "")


@contextlib.contextmanager
def _running(command: list[str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    with said.open("wb") as log:
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ)
    try:
        yield server
    finally:
        server.terminate()
        server.wait()


def _configuration(plan: Plan, redirects: dict[str, str], folder: Path, certificate: str) -> str:
    user = ""
    if os.geteuid() == 0:  # the worker would become somebody who may not read the site
        user = f"user {pwd.getpwuid(0).pw_name} root;"
    return _NGINX.format(
        folder=folder,
        user=user,
        gzip="on" if plan.gzip else "off",
        portal=PORTAL,
        portal_port=plan.ports.portal,
        other=OTHER,
        other_port=plan.ports.other,
        tls="ssl" if plan.tls else "",
        certificate=f'ssl_certificate "{certificate}"; ssl_certificate_key "{certificate}";' if certificate else "",
        redirects="".join(f"location = {path} {{ return 302 {url}; }} " for path, url in redirects.items()),
    )


def _certify(folder: Path) -> str:
    """Makes an authority and a certificate of it for both addresses; returns the file with certificate and key."""
    authority = trustme.CA(organization_name="Mingcha benchmarks")
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    issued = authority.issue_cert(PORTAL, OTHER)
    path = folder / "certificate.pem"
    path.unlink(missing_ok=True)
    path.touch(0o600)
    for blob in (issued.private_key_pem, *issued.cert_chain_pems):
        blob.write_to_path(str(path), append=True)
    return str(path)


def _await(server: subprocess.Popen[bytes], host: str, port: int, said: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        if server.poll() is not None:
            raise ServeError(f"the server ended: {said.read_text('utf-8', 'replace').strip() or server.returncode}")
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        if time.monotonic() > end:
            raise ServeError(f"the server does not listen on {host}:{port}")
        time.sleep(0.05)


def main() -> None:
    """Serves the site in a folder until it is told to end."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--plain", action="store_true", help="do without nginx")
    asked = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt), serve(load(asked.folder), plain=asked.plain) as served:
        print(f"{served.site.truth.home} ({served.server})", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
