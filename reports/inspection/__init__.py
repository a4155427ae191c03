"""检查报告: of one portal, of a jurisdiction."""
