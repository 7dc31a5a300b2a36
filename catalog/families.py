"""The task families of the Hub (its pipeline tags) in the words people use for them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Family:
    """One pipeline tag.

    Attributes:
        tag: As the Hub writes it.
        title: As a person reads it.
        does: What a model of the family does, for descriptions.
        words: What people call it, for full text and for meaning.
    """

    tag: str
    title: str
    does: str
    words: str


def _family(tag: str, title: str, does: str, words: str) -> Family:
    return Family(tag, title, does, words)


FAMILIES: Final[dict[str, Family]] = {
    f.tag: f
    for f in (
        _family(
            "text-classification",
            "Text classification",
            "assigns one of a set of labels to a text",
            "classify categorize label route sort texts tickets emails reviews sentiment positive negative toxicity "
            "hate speech spam phishing emotion intent topic language detection moderation stance irony quality",
        ),
        _family(
            "token-classification",
            "Token classification",
            "marks spans in a text, such as names",
            "named entity recognition NER extract find names persons people companies organisations places dates "
            "amounts addresses PII personal data anonymise redact mask part of speech POS tagging chunking punctuation",
        ),
        _family(
            "zero-shot-classification",
            "Zero-shot classification",
            "sorts texts into labels given at run time, without training",
            "zero-shot labels without training examples entailment NLI candidate labels any categories new classes",
        ),
        _family(
            "question-answering",
            "Extractive question answering",
            "finds the answer to a question inside a passage",
            "extractive question answering reading comprehension answer span in a passage document context SQuAD",
        ),
        _family(
            "table-question-answering",
            "Table question answering",
            "answers questions about a table",
            "ask questions about a table spreadsheet CSV rows columns cells SQL",
        ),
        _family(
            "summarization",
            "Summarisation",
            "writes a shorter version of a text",
            "summarise summarize condense shorten abstract digest tl;dr meeting notes news articles papers headline",
        ),
        _family(
            "translation",
            "Translation",
            "turns a text into another language",
            "translate translation machine translation from one language into another localise",
        ),
        _family(
            "text-generation",
            "Text generation",
            "continues or answers a text",
            "LLM chat assistant instruct write generate draft rewrite answer follow instructions JSON structured "
            "extraction code completion programming reasoning agent tool calls story",
        ),
        _family(
            "text2text-generation",
            "Text-to-text generation",
            "rewrites a text into another text",
            "rewrite paraphrase grammar correction spelling simplify sequence to sequence text to SQL instruction",
        ),
        _family(
            "fill-mask",
            "Fill mask",
            "predicts hidden words of a text and serves as a base for fine-tuning",
            "masked language model fill in the blank missing word base encoder pretrained fine-tune BERT RoBERTa",
        ),
        _family(
            "feature-extraction",
            "Feature extraction",
            "turns a text into a vector",
            "embeddings embed text vectors semantic search retrieval RAG clustering deduplicate similarity index",
        ),
        _family(
            "sentence-similarity",
            "Sentence similarity",
            "tells how alike two texts are, by vectors",
            "sentence embeddings semantic similarity duplicates paraphrase matching search cluster related sentences",
        ),
        _family(
            "text-ranking",
            "Text ranking",
            "orders passages by how well they answer a query",
            "rerank reranker rank search results relevance cross-encoder passages documents query",
        ),
        _family(
            "automatic-speech-recognition",
            "Speech recognition",
            "writes down what is said in a recording",
            "transcribe speech to text dictation subtitles captions recordings meetings calls voice podcast audio",
        ),
        _family(
            "text-to-speech",
            "Text to speech",
            "speaks a text",
            "read aloud voice synthesis speak TTS narrate audiobook voice cloning",
        ),
        _family(
            "text-to-audio",
            "Text to audio",
            "makes sound or music from a text",
            "generate music sound effects song audio from a prompt",
        ),
        _family(
            "audio-classification",
            "Audio classification",
            "assigns labels to a sound",
            "classify sounds audio events speech emotion speaker identification keyword spotting spoken language "
            "music genre bird calls wake word",
        ),
        _family(
            "audio-to-audio",
            "Audio to audio",
            "turns one sound into another",
            "noise removal speech enhancement denoise source separation vocals isolate speakers voice conversion",
        ),
        _family(
            "voice-activity-detection",
            "Voice activity detection",
            "tells when somebody speaks, and who",
            "detect speech segments silence VAD speaker diarization who spoke when",
        ),
        _family(
            "audio-text-to-text",
            "Audio and text to text",
            "answers questions about a recording",
            "ask about audio listen understand speech language model",
        ),
        _family(
            "image-classification",
            "Image classification",
            "assigns one of a set of labels to an image",
            "classify photos pictures images label recognise objects defects plants species NSFW age gender x-ray",
        ),
        _family(
            "zero-shot-image-classification",
            "Zero-shot image classification",
            "sorts images into labels given at run time",
            "CLIP SigLIP classify images without training any labels image text matching search photos by text",
        ),
        _family(
            "image-feature-extraction",
            "Image feature extraction",
            "turns an image into a vector",
            "image embeddings similar images visual search reverse image search deduplicate photos DINO backbone",
        ),
        _family(
            "object-detection",
            "Object detection",
            "finds objects in an image and draws boxes round them",
            "detect locate count objects people cars boxes bounding box YOLO DETR tables faces licence plates layout",
        ),
        _family(
            "zero-shot-object-detection",
            "Zero-shot object detection",
            "finds things named at run time in an image",
            "detect objects described by words open vocabulary grounding without training",
        ),
        _family(
            "image-segmentation",
            "Image segmentation",
            "outlines the regions of an image",
            "segment pixels regions masks semantic panoptic instance background removal cut out road scene clothes",
        ),
        _family(
            "mask-generation",
            "Mask generation",
            "outlines whatever is pointed at in an image",
            "segment anything SAM mask click prompt outline",
        ),
        _family(
            "depth-estimation",
            "Depth estimation",
            "tells how far each pixel of an image is",
            "depth map distance from a single photo monocular 3D",
        ),
        _family(
            "keypoint-detection",
            "Keypoint detection",
            "finds points such as joints in an image",
            "pose estimation skeleton joints landmarks keypoints human body hand face feature matching",
        ),
        _family(
            "image-to-text",
            "Image to text",
            "writes what an image says or shows",
            "OCR read text from images scanned documents handwriting receipts caption describe picture alt text",
        ),
        _family(
            "image-text-to-text",
            "Image and text to text",
            "answers a text prompt about an image",
            "vision language model VLM multimodal chat about pictures screenshots charts describe document parsing",
        ),
        _family(
            "visual-question-answering",
            "Visual question answering",
            "answers questions about an image",
            "ask a question about a picture photo chart VQA",
        ),
        _family(
            "document-question-answering",
            "Document question answering",
            "answers questions about a scanned document",
            "ask questions about scanned invoices forms receipts PDF pages layout fields extract values",
        ),
        _family(
            "visual-document-retrieval",
            "Visual document retrieval",
            "finds pages by what they show and say",
            "search PDF pages slides screenshots as images ColPali retrieval",
        ),
        _family(
            "video-classification",
            "Video classification",
            "assigns labels to a video",
            "classify actions activities in video clips recognise",
        ),
        _family(
            "video-text-to-text",
            "Video and text to text",
            "answers questions about a video",
            "describe summarise ask about a video clip",
        ),
        _family(
            "text-to-image",
            "Text to image",
            "draws an image from a text",
            "generate pictures images art illustration from a prompt Stable Diffusion FLUX",
        ),
        _family(
            "image-to-image",
            "Image to image",
            "turns one image into another",
            "edit restyle upscale super resolution restore colourise inpaint denoise photo enhance deblur",
        ),
        _family(
            "image-text-to-image",
            "Image and text to image",
            "edits an image as a text says",
            "edit a picture by instruction reference images prompt",
        ),
        _family(
            "text-to-video",
            "Text to video",
            "makes a video from a text",
            "generate a video clip from a prompt",
        ),
        _family(
            "image-to-video",
            "Image to video",
            "makes a video from an image",
            "animate a picture photo into a moving clip",
        ),
        _family(
            "image-text-to-video",
            "Image and text to video",
            "makes a video from an image and a text",
            "animate a picture as the prompt says",
        ),
        _family(
            "video-to-video",
            "Video to video",
            "turns one video into another",
            "edit restyle upscale interpolate frames of a video",
        ),
        _family(
            "text-to-3d",
            "Text to 3D",
            "makes a 3D model from a text",
            "generate 3D object mesh from a prompt",
        ),
        _family(
            "image-to-3d",
            "Image to 3D",
            "makes a 3D model from an image",
            "reconstruct mesh 3D object from a photo",
        ),
        _family(
            "unconditional-image-generation",
            "Unconditional image generation",
            "makes images like those it was trained on",
            "random faces images GAN DDPM without prompt",
        ),
        _family(
            "any-to-any",
            "Any to any",
            "takes and returns text, images, sound or video",
            "omni multimodal speech images text in and out",
        ),
        _family(
            "tabular-classification",
            "Tabular classification",
            "predicts a class from a row of a table",
            "predict churn fraud yes no class from columns features table rows",
        ),
        _family(
            "tabular-regression",
            "Tabular regression",
            "predicts a number from a row of a table",
            "predict price value number from columns features table rows",
        ),
        _family(
            "time-series-forecasting",
            "Time series forecasting",
            "predicts the next values of a series",
            "forecast predict future demand sales sensor load values over time",
        ),
        _family(
            "reinforcement-learning",
            "Reinforcement learning",
            "acts in an environment or game",
            "agent play game policy PPO DQN gym control",
        ),
        _family("robotics", "Robotics", "moves a robot from what it sees", "robot arm manipulation policy action"),
        _family(
            "graph-ml",
            "Graph machine learning",
            "works on graphs such as molecules",
            "graph neural network nodes edges molecules",
        ),
        _family(
            "table-to-text",
            "Table to text",
            "writes a text from a table",
            "describe data table rows in sentences",
        ),
        _family(
            "multiple-choice",
            "Multiple choice",
            "picks the right one of several answers",
            "multiple choice exam question pick answer",
        ),
    )
}

# Tags that say the same thing; the first is what users of the advisor see.
RELATED_FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "feature-extraction": ("sentence-similarity",),
    "sentence-similarity": ("feature-extraction",),
}

_TEXT_TASKS: Final = (
    "text-classification", "token-classification", "zero-shot-classification", "question-answering", "summarization",
    "translation", "text2text-generation", "table-question-answering", "table-to-text", "multiple-choice",
)  # fmt: skip
_IMAGE_TASKS: Final = (
    "image-to-text", "visual-question-answering", "document-question-answering", "image-classification",
)  # fmt: skip

_GENERATORS: Final[tuple[str, ...]] = ("text-generation",)
_SEEING: Final[tuple[str, ...]] = ("image-text-to-text", "any-to-any")

# Families whose models do another's task when they are told to in words.
SUBSTITUTES: Final[dict[str, tuple[str, ...]]] = (
    dict.fromkeys(_TEXT_TASKS, _GENERATORS)
    | dict.fromkeys(_IMAGE_TASKS, _SEEING)
    | {
        "image-text-to-text": ("any-to-any",),
        "video-text-to-text": ("image-text-to-text", "any-to-any"),
        "audio-text-to-text": ("any-to-any",),
        "automatic-speech-recognition": ("audio-text-to-text", "any-to-any"),
        "image-text-to-image": ("image-to-image", "any-to-any"),
        "image-text-to-video": ("image-to-video",),
        "image-to-video": ("image-text-to-video",),
        "text-generation": ("image-text-to-text",),
    }
)


def title(tag: str | None) -> str:
    """How a person reads the tag; unknown tags are shown as they are."""
    if tag is None:
        return "Unknown task"
    known = FAMILIES.get(tag)
    return known.title if known else tag.replace("-", " ").capitalize()
