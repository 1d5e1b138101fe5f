"""Many patients at once: tables in, levels under every regimen out, and what they come to.

`read_cohort` reads MAF files, cBioPortal's tables or a table in our notation, and accounts for
every row. `answer_cohort` answers each distinct genotype once, in this process, in several, or on
a Dask cluster. `design_regimens` finds regimens for a cohort; `write_results` writes tables, JSON
and a report page.
"""

from krasbypass.cohort.answering import CohortAnswer, answer_cohort
from krasbypass.cohort.designing import design_regimens
from krasbypass.cohort.dialects import CohortTableError
from krasbypass.cohort.model import Cohort, SharedGenotype
from krasbypass.cohort.page import render_cohort_page
from krasbypass.cohort.reading import read_cohort
from krasbypass.cohort.regimens import Regimen, make_regimens, read_regimens
from krasbypass.cohort.running import ClusterError
from krasbypass.cohort.writing import cohort_to_json, write_json, write_results

__all__ = [
    "ClusterError",
    "Cohort",
    "CohortAnswer",
    "CohortTableError",
    "Regimen",
    "SharedGenotype",
    "answer_cohort",
    "cohort_to_json",
    "design_regimens",
    "make_regimens",
    "read_cohort",
    "read_regimens",
    "render_cohort_page",
    "write_json",
    "write_results",
]
