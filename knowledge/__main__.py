"""`python -m knowledge`: reads the shipped content and keeps it for the starts to come.

The installation does so: where the desk runs it may be that nothing can be written to the code.
"""

from knowledge.base import content_folder, read_content
from knowledge.kept import digest_of, keep

if __name__ == "__main__":
    content = content_folder()
    keep(read_content(content), digest_of(content))
