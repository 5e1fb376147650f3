"""MQTT: every topic, every payload both ways, discovery, and the client.

Owns: the strings and shapes that go over the wire, and paho. Does not own: when
something is published, or what is done with a message.
Invariants: no topic string outside `topics`; a payload that does not decode is a
`PayloadError` with one line, never another exception.
"""
