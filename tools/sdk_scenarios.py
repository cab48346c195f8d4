"""Write the table of docs/reference/sdk-scenarios.md from what the latest run of each scenario left in build/.

python -m pytest -n 0 tests/acceptance/speech/test_speech_sdk.py
python tools/sdk_scenarios.py

Nothing is written as long as a scenario failed, or was not run with the version of the others.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "sdk-scenarios.md"
RUNS = ROOT / "build" / "speech-sdk-runs"
SDKS = ("JavaScript", "Python")
MARKS = {"passed": "✓", "skipped": "–"}
REGION = re.compile(r"(?<=<!-- generated -->\n).*?(?=<!-- end of generated -->)", re.S)

Scenario = dict[str, str]  # title, version and outcome


def of(sdk: str) -> dict[str, Scenario]:
    """The scenarios of one SDK by their title, in order."""
    documents = [json.loads(path.read_text("utf-8")) for path in sorted((RUNS / sdk).glob("*.json"))]
    return {document["title"]: document for document in documents}


def problems(runs: dict[str, dict[str, Scenario]]) -> list[str]:
    """Why the table cannot be written."""
    titles = {title for run in runs.values() for title in run}
    found = [f"{sdk}: {title!r} was not run" for sdk, run in runs.items() for title in titles - set(run)]
    for sdk, run in runs.items():
        found += [
            f"{sdk}: {title!r} {each['outcome']}"
            for title, each in run.items()
            if each["outcome"] not in MARKS
        ]
        if len(versions := {each["version"] for each in run.values()}) != 1:
            found.append(f"{sdk}: scenarios of {len(versions)} versions: {', '.join(sorted(versions))}")
    return found


def table(runs: dict[str, dict[str, Scenario]]) -> str:
    """The lines between the marks of the page."""
    heads = [f"{sdk} {next(iter(run.values()))['version']}" for sdk, run in runs.items()]
    rows = [[title, *(MARKS[run[title]["outcome"]] for run in runs.values())] for title in runs[SDKS[0]]]
    lines = [["scenario", *heads], ["---"] * (1 + len(heads)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write it, or say why not."""
    runs = {sdk: of(sdk) for sdk in SDKS}
    if found := problems(runs):
        sys.exit("\n".join(found))
    PAGE.write_text(REGION.sub(lambda _: table(runs), PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
