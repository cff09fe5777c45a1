"""What must change: desired against recorded, as data that is complete by itself."""
