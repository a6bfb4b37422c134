"""Every error that Cherish raises on purpose, in one tree.

    CherishError
    ├── InputError            the data or the file can't be taken as they are
    │   ├── FileError         a file: unreadable, wrong encoding, no such column
    │   ├── SourceError       a database or cluster: out of reach, or it refuses the user
    │   └── MappingError      which column plays which role is unclear or impossible
    ├── QuestionError         the question can't be asked: unknown name, parameter or field
    ├── Unanswerable          the question is sound and these data can't answer it
    ├── WorkspaceError        the workspace is missing, locked, newer than the code, damaged
    └── Unsupported           this engine or this door can't do what was asked

A message says what was wrong, where, with which value, and what to do about it: it is read by the person
who caused it. It never carries people's data.
"""


class CherishError(Exception):
    """The root of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 2


class InputError(CherishError):
    """The data can't be taken as they are."""


class FileError(InputError):
    """A file is missing, unreadable, empty, in another encoding, or lacks a column."""


class SourceError(InputError):
    """A database or cluster can't be reached, or refuses the user."""


class MappingError(InputError):
    """Which column plays which role is unclear or impossible."""


class QuestionError(CherishError):
    """The question names something that does not exist or a value that is not allowed."""


class Unanswerable(CherishError):
    """The question is sound, and these data lack what it takes; the message names what would unlock it."""


class WorkspaceError(CherishError):
    """The workspace is missing, held by another process, made by a newer version, or damaged."""


class Unsupported(CherishError):
    """This engine or this door can't do what was asked; refused, never approximated."""
