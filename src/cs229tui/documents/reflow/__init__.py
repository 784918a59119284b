"""Pages made into prose: where things stand, what they are, and how they read on."""
