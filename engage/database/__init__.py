"""Tables: the two engines, migrations, transactions, tenancy, folding text for search."""
