"""The shipped command line over pictures, and the yardstick that scores what it says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]
YARDSTICK = ROOT / "../shared/tools/yardstick.py"
# IoU at which a set is scored: ilc2021's boxes differ by annotator.
SETS = {"facemask853": 0.5, "ilc2021": 0.4}


def load_yardstick(path: Path) -> ModuleType:
    """The yardstick as a module; it is written as a command that runs when loaded."""
    spec = importlib.util.spec_from_loader("yardstick", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    source = path.read_text().rsplit("\nmain()", 1)[0]
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def detect(package: Path, refine: str, quality: str, photos: list[Path]) -> dict[str, list[dict]]:
    """Faces of every photo by its name, as the command line of a built package prints them."""
    command = ["node", str(package / "cli.js"), "detect", "--quality", quality]
    command += ["--refine", refine, "--min-score", "0.05", *map(str, photos)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(line["file"]).name: line["faces"] for line in lines}
