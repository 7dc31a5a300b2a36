"""The shortlist: candidates that fit the task, its constraints and this machine, smallest first."""
