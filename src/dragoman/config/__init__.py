"""What an operator may set: a file and the environment, read strictly into frozen `Settings`.

Two phases. Parsing reads YAML, fills in `${VARIABLES}` and checks every key and type; resolving then checks what refers
to what and fills in what the catalogue and the environment know. Each phase gathers all mistakes before it gives up.
"""
