"""The canonical vocabulary in which all dialects meet. Data only: closed unions of msgspec Structs, no behaviour.

A dialect knows this model; the model knows no dialect. What a dialect says that the model has no word for rides in
`extras`, keyed by the dialect's name, and comes out again only in that dialect.
"""
