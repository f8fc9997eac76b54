"""The site as a process: start to first answer, memory of two workers, an edited guide to a published index."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

TIMES = 3
FIRST = """
from app import create_app
app = create_app()
with app.app_context():
    from app.index import live_index
    from corpus.document import Audience
    from indexer.query import SearchQuery
    live_index().get_encoder()
    found = live_index().search(SearchQuery.parse("煤气罐放在地下室能罚吗"), audience=Audience.OFFICER)
    assert found.is_semantic and found.matters
"""
BIND = "127.0.0.1:8391"


def measure(settings: dict[str, object], questions: list[str]) -> dict[str, object]:
    """Figures of whole processes, each the median of `TIMES`."""
    environment = os.environ | {
        "INSTANCE_DIR": str(settings["INSTANCE_DIR"]),
        "FLASK_APP": "app:create_app",
        "HTTPS": "0",
    }
    return {
        "start_to_first_answer_s": _median(lambda: _run([sys.executable, "-c", FIRST], environment)),
        "edited_guide_to_published_s": _edited(environment, Path(str(settings["CORPUS_DIR"])), settings),
        "memory_pss_mb": _memory(environment, questions),
    }


def _median(work: object) -> float:
    return round(statistics.median(work() for _ in range(TIMES)), 2)  # type: ignore[operator]


def _run(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _edited(environment: dict[str, str], corpus: Path, settings: dict[str, object]) -> float:
    """`flask index build` after one sentence of one guide has changed, on a copy of texts and index."""
    with tempfile.TemporaryDirectory() as folder:
        texts = shutil.copytree(corpus, Path(folder) / "corpus")
        instance = Path(folder) / "instance"
        shutil.copytree(Path(str(settings["INDEX_DIR"])), instance / "index", symlinks=True)
        (instance / "models").symlink_to(Path(str(settings["MODELS_DIR"])))
        environment = environment | {"INSTANCE_DIR": str(instance), "CORPUS_DIR": str(texts)}
        guide = next((texts / "guides").glob("*.md"))
        times = []
        for number in range(TIMES):
            guide.write_text(
                f"{guide.read_text(encoding='utf-8').rstrip()}\n\n又改了第 {number} 回。\n", encoding="utf-8"
            )
            times.append(_run([sys.executable, "-m", "flask", "index", "build"], environment))
        return round(statistics.median(times), 2)


def _memory(environment: dict[str, str], questions: list[str]) -> dict[str, int]:
    """Proportional memory (PSS) of gunicorn's processes after these questions; shared pages count once."""
    subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], env=environment, check=True, capture_output=True)
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "app:create_app()"], env=environment | {"BIND": BIND})
    try:
        _ask(questions[0], patience=30)
        time.sleep(2)  # the model is there
        for question in questions:
            _ask(question)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        return {"workers": len(children), "workers_mb": sum(map(_pss, children)), "master_mb": _pss(str(server.pid))}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _ask(question: str, patience: float = 0) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(f"http://{BIND}/search?q={urllib.parse.quote(question)}") as page:
                page.read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _pss(process: str) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024
