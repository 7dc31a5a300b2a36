"""The engine: task, shortlist, probe, evidence, decision, report."""
