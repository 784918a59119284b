"""The student's state in one SQLite file: schema, migrations and each table's queries."""
