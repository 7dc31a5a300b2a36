"""Time of our probe over a bare loop with the same library, model, texts, batches and threads, for every engine."""
