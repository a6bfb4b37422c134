"""Backups: a workspace as it was at one moment, taken while it is served, and put back.

What is copied when decides whether an event can be missing. It moves from the journal to the log, or to the quarantine
in the state, and is deleted where it was only after the other place has it for good. So the journals are copied first,
then the log, then the state: whatever a journal no longer held lies in what is copied after it. What lies in two copies
is loaded once all the same, by its claim or by its id.
"""

from cherish.serve.backups.command import COMMANDS
from cherish.serve.backups.manifest import Manifest
from cherish.serve.backups.restoring import Restored, restore
from cherish.serve.backups.taking import Made, back_up

__all__ = ["COMMANDS", "Made", "Manifest", "Restored", "back_up", "restore"]
