"""Runs every command of README.md as printed, in the repository's folder layout.

run_commands.py SOURCE_DIR VOLLEY_PROGRAM

Works in a temporary folder whose build/ and models/ are the repository's; N-MNIST and Fashion-MNIST stand
in as small sets made in code in the same layout, and recording.bin is one of the first. Commands that open a window get one under Xvfb and are closed
by their own key. `./setup demo` runs with the build already there; `./setup test` is what runs this.
Exit code 77 (skipped) where Xvfb is missing.
"""
import glob
import gzip
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time


def commands(readme):
    for block in re.findall(r"```sh\n(.*?)```", readme, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip():
                yield line.strip()


def fail(message):
    print("FAILED:", message, flush=True)
    sys.exit(1)


def run(command, folder, environment):
    print("$", command, flush=True)
    started = time.monotonic()
    result = subprocess.run(command, shell=True, cwd=folder, env=environment, timeout=600,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(result.stdout[-2000:] + result.stderr[-2000:], flush=True)
    if result.returncode != 0:
        fail(f"exit code {result.returncode} after {time.monotonic() - started:.1f} s: {command}")


def run_in_window(command, folder, environment):
    """Starts it, waits for its window, presses q there and wants exit code 0."""
    print("$", command, "(in a window)", flush=True)
    read_end, write_end = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24"],
                              pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    display = ":" + os.fdopen(read_end).readline().strip()
    environment = dict(environment, DISPLAY=display)
    process = subprocess.Popen(command, shell=True, cwd=folder, env=environment,
                               stdin=subprocess.DEVNULL)
    try:
        window = None
        for _ in range(300):
            found = subprocess.run(["xdotool", "search", "--name", "volley"], env=environment,
                                   capture_output=True, text=True)
            if found.returncode == 0 and found.stdout.split():
                window = found.stdout.split()[0]
                break
            if process.poll() is not None:
                fail(f"ended with {process.returncode} before a window appeared: {command}")
            time.sleep(0.1)
        if window is None:
            fail("no window within 30 s: " + command)
        for _ in range(60):
            subprocess.run(["xdotool", "windowfocus", window, "key", "q"], env=environment,
                           capture_output=True)
            try:
                process.wait(timeout=2)
                break
            except subprocess.TimeoutExpired:
                pass
        if process.wait(timeout=120) != 0:
            fail(f"exit code {process.returncode}: {command}")
    finally:
        process.kill()
        server.kill()
        server.wait()


def write_images(folder, stem, count):
    """Images in idx files: class c is a bright bar at row 2 c + 4."""
    pixels, labels = bytearray(), bytes(index % 10 for index in range(count))
    for label in labels:
        image = bytearray(784)
        image[28 * (2 * label + 4):28 * (2 * label + 5)] = bytes(range(100, 240, 5))
        pixels += image
    os.makedirs(folder, exist_ok=True)
    with gzip.open(os.path.join(folder, stem + "-images-idx3-ubyte.gz"), "wb") as file:
        file.write(struct.pack(">IIII", 0x803, count, 28, 28) + pixels)
    with gzip.open(os.path.join(folder, stem + "-labels-idx1-ubyte.gz"), "wb") as file:
        file.write(struct.pack(">II", 0x801, count) + labels)


def main():
    source, program = sys.argv[1], os.path.abspath(sys.argv[2])
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        print("skipped: Xvfb or xdotool is not installed (./setup test installs them)")
        sys.exit(77)
    with open(os.path.join(source, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    with tempfile.TemporaryDirectory(prefix="volley-readme-") as folder:
        environment["VOLLEY_CACHE"] = os.path.join(folder, "cache")
        os.makedirs(os.path.join(folder, "build"))
        os.symlink(os.path.dirname(program), os.path.join(folder, "build", "release"))
        os.symlink(os.path.join(source, "models"), os.path.join(folder, "models"))
        run(f"{program} make-dataset synthetic-digits --out path/to/N-MNIST --train 300 --test 60",
            folder, environment)
        recordings = sorted(glob.glob(os.path.join(folder, "path/to/N-MNIST/Test/*/*.bin")))
        shutil.copy(recordings[0], os.path.join(folder, "recording.bin"))
        for stem, images in (("train", 200), ("t10k", 40)):
            write_images(os.path.join(folder, "path/to/fashion-mnist"), stem, images)
        count = 0
        for command in commands(readme):
            count += 1
            if command == "./setup test":
                continue
            if command == "./setup demo":
                demo(source, program, folder, environment)
            elif " --live" in command or (" view " in command and
                                          " --out " not in command and " --record " not in command):
                run_in_window(command, folder, environment)
            else:
                run(command, folder, environment)
        if count < 12:
            fail(f"only {count} commands found in README.md")
        for picture in re.findall(r"!\[[^]]*\]\(([^)]*)\)", readme):
            if not os.path.exists(os.path.join(source, picture)):
                fail("a picture is missing: " + picture)
        print(count, "commands ran")


def demo(source, program, folder, environment):
    """The demo's own lines of `setup`, without installing or building."""
    with open(os.path.join(source, "setup"), encoding="utf-8") as file:
        text = file.read()
    lines = [line.strip().replace("$volley", program)
             for line in text.split("  demo)")[1].split(";;")[0].splitlines()
             if line.strip().startswith("$volley")]
    if len(lines) < 3:
        fail("the demo's commands are not found in setup")
    for line in lines:
        run(line, folder, environment)
    for name in ("model.volley", "model.nir", "curves.png", "raster.png", "events.png",
                 "metrics.jsonl"):
        if os.path.getsize(os.path.join(folder, "demo", name)) == 0:
            fail("the demo left no " + name)


if __name__ == "__main__":
    main()
