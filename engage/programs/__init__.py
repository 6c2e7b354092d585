"""Reading programs: challenges, the log, awards."""
