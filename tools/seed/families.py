"""Write the weights by which families are told from words: ``python -m tools.seed.families``.

To be run when ``paraphrases.txt``, ``data/uses.txt``, the words of a family or the fit's own figures have changed; a
test says so. Takes seconds and a gigabyte.
"""

from catalog.query.task_classifier import SHIPPED, ship
from catalog.store.encoder import StaticEncoder, encoder_folder


def main() -> None:
    with StaticEncoder(encoder_folder()) as encoder:
        ship(encoder.encode)
    print(f"{SHIPPED}: {SHIPPED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
