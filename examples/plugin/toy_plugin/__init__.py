"""An engine and a task family that Model Advisor finds by this package's entry points."""
