"""PDFs read from a safe distance, in a child process that may be killed."""
