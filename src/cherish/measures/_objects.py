"""Engaged with what? The customary events of thinking, liking and doing for brand, product, community and content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cherish.errors import QuestionError
from cherish.spec.names import CONTRIBUTES, CREATES, FAVOURITES, ORDER_COMPLETED, REVIEWS, SEARCHES, SHARES, VIEWS
from cherish.spec.view import View


@dataclass(frozen=True)
class Legs:
    """The event names of the three legs; `behavioural` empty stands for whatever counts as activity."""

    cognitive: tuple[str, ...]
    emotional: tuple[str, ...]
    behavioural: tuple[str, ...]

    def on(self, view: View, own: Mapping[str, tuple[str, ...]], active: str) -> Legs:
        """The names that the log has; those that somebody gave must all be there.

        Raises:
            QuestionError: a given name is no event of the log.
        """
        there = view.facts.names
        for leg, names in own.items():
            missing = [name for name in names if name not in there]
            if missing:
                listed = ", ".join(sorted(there))
                raise QuestionError(f"{leg}={'|'.join(names)!r}: {missing[0]!r} is no event here; there are {listed}")
        customary = {"cognitive": self.cognitive, "emotional": self.emotional,
                     "behavioural": self.behavioural or view.active(active).events}  # fmt: skip
        return Legs(
            **{leg: own[leg] or tuple(name for name in names if name in there) for leg, names in customary.items()}
        )


OBJECTS = {
    "brand": Legs((*SEARCHES, *VIEWS), (*FAVOURITES, *SHARES, *REVIEWS), ()),
    "product": Legs(
        (*SEARCHES, "Product Viewed"),
        ("Product Added to Wishlist", "Product Shared", "Product Reviewed"),
        ("Product Clicked", "Product Added", "Cart Viewed", "Checkout Started", ORDER_COMPLETED),
    ),
    "community": Legs(
        ("Content Viewed", "Content Searched"), ("Content Liked", "Reaction Created", "Content Saved"),
        tuple(name for name in (*CREATES, *CONTRIBUTES) if name not in ("Content Liked", "Reaction Created")),
    ),
    "content": Legs(
        ("Content Viewed", "Page", "Page Viewed", "Screen Viewed", "Content Searched"),
        ("Content Liked", "Content Saved", "Reaction Created"),
        ("Content Clicked", "Content Shared", "Comment Created", "Post Created", "Content Created"),
    ),
}  # fmt: skip
"""What customarily stands for each leg, by the object that customers are engaged with."""
