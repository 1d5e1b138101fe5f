"""The explorer, its API and the SPARQL endpoint: one process that serves, and workers that answer.

The serving process reads requests, checks them and passes them on; everything that computes runs
in worker processes, each of which can be killed at any moment without harm to the others.
"""
