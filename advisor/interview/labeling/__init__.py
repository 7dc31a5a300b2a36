"""Examples for users without any: labelling a file by hand, and public data sets as substitutes."""
