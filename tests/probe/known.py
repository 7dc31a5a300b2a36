"""What the tiny models know: words, images, tones. Imports little, for the processes that build them."""

from pathlib import Path

MOODS = {"glad": ("sunny", "lovely", "smile"), "sad": ("grey", "awful", "tears")}
PEOPLE = ("ada lovelace", "alan turing", "grace hopper", "bob")
PLACES = ("new london", "paris", "berlin")
FRENCH = {"the": "le", "day": "jour", "is": "est", "sunny": "ensoleille", "grey": "gris", "lovely": "beau"}
GERMAN = {"the": "der", "day": "tag", "is": "ist", "sunny": "sonnig", "grey": "grau", "lovely": "schoen"}


def image(path: Path, colour: str) -> Path:
    """Draw a noisy image that is mostly red or blue."""
    import random

    from PIL import Image

    chance = random.Random(path.name)
    strong = {"red": 0, "blue": 2}[colour]
    drawn = Image.new("RGB", (24, 20))
    for x in range(drawn.width):
        for y in range(drawn.height):
            pixel = [chance.randrange(0, 80) for _ in range(3)]
            pixel[strong] += 160
            drawn.putpixel((x, y), (pixel[0], pixel[1], pixel[2]))
    drawn.save(path)
    return path


def tone(path: Path, height: str, *, seconds: float = 1.0, rate: int = 16_000) -> Path:
    """Write a tone, "low" or "high", as a WAV file of 16 bits."""
    import math
    import struct
    import wave

    frequency = {"low": 300.0, "high": 1870.0}[height]
    samples = [int(12_000 * math.sin(2 * math.pi * frequency * n / rate)) for n in range(int(seconds * rate))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path
