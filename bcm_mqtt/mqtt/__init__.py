"""MQTT: every topic, every payload both ways, discovery, requests, and the client.

Owns: the strings and shapes that go over the wire, how a request gets its response, and
paho. Does not own: when something is published, or what is done with a message.
Invariants: no topic string outside `topics`; a payload that does not decode is a
`PayloadError` with one line, never another exception.
"""
