"""Django's PostgreSQL backend, with the scope binding carried to the server for row-level security."""
