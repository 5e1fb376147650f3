"""Work in processes of its own, so that it has all cores.

Owns: starting, feeding and ending worker processes, and what goes through their pipes.
Does not own: what is worked on; a worker imports only what that needs.
Invariants: results come in the order of the tasks, whoever made them; a worker that fails or is
killed ends the work with one clear line; no worker outlives its parent.
"""

from bcm_mqtt.processes.remote import Remote
from bcm_mqtt.processes.workers import Task, Workers, cores

__all__ = ["Remote", "Task", "Workers", "cores"]
