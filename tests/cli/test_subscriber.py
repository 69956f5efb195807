"""`pilot5g subscriber`: on the SQLite store, keys shown only on request, all or nothing."""

import json
from pathlib import Path

import pytest

K, OPC = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"
ONE = ("001010000000001", "--k", K, "--opc", OPC)


def supis(run):
    return [each["supi"] for each in json.loads(run("subscriber", "list", "--json")[1])]


def test_add_list_show_remove(run):
    assert run("subscriber", "add", *ONE, "--msisdn", "491700000001") == (
        0,
        "added imsi-001010000000001\n",
        "",
    )
    code, out, err = run("subscriber", "list")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].strip() == "1 subscriber"
    for word in ("imsi-001010000000001", "491700000001", "milenage", "1, 1-010203", "internet", "yes"):
        assert word in out
    code, out, err = run("subscriber", "show", "imsi-001010000000001")
    assert (code, err) == (0, "")
    assert "internet in slice 1-010203" in out
    assert run("subscriber", "remove", "001010000000001") == (0, "removed imsi-001010000000001\n", "")
    assert supis(run) == []


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_keys_are_shown_only_on_request(run, how):
    run("subscriber", "add", *ONE)
    for command in (("show", ONE[0], *how), ("list", "--json")):
        assert K not in run("subscriber", *command)[1]
        assert OPC not in run("subscriber", *command)[1]
        out = run("subscriber", *command, "--secrets")[1]
        assert K in out
        assert OPC in out


def test_keys_that_are_not_given_are_generated(run):
    for number in "12":
        assert run("subscriber", "add", f"00101000000000{number}", "--algorithm", "tuak")[0] == 0
    first, second = (
        each["authentication"] for each in json.loads(run("subscriber", "list", "--json", "--secrets")[1])
    )
    assert (len(first["k"]), len(first["opc"]), first["algorithm"]) == (32, 64, "tuak")
    assert first["k"] != second["k"]


def test_a_key_without_its_opc_is_an_error(run):
    assert run("subscriber", "add", "001010000000001", "--k", K) == (
        2,
        "",
        f"subscriber add: opc: expected either opc or op; for example: {OPC}\n",
    )


def test_op_gives_the_opc_of_the_published_vector(run):
    # TS 35.208 test set 1
    op = "cdc202d5123e20f62b6d676ac72cb318"
    run("subscriber", "add", "001010000000001", "--k", K, "--op", op, "--slice", "1", "--disabled")
    made = json.loads(run("subscriber", "show", "001010000000001", "--json", "--secrets")[1])
    assert (made["authentication"]["opc"], made["slices"], made["enabled"]) == (OPC, ["1"], False)


def test_a_subscriber_that_is_there_is_replaced_only_on_request(run):
    run("subscriber", "add", *ONE)
    assert run("subscriber", "add", *ONE, "--disabled") == (
        2,
        "",
        "subscriber add: imsi: expected a new subscriber (or --replace),"
        " not imsi-001010000000001, known already\n",
    )
    assert run("subscriber", "add", *ONE, "--disabled", "--replace")[0] == 0
    assert json.loads(run("subscriber", "show", ONE[0], "--json")[1])["enabled"] is False


def test_what_is_not_there(run):
    assert run("subscriber", "show", "001010000000009") == (
        1,
        "",
        "imsi-001010000000009 is not a subscriber\n",
    )
    run("subscriber", "add", *ONE)
    assert run("subscriber", "remove", "001010000000009", ONE[0]) == (
        1,
        "removed imsi-001010000000001\n",
        "imsi-001010000000009 is not a subscriber\n",
    )
    code, _, err = run("subscriber", "show", "12x")
    assert code == 2
    assert "an IMSI is 6 to 15 digits" in err


def csv(*rows, header="imsi,k,opc"):
    Path("subs.csv").write_text("\n".join([header, *rows]))


def test_import(run):
    csv(*(f"00101{n:010},{K},{OPC}" for n in range(100)))
    assert run("subscriber", "import", "subs.csv", "--dry-run") == (
        0,
        "100 subscribers could be imported; nothing was changed\n",
        "",
    )
    assert not Path("pilot.db").exists()
    assert not Path("pilot.key").exists()
    assert run("subscriber", "import", "subs.csv") == (0, "imported 100 subscribers\n", "")
    assert supis(run) == [f"imsi-00101{n:010}" for n in range(100)]


def test_a_long_list_is_lines(run):
    csv(*(f"00101{n:010},{K},{OPC}" for n in range(1001)))
    run("subscriber", "import", "subs.csv")
    lines = run("subscriber", "list")[1].splitlines()
    assert len(lines) == 1001
    assert lines[7] == "imsi-001010000000007\t\tmilenage\t1, 1-010203\tinternet\t0\tyes"


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_import_is_all_or_nothing(run, dry):
    run("subscriber", "add", *ONE)
    csv(f"001010000000002,{K},{OPC}", f"001010000000001,{K},{OPC}")
    assert run("subscriber", "import", "subs.csv", *dry) == (
        2,
        "",
        "subs.csv:3: imsi: expected a new subscriber (or --replace),"
        " not imsi-001010000000001, known already\n",
    )
    csv(f"001010000000002,{K},{OPC}", "x,y,z")
    code, out, err = run("subscriber", "import", "subs.csv", "--replace", *dry)
    assert (code, out, len(err.splitlines())) == (2, "", 3)
    assert supis(run) == ["imsi-001010000000001"]


def test_import_replaces_on_request(run):
    run("subscriber", "add", *ONE)
    csv(f"001010000000001,{K},{OPC},no", header="imsi,k,opc,enabled")
    assert run("subscriber", "import", "subs.csv", "--replace")[0] == 0
    assert json.loads(run("subscriber", "show", ONE[0], "--json")[1])["enabled"] is False


def test_a_file_of_faults_does_not_fill_the_screen(run):
    csv(*["x,y,z"] * 1000)
    code, _, err = run("subscriber", "import", "subs.csv")
    assert (code, len(err.splitlines()), err.splitlines()[-1]) == (2, 51, "… and 2950 more")


def test_a_file_that_cannot_be_read(run):
    assert run("subscriber", "import", "none.csv") == (
        1,
        "",
        "none.csv cannot be read: No such file or directory\n",
    )
    Path("subs.csv").write_bytes(b"imsi,k,opc\n\xff")
    assert run("subscriber", "import", "subs.csv") == (1, "", "subs.csv is not UTF-8 text\n")


def test_a_store_that_cannot_be_used(run):
    run("subscriber", "add", *ONE)
    Path("pilot.key").chmod(0o644)
    assert run("subscriber", "list") == (
        1,
        "",
        "the key file pilot.key is open to others (mode 0644): chmod 600 pilot.key\n",
    )
    Path("pilot.key").unlink()
    code, out, err = run("subscriber", "show", ONE[0])
    assert (code, out, err) == (1, "", "the key file pilot.key cannot be read: No such file or directory\n")
    Path("pilot.yaml").write_text("store: {path: pilot.yaml}")
    code, out, err = run("subscriber", "list")
    assert (code, out) == (1, "")
    assert "pilot.yaml is damaged or no SQLite database" in err
