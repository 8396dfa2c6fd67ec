"""A major incident run in chat: a pure state machine over an append-only stream of events.

base      what every event and part of the state is made of
state     the crisis as it stands, folded from its events
events    every kind of event, and how one is read back
store     load, decide, commit under a version; the hash chain
effects   what follows from an event: the board, announcements, other posts
"""
