"""Looking again: the identical test of a finding, and what is due for it when."""
