"""British spelling to American, by patterns of word families and a short table."""

from __future__ import annotations

import re
from functools import lru_cache

# stem + our -> or: colour, favourite, neighbourhood, honourable
_OUR = (
    "arb arm behavi cand clam col demean enamm endeav fav ferv flav harb hon hum lab misdemean neighb od parl ranc "
    "rig rum sav splend succ tum val vap vig"
)
# stem + is -> iz: organise, recognising, civilisation
_ISE = (
    "agon american anal apolog author brutal capital categor central character civil colon computer crit "
    "crystal custom decentral demon desensit digit econom emphas energ equal fantas fertil final formal general "
    "global harmon homogen hospital human ideal immun industrial initial internal ital jeopard legal liberal local "
    "maxim mechan memor minim mobil modern monopol national natural neutral normal optim organ ostrac oxid "
    "patron personal polar popular prior privat public pulver random ration real recogn reorgan revital satir "
    "scrutin sensit serial social special stabil standard steril subsid summar symbol sympath synchron synthes "
    "tantal terror token traumat util vandal verbal victim visual vocal"
)
# stem + l + l -> one l: travelled, modelling, jeweller
_LL = (
    "bevel cancel carol channel chisel counsel cruel dial dishevel drivel duel enamel equal fuel funnel gambol "
    "gravel initial jewel kennel label laurel level libel marshal marvel medal metal model panel parcel pedal "
    "pencil quarrel revel rival shovel shrivel signal snivel spiral squirrel stencil swivel symbol tassel total "
    "towel travel trowel tunnel unravel yodel"
)
# stem + re -> er: centre, kilometres, theatregoer
_RE = "calib cent fib goit kilomet lit louv lust maneuv manoeuv meag met millimet centimet millilit sab scept sep somb spect theat"
# stem + ogue -> og: catalogue, dialogues
_OGUE = "anal catal dial epil homol monol pedag prol travel"
# stem + ence -> ense: defence, licences
_ENCE = "def lic off pret"
_AE = {
    "aesthet": "esthet", "anaem": "anem", "anaesth": "anesth", "caes": "ces", "encyclopaed": "encycloped",
    "foet": "fet", "gynaec": "gynec", "haem": "hem", "leukaem": "leukem", "mediaev": "mediev", "oestrog": "estrog",
    "orthopaed": "orthoped", "paed": "ped", "diarrhoea": "diarrhea", "manoeuv": "maneuv",
}  # fmt: skip
_WORDS = {
    "acknowledgement": "acknowledgment", "ageing": "aging", "aluminium": "aluminum", "artefact": "artifact",
    "axe": "ax", "cheque": "check", "chequered": "checkered", "cosy": "cozy", "doughnut": "donut",
    "draught": "draft", "enrol": "enroll", "enrolment": "enrollment", "fulfil": "fulfill",
    "fulfilment": "fulfillment", "grey": "gray", "instalment": "installment", "instil": "instill",
    "jewellery": "jewelry", "judgement": "judgment", "kerb": "curb", "likeable": "likable", "marvellous": "marvelous",
    "mould": "mold", "moult": "molt", "moustache": "mustache", "omelette": "omelet", "plough": "plow",
    "practise": "practice", "practised": "practiced", "practising": "practicing", "programme": "program",
    "pyjama": "pajama", "sceptic": "skeptic", "sceptical": "skeptical", "skilful": "skillful", "smoulder": "smolder",
    "sulphur": "sulfur", "tyre": "tire", "wilful": "willful", "woollen": "woolen", "yoghurt": "yogurt",
    "analyse": "analyze", "analysed": "analyzed", "analysing": "analyzing", "catalyse": "catalyze",
    "catalysed": "catalyzed", "paralyse": "paralyze", "paralysed": "paralyzed", "paralysing": "paralyzing",
}  # fmt: skip


def _any(stems: str) -> str:
    return "|".join(stems.split())


_RULES = (
    (re.compile(rf"^((?:dis|mis|un|re)?(?:{_any(_OUR)}))our"), r"\1or"),
    (re.compile(rf"^((?:{_any(_ISE)}))is(?=e|ing|ation|able)"), r"\1iz"),
    (re.compile(rf"^((?:{_any(_LL)}))l(?=ed$|ing$|er$|ers$|ings$|ist$|ists$)"), r"\1"),
    (re.compile(rf"^({_any(_RE)})re(?=s?$|d$|goer)"), r"\1er"),
    (re.compile(rf"^({_any(_OGUE)})ogue(s?)$"), r"\1og\2"),
    (re.compile(rf"^({_any(_ENCE)})ence(?=s?$|less)"), r"\1ense"),
)


@lru_cache(maxsize=65_536)
def american(word: str) -> str:
    """The American spelling of a lower-case word; others stay as they are."""
    plural = word.endswith("s") and word[:-1] in _WORDS
    if word in _WORDS or plural:
        return _WORDS[word[:-1]] + "s" if plural else _WORDS[word]
    for british, shorter in _AE.items():
        if word.startswith(british):
            return shorter + word[len(british) :]
    for pattern, replacement in _RULES:
        word, count = pattern.subn(replacement, word)
        if count:
            break
    return word
