"""A report for a trial board: KRAS G12C colorectal cancer under sotorasib, as a page and a text."""

import tempfile
from pathlib import Path

import krasbypass as kb
from krasbypass.dossier import make_report
from krasbypass.pages import build_document, write_report

network = kb.build_signalling_network(kb.load_knowledge())
tumour = kb.Tumour.parse("CRC", ["KRAS:G12C"])
report = make_report(network, tumour, ["sotorasib"])

best = report.gaps.closers[0]
print(f"first closer: {' + '.join(best.drugs)} ({', '.join(best.mechanisms)})")
print(f"approved for this tumour: {best.record.approved_for_tumour}")

document = build_document(report)
print("sections:")
for section in document.sections:
    print(f"  {section.title}")

with tempfile.TemporaryDirectory() as folder:
    for ending in (".html", ".md", ".svg"):
        for path in write_report(report, Path(folder, f"case{ending}")):
            print(f"wrote {path.name}")
