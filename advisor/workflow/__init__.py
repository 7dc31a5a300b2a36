"""The line from the first words to the reports as one graph; every front end drives it by `advisor.workflow.drive`."""
