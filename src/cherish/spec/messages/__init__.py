"""Messages of the Segment family: what a body holds, what is taken of it, and what is refused with its reason."""

from cherish.spec.messages.bounds import Limits
from cherish.spec.messages.discreet import Discreet
from cherish.spec.messages.reasons import MALFORMED, REFUSED, Malformed, Refusal, Taken
from cherish.spec.messages.taking import taken
from cherish.spec.messages.unpacking import unpacked

__all__ = ["MALFORMED", "REFUSED", "Discreet", "Limits", "Malformed", "Refusal", "Taken", "taken", "unpacked"]
