"""The code of a trained head: trained as the probe did, or with its weights read from an exported file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.families.methods.features import CHARACTERS, HASHED
from advisor.families.methods.head import MOST_STEPS, TOLERANCE, label_texts

# Where the part begins that trains the head: an exported module has the weights instead.
BEGINS = "import json\nfrom sklearn.linear_model import"

_COUNTS = f"""\
plain = {{"n_features": {HASHED}, "norm": None, "alternate_sign": False}}
counts = make_union(
    HashingVectorizer(**plain),
    HashingVectorizer(analyzer="char_wb", ngram_range={CHARACTERS}, **plain),
)
"""

_BESIDE = """\
def features(texts):
    words = tf_idf.transform(counts.transform(texts))
    return sparse.hstack([sparse.csr_array(encode(texts)), words]).tocsr()
"""

_ALONE = """\
def features(texts):
    return tf_idf.transform(counts.transform(texts)).tocsr()
"""

_FITTED = f"{_COUNTS}tf_idf = TfidfTransformer(sublinear_tf=True).fit(counts.transform(texts))\n\n\n"

_WORD_IMPORTS = """\
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.pipeline import make_union
"""

_TRAINED = """\
import json
from sklearn.linear_model import LogisticRegression
{imports}
with open({teaching!r}, encoding="utf-8") as lines:
    taught = [json.loads(line) for line in lines]
texts, expected = [row["input"] for row in taught], [row["expected"] for row in taught]
{features}
{names}{fit}


def predict(texts):
    texts = list(texts)
    return head.predict({see}(texts)).tolist() if texts else []
"""

_FIT = """\
head = LogisticRegression(C={strength}, class_weight="balanced", max_iter={steps}, tol={tolerance})
head.fit({see}(texts), expected)
"""

_RAISED = """\
head.intercept_ += {raised}  # rare labels are raised by what cross-validation on the teaching examples found best
"""

_NEAREST = """\
# Nothing is learned: the label whose name lies nearest was right more often on the teaching examples.
names, labels = {names!r}, sorted(set(expected))
vectors = encode([names[label] for label in labels])
head = LogisticRegression()
head.classes_ = np.array(labels)
head.coef_ = vectors[1:] - vectors[:1] if len(labels) == 2 else vectors
head.intercept_ = np.zeros(len(head.coef_))
"""

_NAMES = """\
# What each label is called and means is one more example of it.
names = {names!r}
texts, expected = texts + [names[label] for label in sorted(set(expected))], expected + sorted(set(expected))
"""

_READ = '''\
import json

import numpy as np
from safetensors.numpy import load_file
{imports}
head = load_file(str(HERE / "head.safetensors"))
LABELS = json.loads((HERE / "labels.json").read_text(encoding="utf-8"))["head"]
{features}

def predict(texts):
    """Return the label of each text."""
    texts = list(texts)
    if not texts:
        return []
    scores = {seen} @ head["weights"].T + head["bias"]
    if len(LABELS) == 2:  # one row of weights, for the second label
        return [LABELS[int(score > 0)] for score in scores[:, 0]]
    return [LABELS[int(index)] for index in scores.argmax(axis=1)]
'''

_READ_WORDS = f"""\
{_COUNTS}tf_idf = TfidfTransformer(sublinear_tf=True)
tf_idf.idf_ = np.full({2 * HASHED}, head["idf_unseen"][0])
tf_idf.idf_[head["idf_at"]] = head["idf"]


"""

# Run where the snippet has been: writes what it learned.
LEARN = """
import json, sys
import numpy as np
from safetensors.numpy import save_file
job = json.load(sys.stdin)
space = {}
exec(compile(job["code"], "snippet", "exec"), space)
head, tf_idf = space["head"], space.get("tf_idf")
columns = np.flatnonzero(np.abs(head.coef_).max(axis=0))  # nothing is learned of words that no example has
tensors = {"bias": np.asarray(head.intercept_, dtype=np.float64)}
if tf_idf is None:
    columns = np.arange(head.coef_.shape[1])
else:
    unseen = tf_idf.idf_.max()
    seen = np.flatnonzero(tf_idf.idf_ != unseen)
    tensors |= {"columns": columns, "idf_unseen": np.array([unseen]), "idf_at": seen, "idf": tf_idf.idf_[seen]}
tensors["weights"] = np.ascontiguousarray(head.coef_[:, columns], dtype=np.float64)
save_file(tensors, job["target"])
print("\\n" + json.dumps({"labels": [str(label) for label in head.classes_]}))
"""


def snippet(details: Mapping[str, Any], teaching: Path, meanings: Mapping[str, str], *, has_encoder: bool) -> str:
    """Return code that trains a head on the file of teaching examples as the probe did and defines `predict(texts)`.

    With `has_encoder` the code before it defines `encode(texts)`.
    """
    has_words = bool(details.get("words"))
    names = dict(zip(meanings, label_texts(list(meanings), dict(meanings)), strict=True))
    see, nearest = "features" if has_words else "encode", bool(details.get("nearest"))
    fit = _NEAREST.format(names=names) if nearest else _FIT.format(
        strength=details["C"], steps=MOST_STEPS, tolerance=TOLERANCE, see=see
    )  # fmt: skip
    if raised := details.get("raised"):
        fit += _RAISED.format(raised=raised)
    return _TRAINED.format(
        imports=_imports(has_words=has_words, has_encoder=has_encoder) + ("import numpy as np\n" if nearest else ""),
        teaching=str(teaching),
        features=_FITTED + (_BESIDE if has_encoder else _ALONE) if has_words else "",
        names=_NAMES.format(names=names) if has_words else "",
        fit=fit.rstrip(),
        see=see,
    )


def reading(usage: str) -> str:
    """Return code that reads the weights of a snippet's head from `head.safetensors`; it takes `encode(texts)` too."""
    has_words, see = "tf_idf" in usage, _BESIDE if "encode(texts)" in usage else _ALONE
    return _READ.format(
        imports=_imports(has_words=has_words, has_encoder=see is _BESIDE),
        features=_READ_WORDS + see if has_words else "",
        seen='features(texts)[:, head["columns"]]' if has_words else "np.asarray(encode(texts), dtype=np.float64)",
    )


def _imports(*, has_words: bool, has_encoder: bool) -> str:
    if not has_words:
        return ""
    return ("from scipy import sparse\n" if has_encoder else "") + _WORD_IMPORTS
