"""Why an inferred fact holds: the axioms behind it, by Pellet, as sentences with sources."""
