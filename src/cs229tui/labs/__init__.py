"""Labs as the program sees them: finding, launching, watching and recording their runs."""
