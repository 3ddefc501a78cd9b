"""The answer of an evaluation, field by field.

`screening.rendering.render` makes it; these schemas document it, and the tests hold the two together.
"""

from marshmallow import fields, validate

from api.web.schema_parts import (
    LIMIT,
    VALUE,
    ParameterSchema,
    ReadingSchema,
    SourceSchema,
    SuccessorSchema,
    TextSchema,
    WithheldSchema,
    anything,
    flag,
    line,
    many,
    one,
    said,
    word,
)
from api.web.shape import Exact

STATUSES = ("met", "not_met", "unknown")
OUTCOMES = ("not_target_group", "more_information_needed", "supports_offer")
CONSENT_STATUSES = ("given", "refused", "withdrawn", "expired", "not_yet_valid", "undated", "not_recorded")
BLANKS = ("not_asked", "not_found", "stale")


class ThresholdSchema(Exact):
    """The limit that a criterion was tested against."""

    value = anything("The limit in force; of bounds, both. A share is given as the number it comes to.", **LIMIT)
    default = anything("What the definition proposes.", **LIMIT)
    range = many(fields.Raw(metadata=LIMIT), "What a local version may set.")
    set_by = line("Who answers for the value.")
    set_on = fields.Date(required=True, metadata={"description": "Since when."})
    parameters = many(fields.Nested(ParameterSchema), "Every parameter that the criterion uses.")


class NamedSchema(Exact):
    """A fact or an item."""

    fact = line("The fact's id, or `item.` and the item's id.")
    title = said("Its name.")


class UsedFactSchema(NamedSchema):
    """A fact or item that was tested, and what is known of it."""

    value = anything("As it was given, also where it is out of date; null for a blank.", **VALUE)
    blank = word("Why there is nothing to go by; null where there is.", *BLANKS, nullable=True)
    source = line("Where it comes from.", allow_none=True)
    observed_on = fields.Date(required=True, allow_none=True, metadata={"description": "The day for which it held."})
    reason = line("Why it was answered so, or could not be.", allow_none=True)
    window_months = fields.Raw(
        allow_none=True,
        metadata={"description": "Offences only: the months counted over, or `ever`.", "type": VALUE["type"]},
    )
    convicted = fields.Integer(
        allow_none=True, metadata={"description": "Offences only: how many led to a conviction."}
    )
    admitted = fields.Integer(
        allow_none=True, metadata={"description": "Offences only: how many were admitted. Since 2026-11-28."}
    )


class CriterionSchema(Exact):
    """One thing that the guidance asks for, and what the material says about it."""

    id = line("The criterion's id.")
    title = said("Its name.")
    status = word(
        "Met or not met if every way of filling in the blanks agrees; else unknown. Null while it is withheld.",
        *STATUSES,
        nullable=True,
    )
    required = flag("Whether the outcome rests on it; an advisory criterion is shown and moves nothing.")
    decisive = flag("Whether the outcome as it stands rests on it.")
    text = said("Why it has that status.")
    notes = many(fields.Nested(TextSchema), "What to know of the material behind it.")
    quote = line("What the guidance says, in Swedish and verbatim.", allow_none=True)
    source = one(SourceSchema, "Where it says so.", nullable=True)
    reading = one(ReadingSchema, "How we read it.", nullable=True)
    note = said("What else to know about the criterion.", nullable=True)
    threshold = one(ThresholdSchema, "The limit, where there is one.", nullable=True)
    facts_used = many(fields.Nested(UsedFactSchema), "What was tested.")
    children = many(fields.Nested(lambda: CriterionSchema()), "The criteria that it combines.")


class FlagSchema(Exact):
    """Something to know beside the outcome; it moves nothing."""

    id = line("The flag's id.")
    title = said("Its name.")
    status = word("`met` when raised, `unknown` when it cannot be told yet.", *STATUSES)
    statement = said("What it says when it is raised.")
    caution = said("What to bear in mind then.", nullable=True)
    quote = line("What the source says, verbatim.", allow_none=True)
    source = one(SourceSchema, "Where it says so.", nullable=True)
    reading = one(ReadingSchema, "How we read it.", nullable=True)
    limits = many(fields.Nested(ParameterSchema), "The limits that it uses.")
    facts_used = many(fields.Nested(UsedFactSchema), "What was tested.")


class PartySchema(Exact):
    """Where one person's consent towards one recipient stands."""

    person = line("`youth`, or the guardian's reference.")
    recipient = line("The recipient's id.")
    status = word(
        "On the reference date.", "given", "refused", "withdrawn", "expired", "not_yet_valid", "undated", "not_recorded"
    )
    readiness = word("What that means for the gate.", "ready", "unknown", "not_ready")
    mandatory = flag("Whether the gate waits for it.")
    valid_to = fields.Date(required=True, allow_none=True, metadata={"description": "The last day on which it holds."})
    text = said("The same in words.")


class GateSchema(Exact):
    """Whether the consents are there. It is no part of the outcome and changes nothing in it."""

    overall = word("The least ready of the mandatory parties.", "ready", "unknown", "not_ready")
    parties = many(fields.Nested(PartySchema), "Everyone whose consent is asked for or recorded.")
    guardians_open = flag("Whether it is not known who the guardians are, or whether they count.")
    text = said("The gate in words.")
    notes = many(fields.Nested(TextSchema), "What else to know about it.")
    quote = line("What the source says, verbatim.")
    source = one(SourceSchema, "Where it says so.")


class DecisivePartSchema(Exact):
    """Inputs that the outcome rests on: any so many of these."""

    any = fields.Integer(required=True, metadata={"description": "How many of them are needed."})
    of = many(fields.String(), "Facts, and items as `item.` with the item's id.")
    text = said("The same in words.")


class EffectSchema(Exact):
    """What an answer would do."""

    values = many(
        fields.Raw(metadata={"type": ["string", "integer", "object"]}),
        "The answers; of a number, stretches with `from` and `to`.",
    )
    outcome = word("The outcome then.", *OUTCOMES)
    criteria = fields.Dict(
        keys=fields.String(),
        values=fields.String(metadata={"enum": list(STATUSES)}),
        required=True,
        metadata={"description": "The criteria whose status it would change."},
    )
    text = said("The same in words.")


class QuestionSchema(Exact):
    """A blank that can change the outcome."""

    id = line("The fact's id, or `item.` and the item's id.")
    title = said("Its name.")
    text = said("The question to ask.")
    unit = said("The unit of the answer.", nullable=True)
    settles = word("Whether an answer can settle the outcome.", "alone", "with_another", "not_yet")
    bears_on = many(fields.String(), "The required criteria that wait for it.")
    answers = many(fields.Nested(EffectSchema), "What each answer would do.")


class ChangeSchema(Exact):
    """One part of a smallest change."""

    any = fields.Integer(required=True, metadata={"description": "How many of these would have to differ."})
    of = many(fields.String(), "Facts, and items as `item.` with the item's id.")
    from_ = many(fields.Raw(allow_none=True, metadata=VALUE), "What they are.", data_key="from")
    to = many(fields.Raw(metadata={"type": ["string", "integer", "object"]}), "What they would have to be.")


class SmallestChangeSchema(Exact):
    """The fewest changes to what is known that would give another outcome. Never advice."""

    changes = many(fields.Nested(ChangeSchema), "All of them together.")
    outcome = word("The outcome then.", *OUTCOMES)
    text = said("The same in words.")


class CountSchema(Exact):
    """How many items have a level, and how many could come to have it."""

    rated = fields.Integer(required=True, metadata={"description": "How many have it."})
    bounds = fields.List(
        fields.Integer(),
        required=True,
        validate=validate.Length(equal=2),
        metadata={"description": "Fewest and most over every way of filling in the blanks."},
    )


class GroupSchema(Exact):
    """Counts over a group of items, over all of them and never only over the rated ones."""

    kind = word("The kind of items.", "risk", "protective")
    of = fields.Integer(required=True, metadata={"description": "How many items there are."})
    rated = fields.Integer(required=True, metadata={"description": "How many have a level."})
    answered = fields.Integer(required=True, metadata={"description": "How many have a level or were not found."})
    levels = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(CountSchema),
        required=True,
        metadata={"description": "By level."},
    )
    blank = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "By kind of blank: `not_asked`, `not_found`."},
    )


class DomainSchema(GroupSchema):
    """Counts over a domain."""

    id = line("The domain's id.")


class OwnBehaviourSchema(Exact):
    """The risk items of the person's own behaviour."""

    moderate_or_high = one(CountSchema, "Items rated moderate or high.")
    rated = fields.Integer(required=True, metadata={"description": "How many have a level."})
    of = fields.Integer(required=True, metadata={"description": "How many items there are."})


class ProfileSchema(Exact):
    """The ratings counted. No count is a level of risk, and there is no total."""

    domains = many(fields.Nested(DomainSchema), "By domain, in the instrument's order.")
    risk = one(GroupSchema, "All risk items.")
    protective = one(GroupSchema, "All protective items.")
    own_behaviour = one(OwnBehaviourSchema, "Risk items of the person's own behaviour.")
    complete_to_sign = flag("Whether enough is answered to sign without a written reason.")
    notes = many(fields.Nested(TextSchema), "What to know before leaning on the counts.")


class NoteSchema(Exact):
    """What the sources say that no criterion tests."""

    id = line("The note's id.")
    text = said("The note.")
    quote = line("What the source says, verbatim.", allow_none=True)
    source = one(SourceSchema, "Where it says so.")


class DisagreementSchema(Exact):
    """Two stated answers that stand against each other."""

    flag = line("The flag that it raises.")
    id = line("Which disagreement it is.")
    text = said("The two in one sentence.")
    facts_used = many(fields.Nested(UsedFactSchema), "The answers.")


class ExplanationSchema(Exact):
    """A recommendation for social services to review, with everything that it rests on. It never decides."""

    reference_date = fields.Date(required=True, metadata={"description": "The day for which everything is judged."})
    guidance = line("The guidance that was tested.")
    guidance_title = said("Its title.")
    outcome = word(
        "What the material supports, if every way of filling in the blanks agrees. Null while it is withheld: since "
        "2026-11-28 what derives from item ratings waits until `reoffending_risk` is given or marked as not found.",
        *OUTCOMES,
        nullable=True,
    )
    headline = said("The outcome in one sentence; null while it is withheld.", nullable=True)
    withheld = one(
        WithheldSchema, "What waits for the summary rating, and why; null where nothing does.", nullable=True
    )
    reminder = said("What always stands under the headline.")
    flags = many(fields.String(), "The flags that are raised; `safety_first` comes before everything.")
    flags_open = many(fields.String(), "The flags that cannot be told yet.")
    disagreements = many(
        fields.Nested(DisagreementSchema),
        "Stated answers that stand against each other, such as a need of support to leave and no wish to. They move "
        "nothing and are for a person to settle. Since 2026-11-28.",
    )
    flag_texts = many(fields.Nested(FlagSchema), "Every flag in words.")
    gate = one(GateSchema, "The consents; apart from the outcome.")
    criteria = many(fields.Nested(CriterionSchema), "The guidance's criteria in its order, each a tree.")
    decisive = many(fields.Nested(DecisivePartSchema), "What the outcome rests on; empty while counts are withheld.")
    open_questions = many(fields.Nested(QuestionSchema), "What to find out next, the most telling first.")
    cannot_change_result = many(fields.Nested(NamedSchema), "Blanks whose answer cannot change the outcome.")
    other_facts = many(fields.Nested(UsedFactSchema), "What is known and was not tested.")
    not_found = many(fields.Nested(NamedSchema), "Looked for and not to be learned: to be judged and reasoned about.")
    smallest_changes = many(fields.Nested(SmallestChangeSchema), "The nearest other outcomes; at most five.")
    profile = one(
        ProfileSchema,
        "Null without ratings, and until `reoffending_risk` is given or marked as not found: the professional "
        "rates before anything is counted.",
        nullable=True,
    )
    asks = many(fields.Nested(TextSchema), "What the professional is asked to add. It never blocks.")
    counts_withheld = flag("Whether what is counted from the ratings waits for the summary rating.")
    successor = one(SuccessorSchema, "What took the guidance's place, where known.", nullable=True)
    deviations = many(fields.Nested(ParameterSchema), "Limits that a local version set wider than the guidance's text.")
    notes = many(fields.Nested(NoteSchema), "What the sources say that no criterion tests.")
    definitions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "`id@version` of every definition used, with its SHA-256."},
    )
    engine = line("The software and its version; the digest does not cover it.")
    sha256 = line(
        "Digest of what was put in, which definitions were used and what came out. Reviews are signed on it. Null "
        "while anything is withheld, since it could be used to try which result it fits.",
        allow_none=True,
    )
