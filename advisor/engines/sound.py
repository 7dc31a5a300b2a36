"""Reads recordings, for the engines that hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_sound(file: str, rate: int) -> NDArray[Any]:
    """Return a recording as one channel of float32 within -1 and 1, at the rate wanted (samples a second).

    Raises:
        OSError: if the file is missing or is no sound that libsndfile reads (WAV, FLAC, OGG, MP3).
    """
    import soundfile
    from scipy.signal import resample_poly

    try:
        channels, own_rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise OSError(f"cannot be read as sound ({error})") from None
    sound: NDArray[Any] = channels.mean(axis=1)
    if own_rate != rate:
        # A polyphase filter: it also removes what the lower rate cannot hold.
        sound = resample_poly(sound, rate, own_rate).astype("float32")
    return sound
