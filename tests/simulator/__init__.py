"""A fake model provider with real sockets: four dialects, scripted faults, and a journal of what really happened.

`Simulator` runs it in a thread, `python -m tests.simulator` in a process of its own. `Say` and its parts script what
the model says, `Fault` what goes wrong, `Record` tells what happened.
"""

from tests.simulator.fault import Fault
from tests.simulator.journal import Record, read_journal
from tests.simulator.say import Citation, Refusal, Say, Text, Thinking, Tokens, ToolCall, say
from tests.simulator.simulator import Simulator

__all__ = [
    "Citation",
    "Fault",
    "Record",
    "Refusal",
    "Say",
    "Simulator",
    "Text",
    "Thinking",
    "Tokens",
    "ToolCall",
    "read_journal",
    "say",
]
