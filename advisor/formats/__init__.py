"""Models on this machine: contents of the Hub cache and local folders, and how to load them."""
