"""Work in processes of its own, so that it has all cores, or those of a cluster's machines.

Owns: starting, feeding and ending worker processes, and what goes through their pipes; Dask, by
which others work.
Does not own: what is worked on; a worker imports only what that needs.
Invariants: results come in the order of the tasks, whoever made them; a worker process that fails
or is killed ends the work with one clear line, and a cluster does its tasks again elsewhere; no
worker process outlives its parent.
"""

from bcm_mqtt.processes.pipe import dumped, loaded
from bcm_mqtt.processes.remote import Call, Remote
from bcm_mqtt.processes.workers import Task, Workers, cores

__all__ = ["Call", "Remote", "Task", "Workers", "cores", "dumped", "loaded"]
