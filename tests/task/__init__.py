"""The task room: task files, examples files and the split into teaching and evidence."""
