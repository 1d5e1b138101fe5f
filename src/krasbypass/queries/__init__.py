"""SPARQL: the packaged graph or another store, the named queries, and queries as text."""
