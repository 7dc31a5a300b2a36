"""The models at hand: what the Hub cache and local folders hold, and how each can be loaded."""
