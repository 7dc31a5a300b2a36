"""Nothing that others bring runs, and nothing leaves this machine, unasked; secrets are taken out of what is told."""
