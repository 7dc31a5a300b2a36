"""What this machine has, and locks between the processes on it."""
