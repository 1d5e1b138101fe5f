"""Which routes does KRAS G12C lung cancer have under sotorasib, and what does TNO155 change?"""

import krasbypass as kb

network = kb.build_signalling_network(kb.load_knowledge())
tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C"])

for drugs in ([], ["sotorasib"], ["sotorasib", "TNO155"]):
    answer = kb.find_routes(network, tumour, drugs, outputs=["MAPK"])
    levels = answer.outputs["MAPK"]
    print(f"{' + '.join(answer.drugs) or 'no drug'}: MAPK {levels.acute.label} at once, ", end="")
    print(f"{levels.adapted.label} after adaptation")
    for route in (*answer.routes, *answer.residual):
        print(f"  {route.level.label} {route.kind}, {route.timing}: {' → '.join(route.nodes)}")
    for closed in answer.closed:
        print(f"  closed at {closed.closed_at} by {' + '.join(closed.by)}")
