"""Run the command line in this process, in a folder of its own."""

import pytest

from pilot5g.cli.main import main


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """A function from arguments to (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PILOT5G_CONFIG", raising=False)

    def command(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        return left.value.code or 0, out, err

    return command
