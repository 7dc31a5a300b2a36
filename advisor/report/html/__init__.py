"""The report as one HTML file: no script, nothing fetched, readable on a phone, in print and by a screen reader."""
