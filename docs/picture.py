"""Takes the pictures of README from a real run of `cherish demo`: its page in a browser, its story in a terminal.

    make picture

It needs Chromium. The pictures in the repository were taken with the fonts Inter and Noto Serif installed.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from cherish.demo.run import run

PICTURES = Path(__file__).parent / "pictures"
WIDE, HIGH, SCALE = 1280, 1064, 1.25
"""The part of the page that is taken, and how many dots a pixel becomes: 1,600 by 1,330."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip
THEME = TerminalTheme(
    (31, 27, 23), (244, 239, 231),
    [(58, 52, 45), (255, 125, 155), (99, 203, 182), (240, 185, 92), (124, 192, 224), (183, 155, 232), (124, 192, 224),
     (244, 239, 231)],
)  # fmt: skip
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas,
  "DejaVu Sans Mono", monospace; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame asks a font from the network; this one takes what the reader has."""


def main() -> int:
    """Run the demo in an empty folder and keep its two pictures."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write("make picture needs Chromium: apt-get install chromium\n")
        return 2
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # Paths in the story are told from here, as a newcomer would see them.
        os.chdir(folder)
        console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor")
        console.print(Text("$ cherish demo", style="bold"))
        page = run(console=console).resolve()
        text = console.export_svg(title="", theme=THEME, code_format=FRAME, unique_id="story")
        (PICTURES / "terminal.svg").write_text(text, encoding="utf-8")
        take(browser, page, PICTURES / "demo.png")
        os.chdir(PICTURES)
    for path in sorted(PICTURES.iterdir()):
        sys.stdout.write(f"{path.name}  {path.stat().st_size:,} bytes\n")
    return 0


def take(browser: str, page: Path, picture: Path) -> None:
    """The top of a page as a PNG."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", f"--window-size={WIDE},{HIGH}",
                   f"--force-device-scale-factor={SCALE}", f"--screenshot={picture}", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    raise SystemExit(main())
