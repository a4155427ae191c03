"""Scores: indicator systems as data, and the arithmetic that turns an audit's results into marks that can be defended.

Everything here is pure: a system is read from its TOML file into frozen values, and `scoring` folds results, findings,
draws and marks over it. No network, browser, database, clock or random source; time and seeds come in as values. This
package imports `checks` and `portal` and knows nothing of `storage`, `reports`, `crawler` or `mingcha`.
"""
