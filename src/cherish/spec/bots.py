"""Known bots by their user agent: crawlers, fetchers of previews, monitors, and browsers that nobody sits at."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

BOTS = (
    # Whoever says so. CUBOT makes telephones.
    "(^|[^u])bot", "[^c]ubot", "crawl", "spider", "slurp", "scrapy", "ia_archiver", "mediapartners-google",
    "feedfetcher", "google-inspectiontool", "googleother",
    # Fetchers of previews, for links that somebody sent.
    "facebookexternalhit", "facebookcatalog", "meta-externala", "^whatsapp/", "skypeuripreview", "bingpreview",
    "linkpreview", "link preview", "embedly", "iframely", "vkshare", "google-pagerenderer", "google web preview",
    # Monitors and measures of speed.
    "pingdom", "statuscake", "site24x7", "uptime-kuma", "newrelicpinger", "datadogsynthetics", "catchpoint",
    "lighthouse", "pagespeed", "gtmetrix", "ptst/", "w3c_validator",
    # Browsers without a window, and programs that fetch pages.
    "headless", "phantomjs", "puppeteer", "playwright", "selenium", "^curl/", "^wget/", "python-requests",
    "python-urllib", "^go-http-client", "libwww-perl",
)  # fmt: skip
"""Parts of user agents in small letters, as regular expressions that Python and the engine read alike."""

PATTERN = "|".join(BOTS)
LONGEST = 2_000
"""Characters of a user agent that are looked at."""

_SOUGHT = re.compile(PATTERN)


def is_bot(user_agent: Any) -> bool:
    """Whether a user agent is a known bot's; anything but a text is nobody's."""
    return isinstance(user_agent, str) and _known(user_agent[:LONGEST])


@lru_cache(maxsize=4_096)
def _known(user_agent: str) -> bool:
    # A busy site sees the same few thousand user agents again and again.
    return _SOUGHT.search(user_agent.lower()) is not None
