"""Resources of this machine, and locks between its processes."""
