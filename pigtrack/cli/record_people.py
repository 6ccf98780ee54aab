"""Commands about people: users who act, patients who agree or want to be forgotten, signatures."""

from datetime import datetime
from typing import Annotated

import typer

from pigtrack.cli.choices import Answer, UserRole
from pigtrack.cli.door import app
from pigtrack.cli.passwords import NewPasswordFile, PasswordFile, asking
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line

user = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Say who may act in the clinic's record.")
app.add_typer(user, name="user")

Name = Annotated[str, typer.Argument(help="The user's name, as it shall stand under a signature.", metavar="NAME")]
Subject = Annotated[str, typer.Argument(help="The patient's pseudonym.", metavar="SUBJECT")]
_Said = typer.Option(show_default=False)


@user.command("add")
def user_add(
    name: Name,
    role: Annotated[UserRole, typer.Option(help="What they may do; the first must be owner.")],
    data: Data = None,
    by: By = None,
    password_file: PasswordFile = None,
    new_password_file: NewPasswordFile = None,
) -> None:
    """Add a user; from the first on, everybody who acts is one."""
    from pigtrack.model.record import Role
    from pigtrack.tracker.record import users

    ask, ask_new = asking(password_file), asking(new_password_file, new=True)
    users.add(name=name, role=Role(role), ask=ask, ask_new=ask_new, data=data, by=by)
    typer.echo(one_line(f"{name} is {Role(role).told}."))


@user.command("list")
def user_list(data: Data = None, by: By = None) -> None:
    """List the users, those that were disabled too."""
    from pigtrack.tracker.record import users

    known = users.listed(data=data, by=by)
    for each in known:
        typer.echo(one_line(f"{each.name}: {each.role.value}{'' if each.active else ', disabled'}"))
    if not known:
        typer.echo("No users: whoever sits at the computer may do everything.")


@user.command("role")
def user_role(
    name: Name,
    role: Annotated[UserRole, typer.Argument(help="What they may do from now on.", metavar="ROLE")],
    data: Data = None,
    by: By = None,
    password_file: PasswordFile = None,
) -> None:
    """Give a user another role."""
    from pigtrack.model.record import Role
    from pigtrack.tracker.record import users

    users.give_role(name=name, role=Role(role), ask=asking(password_file), data=data, by=by)
    typer.echo(one_line(f"{name} is {Role(role).told}."))


@user.command("disable")
def user_disable(name: Name, data: Data = None, by: By = None, password_file: PasswordFile = None) -> None:
    """Let a user act no more; what they did stays theirs."""
    from pigtrack.tracker.record import users

    users.set_active(name=name, active=False, ask=asking(password_file), data=data, by=by)
    typer.echo(one_line(f"{name} is disabled."))


@user.command("enable")
def user_enable(name: Name, data: Data = None, by: By = None, password_file: PasswordFile = None) -> None:
    """Let a disabled user act again."""
    from pigtrack.tracker.record import users

    users.set_active(name=name, active=True, ask=asking(password_file), data=data, by=by)
    typer.echo(one_line(f"{name} may act again."))


@user.command("password")
def user_password(
    name: Name,
    data: Data = None,
    by: By = None,
    password_file: PasswordFile = None,
    new_password_file: NewPasswordFile = None,
) -> None:
    """Give a user another password: your own, or as an owner anybody's."""
    from pigtrack.tracker.record import users

    ask, ask_new = asking(password_file), asking(new_password_file, new=True)
    users.give_password(name=name, ask=ask, ask_new=ask_new, data=data, by=by)
    typer.echo(one_line(f"{name} has a new password."))


@app.command()
def sign(
    course: Annotated[str, typer.Argument(help="The course's label.", metavar="COURSE")],
    meaning: Annotated[
        str, typer.Option(help='What the signature stands for, as in "reviewed"; it must name no patient.')
    ],
    measurement: Annotated[
        int | None,
        typer.Option(min=1, help="Which measurement; else the current one.", show_default=False),
    ] = None,
    data: Data = None,
    by: By = None,
    password_file: PasswordFile = None,
) -> None:
    """Sign a measurement of a course with your password."""
    from pigtrack.tracker.record import signing

    ask = asking(password_file)
    signed = signing.sign(label=course, meaning=meaning, measurement=measurement, ask=ask, data=data, by=by)
    typer.echo(one_line(signed.told))


@app.command()
def consent(
    subject: Subject,
    care: Annotated[Answer | None, _Said] = None,
    research: Annotated[Answer | None, _Said] = None,
    teaching: Annotated[Answer | None, _Said] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it was said.", show_default=False)
    ] = None,
    note: Annotated[str | None, typer.Option(help="Where the signed paper is.", show_default=False)] = None,
    data: Data = None,
    by: By = None,
) -> None:
    """Keep what a patient agrees to; without answers, show what stands."""
    from pigtrack.model.record import Purpose
    from pigtrack.tracker.record import consenting

    said = {Purpose.CARE: care, Purpose.RESEARCH: research, Purpose.TEACHING: teaching}
    answers = {purpose: answer is Answer.YES for purpose, answer in said.items() if answer is not None}
    said_on = None if day is None else day.date()
    stands = consenting.consent(pseudonym=subject, answers=answers, day=said_on, note=note, data=data, by=by)
    for each in stands:
        when = "" if each.day is None else f", said on {each.day}"
        noted = "" if each.note is None else f" ({each.note})"
        typer.echo(one_line(f"{each.purpose.value}: {'yes' if each.given else 'no'}{when}{noted}"))
    if not stands:
        typer.echo("Nothing was asked yet; that counts as no.")
