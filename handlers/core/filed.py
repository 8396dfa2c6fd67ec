"""A file on its way: one parcel a file, with the words that stand beside it."""

from __future__ import annotations

from handlers.core.call import Address
from handlers.core.parcel import Parcel
from messages.document import Context, Document, Mono, Notice, Paragraph, spans
from messages.files.model import Attachment


def filed(file: Attachment, address: Address, parcel_id: str, call: str) -> Parcel:
    """A new message beside the answer: in the channel where that stands for all, else for its asker alone."""
    beside = address.model_copy(update={"response_url": "", "update": ""})
    return Parcel(id=parcel_id, kind="post", call=call, address=beside, document=words(file), file=file)


def words(file: Attachment) -> Document:
    """What is said beside the file: its name, the answer it holds, and how it may be used."""
    document = file.document
    return Document(
        title=file.name,
        blocks=(Context(text=spans(f"The file of “{document.title}”.")),),
        tlp=document.tlp,
        private=document.private,
        simulated=document.simulated,
        call=document.call,
    )


def failed(file: Attachment, reason: str, call: str) -> Document:
    """A file that could not be made or handed over. `reason` is a sentence for the person who waits for it."""
    document = file.document
    return Document(
        title="No file",
        blocks=(
            Notice(level="error", text=spans("I could not give you the file ", Mono(text=file.name), f": {reason}")),
            Paragraph(text=spans(f"The answer itself stands. If it happens again, quote {call} to whoever runs me.")),
        ),
        tlp=document.tlp,
        private=document.private,
        simulated=document.simulated,
        call=call,
    )
