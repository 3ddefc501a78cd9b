"""The answers about instruments and guidances, and the one question they take."""

from marshmallow import fields

from api.web.declared_schemas import schema_of
from api.web.schema_parts import (
    LIMIT,
    TextSchema,
    anything,
    flag,
    line,
    many,
    one,
    sentence,
    word,
)
from api.web.shape import Day, Exact, Strict
from screening import grounds


class OnSchema(Strict):
    """The day for which the version in force is wanted."""

    on = Day(metadata={"description": "The version in force on this day; today if left out.", "example": "2026-11-21"})


class VersionSchema(Exact):
    """One version of a definition."""

    reference = line("`id@version`.")
    version = line("The version.")
    status = word("A draft may still change; what is published never does.", "draft", "published")
    valid_from = fields.Date(required=True, metadata={"description": "The first day in force."})
    valid_to = fields.Date(required=True, allow_none=True, metadata={"description": "The last; null if none is known."})
    sha256 = line("Digest of the file.")


class ItemNumbersSchema(Exact):
    """How many items there are of each kind."""

    risk = fields.Integer(required=True, metadata={"description": "Risk items."})
    protective = fields.Integer(required=True, metadata={"description": "Protective items."})


class ListedInstrumentSchema(Exact):
    """An instrument in the list."""

    id = line("The instrument's id.")
    title = sentence("Its title.")
    description = sentence("What it is.")
    items = one(ItemNumbersSchema, "How many items it has.")
    versions = many(fields.Nested(VersionSchema), "Its versions, the oldest first.")


class InstrumentListSchema(Exact):
    """Every instrument."""

    instruments = many(fields.Nested(ListedInstrumentSchema), "In alphabetical order.")


class DesignAgeSchema(Exact):
    """The ages that an instrument was written for, both included."""

    min = fields.Integer(required=True, metadata={"description": "The lowest, in completed years."})
    max = fields.Integer(required=True, metadata={"description": "The highest."})


class ScalesSchema(Exact):
    """The levels of each kind of item, the lowest first."""

    risk = many(fields.String(), "Of risk items.")
    protective = many(fields.String(), "Of protective items.")


class DomainPartSchema(Exact):
    """A group of items that are read together."""

    id = line("The domain's id.")
    kind = word("The kind of its items.", "risk", "protective")
    title = sentence("Its name.")


class ItemSchema(Exact):
    """One matter to rate."""

    id = line("The item's id.")
    domain = line("The domain it belongs to.")
    kind = word("Its kind.", "risk", "protective")
    dynamic = flag("Whether it can change; a static item covers the whole life so far.")
    own_behaviour = flag("Whether it is about the person's own norm-breaking conduct or attitude.")
    look_back = line("The period that counts, an ISO 8601 duration; null for a static item.", allow_none=True)
    title = sentence("Its name.")
    description = sentence("What is rated.")
    ask = sentence("An open question into the conversation.")
    anchors = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(TextSchema),
        required=True,
        metadata={"description": "What each level means, by level."},
    )
    evidence = sentence("What it rests on, and what of that was read.")


class PolicySchema(Exact):
    """A limit that somebody chose: who, when and why."""

    set_by = line("Who chose it.")
    set_on = fields.Date(required=True, metadata={"description": "When."})
    reason = sentence("Why.")


class CountPolicySchema(PolicySchema):
    """A limit on numbers of items."""

    risk = fields.Integer(metadata={"description": "Risk items."})
    own_behaviour = fields.Integer(metadata={"description": "Own-behaviour items."})
    protective = fields.Integer(metadata={"description": "Protective items."})
    high_below = fields.Integer(metadata={"description": "A high summary with fewer items rated high than this."})
    low_from = fields.Integer(metadata={"description": "A low summary with so many items rated high, or more."})


class CreditsSchema(Exact):
    """Where it comes from and how well it is known to work."""

    constructs = sentence("Where the constructs come from.")
    wording = sentence("Whose wording it is.")
    validation = sentence("What is known of how well it works.")


class InstrumentSourceSchema(Exact):
    """A document that items lean on."""

    id = line("The source's id.")
    publisher = line("Who published it.")
    year = fields.Integer(required=True, metadata={"description": "When."})
    title = line("Its title.")


class InstrumentSchema(VersionSchema):
    """A whole instrument, as its file has it."""

    id = line("The instrument's id.")
    note = sentence("What to know about the file.")
    title = sentence("Its title.")
    description = sentence("What it is.")
    design_age = one(DesignAgeSchema, "The ages it was written for.")
    scales = one(ScalesSchema, "Its levels.")
    domains = many(fields.Nested(DomainPartSchema), "Its domains in order.")
    rating_rules = many(fields.Nested(TextSchema), "How to rate.")
    completeness_to_sign = one(CountPolicySchema, "How many items to answer before a summary is signed unreasoned.")
    thin_below = one(CountPolicySchema, "Below how many rated items the material is called thin.")
    summary_check = one(CountPolicySchema, "When a summary far from the items asks for one more sentence.")
    own_behaviour_reading = one(PolicySchema, "How the own-behaviour items were chosen.")
    credits = one(CreditsSchema, "Where it comes from.")
    sources = many(fields.Nested(InstrumentSourceSchema), "Documents that items lean on.")
    items = many(fields.Nested(ItemSchema), "The items in order.")


class ListedGuidanceSchema(Exact):
    """A guidance or overlay in the list."""

    id = line("The id; of an overlay, `guidance/overlay`.")
    base = line("Of an overlay, `id@version` of the guidance under it.", allow_none=True)
    title = sentence("Its title.")
    summary = sentence("Who it is for.")
    issuer = line("Who issued it.")
    versions = many(fields.Nested(VersionSchema), "Its versions, the oldest first.")


class GuidanceListSchema(Exact):
    """Every guidance and overlay."""

    guidance = many(fields.Nested(ListedGuidanceSchema), "In alphabetical order.")


class BaseSchema(Exact):
    """The file that an overlay builds on."""

    reference = line("`id@version`.")
    sha256 = line("Digest of the file.")


class SettingSchema(Exact):
    """A parameter and its value in force."""

    id = line("The parameter's id.")
    kind = word("What values it has.", "whole_number", "share", "choice")
    title = sentence("Its name.")
    unit = sentence("Its unit.", nullable=True)
    value = anything("The value in force; null where another parameter holds.", **LIMIT)
    default = anything("What the guidance proposes.", **LIMIT)
    range = many(fields.Raw(metadata=LIMIT), "Smallest and largest permitted value, or the permitted choices.")
    set_by = line("Who answers for the value.")
    set_on = fields.Date(required=True, metadata={"description": "Since when."})
    is_deviation = flag("Whether an overlay set it wider than the guidance's own text.")
    reason = sentence("Why an overlay set it.", nullable=True)
    quote = line("What the overlay's source says, verbatim.", allow_none=True)
    source = one(schema_of(grounds.Source), "Where it says so.", nullable=True)


class FreshnessSchema(Exact):
    """How old a fact may be."""

    fact = line("The fact.")
    days = line("The parameter that says how many days.")
    must_be_dated = many(fields.String(), "The answers that count only with a date.")


class RuleCriterionSchema(Exact):
    """A criterion as it is defined."""

    id = line("The criterion's id.")
    required = flag("Whether the outcome rests on it.")
    title = sentence("Its name.")
    quote = line("What the guidance says, in Swedish and verbatim.", allow_none=True)
    source = one(schema_of(grounds.Source), "Where it says so.", nullable=True)
    reading = one(schema_of(grounds.Reading), "How we read it.", nullable=True)
    note = sentence("What else to know.", nullable=True)
    rule = fields.Dict(
        required=True, metadata={"description": "`kind` of the test, and the facts, values and parameters it names."}
    )
    children = many(fields.Nested(lambda: RuleCriterionSchema()), "The criteria that it combines.")


class FlagDefinitionSchema(Exact):
    """A flag as it is defined."""

    id = line("The flag's id.")
    title = sentence("Its name.")
    statement = sentence("What it says when it is raised.")
    caution = sentence("What to bear in mind then.", nullable=True)
    quote = line("What the source says, verbatim.", allow_none=True)
    source = one(schema_of(grounds.Source), "Where it says so.", nullable=True)
    reading = one(schema_of(grounds.Reading), "How we read it.", nullable=True)
    rule = fields.Dict(required=True, metadata={"description": "`kind` of the test, and what it names."})
    children = many(fields.Nested(RuleCriterionSchema), "The criteria that it combines.")


class SourceDocumentSchema(Exact):
    """A document."""

    id = line("The source's id.")
    title = line("Its title.")
    publisher = line("Who published it.")
    published = line("When, as exactly as is known.")
    note = sentence("What was read of it, and how.", nullable=True)


class DefinitionNoteSchema(Exact):
    """What the sources say that no criterion tests."""

    id = line("The note's id.")
    text = sentence("The note.")
    quote = line("What the source says, verbatim.", allow_none=True)
    source = one(schema_of(grounds.Source), "Where it says so.")


class GuidanceSchema(VersionSchema):
    """A guidance, or an overlay on its base, ready to be tested."""

    id = line("The id; of an overlay, `guidance/overlay`.")
    base = one(BaseSchema, "Of an overlay, the guidance under it.", nullable=True)
    title = sentence("Its title.")
    summary = sentence("Who it is for.")
    issuer = line("Who issued it.")
    ended_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The last day of the text itself where known, else of this version."},
    )
    successor = one(schema_of(grounds.Successor), "What took its place, where known.", nullable=True)
    instrument = line("The instrument used where the ratings name none.")
    parameters = many(fields.Nested(SettingSchema), "Every vague word as a number or a choice.")
    freshness = many(fields.Nested(FreshnessSchema), "How old facts may be.")
    criteria = many(fields.Nested(RuleCriterionSchema), "The criteria in order, each a tree.")
    flags = many(fields.Nested(FlagDefinitionSchema), "What is told beside the outcome.")
    facts = many(fields.String(), "The facts that criteria and flags use.")
    notes = many(fields.Nested(DefinitionNoteSchema), "What the sources say that no criterion tests.")
    sources = many(fields.Nested(SourceDocumentSchema), "The documents that everything rests on.")
    definitions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "`id@version` of every definition behind it, with its SHA-256."},
    )
