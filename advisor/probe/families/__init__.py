"""Task families: one file each. How an example becomes a call, how an answer becomes a score."""
