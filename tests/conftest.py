"""What the tests share: the packaged knowledge, its network, a server, and shared reading."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from krasbypass import Knowledge, Network, build_signalling_network, load_knowledge
from serving import serve

# a run that decides whether a change lands must not depend on luck; elsewhere, explore
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The packaged ontology, reasoned."""
    return load_knowledge()


@pytest.fixture(scope="session")
def network(knowledge: Knowledge) -> Network:
    """The network of the packaged ontology, hypotheses at their defaults."""
    return build_signalling_network(knowledge)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of scenarios and tables beside the project's root, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("no shared folder beside the project")
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server of the packaged ontology under its usual limits."""
    with serve() as url:
        yield url


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=300) as client:
        yield client
