"""Refresh of the catalog from the Hub: crawl, journal, merge and land."""
