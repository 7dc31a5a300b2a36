"""Models behind an address: servers that speak OpenAI's protocol, on this machine or elsewhere."""
