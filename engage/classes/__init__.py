"""Teaching: assignments of lists to school classes and how far each student is."""
