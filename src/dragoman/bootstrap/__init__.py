"""Wires everything together: settings in, a running gateway out. One `build_*` per part; nothing else wires."""
