"""Consent: no foreign code runs and nothing leaves this machine without it; secrets are removed from messages."""
