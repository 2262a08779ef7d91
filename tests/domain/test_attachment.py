"""What a file is: told by its content, whatever it is called."""

import io
import zipfile

import pytest

from bot.domain.attachment import (
    Attachment,
    AttachmentFault,
    FileType,
    RefusedAttachmentError,
    check_attachment,
    recognise,
    tidy_name,
)


def package(*names: str, mimetype: str = "") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, "x")
    return output.getvalue()


OPEN = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (b"\xff\xd8\xff\xe1Exif", FileType.JPEG),
        (b"\x89PNG\r\n\x1a\n\0\0", FileType.PNG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", FileType.WEBP),
        *(
            (b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1miaf", FileType.HEIC)
            for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
        ),
        (b"\0\0\0\x18ftypmiaf\0\0\0\0mif1heic", FileType.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0miafavif", None),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", None),
        (b"\0\0\0\x10ftypisom\0\0\0\0heic", FileType.MP4),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42", FileType.M4A),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", None),
        (b"OggS\0\2OpusHead", FileType.OGG),
        (b"ID3\4\0", FileType.MP3),
        (b"ID3;nom\n", FileType.TXT),
        (b"%PDF-1.4\n", FileType.PDF),
        (b"\xef\xbb\xbf%PDF-1.7\n%\xe2\xe3\0", FileType.PDF),
        (b"\r\n  %PDF-1.4\n", FileType.PDF),
        (b"\0" * 128 + b"%PDF-1.4\n", FileType.PDF),
        (b"\0" * 1100 + b"%PDF-1.4\n", None),
        (b"MZ\x90\0\n%PDF-1.4\n", None),
        (b"Un fichier commence par %PDF-1.4 quand il est un PDF.", FileType.TXT),
        (package("word/document.xml", "[Content_Types].xml"), FileType.DOCX),
        (package("xl/workbook.xml"), FileType.XLSX),
        (package("content.xml", mimetype=f"{OPEN}text"), FileType.ODT),
        (package("content.xml", mimetype=f"{OPEN}spreadsheet"), FileType.ODS),
        ("Déjà vu ;\tœuvre\r\n".encode(), FileType.TXT),
        ("Prénom;Date\n".encode("cp1252"), FileType.TXT),
        ("ÉCOLE ; état\r\n\x1a".encode("cp850"), FileType.TXT),
        ("Prénom ; œuvre\r\n".encode("utf-16"), FileType.TXT),
        (b"\xfe\xff" + "Prénom".encode("utf-16-be"), FileType.TXT),
        (b"\xff\xfea", None),
        (b"\xff\xfe\0\0P\0\0\0", None),
        (b"a\x1ab", None),
        (package("word/document.xml", "word/vbaProject.bin"), None),
        (package("content.xml", "Basic/Standard/Module1.xml", mimetype=f"{OPEN}text"), None),
        (package("content.xml", mimetype=f"{OPEN}graphics"), None),
        (package("run.exe"), None),
        (b"PK\x03\x04 no package", None),
        (b"MZ\x90\0", None),
        (b"\x7fELF\x02", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"GIF89a\0", None),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, known: FileType | None) -> None:
    assert recognise(content) is known


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", AttachmentFault.UNREADABLE),
        (b"%PDF-" + b"x" * 100, AttachmentFault.TOO_LARGE),
        (b"\0", AttachmentFault.UNKNOWN_TYPE),
    ],
)
def test_what_is_not_taken_says_why(content: bytes, fault: AttachmentFault) -> None:
    with pytest.raises(RefusedAttachmentError) as refused:
        check_attachment(content, 100)
    assert refused.value.fault is fault


def test_only_an_advisor_answers_with_a_recording() -> None:
    voice = b"OggS\0\2OpusHead"

    assert check_attachment(voice, 100, recordings=True) is FileType.OGG
    with pytest.raises(RefusedAttachmentError):
        check_attachment(voice, 100)


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("bulletin mars.pdf.exe", "bulletin-mars.pdf.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\dossiers\\carrière.doc", "carrière.pdf"),
        ("", "piece.pdf"),
        ("…", "piece.pdf"),
        ("2850675999001 16.pdf", "numero-retire.pdf"),
        ("a" * 300, "a" * 60 + ".pdf"),
    ],
)
def test_a_name_ends_as_what_the_file_is(given: str, tidy: str) -> None:
    assert tidy_name(given, FileType.PDF) == tidy


@pytest.mark.parametrize(
    ("size", "weight"), [(10, "1 ko"), (240_400, "240 ko"), (1_249_000, "1,2 Mo")]
)
def test_a_weight_is_said_as_people_say_it(size: int, weight: str) -> None:
    assert Attachment(number=1, type=FileType.TXT, name="a.txt", size=size).weight == weight
