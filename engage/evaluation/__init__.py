"""What the library program is worth, by evidence."""
