"""One graph from the first words to the report; every front end drives it by `advisor.workflow.drive`."""
