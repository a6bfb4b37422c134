"""The single view of each customer, by any key, and the search that finds one."""

from cherish.customers.figures import OWN
from cherish.customers.keys import UnknownCustomer
from cherish.customers.searching import Match, Matches, search
from cherish.customers.single_view import PARTS, CustomerView, view
from cherish.customers.timeline import Wanted

__all__ = ["OWN", "PARTS", "CustomerView", "Match", "Matches", "UnknownCustomer", "Wanted", "search", "view"]
