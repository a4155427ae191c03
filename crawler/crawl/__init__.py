"""The crawl of one portal: frontier, census of links, renewal, second looks."""
