"""How each kind of database takes many rows of the mirror; the ORM takes too much time a row."""
