"""The models on this machine: what the Hub cache and local folders hold, and how each can be loaded."""
