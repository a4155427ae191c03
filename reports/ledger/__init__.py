"""The ledger workbook: its sheets in the order of assessors."""
