"""What can go wrong with documents and memories."""

from console.errors import Conflict, Invalid, TooLarge


class KnowledgeInvalid(Invalid):
    code = "knowledge_invalid"


class KnowledgeNameTaken(Conflict):
    code = "name_taken"


class DocumentUnreadable(Invalid):
    """No text can be got out of a document; the sentence says why and what to do."""

    code = "document_unreadable"


class DocumentTooLarge(TooLarge):
    code = "document_too_large"


class DocumentExists(Conflict):
    code = "document_exists"


class TooManyDocuments(Conflict):
    code = "too_many_documents"


#: What a document can be refused with.
REFUSALS = (KnowledgeInvalid, DocumentUnreadable, DocumentTooLarge, DocumentExists, TooManyDocuments)


class MemoryInvalid(Invalid):
    code = "memory_invalid"


class MemoryNameTaken(Conflict):
    code = "name_taken"


class MemoryFull(Conflict):
    code = "memory_full"


class EntryForgotten(Conflict):
    """The entry does not count any more: it was replaced or forgotten before."""

    code = "entry_not_current"


class QuestionInvalid(Invalid):
    code = "question_invalid"
