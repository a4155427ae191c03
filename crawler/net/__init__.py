"""What leaves and comes back: one fetcher, its limiter, its guard, its log."""
