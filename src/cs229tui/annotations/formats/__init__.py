"""What is written on the readings, as files that other programs read and write."""
