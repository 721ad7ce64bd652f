"""The collector can't be run here (there is no PowerShell), so its text is held to what can be checked in it."""

from __future__ import annotations

import re

import pytest

from hvgui.exchange.inventory import FORMAT_NAME, FORMAT_VERSION
from hvgui.shipped import shipped_file

SCRIPT = shipped_file("collector/Collect-HvguiInventory.ps1").read_text(encoding="ascii")
TOKENS = re.compile(r"""<#.*?#>|#[^\n]*|'(?:[^']|'')*'|"(?:[^"`]|`.)*\"""", re.DOTALL)
CODE = TOKENS.sub(lambda token: "" if token[0][0] in "<#" else "''", SCRIPT)
"""The script without its comments and the contents of its strings."""


def test_it_changes_nothing() -> None:
    """Only cmdlets that ask or that work on its own objects."""
    cmdlets = set(re.findall(r"\b([A-Z][a-z]+-[A-Z]\w+)", CODE))
    own = set(re.findall(r"(?m)^function ([\w-]+)", CODE))
    harmless = {
        "New-Object",
        "Import-Module",
        "Write-Host",
        "Write-Warning",
        "Where-Object",
        "ForEach-Object",
        "Test-Path",
    }
    asking = {cmdlet for cmdlet in cmdlets if cmdlet.startswith("Get-")}
    assert cmdlets - own - harmless - asking == set()


def test_the_one_file_that_it_writes_is_the_one_asked_for() -> None:
    assert re.findall(r"\[System\.IO\.\w+\]::\w+\(\$\w+", CODE) == ["[System.IO.File]::WriteAllText($target"]
    assert "Out-File" not in CODE
    assert not re.search(r"(?m)\s>{1,2}\s", CODE)


@pytest.mark.parametrize(
    "later", [r"\[ordered\]", r"\[pscustomobject\]", r"ConvertTo-Json\b", r"\s-(?:not)?in\s", r"\$PSItem", r"::new\("]
)
def test_it_keeps_to_powershell_2(later: str) -> None:
    assert not re.search(later, CODE, re.IGNORECASE)


def test_its_brackets_match() -> None:
    stack: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for mark in CODE:
        if mark in "([{":
            stack.append(mark)
        elif mark in pairs:
            assert stack, "a bracket is closed that was not opened"
            assert stack.pop() == pairs[mark]
    assert stack == []


def test_it_writes_the_format_that_the_import_reads() -> None:
    assert f"$FormatName = '{FORMAT_NAME}'" in SCRIPT
    assert f"$FormatVersion = {FORMAT_VERSION}" in SCRIPT
    sections = set(re.findall(r"(?m)^\$inventory\['(\w+)'\] =", SCRIPT))
    expected = "format version collector collected problems cluster nodes quorum groups resources sharedVolumes disks"
    assert sections == {*expected.split(), "networks", "networkInterfaces", "hosts", "vms"}


def test_every_function_is_defined_and_used() -> None:
    for function in re.findall(r"(?m)^function ([\w-]+)", CODE):
        assert len(re.findall(rf"(?<![\w-]){function}(?![\w-])", CODE)) >= 2, function
    used = set(re.findall(r"\b((?:Invoke|Add|ConvertTo)-\w+)", CODE))
    assert used <= set(re.findall(r"(?m)^function ([\w-]+)", CODE))


def test_its_help_says_what_a_cautious_administrator_asks() -> None:
    help_text = re.search(r"(?s)<#(.*?)#>", SCRIPT)
    assert help_text is not None
    for needed in (".SYNOPSIS", ".DESCRIPTION", ".PARAMETER Cluster", ".PARAMETER OutFile", ".EXAMPLE", "only reads"):
        assert needed in help_text[1]
