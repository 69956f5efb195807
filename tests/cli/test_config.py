"""`pilot5g config`: begin, check, show."""

from pathlib import Path

from pilot5g.app.config import Config, parse, shown


def test_begin_check_and_show(run):
    assert run("config", "init") == (0, "wrote pilot.yaml\n", "")
    assert run("config", "check") == (
        0,
        "pilot.yaml is a working configuration: Pilot5G, PLMN 001-01, 2 slices, 1 data networks,"
        " 2 emulated radios, 20 phones\n",
        "",
    )
    code, out, err = run("config", "show")
    assert (code, parse(out), err) == (0, Config(), "")


def test_beginning_does_not_overwrite(run):
    Path("pilot.yaml").write_text("network: {name: Mine}\n")
    assert run("config", "init") == (
        1,
        "",
        "pilot.yaml is there already: name another file, or replace it with --force\n",
    )
    assert "Mine" in Path("pilot.yaml").read_text()
    assert run("config", "init", "--force")[0] == 0
    assert "Mine" not in Path("pilot.yaml").read_text()
    assert run("config", "init", "no/where.yaml")[0] == 1


def test_where_the_configuration_comes_from(run, monkeypatch):
    assert run("config", "show")[1] == shown(Config())
    Path("pilot.yaml").write_text("network: {name: Here}")
    Path("b.yaml").write_text("network: {name: Environment}")
    Path("c.yaml").write_text("network: {name: Option}")
    assert "name: Here\n" in run("config", "show")[1]
    monkeypatch.setenv("PILOT5G_CONFIG", "b.yaml")
    assert "name: Environment\n" in run("config", "show")[1]
    assert "name: Option\n" in run("config", "show", "-c", "c.yaml")[1]


def test_keys_are_shown_only_on_request(run):
    key = "01" * 32
    Path("pilot.yaml").write_text(
        f"security: {{home_network_keys: [{{id: 1, profile: A, private_key: {key}}}]}}"
    )
    assert key not in run("config", "show")[1]
    assert key in run("config", "show", "--secrets")[1]


def test_what_is_wrong_goes_to_stderr_with_exit_code_2(run):
    Path("pilot.yaml").write_text("network: {plnm: 1}\ntracking_areas: [x]\n")
    said = (
        "pilot.yaml:1: network.plnm: expected 'plmn', not 'plnm'\n"
        "pilot.yaml:2: tracking_areas[0]: expected a tracking area code from 0 to 16777215, not 'x';"
        " for example: 1\n"
    )
    assert run("config", "check") == run("config", "show") == (2, "", said)
    code, _, err = run("config", "check", "none.yaml")
    assert (code, err.partition(":")[0]) == (2, "none.yaml")
