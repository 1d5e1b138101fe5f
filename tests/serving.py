"""A real server for tests: its own process on a free port, ended afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# a test machine that is set to use a proxy shall not use it for itself
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

_CODE = """
import json, sys
from krasbypass.web.limits import Limits
from krasbypass.web.server import run_server
limits = Limits(**json.loads(sys.argv[1]))
run_server(port=0, limits=limits, announce=lambda s: print(s.url, flush=True))
"""


@contextmanager
def serve(*, faults: bool = False, **limits: Any) -> Iterator[str]:
    """Serve the packaged ontology; yield the address, which ends with a slash.

    A traceback in what the server prints fails the test, unless `faults` are expected.
    """
    command = [sys.executable, "-c", _CODE, json.dumps(limits)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        assert url.startswith("http"), server.communicate()[1]
        yield url
    finally:
        server.terminate()
        said = server.communicate(timeout=120)[1]
    assert faults or "Traceback" not in said, said
