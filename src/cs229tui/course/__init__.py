"""The syllabus: a typed, validated view of a course file, and its schedule."""
