"""Publishes the snapshots of the ingest benchmark to a broker: its own process, its own core."""

import sys

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.mqtt.payloads import encode_snapshot
from bcm_mqtt.mqtt.topics import Topics
from benchmarks.ingest import snapshots


def publish(port: int, count: int) -> None:
    """Publishes all of them and waits until the broker has them."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    topics, last = Topics(), None
    for snapshot in snapshots(count):
        last = client.publish(topics.snapshot(snapshot.panel), encode_snapshot(snapshot), qos=1)
    if last:
        last.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    publish(*map(int, sys.argv[1:]))
