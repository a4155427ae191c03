"""The crawl over small sites on loopback: frontier, scope, budgets, outages, resuming, renewal, second looks."""
