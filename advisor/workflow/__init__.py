"""The line from the first words to the reports as one graph; every front door drives it by `advisor.workflow.drive`."""
