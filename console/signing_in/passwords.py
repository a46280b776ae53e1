from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from console.errors import Problem
from console.models import User


def password_problems(password: str, user: User, field: str = "password") -> list[Problem]:
    """Return why a password is too weak for somebody: too short, too common, or too like their name."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Problem(" ".join(error.messages), field)]
    return []
