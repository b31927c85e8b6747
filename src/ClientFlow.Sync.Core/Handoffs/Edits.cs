using System.Globalization;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>One field of a write that a person may put other words into.</summary>
/// <param name="Key">Write and field: <c>project.name</c>.</param>
/// <param name="Label">The field for people.</param>
/// <param name="Value">What it says now; empty where it has no value.</param>
public sealed record EditableField(string Key, string Label, string Value);

/// <summary>
/// What a person writes in place of what the facts say, so that a write that its tool refused can go on. It lies over the contents
/// each time they are worked out. Amounts are not among it: money follows the facts, and is put right in the tool that it comes from.
/// </summary>
public static class Edits
{
    private const int LongestText = 1_000;

    /// <summary>The fields of a write that may be edited, as they are now.</summary>
    /// <param name="name">The write's name: <c>project</c>, <c>task-3</c>; a generation behind <c>@</c> is left out.</param>
    public static IReadOnlyList<EditableField> Of(string name, ActionContent content)
    {
        var write = Write(name);
        return content switch
        {
            ProjectSetUpContent { Project: var project } => Of(name, project),
            ProjectContent project =>
                [Field("name", "Project name", project.Name), Field("ends", "Ends on", Day(project.EndsOn)), Field("owner", "Owner (e-mail)", project.Owner ?? "")],
            SectionContent section => [Field("name", "Section", section.Name)],
            TaskContent task => [Field("name", "Task", task.Name), Field("due", "Due on", Day(task.DueOn)), Field("assignee", "Assigned to (e-mail)", task.Assignee ?? "")],
            CustomerContent customer => [Field("name", "Customer name", customer.Name), Field("email", "Customer e-mail", customer.Email)],
            InvoiceContent invoice => [Field("text", "Invoice text", invoice.Text)],
            InvoiceLineContent line => [Field("text", "Line text", line.Text)],
            ReminderContent reminder => [Field("title", "Title", reminder.Title), Field("for", "Calendar of (e-mail)", reminder.For ?? "")],
            _ => [],
        };

        EditableField Field(string field, string label, string value) => new($"{write}.{field}", label, value);
    }

    /// <summary>A write with a person's words in it.</summary>
    public static ActionContent Apply(string name, ActionContent content, IReadOnlyDictionary<string, string> edits)
    {
        if (edits.Count == 0) return content;
        var write = Write(name);
        return content switch
        {
            // Both write the same project, and a person sees one.
            TemplateContent template => template with { Project = (ProjectContent)Apply("project", template.Project, edits) },
            ProjectSetUpContent setUp => setUp with { Project = (ProjectContent)Apply(name, setUp.Project, edits) },
            ProjectContent project => project with { Name = Or("name", project.Name), EndsOn = OrDay("ends", project.EndsOn), Owner = OrNone("owner", project.Owner) },
            SectionContent section => section with { Name = Or("name", section.Name) },
            TaskContent task => task with { Name = Or("name", task.Name), DueOn = OrDay("due", task.DueOn), Assignee = OrNone("assignee", task.Assignee) },
            CustomerContent customer => customer with { Name = Or("name", customer.Name), Email = Or("email", customer.Email) },
            InvoiceContent invoice => invoice with { Text = Or("text", invoice.Text) },
            InvoiceLineContent line => line with { Text = Or("text", line.Text) },
            ReminderContent reminder => reminder with { Title = Or("title", reminder.Title), For = OrNone("for", reminder.For) },
            _ => content,
        };

        string Or(string field, string otherwise) => edits.GetValueOrDefault($"{write}.{field}") is { Length: > 0 } given ? given : otherwise;
        string? OrNone(string field, string? otherwise) => edits.TryGetValue($"{write}.{field}", out var given) ? given is "" ? null : given : otherwise;
        DateOnly? OrDay(string field, DateOnly? otherwise) => edits.TryGetValue($"{write}.{field}", out var given) ? ParseDay(given) : otherwise;
    }

    /// <summary>What is wrong with an edit, for its writer; null when nothing.</summary>
    public static string? Check(EditableField field, string value)
    {
        var name = field.Key[(field.Key.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (value.Length > LongestText) return $"{field.Label}: at most {LongestText} characters";
        if (value.Any(char.IsControl)) return $"{field.Label}: one line of text, without control characters";
        return name switch
        {
            "ends" or "due" when value.Length > 0 && ParseDay(value) is null => $"{field.Label}: write the day as 2027-03-31",
            "email" when !LooksLikeEmail(value) => $"{field.Label}: write an e-mail address",
            "owner" or "assignee" or "for" when value.Length > 0 && !LooksLikeEmail(value) => $"{field.Label}: write an e-mail address, or leave it empty",
            "name" or "text" or "title" when string.IsNullOrWhiteSpace(value) => $"{field.Label}: it may not be empty",
            _ => null,
        };
    }

    /// <summary>The title of what a rule makes, where a person wrote one.</summary>
    public static string? TitleOf(Blueprint blueprint, IReadOnlyDictionary<string, string> edits) => blueprint switch
    {
        ProjectBlueprint => edits.GetValueOrDefault("project.name"),
        InvoiceBlueprint => edits.GetValueOrDefault("line-1.text"),
        ReminderBlueprint => edits.GetValueOrDefault("reminder.title"),
        _ => null,
    };

    private static string Write(string name) => name.Split('@')[0];

    private static bool LooksLikeEmail(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1 && !text.Any(char.IsWhiteSpace);

    private static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static DateOnly? ParseDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
