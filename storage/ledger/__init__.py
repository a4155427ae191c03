"""The ledger: what people do with findings, as rows that are only ever added, and what they add up to."""
