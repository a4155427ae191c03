"""One model of a document, drawn as DOCX and as a page for PDF."""
