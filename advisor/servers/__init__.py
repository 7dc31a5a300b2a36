"""Models on servers with OpenAI's protocol, on this machine or elsewhere."""
