using System.Globalization;
using System.Text;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>What a handoff would write, or why it can't be said yet.</summary>
public sealed record Contents
{
    /// <summary>The writes, by name and tool, in order. Empty where something is missing or asked.</summary>
    public IReadOnlyList<(string Name, string Tool, ActionContent Content)> Writes { get; init; } = [];

    /// <summary>Facts that are missing, in words.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>What only a person can decide; null when nothing.</summary>
    public string? Question { get; init; }

    /// <summary>A person's yes answers the question.</summary>
    public bool YesIsEnough { get; init; }

    /// <summary>What is to be made, in short.</summary>
    public string? Title { get; init; }

    public Money? AtStake { get; init; }
}

/// <summary>Turns a rule's blueprint and an engagement's facts into writes. Pure: the same facts and day give the same writes.</summary>
public sealed class ContentWriter(Engagement engagement, RecordRef subject, Business business, DateTimeOffset now)
{
    private readonly List<string> missing = [];

    private DateOnly Today => LocalTime.DayAt(now, business.Zone);

    /// <summary>Writes out a blueprint.</summary>
    /// <param name="approved">A person said yes already.</param>
    /// <param name="generation">Counts from 1; rises when it is done again after it was withdrawn.</param>
    public Contents Write(Blueprint blueprint, bool approved, int generation)
    {
        var contents = blueprint switch
        {
            ProjectBlueprint project => Project(project),
            InvoiceBlueprint invoice => Invoice(invoice, approved),
            ReminderBlueprint reminder => Reminder(reminder, generation),
            _ => throw new InvalidOperationException("a kind of blueprint that nobody writes out"),
        };
        return missing.Count == 0 ? contents : contents with { Writes = [], Missing = [.. missing.Distinct()] };
    }

    private Contents Project(ProjectBlueprint blueprint)
    {
        var name = Text(blueprint.Name);
        var notes = blueprint.Notes is { } template ? Text(template) : null;
        var wanted = new ProjectContent(name ?? "", Packet(notes), Day(blueprint.StartsOn), Day(blueprint.EndsOn), Person(blueprint.Owner));
        List<(string, string, ActionContent)> writes = blueprint.FromTemplate is { } from
            ? [("template", blueprint.Tool, new TemplateContent(from, wanted)), ("project", blueprint.Tool, new ProjectSetUpContent(wanted))]
            : [("project", blueprint.Tool, wanted)];
        if (blueprint.Checklist.Count > 0) writes.Add(("section", blueprint.Tool, new SectionContent(blueprint.Section)));
        for (var i = 0; i < blueprint.Checklist.Count; i++)
        {
            var item = blueprint.Checklist[i];
            writes.Add(($"task-{i + 1}", blueprint.Tool,
                new TaskContent(Text(item.Task) ?? "", null, Day(item.Due), Person(item.Assign))));
        }

        return new Contents { Writes = writes, Title = name, AtStake = engagement.Deal?.Record.Amount("amount") };
    }

    private Contents Invoice(InvoiceBlueprint blueprint, bool approved)
    {
        string? question = null;
        var yesIsEnough = true;
        var lines = new List<(string Text, Money Amount)>();
        foreach (var line in blueprint.Lines)
        {
            switch (Amount(line.Amount))
            {
                case AmountVerdict.Is { Money: var money }:
                    lines.Add((Text(line.Text) ?? "", money));
                    break;
                case AmountVerdict.Lacks { Fact: var fact }:
                    missing.Add(fact);
                    break;
                case AmountVerdict.Ask { IfApproved: { } money } when approved:
                    lines.Add((Text(line.Text) ?? "", money));
                    break;
                case AmountVerdict.Ask ask:
                    question ??= ask.Question;
                    yesIsEnough &= ask.IfApproved is not null;
                    break;
            }
        }

        if (lines.Select(l => l.Amount.Currency).Distinct().Count() > 1)
            (question, yesIsEnough) = ("the invoice's lines are in several currencies", false);

        var writes = new List<(string, string, ActionContent)>();
        var customer = engagement.Customer is { Gone: false } known ? known.Ref.Id : null;
        if (customer is null && Fact(new FactPath(RecordKind.Client, "email")) is FieldValue.Text email)
        {
            writes.Add(("customer", blueprint.Tool, new CustomerContent(engagement.Payer.ToString(), engagement.ClientName ?? email.Value, email.Value)));
        }

        var title = lines.Count > 0 ? lines[0].Text : null;
        if (question is null && lines.Count > 0)
        {
            var total = lines.Select(l => l.Amount).Aggregate((a, b) => a + b);
            writes.Add(("invoice", blueprint.Tool,
                new InvoiceContent(customer, total.Currency, blueprint.DueInDays, title!, subject.ToString())
                {
                    Amounts = string.Join(';', lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Amount.Currency} {l.Amount.Amount:0.############################}"))),
                }));
            for (var i = 0; i < lines.Count; i++)
                writes.Add(($"line-{i + 1}", blueprint.Tool, new InvoiceLineContent(lines[i].Text, lines[i].Amount)));
            return new Contents { Writes = writes, Title = title, AtStake = total };
        }

        return new Contents
        {
            Question = question, YesIsEnough = yesIsEnough, Title = title ?? engagement.Deal?.Record.Text("name"), AtStake = engagement.Deal?.Record.Amount("amount"),
        };
    }

    private Contents Reminder(ReminderBlueprint blueprint, int generation)
    {
        var title = Text(blueprint.Title);
        var notes = blueprint.Notes is { } template ? Text(template) : null;
        if (Day(blueprint.On) is not { } basis)
        {
            if (missing.Count == 0) missing.Add($"{blueprint.On.From} has no value");
            return new Contents { Title = title };
        }

        // A reminder of what is over helps nobody: an end date that has passed is a leak, and the audit counts it.
        if (blueprint.On.From is { } path && Fact(path) is FieldValue.Day end && end.Value < Today)
            missing.Add($"{path} has passed ({end.Value:yyyy-MM-dd}): that is a leak, not a reminder");

        var at = LocalTime.InstantOf(basis, blueprint.At, business.Zone);
        if (at <= now) at = LocalTime.InstantOf(LocalTime.NextBusinessDay(Today), blueprint.At, business.Zone);
        var content = new ReminderContent(title ?? "", Packet(notes), at, business.Zone.Id, blueprint.Duration,
            Person(blueprint.For), subject.ToString(), generation)
        {
            Basis = basis.ToDateTime(blueprint.At).ToString("yyyy-MM-dd'T'HH:mm"),
        };
        return new Contents
        {
            Writes = [("reminder", blueprint.Tool, content)], Title = title,
            AtStake = engagement.Deal?.Record.Amount("amount"),
        };
    }

    // What earlier stages knew travels along, so that nobody has to look it up or type it again. Amounts stay out: clients
    // are often guests in the project tool.
    private string Packet(string? notes)
    {
        var text = new StringBuilder();
        if (notes is not null) text.Append(notes).Append("\n\n");
        var deal = engagement.Deal?.Record;
        if (deal?.Text("scope") is { } scope) text.Append("Scope: ").Append(scope).Append('\n');
        if (engagement.ClientName is { } client) text.Append("Client: ").Append(client).Append('\n');
        foreach (var contact in engagement.Contacts.Where(c => !c.Gone))
        {
            string?[] parts = [contact.Record.Text("name"), contact.Record.Text("email"), contact.Record.Text("phone")];
            text.Append("Contact: ").AppendJoin(", ", parts.Where(p => p is not null)).Append('\n');
        }

        if (deal?.Text("owner") is { } owner) text.Append("Account manager: ").Append(owner).Append('\n');
        if (deal?.Day("endsOn") is { } ends) text.Append("Contract ends: ").Append(ends.ToString("yyyy-MM-dd")).Append('\n');
        if (deal?.Text("notes") is { } noted) text.Append("Notes: ").Append(noted).Append('\n');
        if (deal is not null) text.Append("Deal: ").Append(deal.Text("url") ?? $"{deal.Text("name")} ({deal.Ref.Connector} {deal.Ref.Id})").Append('\n');
        if (subject.Kind == RecordKind.Project && engagement.Projects.FirstOrDefault(p => p.Ref == subject)?.Record.Text("url") is { } project)
            text.Append("Project: ").Append(project).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private AmountVerdict Amount(AmountExpression amount) => amount switch
    {
        AmountExpression.Remaining => RemainingAmount.Of(engagement, subject),
        AmountExpression.OfFact { Path: var path } => engagement.Find(path, subject) is { Value: FieldValue.Amount { Value: var money } }
            ? Exactly(money)
            : new AmountVerdict.Lacks(engagement.Find(path, subject).Why ?? $"{path} is no amount"),
        AmountExpression.Fixed { Value: var value } =>
            Exactly(new Money(value, engagement.Deal?.Record.Amount("amount")?.Currency ?? business.Currency)),
        _ => throw new InvalidOperationException("a kind of amount that nobody reckons"),
    };

    private static AmountVerdict Exactly(Money money) => money.Amount > 0 && money.TryMinorUnits(out _)
        ? new AmountVerdict.Is(money)
        : new AmountVerdict.Ask(money.Amount > 0 ? $"{money} has more decimals than {money.Currency} has" : $"{money} can't be billed", null);

    private string? Text(Template template) => TemplateRenderer.Render(template, engagement, subject, business, missing);

    private FieldValue? Fact(FactPath path)
    {
        var found = engagement.Find(path, subject);
        if (found.Value is null) missing.Add(found.Why ?? path.ToString());
        return found.Value;
    }

    private DateOnly? Day(DateExpression? expression)
    {
        if (expression is null) return null;
        DateOnly? from = expression.From is not { } path ? Today : engagement.Find(path, subject) switch
        {
            { Value: FieldValue.Day day } => day.Value,
            { Value: FieldValue.Moment moment } => LocalTime.DayAt(moment.Value, business.Zone),
            { Ambiguous: true, Why: var why } => Lacks(why),
            var absent => expression is { Days: 0, Months: 0 } ? null : Lacks(absent.Why),
        };
        return from?.AddMonths(expression.Months).AddDays(expression.Days);
    }

    private DateOnly? Lacks(string? why)
    {
        missing.Add(why ?? "a date has no value");
        return null;
    }

    private string? Person(PersonExpression? person)
    {
        if (person?.From is not { } path) return person?.Email;
        var found = engagement.Find(path, subject);
        if (found.Value is FieldValue.Text text) return text.Value;
        if (found.Ambiguous) missing.Add(found.Why ?? path.ToString());
        return null;
    }
}
