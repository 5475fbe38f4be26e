"""The voices that come with the models, as they must be spelt."""

from __future__ import annotations

VOICES = (
    "Puck", "Charon", "Kore", "Fenrir", "Aoede", "Leda", "Orus", "Zephyr", "Callirrhoe", "Autonoe", "Enceladus",
    "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar", "Alnilam",
    "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager",
    "Sulafat",
)  # fmt: skip
LATEST_VOICES = (
    *VOICES,
    "en-us-tavi", "en-us-nyla", "en-us-rami", "en-us-riko", "en-us-rina", "en-us-tari", "en-us-tova", "en-us-varo",
    "en-us-veda", "en-us-zali", "en-us-zeno",
)  # fmt: skip
