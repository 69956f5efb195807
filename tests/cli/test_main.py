"""The command line as a user meets it: exit codes, what goes to stderr, and nothing imported in vain."""

import subprocess
import sys

import pytest

import pilot5g
from pilot5g.cli import main as cli
from pilot5g.service.store import StoreError


def test_version(run):
    assert run("--version") == (0, f"pilot5g {pilot5g.__version__}\n", "")


def test_help_names_every_subcommand(run):
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert [name for name in cli.COMMANDS if name not in out] == []


def test_a_subcommand_nobody_knows(run):
    code, out, err = run("subscribers")
    assert (code, out) == (2, "")
    assert "No such command 'subscribers'" in err


def test_help_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from pilot5g.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'pilot5g.', 'yaml', 'cryptography', 'msgspec'\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['pilot5g.compiled', 'pilot5g.cli', 'pilot5g.cli.main']"


def test_the_installed_command_and_its_module_are_the_same():
    done = subprocess.run(
        [sys.executable, "-c", "from pilot5g.cli.main import main; main()", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"pilot5g {pilot5g.__version__}\n")


def test_what_a_user_can_put_right_is_no_traceback(run, monkeypatch):
    def refuse(arguments):
        raise StoreError("pilot.db is locked by another process")

    monkeypatch.setattr(cli, "application", refuse)
    assert run("config") == (1, "", "pilot.db is locked by another process\n")


def test_a_fault_of_ours_is_a_traceback(monkeypatch):
    def fail(arguments):
        raise KeyError("ours")

    monkeypatch.setattr(cli, "application", fail)
    with pytest.raises(KeyError):
        cli.main(["config"])
