class CloneFailed(Exception):
    """A commit's files could not be had. The sentence says why and what to do, and holds no secret."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
