"""A simulated SOC that serves the vendors' wire formats on loopback: seeded, lazy, breakable on demand."""

from connectors.simulator.app import create_app
from connectors.simulator.faults import Fault, Faults
from connectors.simulator.server import Simulator, running
from connectors.simulator.settings import SimulatorSettings

__all__ = ["Fault", "Faults", "Simulator", "SimulatorSettings", "create_app", "running"]
