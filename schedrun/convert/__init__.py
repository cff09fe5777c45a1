"""Coming from elsewhere and going there: foreign formats to manifests and back, with a proof of the fire times.

Texts arrive as arguments, and what cannot be carried is a value, never silence. `formats` reads, `exports` writes,
`timetables` says when the foreign tools fire: apart from our own engine, or it would prove nothing.
"""
