"""Finds faces in the pictures of a list, one process of `masklens detect -` for every partition."""

import argparse
import shlex
import sys

from pyspark.sql import SparkSession


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", help="text file (or folder of them) with a path a line")
    parser.add_argument("output", help="folder of the results; it must not exist")
    parser.add_argument("--partitions", type=int, default=8, help="processes in all; default 8")
    parser.add_argument("--master", help="as spark-submit takes it; default: Spark's own")
    parser.add_argument("--masklens", default="npx masklens", help="the command; default npx masklens")
    parser.add_argument("--options", default="", help="options of masklens detect")
    return parser.parse_args()


def piped(command: str, options: str) -> str:
    """The command of a partition. Status 1 says that a picture failed: its line says so, too."""
    script = f"{command} detect {options} -; status=$?; [ $status -eq 1 ] || exit $status"
    return f"sh -c {shlex.quote(script)}"


def main() -> int:
    args = arguments()
    builder = SparkSession.builder.appName("masklens")
    if args.master:
        builder = builder.master(args.master)
    context = builder.getOrCreate().sparkContext
    paths = context.textFile(args.paths).filter(lambda path: path.strip() != "")
    paths = paths.repartition(args.partitions).cache()
    # What was killed has another status: the task fails, and Spark does it again.
    lines = paths.pipe(piped(args.masklens, args.options), checkCode=True)
    lines.saveAsTextFile(args.output)
    wanted, found = paths.count(), context.textFile(args.output).count()
    if wanted != found:
        print(f"{wanted} pictures and {found} results: see the log of the tasks.", file=sys.stderr)
    return 0 if wanted == found else 1


if __name__ == "__main__":
    sys.exit(main())
