"""Evidence: what outcomes prove, when to stop, and how sure the claim is."""
