"""Runs label.py in local mode on the built checkout, kills one of its processes and wants every result."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLI = ROOT / "dist" / "cli.js"
PHOTOS = sorted((ROOT / "tests" / "fixtures" / "photos").glob("*.jpg"))
OPTIONS = "--detector mtcnn"
COPIES = 8


def children(parent: int) -> list[tuple[int, str]]:
    """Process and command of everything that the process started, and what that started."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()[1:]]
    found: list[tuple[int, str]] = []
    above = {parent}
    while below := [row for row in rows if int(row[1]) in above]:
        found += [(int(pid), command) for pid, _, command in below]
        above = {int(pid) for pid, _, _ in below}
    return found


def kill_one(job: subprocess.Popen[bytes]) -> None:
    """Waits for a process that judges, lets it begin, and kills it."""
    while job.poll() is None:
        for pid, command in children(job.pid):
            if command.startswith("node ") and str(CLI) in command:
                time.sleep(0.5)
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.05)
    raise AssertionError("the job ended before anything was killed")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "paths.txt"
        missing = Path(folder) / "gone.jpg"
        wanted: list[str] = []
        for copy in range(COPIES):
            for photo in PHOTOS:
                link = Path(folder) / f"{copy}-{photo.name}"
                link.symlink_to(photo)
                wanted.append(str(link))
        wanted.append(str(missing))
        paths.write_text("".join(f"{path}\n" for path in wanted))
        output = Path(folder) / "results"
        command = [sys.executable, str(HERE / "label.py"), str(paths), str(output)]
        command += ["--partitions", "2", "--master", "local[2,4]"]
        command += ["--masklens", f"node {CLI}", "--options", OPTIONS]
        job = subprocess.Popen(command)
        kill_one(job)
        assert job.wait() == 0, "the job failed"
        parts = sorted(output.glob("part-*"))
        assert len(parts) == 2, parts
        lines = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
        assert sorted(line["file"] for line in lines) == sorted(wanted), "not one line a picture"
        failed = [line["file"] for line in lines if "error" in line]
        assert failed == [str(missing)], failed
        plain = subprocess.run(
            ["node", str(CLI), "detect", *OPTIONS.split(), *wanted[: len(PHOTOS)]],
            capture_output=True,
            text=True,
            check=True,
        )
        by_file = {line["file"]: line for line in lines}
        for line in map(json.loads, plain.stdout.splitlines()):
            assert by_file[line["file"]]["faces"] == line["faces"], line["file"]
        print(f"{len(lines)} pictures, one process killed, every result is there")


if __name__ == "__main__":
    main()
