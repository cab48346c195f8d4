"""Locales that base models are offered in: those that users of speech services ask for, of languages that Whisper knows."""

from __future__ import annotations

from uuid import UUID, uuid5

from lect.core.locale import language_of
from lect.models.catalogue import BaseModel

LOCALES = tuple(
    """
    af-ZA ar-AE ar-EG ar-SA az-AZ bg-BG bn-IN bs-BA ca-ES cs-CZ cy-GB da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB en-HK
    en-IE en-IN en-NG en-NZ en-PH en-SG en-US en-ZA es-AR es-CL es-CO es-ES es-MX es-US et-EE eu-ES fa-IR fi-FI fil-PH fr-BE
    fr-CA fr-CH fr-FR gl-ES gu-IN he-IL hi-IN hr-HR hu-HU hy-AM id-ID is-IS it-CH it-IT ja-JP ka-GE kk-KZ km-KH kn-IN ko-KR
    lo-LA lt-LT lv-LV mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl-BE nl-NL pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO
    ru-RU si-LK sk-SK sl-SI so-SO sq-AL sr-RS sv-SE sw-KE ta-IN te-IN th-TH tr-TR uk-UA ur-PK uz-UZ vi-VN zh-CN zh-HK zh-TW
    """.split()
)
_NAMESPACE = UUID("2f1d7a3e-6c86-4d0b-9a55-1b4f8f6b0c11")  # of the ids of base models; never changes


def locales_of(base: BaseModel) -> tuple[str, ...]:
    """The locales that a base model is offered in."""
    return LOCALES if base.multilingual else tuple(tag for tag in LOCALES if language_of(tag) == "en")


def id_of(base: str, locale: str) -> str:
    """The id of a base model in one locale: the same on every server."""
    return str(uuid5(_NAMESPACE, f"{base}/{locale}"))
