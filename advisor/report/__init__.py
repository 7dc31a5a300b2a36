"""The report: one document for programs, one summary for people."""
