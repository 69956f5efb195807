"""The documentation keeps up with the code: generated pages are fresh, links lead somewhere."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pilot5g.app.config import Config, parse
from pilot5g.app.config_csv import read_subscribers
from pilot5g.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_pages_are_as_the_code_says():
    check = subprocess.run(
        [sys.executable, ROOT / "tools" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, f"{check.stdout}{check.stderr}: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_on_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [
        page.relative_to(ROOT / "docs") for page in PAGES if page.parent != ROOT and page.name != "index.md"
    ]
    assert [str(page) for page in pages if f"({page})" not in index] == []


def blocks(language):
    """Every block of a language in the documentation, each named by its page and number."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
        for number, (_, block) in enumerate(found, 1):
            yield pytest.param(textwrap.dedent(block), id=f"{page.relative_to(ROOT)}:{number}")


@pytest.mark.parametrize("text", list(blocks("yaml")))
def test_every_configuration_shown_can_be_used(text):
    parse(text)


@pytest.mark.parametrize("text", list(blocks("csv")))
def test_every_subscriber_file_shown_can_be_imported(text):
    assert len(read_subscribers(text, Config(), "example")) == len(text.strip().splitlines()) - 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_shown_exists(page):
    shown = re.findall(r"(?:^|`|/)pilot5g ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(shown) <= set(COMMANDS)
