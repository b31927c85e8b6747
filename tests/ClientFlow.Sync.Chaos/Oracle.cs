using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Chaos;

/// <summary>The three ways in which a promise is broken.</summary>
internal enum Breach
{
    Lost,
    Doubled,
    Wrong,
}

/// <summary>One broken promise.</summary>
internal sealed record Finding(Breach Breach, Story Story, string Text)
{
    public override string ToString() => $"{Breach.ToString().ToLowerInvariant()}: {Text} ({Story})";
}

/// <summary>
/// Says what is right, from what stands in the tools and from what people did there; see docs/reliability.md. It never asks the
/// worker. A subject that somebody touched within the race window is judged for doubles only.
/// </summary>
internal sealed class Oracle(SandboxHost sandbox)
{
    private static readonly string[] Checklist = ["Collect access and assets", "Send the welcome pack"];
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    public IReadOnlyList<Finding> Judge(IEnumerable<Story> stories)
    {
        var world = World.Read(sandbox);
        var findings = new List<Finding>();
        foreach (var story in stories)
        {
            foreach (var finding in Judge(story, world))
                if (finding.Breach == Breach.Doubled || !story.Raced) findings.Add(finding);
        }

        foreach (var (project, of) in world.Reminders.Where(r => !world.Projects.ContainsKey(r.Key)))
        {
            if (stories.FirstOrDefault(s => s.Gid == project) is { } story && !story.ProjectDeleted && !story.Raced)
                findings.Add(new Finding(Breach.Wrong, story, $"{of.Count} reminders are about project {project}, which is not there"));
        }

        return findings;
    }

    private static IEnumerable<Finding> Judge(Story story, World world)
    {
        var projects = world.Projects.Values.Where(p => IsAbout(p, story)).ToList();
        var ours = projects.Where(p => p.Notes.Contains("ClientFlow-Key:", StringComparison.Ordinal)).ToList();
        if (ours.Count > 1) yield return Doubled($"{ours.Count} projects were made: {Names(ours)}");
        else if (projects.Count > 1 && !story.Raced) yield return Doubled($"{projects.Count} projects stand: {Names(projects)}");
        foreach (var project in ours)
        {
            foreach (var task in project.Tasks.CountBy(t => t).Where(t => t.Value > 1)) yield return Doubled($"task “{task.Key}” stands {task.Value} times in {project.Gid}");
            if (project.Sections.CountBy(s => s).FirstOrDefault(s => s.Value > 1) is { Key: { } section }) yield return Doubled($"section “{section}” stands twice in {project.Gid}");
        }

        var customers = world.Customers[story.Email].ToList();
        if (customers.Count > 1) yield return Doubled($"{customers.Count} customers have the address {story.Email}");

        foreach (var finding in story.WantsProject && !story.ProjectDeleted ? JudgeProject(story, projects) : Absent(story, projects)) yield return finding;
        foreach (var finding in JudgeReminder(story, projects, world)) yield return finding;
        foreach (var finding in JudgeInvoice(story, world)) yield return finding;

        Finding Doubled(string text) => new(Breach.Doubled, story, text);
    }

    private static IEnumerable<Finding> Absent(Story story, List<Project> projects)
    {
        if (projects.Count == 0) yield break;
        yield return new Finding(Breach.Wrong, story, $"no project is called for, and {Names(projects)} stands there");
    }

    private static IEnumerable<Finding> JudgeProject(Story story, List<Project> projects)
    {
        if (projects.Count == 0)
        {
            yield return new Finding(Breach.Lost, story, "it has no project");
            yield break;
        }

        var project = projects[0];
        if (story.Gid is null) yield return new Finding(Breach.Lost, story, "its deal has no link to the project");
        else if (projects.All(p => p.Gid != story.Gid)) yield return Wrong($"its deal leads to {story.Gid}, and {Names(projects)} stands there");
        if (project.Name != story.ProjectNow) yield return Wrong($"its project is called “{project.Name}” and not “{story.ProjectNow}”");
        if (project.DueOn != story.Ends) yield return Wrong($"its project ends {project.DueOn:yyyy-MM-dd} and not {story.Ends:yyyy-MM-dd}");
        if (story.ByHand is not null && project.Gid != story.ByHand) yield return Wrong($"the project made by hand ({story.ByHand}) is not the one that stands ({project.Gid})");
        var tasks = project.Tasks.Distinct().Order(StringComparer.Ordinal).ToList();
        if (!tasks.SequenceEqual(story.ByHand is null ? Checklist : [])) yield return new Finding(story.ByHand is null && tasks.Count < 2 ? Breach.Lost : Breach.Wrong, story, $"its project has the tasks [{string.Join("; ", tasks)}]");

        Finding Wrong(string text) => new(Breach.Wrong, story, text);
    }

    private static IEnumerable<Finding> JudgeReminder(Story story, List<Project> projects, World world)
    {
        var gids = projects.Select(p => p.Gid).Append(story.Gid).OfType<string>().Distinct();
        var reminders = gids.SelectMany(gid => world.Reminders.GetValueOrDefault(gid) ?? []).ToList();
        if (reminders.Count > projects.Count && reminders.Count > 1) yield return new Finding(Breach.Doubled, story, $"it has {reminders.Count} reminders: {string.Join(", ", reminders.Select(r => (string?)r["id"]))}");
        if (!story.WantsProject || story.ProjectDeleted || story.Ends is not { } ends || story.ReminderDeleted)
        {
            if (reminders.Count > 0) yield return new Finding(Breach.Wrong, story, $"no reminder is called for, and {(string?)reminders[0]["id"]} stands there");
            yield break;
        }

        if (reminders.Count == 0)
        {
            yield return new Finding(Breach.Lost, story, $"it has no reminder for {ends:yyyy-MM-dd}");
            yield break;
        }

        var day = ends.AddDays(-30).ToDateTime(new TimeOnly(9, 0));
        var wanted = story.ReminderMovedTo ?? new DateTimeOffset(day, London.GetUtcOffset(day));
        var at = DateTimeOffset.Parse((string)reminders[0]["start"]!["dateTime"]!, CultureInfo.InvariantCulture);
        if (at != wanted) yield return new Finding(Breach.Wrong, story, $"its reminder is at {at:O} and not at {wanted:O}");
        var calendar = story.SharedCalendar ? SmallBusiness.Managers[0].Email : GoogleCalendarTool.Owner;
        if ((string?)reminders[0]["calendar"] != calendar) yield return new Finding(Breach.Wrong, story, $"its reminder is in {(string?)reminders[0]["calendar"]} and not in {calendar}");
        if ((string?)reminders[0]["summary"] != $"Renewal: {story.Client}") yield return new Finding(Breach.Wrong, story, $"its reminder says “{(string?)reminders[0]["summary"]}”");
    }

    private static IEnumerable<Finding> JudgeInvoice(Story story, World world)
    {
        var invoices = world.Invoices[story.Name].ToList();
        if (invoices.Count > 1) yield return new Finding(Breach.Doubled, story, $"it has {invoices.Count} invoices: {string.Join(", ", invoices.Select(i => i.Id))}");
        if (!story.WantsInvoice || story.DraftDeleted)
        {
            if (invoices.Count > 0) yield return new Finding(Breach.Wrong, story, $"no invoice is called for, and {invoices[0].Id} stands there");
            yield break;
        }

        if (invoices.Count == 0)
        {
            yield return new Finding(Breach.Lost, story, "it has no invoice");
            yield break;
        }

        var invoice = invoices[0];
        if (invoice.Items.Count > 1) yield return new Finding(Breach.Doubled, story, $"its invoice {invoice.Id} has {invoice.Items.Count} lines");
        if (invoice.Items.Count == 0) yield return new Finding(Breach.Lost, story, $"its invoice {invoice.Id} has no line");
        else if (invoice.Total != story.Minor || !invoice.Currency.Equals(story.Currency, StringComparison.OrdinalIgnoreCase))
            yield return new Finding(Breach.Wrong, story, $"its invoice {invoice.Id} is over {invoice.Total} {invoice.Currency} and not over {story.Minor} {story.Currency}");
        if (invoice.Customer.Email != story.Email) yield return new Finding(Breach.Wrong, story, $"its invoice {invoice.Id} is {invoice.Customer.Email}'s");
        if (story.Plot != Plot.Paid && invoice.Status != "draft") yield return new Finding(Breach.Wrong, story, $"its invoice {invoice.Id} is {invoice.Status}");
    }

    private static bool IsAbout(Project project, Story story) => project.Name == story.Project || project.Name == story.ProjectNow ||
        project.Notes.Contains($"/{story.Deal}\n", StringComparison.Ordinal) || project.Notes.EndsWith($"/{story.Deal}", StringComparison.Ordinal);

    private static string Names(IEnumerable<Project> projects) => string.Join(", ", projects.Select(p => $"{p.Gid} “{p.Name}”"));

    private sealed record Project(string Gid, string Name, string Notes, DateOnly? DueOn, IReadOnlyList<string> Tasks, IReadOnlyList<string> Sections);

    // All that stands in the tools, read once.
    private sealed record World(
        IReadOnlyDictionary<string, Project> Projects, IReadOnlyDictionary<string, List<JsonObject>> Reminders, ILookup<string?, StripeInvoice> Invoices,
        ILookup<string?, StripeCustomer> Customers)
    {
        public static World Read(SandboxHost sandbox)
        {
            var state = sandbox.Asana.State();
            var tasks = state["tasks"]!.AsArray().SelectMany(task => task!["memberships"]!.AsArray().Select(at => (Project: (string)at!["project"]!["gid"]!, Name: (string)task["name"]!)))
                .ToLookup(t => t.Project, t => t.Name);
            var projects = state["projects"]!.AsArray().Select(p => new Project(
                (string)p!["gid"]!, (string)p["name"]!, (string)p["notes"]!,
                (string?)p["due_on"] is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
                [.. tasks[(string)p["gid"]!]], sandbox.Asana.World.SectionsOf((string)p["gid"]!)));
            var reminders = People.Reminders(sandbox).Where(r => (string?)r.Event["status"] != "cancelled").GroupBy(r => r.Project, r => r.Event)
                .ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
            return new World(projects.ToDictionary(p => p.Gid, StringComparer.Ordinal), reminders,
                sandbox.Stripe.Invoices.ToLookup(i => i.Description), sandbox.Stripe.Customers.Where(c => !c.Deleted).ToLookup(c => c.Email));
        }
    }
}
