"""What is written for people and programs: workbook, HTML report, documents, feeds, score sheets, rankings."""
