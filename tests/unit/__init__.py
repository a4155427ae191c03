"""Pure functions on plain values: the readers of portal/, the checks, the indicator systems."""
