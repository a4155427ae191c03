"""The ledger at the front door: verbs, exports, and files that come back filled in."""
