"""Documents for people: 检查报告, notices to units, and the forecast."""
