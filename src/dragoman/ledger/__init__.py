"""The meter's memory: a journal that survives a kill, a store that answers questions, and what moves rows between."""
