"""A language model behind any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import Any

from subtract_core.errors import InputError

DEFAULT_URL = "https://api.openai.com/v1"
FORMATS = ("json_schema", "json_object")  # the second for servers that know no schemas
SHORTEST_KEY = 8
"""Characters; shorter ones are the words given to servers that ask for no key, and may be words of what they say."""
REFUSED = (400, 422)
"""Status codes with which servers refuse what they do not know, such as schemas."""


class RequestRefused(InputError):
    """The server refuses a request for what is in it, which may be its schema."""


class UnusableAnswer(InputError):
    """What came back is no answer that could be read; the text says why: refused, cut off, no chat completion."""


_NO_COMPLETION = "no chat completion at this URL; does it end in /v1?"
_CUT_SHORT = {
    "length": "the answer was cut off at its length limit; ask for less at once, or choose another model",
    "content_filter": "the server's content filter withheld the answer",
}
"""Why a server ended an answer that has not come to its end -> what to tell."""
_FENCED = re.compile(r"\s*```\w*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)  # a block of code in Markdown, and nothing else


class LanguageModel:
    """Asks for answers in JSON.

    model, api_key, base_url: by default from MSUB_OPENAI_MODEL, OPENAI_API_KEY and OPENAI_BASE_URL.
    retries: of one request after lost connections, time-outs, rate limits and server errors; the client waits as long
    as the server's Retry-After says, up to its own limit, and otherwise exponentially longer each time.
    timeout: of one request, seconds. temperature: None leaves the choice to the server.
    response_format: one of `FORMATS`.
    """

    def __init__(
        self,
        model: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        retries: int = 5,
        timeout: float = 120.0,
        temperature: float | None = None,
        response_format: str = "json_schema",
    ) -> None:
        self.model = model or os.environ.get("MSUB_OPENAI_MODEL", "")
        if not self.model:
            raise InputError("model: the name of a language model is needed; pass it or set MSUB_OPENAI_MODEL")
        if response_format not in FORMATS:
            raise InputError(f"response_format: {response_format!r} is not known; choose one of {', '.join(FORMATS)}")
        if retries < 0:
            raise InputError(f"retries: {retries} is too few; 0 means none")
        self.api_key = api_key or os.environ.get("OPENAI_API_KEY", "")
        self.base_url = base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL
        self.retries, self.timeout, self.temperature = retries, timeout, temperature
        self.response_format = response_format

    @property
    def by_schema(self) -> bool:
        """Whether answers are held to a schema."""
        return self.response_format == "json_schema"

    @cached_property
    def client(self) -> Any:
        """The `openai.OpenAI` that asks; raises `InputError` where no key is known."""
        if not self.api_key:
            raise InputError(
                "api_key: a key is needed; pass it or set OPENAI_API_KEY (any word for a server that asks for none)"
            )
        from openai import OpenAI  # takes a second to import

        return OpenAI(api_key=self.api_key, base_url=self.base_url, max_retries=self.retries, timeout=self.timeout)

    def answer(self, system: str, question: str, name: str, schema: dict[str, Any]) -> str | None:
        """The text of one answer without a fence of Markdown around it, or None where the server's has none.

        name, schema: of the JSON that is asked for.
        Raises `InputError` for a missing or refused key, a rate limit that persists, a server that cannot be reached or
        fails, `RequestRefused` for a request that it does not take, `UnusableAnswer` for an answer that the model
        refused, that was cut off, or that is no chat completion.
        """
        import openai

        options: dict[str, Any] = {} if self.temperature is None else {"temperature": self.temperature}
        options["response_format"] = {"type": self.response_format}
        if self.by_schema:
            options["response_format"]["json_schema"] = {"name": name, "strict": True, "schema": schema}
        messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        try:
            choice = self.client.chat.completions.create(model=self.model, messages=messages, **options).choices[0]
            content, refusal, finish = choice.message.content, choice.message.refusal, choice.finish_reason
        except openai.OpenAIError as error:
            if not isinstance(error, openai.APIResponseValidationError):
                raise self._explained(error) from None
            raise UnusableAnswer(_NO_COMPLETION) from None
        except (AttributeError, IndexError, TypeError, ValueError):  # a web page, or another body
            raise UnusableAnswer(_NO_COMPLETION) from None
        if refusal:
            raise UnusableAnswer(f"the model refused: {self._quoted(refusal)}")
        if finish in _CUT_SHORT:
            raise UnusableAnswer(_CUT_SHORT[finish])
        if not isinstance(content, str):
            return None
        fenced = _FENCED.fullmatch(content)
        return fenced[1] if fenced else content

    def _explained(self, error: Exception) -> InputError:
        """One line for a person about what the client could not get over."""
        import openai

        where, said = self.base_url, self._quoted(getattr(error, "message", error))
        if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return InputError(f"{where}: the key was refused ({error.status_code}): {said}")
        if isinstance(error, openai.RateLimitError):
            return InputError(
                f"{where}: the rate limit persists after {self.retries} retries (429): {said}; "
                "run again later or with less concurrency, or look at the account's quota"
            )
        if isinstance(error, openai.APITimeoutError):
            return InputError(f"{where}: no answer within {self.timeout:g} s, {self.retries} retries included")
        if isinstance(error, openai.APIConnectionError):
            return InputError(f"{where}: cannot be reached: {self._quoted(error.__cause__ or said)}")
        if isinstance(error, openai.APIStatusError):
            kind = RequestRefused if error.status_code in REFUSED else InputError
            return kind(f"{where}: {self.model}: the request failed ({error.status_code}): {said}")
        return InputError(f"{where}: {said}")

    def _quoted(self, text: Any) -> str:
        """The beginning of what a server or the client says, in one line; the key, which it may hold, is left out."""
        line = " ".join(str(text).split())
        key = self.api_key.strip()
        if len(key) >= SHORTEST_KEY:
            line = line.replace(key, "(the key)")
        return line[:200]


def json_object(**properties: Any) -> dict[str, Any]:
    """A JSON schema of an object with just these properties, as strict structured output wants it."""
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


def json_array(items: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema of a list."""
    return {"type": "array", "items": items}
