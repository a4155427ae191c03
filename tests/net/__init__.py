"""All that leaves and comes back: fetcher, guard, resolver, robots, pace, certificates, and targets.toml."""
