"""The faults, drawn from the seed of a run.

Owns: which kinds there are, how often each comes, how long it lasts.
Does not own: how a broken thing behaves; that is its own.
Invariant: what one kind draws does not depend on others, so that one can be left out.
"""

from chaos.faults.kinds import KINDS
from chaos.faults.run import Run

__all__ = ["KINDS", "Run"]
