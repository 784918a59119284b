"""What several screens are built from, one widget a file."""
