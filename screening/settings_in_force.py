"""Which value every parameter has: its default, what a local version sets, or what is tried out."""

from collections.abc import Iterable, Iterator, Mapping

from instruments.faults import Fault, InputError
from screening.guidance import FlagSet, Guidance, Overlay, ParameterValue, Setting


def settings_of(guidance: Guidance, flags: FlagSet, overlay: Overlay | None) -> dict[str, Setting]:
    """Every parameter's value in force: the default, or what an overlay sets.

    Raises
    ------
    InputError
        If an overlay sets a parameter that does not exist, or a value that is not permitted.
    """
    parameters = {parameter.id: parameter for parameter in (*flags.parameters, *guidance.parameters)}
    settings = {
        each.id: Setting(value=each.default, set_by=each.set_by, set_on=each.set_on) for each in parameters.values()
    }
    faults = [
        Fault("repeated-id", f"{guidance.id}: {name}", {"name": name})
        for name in sorted({each.id for each in flags.parameters} & {each.id for each in guidance.parameters})
    ]
    for given in overlay.settings if overlay else ():
        parameter = parameters.get(given.parameter)
        where = f"{overlay.id if overlay else ''}: {given.parameter}"
        if parameter is None:
            faults.append(Fault("unknown-parameter", where, {"name": where, "parameter": given.parameter}))
        elif not parameter.permits(given.value):
            permitted = list(parameter.permitted)
            faults.append(Fault("value-not-permitted", where, {"value": given.value, "permitted": permitted}))
        else:
            settings[parameter.id] = given
    if faults:
        raise InputError(faults)
    return settings


def tried_settings(
    guidance: Guidance, settings: Mapping[str, Setting], tried: Iterable[tuple[str, ParameterValue]]
) -> Iterator[tuple[str, Setting]]:
    """The settings that some limits to be tried out take the place of.

    Raises
    ------
    InputError
        If there is no such limit, or the value is not permitted.
    """
    parameters = {parameter.id: parameter for parameter in guidance.parameters}
    for name, value in tried:
        if name not in parameters:
            raise InputError([Fault("unknown-parameter", guidance.id, {"name": guidance.id, "parameter": name})])
        if not parameters[name].permits(value):
            permitted = list(parameters[name].permitted)
            raise InputError([Fault("value-not-permitted", guidance.id, {"value": value, "permitted": permitted})])
        yield name, settings[name].model_copy(update={"value": value})


def deviations_of(guidance: Guidance, settings: Mapping[str, Setting]) -> list[str]:
    """The parameters whose value lets in more than the guidance's own text does."""
    return [each.id for each in guidance.parameters if each.is_widened_by(settings[each.id].value)]
