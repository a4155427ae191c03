"""What the attacks share: a fetcher towards a loopback server, and browser and server of the browser's tests."""

from __future__ import annotations

from tests.browser.conftest import _server as _server
from tests.browser.conftest import _service as _service
from tests.browser.conftest import found as found
from tests.browser.conftest import service as service
from tests.browser.conftest import site as site
from tests.net.conftest import reach as reach
