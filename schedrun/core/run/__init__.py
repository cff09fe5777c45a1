"""What happened: runs, spans, recorded jobs, and the pure decisions that turn due times into both."""
