"""Tells: workbooks, score sheets, the HTML report, documents, CSV and JSON Lines, all from the same rows.

Reports read stored results and evidence and decide nothing: no verdict, threshold or wording of a finding is made
here. What people read is Chinese; keys of machine feeds are English and only ever added to. This package imports
`storage`, `indicators`, `checks` and `portal`, never `crawler` or `mingcha`, and touches no network.
"""
