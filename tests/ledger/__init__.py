"""The ledger workbook and its way back."""
