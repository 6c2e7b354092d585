"""Who is who: districts, schools, persons, roles, classes' rosters, signing in, privacy, audit."""
