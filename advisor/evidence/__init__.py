"""Evidence: what outcomes prove, when to stop, and with what confidence."""
