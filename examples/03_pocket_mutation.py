"""Second changes in the pocket of KRAS G12C: which drug is lost, and which one still binds?"""

import krasbypass as kb

knowledge = kb.load_knowledge()
network = kb.build_signalling_network(knowledge)
drugs = ("sotorasib", "adagrasib", "RM-018", "daraxonrasib")

print("level of MAPK at once, under each drug")
print("".join(f"{name:16}" for name in ("allele", *drugs)))
for allele in ("G12C", "G12C+R68S", "G12C+H95D", "G12C+Y96D"):
    tumour = kb.Tumour.parse("NSCLC", [f"KRAS:{allele}"])
    answers = [kb.find_routes(network, tumour, [drug], outputs=["MAPK"]) for drug in drugs]
    levels = (answer.outputs["MAPK"].acute.label for answer in answers)
    print("".join(f"{text:16}" for text in (allele, *levels)))

print("\nwhy sotorasib loses Y96D")
tumour = kb.Tumour.parse("NSCLC", ["KRAS:G12C+Y96D"])
route = kb.find_routes(network, tumour, ["sotorasib"], outputs=["MAPK"]).routes[0]
print(f"  {route.kind} ({', '.join(route.details)}): {' → '.join(route.nodes)}")
change = knowledge.alterations["KRAS:Y96D"].id
lost = sorted(d.name for d in knowledge.drugs.values() if change in d.abrogated_by)
print(f"  the reasoner finds that Y96D abolishes binding of {', '.join(lost)}")
