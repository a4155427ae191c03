"""Looking again: what is due when, by what method, and what it does to a finding."""
