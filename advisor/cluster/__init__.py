"""Workers on a Ray cluster: each candidate in an actor on one node; every decision stays in the driving process."""
