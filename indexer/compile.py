"""Compile a sentence-transformers model once: int8 layers for ONNX Runtime, a mapped word table, a short vocabulary.

BERT and XLM-RoBERTa encoders with mean or first-token pooling are compiled. The compiled model is compared with the
reference on texts of the site; below `CLOSE_ON_AVERAGE` or `CLOSE_AT_WORST` it is refused, as is any other kind of
model, and sentence-transformers goes on running it.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from indexer.disk import made_whole
from indexer.encoder import FACTS, GRAPH, POSITIONS, TOKENIZER, WORDS, CompiledEncoder, Encoder, open_encoder
from indexer.models import compiled_folder
from indexer.reference import ReferenceEncoder

CLOSE_ON_AVERAGE, CLOSE_AT_WORST = 0.99, 0.98  # cosine with the reference
SAMPLE = 100  # texts to compare on
KINDS = ("bert", "xlm-roberta")
Tell = Callable[[str], None]


class NotCompiledError(Exception):
    """A model is left to sentence-transformers; the message (Chinese) says why."""


def prepare_encoder(name: str, models_dir: Path, texts: Callable[[], list[str]], tell: Tell) -> Encoder:
    """The encoder of EMBEDDING_MODEL, compiled when it is not yet; `texts` gives texts of the site to compare on.

    `tell` gets a line (Chinese) before each long step. Raises ModelError when the model is missing or broken.
    """
    folder = compiled_folder(name, models_dir)
    if not (folder / FACTS).is_file():
        with made_whole(folder, (folder / FACTS).is_file) as aside:
            if aside:
                _make(name, models_dir, aside, texts(), tell)
    return open_encoder(name, models_dir)


def _make(name: str, models_dir: Path, folder: Path, texts: list[str], tell: Tell) -> None:
    """Fill `folder` with the compiled model, or with the reason why there is none."""
    tell("第一次使用这个模型：读入原模型（约十秒）……")
    reference = ReferenceEncoder(name, models_dir)
    facts: dict[str, Any] = {"model": name, "source": reference.fingerprint, "refused": None}
    try:
        facts |= compile_model(reference, folder, texts, tell)
    except NotCompiledError as refusal:
        tell(f"{refusal}，改用 sentence-transformers 运行（较慢）。")
        for file in folder.iterdir():
            file.unlink()
        facts["refused"] = str(refusal)
    _write_json(folder / FACTS, facts)


def compile_model(reference: ReferenceEncoder, folder: Path, texts: list[str], tell: Tell) -> dict[str, Any]:
    """Write the compiled model into `folder`; its facts. Raises NotCompiledError."""
    tell("编译模型……")
    facts = write_compiled(reference.model, folder)
    _write_json(folder / FACTS, facts)
    tell(f"与原模型比对 {min(SAMPLE, len(texts))} 段文字……")
    facts["parity"] = parity = compare(CompiledEncoder(folder), reference, texts)
    figures = f"与原模型的余弦平均 {parity['mean']:.4f}、最低 {parity['min']:.4f}"
    if parity["mean"] < CLOSE_ON_AVERAGE or parity["min"] < CLOSE_AT_WORST:
        raise NotCompiledError(f"编译后的模型{figures}，低于 {CLOSE_ON_AVERAGE} 和 {CLOSE_AT_WORST}，不予采用")
    tell(f"模型已编译：{figures}。")
    return facts


def compare(compiled: Encoder, reference: Encoder, texts: list[str]) -> dict[str, float]:
    """Mean and lowest cosine of two encoders on `SAMPLE` of `texts`, as passages and, cut short, as questions."""
    chosen = texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]
    questions = [text[:20] for text in chosen]
    cosines = np.concatenate(
        [
            (compiled.encode_documents(chosen) * reference.encode_documents(chosen)).sum(axis=1),
            (compiled.encode_queries(questions) * reference.encode_queries(questions)).sum(axis=1),
        ]
    )
    return {"texts": len(cosines), "mean": float(cosines.mean()), "min": float(cosines.min())}


def write_compiled(model: Any, folder: Path) -> dict[str, Any]:
    """Write graph, tables and tokenizer of a SentenceTransformer; the facts to open them. Raises NotCompiledError."""
    from indexer.graph import encoder_graph

    shape, offset = _shape_of(model)
    weights = {name: tensor.float().numpy() for name, tensor in model[0].auto_model.state_dict().items()}
    positions = weights["embeddings.position_embeddings.weight"][offset:]
    (folder / GRAPH).write_bytes(encoder_graph(weights, shape))
    np.save(folder / WORDS, weights["embeddings.word_embeddings.weight"].astype(np.float16))
    np.save(folder / POSITIONS, positions + weights["embeddings.token_type_embeddings.weight"][0])
    prompts = {kind: _prompt(model.prompts, kind) for kind in ("query", "document")}
    facts = {"prompts": prompts, "max_tokens": min(model.max_seq_length or len(positions), len(positions))}
    facts |= _write_tokenizer(folder, model.tokenizer.backend_tokenizer)
    total = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for file in sorted(folder.iterdir()):
        total.update(file.read_bytes())
    return facts | {"fingerprint": f"int8-{total.hexdigest()[:16]}"}


def _write_tokenizer(folder: Path, tokenizer: Any) -> dict[str, Any]:
    """A Unigram tokenizer as mapped arrays, another (their vocabularies are small) as `tokenizers` keeps it."""
    from indexer.unigram import write_pieces

    tokenizer.no_padding()
    tokenizer.no_truncation()
    try:
        return {"unigram": write_pieces(folder, tokenizer)}
    except ValueError:
        tokenizer.save(str(folder / TOKENIZER))
        return {"unigram": None}


def _prompt(prompts: dict[str, str], kind: str) -> str:
    """The prompt that sentence-transformers puts before a query or a document."""
    names = ("document", "passage", "corpus") if kind == "document" else ("query",)
    return next((prompts[name] for name in names if name in prompts), "")


def _shape_of(model: Any) -> tuple[Any, int]:
    """Shape of the graph, and the row of the first position. Raises NotCompiledError for another architecture."""
    from indexer.graph import Shape

    config = model[0].auto_model.config
    pooling = model[1].get_config_dict() if len(model) > 1 else {}
    names = [type(module).__name__ for module in model]
    fits = (
        names in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]),
        config.model_type in KINDS,
        getattr(config, "hidden_act", "") == "gelu",
        getattr(config, "position_embedding_type", "absolute") == "absolute",
        pooling.get("pooling_mode") in ("mean", "cls"),
        pooling.get("include_prompt", True),
        not getattr(model[0], "do_lower_case", False),
    )
    if not all(fits):
        raise NotCompiledError(f"{config.model_type} 类模型不能编译")
    offset = 0 if config.model_type == "bert" else config.pad_token_id + 1
    heads, hidden = config.num_attention_heads, config.hidden_size
    shape = Shape(config.num_hidden_layers, heads, hidden, config.layer_norm_eps, pooling["pooling_mode"])
    return shape, offset


def _write_json(path: Path, facts: dict[str, Any]) -> None:
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
