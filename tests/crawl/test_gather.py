"""Gathering a whole portal: stages, resuming, interruption, home pages that are not there."""

from __future__ import annotations

from pathlib import Path

from crawler.gather import GatherOptions, gather
from crawler.progress import silent
from portal.artifacts import FetchOutcome, GatherSummary, HostRecord, LinkRecord, PageRecord, Vantage
from portal.model import Portal
from storage.bundle import Bundle
from tests.crawl.drive import AS_OF, open_bundle
from tests.crawl.site import Site, portal, serve, small_portal

OPTIONS = GatherOptions(use_browser=False, home_retries=(0.0,))


async def run(site: Site, folder: Path, entry: Portal | None = None, options: GatherOptions = OPTIONS) -> GatherSummary:
    """Gathers the site into a bundle."""
    entry = entry or portal()
    with open_bundle(folder, entry, site.network()) as bundle:
        return await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)


async def test_a_whole_gathering_without_a_browser(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        summary = await run(site, tmp_path / "b")
    with Bundle.open(tmp_path / "b") as bundle:
        assert summary.stopped_by == ""
        assert summary.home_outcome is FetchOutcome.OK
        assert summary.pages == bundle.count(PageRecord) == 44
        assert bundle.count(HostRecord) == 1
        assert set(bundle.stages()) == {"vantage", "crawl", "links", "probe", "search"}
        assert all(link.attempts or link.skipped for link in bundle.all(LinkRecord))
        assert (vantage := bundle.get(Vantage, "vantage")) and not vantage.browser.ok
        assert bundle.get(GatherSummary, "summary") == summary
