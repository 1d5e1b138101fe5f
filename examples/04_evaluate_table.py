"""Levels of many scenarios from a table; a row with a mistake has its error, others levels."""

import csv
import tempfile
from pathlib import Path

import krasbypass as kb
from krasbypass.table import evaluate_table, read_table, write_table

SCENARIOS = [
    ("untreated", "NSCLC", "KRAS:G12C", ""),
    ("relapse", "NSCLC", "KRAS:G12C,MET:amp", "adagrasib"),
    ("two-alleles", "PDAC", "KRAS:G12D,KRAS:G12V", "MRTX1133"),
    ("typing-error", "CRC", "KRAS:G12C", "sotorasip"),
]

network = kb.build_signalling_network(kb.load_knowledge())
with tempfile.TemporaryDirectory() as folder:
    asked, answered = Path(folder, "scenarios.tsv"), Path(folder, "levels.tsv")
    with asked.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, delimiter="\t")
        writer.writerow(("id", "tissue", "alterations", "drugs"))
        writer.writerows(SCENARIOS)

    table = read_table(asked)
    with answered.open("w", newline="", encoding="utf-8") as handle:
        write_table(handle, table, network.outputs, evaluate_table(network, table))

    with answered.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            levels = [row[f"MAPK.{phase.value}"] for phase in kb.Phase]
            print(f"{row['id']:14}{row['error'] or ' → '.join(levels)}")
