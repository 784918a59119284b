"""Documents from the network: where they may be had, asking politely, resuming, and what became of each."""
