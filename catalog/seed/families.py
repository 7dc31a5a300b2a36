"""Write the weights by which families are told from words: ``python -m catalog.seed.families``.

To be run when ``paraphrases.txt``, ``seed/uses.txt``, the words of a family or the fit's own figures have changed; a
test says so. Takes seconds and a gigabyte.
"""

from catalog.encoder import StaticEncoder, encoder_folder
from catalog.likeness import SHIPPED, ship


def main() -> None:
    """Write the file that ships."""
    folder = encoder_folder()
    if folder is None:
        raise SystemExit("The text encoder is missing: install the package wordllama.")
    with StaticEncoder(folder) as encoder:
        ship(encoder.encode)
    print(f"{SHIPPED}: {SHIPPED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
