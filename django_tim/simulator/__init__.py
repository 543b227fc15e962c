"""The vendor's service, simulated: the same calls, answers, codes, rates and state.

It shares the catalogue and the answers with the client, and nothing else, or it would only
confirm our own mistakes.
"""

from .clock import Clock
from .core import Simulator
from .faults import Fault
from .group_types import Plan
from .refusals import Refusal
from .server import SimulatorServer

__all__ = ["Clock", "Fault", "Plan", "Refusal", "Simulator", "SimulatorServer"]
