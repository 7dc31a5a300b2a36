"""Examples for those who have none: labelling a file by hand, and public data sets that stand in."""
