"""MQTT without a network: a broker as Mosquitto is one, paho's client, and the wires between.

Owns: sessions, queues and retained messages; what paho does on its own; connections that are cut.
Does not own: topics and payloads, which are the services'.
Invariant: what the broker answers and delivers is what Mosquitto would, which a test holds it to.
"""

from chaos.mqtt.broker import Broker, Peer, Published
from chaos.mqtt.link import LINKS, Link
from chaos.mqtt.wire import latency

__all__ = ["LINKS", "Broker", "Link", "Peer", "Published", "latency"]
