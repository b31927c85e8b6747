using System.Globalization;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Binds <c>create</c>: what a rule makes.</summary>
internal sealed class BlueprintBinder(DiagnosticBag diagnostics, ToolSet tools, RecordKind? subject, IReadOnlyList<RecordKind> known)
{
    private static readonly string[] Makes = ["project", "invoice", "reminder"];

    private delegate T? Reader<T>(string text, IReadOnlyList<RecordKind> known, out Problem? problem)
        where T : class;

    /// <summary>The one thing that a rule makes; null when it is wrong.</summary>
    public Blueprint? Create(SectionReader rule)
    {
        const string help = "write it as in `create: { project: { in: projects, name: \"{{deal.name}}\" } }`";
        if (rule.Section(rule.RequiredEntry("create", help)) is not { } create) return null;
        var entries = Makes.Select(create.Entry).OfType<ConfigEntry>().ToList();
        create.Finish();
        if (entries.Count == 0 && create.Node.Entries.Count > 0) return null;
        if (entries.Count != 1)
        {
            diagnostics.Error(Codes.CreateOne, entries.Count == 0 ? create.At : entries[1].KeySpan, $"`{create.Path}` makes {(entries.Count == 0 ? "nothing" : "several things")}",
                "takes exactly one of `project`, `invoice` and `reminder`", entries.Count == 0 ? help : "make a handoff of its own for the other");
            if (entries.Count == 0) return null;
        }

        Blueprint? first = null;
        foreach (var entry in entries)
        {
            if (create.Section(entry) is not { } section) continue;
            Blueprint? made = entry.Key switch
            {
                "project" => Project(section),
                "invoice" => Invoice(section),
                _ => Reminder(section),
            };
            section.Finish();
            first ??= made;
        }

        return first;
    }

    private ProjectBlueprint? Project(SectionReader section)
    {
        var checklist = new List<ChecklistItem>();
        var items = section.Items(section.Entry("checklist")) ?? [];
        var template = TemplateId(section);
        string[] first = template is null ? ["project.create"] : ["project.instantiate", "project.set-up"];
        var tool = In(section, items.Count > 0 ? [.. first, "section.create", "task.create"] : first);
        var name = Template(section, "name", required: true);
        var notes = Template(section, "notes");
        var starts = Expression<DateExpression>(section, "startsOn", ExpressionParser.Date);
        var ends = Expression<DateExpression>(section, "endsOn", ExpressionParser.Date);
        var owner = Expression<PersonExpression>(section, "owner", ExpressionParser.Person);
        var heading = section.OptionalText("section") ?? "Onboarding";
        foreach (var item in items)
            if (Item(section, item) is { } task) checklist.Add(task);
        return tool is null || name is null ? null : new ProjectBlueprint(tool, name, notes, starts, ends, owner, heading, checklist) { FromTemplate = template };
    }

    // Another tool's templates may be named otherwise: then this is that connector's to judge.
    private string? TemplateId(SectionReader section)
    {
        if (section.Scalar(section.Entry("template")) is not { } written) return null;
        if (written.Value.Length > 0 && written.Value.All(char.IsAsciiDigit)) return written.Value;
        diagnostics.Error(Codes.NotATemplate, written.Span, $"`{section.Name("template")}` is not the id of a template", "takes an id, which is a number",
            "it is the number in the address of the template's page: `template: \"1209876543210\"`");
        return written.Value;
    }

    private ChecklistItem? Item(SectionReader project, ConfigNode item)
    {
        switch (item)
        {
            case ScalarNode { IsNothing: false } scalar:
                return TemplateParser.Parse(scalar, known, diagnostics) is { } words ? new ChecklistItem(words, null, null) : null;
            case MappingNode mapping:
                var section = new SectionReader(mapping, diagnostics, project.Secrets) { Path = project.Name("checklist"), At = mapping.Span };
                var task = Template(section, "task", required: true);
                var due = Expression<DateExpression>(section, "due", ExpressionParser.Date);
                var assign = Expression<PersonExpression>(section, "assign", ExpressionParser.Person);
                section.Finish();
                return task is null ? null : new ChecklistItem(task, due, assign);
            default:
                diagnostics.Error(Codes.WrongShape, item.Span, $"`{project.Name("checklist")}` takes tasks, not {(item is ScalarNode ? "nothing" : item.Shape)}", "not a task",
                    "write it as in `- { task: Send the welcome pack, due: +1d }`");
                return null;
        }
    }

    private InvoiceBlueprint? Invoice(SectionReader section)
    {
        var tool = In(section, ["customer.create", "invoice.create", "invoice-line.create"]);
        if (section.OptionalFlag("draft") is false)
            diagnostics.Error(Codes.DraftOnly, section.Entry("draft")!.Value.Span, "an invoice is only ever made as a draft", "takes true",
                "a person looks at the draft and sends it from the invoicing tool; write `draft: true` or leave it out");
        var due = DueIn(section);
        var lines = new List<InvoiceLineBlueprint>();
        var entry = section.Entry("lines");
        if (entry is null) lines.Add(DefaultLine(section));
        else if (section.Items(entry) is { } items)
        {
            if (items.Count == 0) diagnostics.Error(Codes.EmptyList, entry.KeySpan, $"`{section.Name("lines")}` has no line", "an invoice needs one", "leave `lines` out for one line with what remains of the deal");
            foreach (var item in items)
                if (Line(section, item) is { } line) lines.Add(line);
        }

        return tool is null ? null : new InvoiceBlueprint(tool, due, lines);
    }

    private InvoiceLineBlueprint DefaultLine(SectionReader section)
    {
        CheckRemaining(section.At);
        return new InvoiceLineBlueprint(
            new Template("{{deal.name}}", [new TemplatePart.Fact(new FactPath(RecordKind.Deal, "name"), TemplateFilter.None)]), new AmountExpression.Remaining());
    }

    private InvoiceLineBlueprint? Line(SectionReader invoice, ConfigNode item)
    {
        if (item is not MappingNode mapping)
        {
            diagnostics.Error(Codes.WrongShape, item.Span, $"`{invoice.Name("lines")}` takes lines, not {item.Shape}", "not a line", "write it as in `- { text: \"{{deal.name}}\", amount: remaining }`");
            return null;
        }

        var section = new SectionReader(mapping, diagnostics, invoice.Secrets) { Path = invoice.Name("lines"), At = mapping.Span };
        var text = Template(section, "text", required: true);
        var amount = section.RequiredEntry("amount", "write `amount: remaining`, or a fact, or a number") is null ? null : Expression<AmountExpression>(section, "amount", ExpressionParser.Amount);
        if (amount is AmountExpression.Remaining) CheckRemaining(section.Entry("amount")!.Value.Span);
        section.Finish();
        return text is null || amount is null ? null : new InvoiceLineBlueprint(text, amount);
    }

    // A project knows its deal, and so does what belongs to a project; a client may have many deals and a calendar entry none.
    private void CheckRemaining(Span span)
    {
        if (subject is not (RecordKind.Client or RecordKind.Contact or RecordKind.Reminder)) return;
        diagnostics.Error(Codes.RemainingNeedsDeal, span, $"what remains of a deal can't be known from {FactPaths.Article(subject.Value)}", $"the rule is about {FactPaths.Article(subject.Value)}, not about a deal or a project",
            "give an amount, or let the rule be about a deal or a project");
    }

    private int DueIn(SectionReader section)
    {
        const int usual = 14;
        if (section.OptionalDuration("dueIn") is not { } due) return usual;
        if (due.Ticks % TimeSpan.TicksPerDay == 0 && due.Days is >= 0 and <= 366) return due.Days;
        diagnostics.Error(Codes.OutOfRange, section.Entry("dueIn")!.Value.Span, $"`{section.Name("dueIn")}` is not a number of days that an invoice can have", "takes whole days, up to `366d`");
        return usual;
    }

    private ReminderBlueprint? Reminder(SectionReader section)
    {
        var tool = In(section, ["reminder.create"]);
        var who = Expression<PersonExpression>(section, "for", ExpressionParser.Person);
        var on = section.RequiredEntry("on", "say on which day, as in `on: \"{{project.endsOn}} - 30d\"`") is null ? null : Expression<DateExpression>(section, "on", ExpressionParser.Date);
        var at = At(section);
        var duration = section.OptionalDuration("duration") ?? TimeSpan.FromMinutes(30);
        if (duration < TimeSpan.FromMinutes(1) || duration > TimeSpan.FromDays(1))
            diagnostics.Error(Codes.OutOfRange, section.Entry("duration")!.Value.Span, $"`{section.Name("duration")}` is out of range", "takes `1m` to `24h`");
        var title = Template(section, "title", required: true);
        var notes = Template(section, "notes");
        return tool is null || on is null || title is null ? null : new ReminderBlueprint(tool, who, on, at, duration, title, notes);
    }

    private TimeOnly At(SectionReader section)
    {
        var usual = new TimeOnly(9, 0);
        if (section.OptionalText("at") is not { } text) return usual;
        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)) return at;
        diagnostics.Error(Codes.NotATime, section.Entry("at")!.Value.Span, $"`{section.Name("at")}` is not a time of day", "not a time of day", "write it as in `at: \"09:00\"`, by the 24-hour clock");
        return usual;
    }

    private string? In(SectionReader section, IReadOnlyList<string> actions)
    {
        if (section.RequiredEntry("in", "say in which tool, by its name in `tools`") is not { } entry || section.Scalar(entry) is not { } written) return null;
        var name = written.Value;
        if (!tools.Named.Contains(name))
        {
            diagnostics.Error(Codes.UnknownTool, written.Span, $"unknown tool `{name}`", "not a key of `tools`", Suggestions.DidYouMeanOrOneOf(name, tools.Named));
            return null;
        }

        // Its connector is unknown, which has been said.
        if (!tools.Manifests.TryGetValue(name, out var manifest)) return name;
        if (actions.FirstOrDefault(a => manifest.Actions.All(t => t.Action != a)) is { } lacking)
        {
            var able = tools.Manifests.Where(t => actions.All(a => t.Value.Actions.Any(offered => offered.Action == a))).Select(t => t.Key).Order(StringComparer.Ordinal).ToList();
            diagnostics.Error(Codes.ToolCannot, written.Span, $"`{name}` can't do what the rule asks", $"{manifest.Name} offers no `{lacking}`",
                able.Count > 0 ? $"{Suggestions.List(able)} can" : "no tool of this file can");
            return null;
        }

        if (tools.ReadOnly.Contains(name))
            diagnostics.Warning(Codes.ToolReadOnly, written.Span, $"`{name}` is read-only, so this handoff only shows what it would do", "has `readOnly: true`", $"remove `readOnly` from `tools.{name}` when you trust it");
        return name;
    }

    private Template? Template(SectionReader section, string key, bool required = false)
    {
        var entry = required ? section.RequiredEntry(key) : section.Entry(key);
        if (section.Scalar(entry) is not { } scalar) return null;
        if (!string.IsNullOrWhiteSpace(scalar.Value)) return TemplateParser.Parse(scalar, known, diagnostics);
        diagnostics.Error(Codes.NoValue, scalar.Span, $"`{section.Name(key)}` is empty", "nothing in it");
        return null;
    }

    private T? Expression<T>(SectionReader section, string key, Reader<T> read)
        where T : class
    {
        if (section.Scalar(section.Entry(key)) is not { } scalar) return null;
        var expression = read(scalar.Value, known, out var problem);
        problem?.Report(diagnostics, scalar);
        return expression;
    }
}
