"""Fit and write the weights of the family classifier: ``python -m tools.seed.families``.

Needed after changes of ``paraphrases.txt``, ``data/uses.txt``, a family's words or the fit's parameters; a test fails
otherwise. Takes seconds and a gigabyte.
"""

from catalog.query.task_classifier import SHIPPED, ship
from catalog.store.encoder import StaticEncoder, encoder_folder


def main() -> None:
    with StaticEncoder(encoder_folder()) as encoder:
        ship(encoder.encode)
    print(f"{SHIPPED}: {SHIPPED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
