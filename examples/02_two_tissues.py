"""The same allele and drug in lung and in colon: which receptor comes back, and who stops it?"""

import krasbypass as kb

network = kb.build_signalling_network(kb.load_knowledge())

print(f"{'tissue':8}{'drugs':26}{'acute':12}{'adapted':12}receptors that come up")
for tissue in ("NSCLC", "CRC"):
    tumour = kb.Tumour.parse(tissue, ["KRAS:G12C"])
    for drugs in (["sotorasib"], ["sotorasib", "cetuximab"], ["sotorasib", "TNO155"]):
        answer = kb.find_routes(network, tumour, drugs, outputs=["MAPK"])
        levels = answer.outputs["MAPK"]
        relieved = {
            receptor
            for route in (*answer.routes, *answer.residual)
            if route.nodes[0] == "relief:MAPK" and "receptor_exchange" in route.nodes
            for receptor in route.nodes[1].split("|")
        }
        row = f"{tissue:8}{' + '.join(drugs):26}{levels.acute.label:12}{levels.adapted.label:12}"
        print(row + (", ".join(sorted(relieved)) or "none that reach ERK"))
