"""What an address of the made-up portal comes to."""

from __future__ import annotations

import http.client
from urllib.parse import urljoin, urlsplit

from benchmarks.plan import NOWHERE


def answer(url: str, method: str = "GET") -> tuple[str, bytes]:
    """Returns what an address comes to, redirects followed, and the body."""
    parts = urlsplit(url)
    if parts.hostname is not None and parts.hostname.endswith(f".{NOWHERE}"):
        return "no such name", b""  # not asked: a test asks nobody outside
    connection = http.client.HTTPConnection(parts.netloc, timeout=0.3 if parts.hostname == "127.0.0.4" else 10)
    try:
        connection.request(method, parts.path)
        response = connection.getresponse()
        body = response.read()
    except ConnectionRefusedError:
        return "refused", b""
    except TimeoutError:
        return "silent", b""
    finally:
        connection.close()
    if response.status in (301, 302):
        return answer(urljoin(url, response.headers["Location"]), method)
    return str(response.status), body
