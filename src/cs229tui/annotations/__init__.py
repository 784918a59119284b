"""What a student attaches to a passage: making it, threading it, and taking it elsewhere."""
