using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Chaos;

/// <summary>
/// The people of the business at their tools. Each deal has a story that waits for what it sees in the tools, thinks for a while and
/// goes on; a few hundred times side by side. They know nothing of the worker.
/// </summary>
internal sealed class People(SandboxHost sandbox, LeapingClock clock, int seed, int open)
{
    /// <summary>The property of a deal that holds its project's address.</summary>
    public const string ProjectProperty = "clientflow_project";

    private readonly Random random = new(seed);
    private readonly List<(Story Story, IEnumerator<Func<bool>> Acts)> going = [];
    private readonly Dictionary<string, JsonObject> reminders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StripeInvoice> invoices = new(StringComparer.Ordinal);
    private DateTimeOffset looked;
    private int lives;

    public List<Story> Stories { get; } = [];

    public int Open => going.Count;

    /// <summary>No new deals from now on.</summary>
    public bool Leaving { get; set; }

    /// <summary>The worker began another life.</summary>
    public void NextLife() => Interlocked.Increment(ref lives);

    /// <summary>Everybody looks around once, and acts where the moment has come.</summary>
    public void Tick()
    {
        LookAround();
        while (!Leaving && going.Count < open) Begin();
        foreach (var one in going.ToList())
        {
            while (one.Acts.Current is null || one.Acts.Current())
            {
                if (one.Acts.MoveNext()) continue;
                one.Story.Over = true;
                going.Remove(one);
                break;
            }
        }
    }

    // Everything that is looked at more than once a story is read once a look.
    private void LookAround()
    {
        var now = DateTimeOffset.UtcNow;
        if (now - looked < TimeSpan.FromSeconds(1)) return;
        looked = now;
        reminders.Clear();
        foreach (var (subject, one) in Reminders(sandbox))
        {
            if ((string?)one["status"] != "cancelled") reminders[subject] = one;
        }

        foreach (var invoice in sandbox.Stripe.Invoices)
            if (invoice.Description is { } name && invoice.Items.Count > 0) invoices[name] = invoice;
        foreach (var story in Stories)
        {
            See("project", Linked(story));
            See("reminder", story.Gid is { } gid && reminders.ContainsKey(gid));
            See("invoice", invoices.ContainsKey(story.Name));

            void See(string what, bool isSeen)
            {
                if (isSeen && story.Handoffs.TryGetValue(what, out var times) && times.Seen is null) story.Handoffs[what] = times with { Seen = now };
            }
        }
    }

    /// <summary>All reminders that the worker made, by the project they are about.</summary>
    public static IEnumerable<(string Project, JsonObject Event)> Reminders(SandboxHost sandbox)
    {
        foreach (var calendar in sandbox.GoogleCalendar.Calendars)
        {
            foreach (var one in sandbox.GoogleCalendar.EventsOf(calendar.Id))
            {
                one["calendar"] = calendar.Id;
                var about = one["extendedProperties"]?["private"]?.AsObject().Select(p => (string?)p.Value).FirstOrDefault(v => v?.Contains(":project:", StringComparison.Ordinal) == true);
                if (about is not null) yield return (about.Split(':')[^1], one);
            }
        }
    }

    private void Begin()
    {
        var plot = Draw();
        var story = Write(plot, $"Client {Stories.Count + 1:00000}", null);
        Start(story);
        if (plot != Plot.Twins) return;
        var twin = Write(plot, story.Client, story);
        Start(twin);
    }

    private void Start(Story story)
    {
        Stories.Add(story);
        going.Add((story, Acts(story).GetEnumerator()));
    }

    private Plot Draw()
    {
        if (random.NextDouble() < 0.4) return Plot.Plain;
        var all = Enum.GetValues<Plot>();
        return all[random.Next(all.Length)];
    }

    private Story Write(Plot plot, string client, Story? twin)
    {
        var number = Stories.Count + 1;
        var crm = sandbox.HubSpot.World;
        var name = $"Work {number:00000}";
        var email = twin?.Email ?? $"c{number}@client.example";
        var currency = twin?.Currency ?? (random.Next(10) switch { 0 => "JPY", 1 => "KWD", 2 => "EUR", _ => "GBP" });
        var minor = random.NextInt64(1_00, 9_999_99) * 10;
        var ends = random.NextDouble() < 0.85 ? Today().AddDays(random.Next(120, 900)) : (DateOnly?)null;
        var company = twin is null ? crm.Create("companies", new Dictionary<string, string> { ["name"] = client }) : crm.CompanyNamed(client);
        var contact = twin?.Contact ?? crm.Create("contacts", new Dictionary<string, string> { ["firstname"] = "Ada", ["lastname"] = $"B{number}", ["email"] = email }, company);
        var shared = random.Next(3) > 0;
        var properties = new Dictionary<string, string>
        {
            ["dealname"] = name, ["pipeline"] = "default", ["dealstage"] = "contractsent", ["amount"] = Amount(minor, currency),
            ["deal_currency_code"] = currency, ["hubspot_owner_id"] = shared ? "30000001" : "30000002",
        };
        if (plot != Plot.LateFact) properties["scope_summary"] = "Two days of design a month";
        if (ends is { } day) properties["contract_end_date"] = Day(day);
        var deal = crm.Create("deals", properties, company, contact);
        return new Story(number, plot)
        {
            Client = client, Name = name, Email = email, Deal = deal, Contact = contact, Currency = currency, Minor = minor, Ends = ends, SharedCalendar = shared,
        };
    }

    private IEnumerable<Func<bool>> Acts(Story story)
    {
        yield return After(0, 3);
        switch (story.Plot)
        {
            case Plot.Lost:
                Change(story, ("dealstage", "closedlost"));
                yield break;
            case Plot.ByHand:
                story.ByHand = MakeByHand(story);
                yield return After(0, 2);
                Win(story);
                break;
            case Plot.ByHandInTheRace:
                story.Raced = true;
                Win(story);
                yield return After(0, 1.5);
                story.ByHand = MakeByHand(story);
                break;
            case Plot.ReopenedInTheRace:
                story.Raced = true;
                Win(story);
                yield return After(0, 2);
                Change(story, ("dealstage", "contractsent"));
                yield return Calm();
                yield break;
            case Plot.LateFact:
                Win(story);
                yield return After(0, 8);
                Call(story, "project");
                Change(story, ("scope_summary", "Two days of design a month"));
                break;
            default:
                Win(story);
                break;
        }

        yield return () => Linked(story);
        if (story.Gid is null) yield break;
        var projects = sandbox.Asana.World;
        switch (story.Plot)
        {
            case Plot.Renamed:
                yield return After(0, 2);
                story.ProjectNow = $"{story.Project} (phase one)";
                Do(story, "renames the project", () => projects.RenameProject(story.Gid, story.ProjectNow));
                break;
            case Plot.Deleted:
                yield return After(0, 3);
                story.ProjectDeleted = true;
                Do(story, "deletes the project", () => projects.DeleteProject(story.Gid));
                yield break;
            case Plot.Moved or Plot.DateCleared:
                for (var times = random.Next(1, 3); times > 0; times--)
                {
                    yield return After(0, 4);
                    story.Ends = Today().AddDays(random.Next(120, 900));
                    Do(story, $"moves the end to {story.Ends:yyyy-MM-dd}", () => projects.SetDueDate(story.Gid, Day(story.Ends.Value)));
                    Call(story, "reminder");
                }

                if (story.Plot == Plot.Moved) break;
                yield return After(0, 4);
                story.Ends = null;
                Do(story, "clears the end", () => projects.SetDueDate(story.Gid, null));
                break;
            case Plot.Reopened:
                yield return Calm();
                Change(story, ("dealstage", "contractsent"));
                yield return After(0, 4);
                if (random.Next(2) == 0) yield break;
                Change(story, ("dealstage", "closedwon"));
                yield return Calm();
                break;
            case Plot.AnotherAmount:
                story.Minor = random.NextInt64(1_00, 9_999_99) * 10;
                Change(story, ("amount", Amount(story.Minor, story.Currency)));
                break;
            case Plot.ReminderDeleted or Plot.ReminderMoved when story.Ends is not null:
                yield return () => reminders.ContainsKey(story.Gid);
                yield return Calm();
                TouchReminder(story);
                break;
        }

        yield return After(0, 4);
        story.WantsInvoice = true;
        Call(story, "invoice");
        Do(story, "closes the project", () => projects.CompleteProject(story.Gid));
        yield return () => invoices.ContainsKey(story.Name);
        yield return Calm();
        switch (story.Plot)
        {
            case Plot.ClosedTwice:
                Do(story, "opens the project again", () => projects.ReopenProject(story.Gid));
                yield return After(0, 4);
                Do(story, "closes it again", () => projects.CompleteProject(story.Gid));
                yield return Calm();
                break;
            case Plot.DraftDeleted:
                story.DraftDeleted = true;
                AtBilling(story, "delete-invoice");
                break;
            case Plot.Paid:
                AtBilling(story, "finalize-invoice");
                yield return After(0, 2);
                AtBilling(story, "client-pays");
                break;
        }

        // What is over is put away, as people do.
        yield return After(0, 2);
        Do(story, "archives the project", () => projects.ArchiveProject(story.Gid));
    }

    private void Win(Story story)
    {
        story.WantsProject = true;
        story.ProjectNow = story.Project;
        if (story.Plot != Plot.LateFact) Call(story, "project");
        Change(story, ("dealstage", "closedwon"));
    }

    private string MakeByHand(Story story)
    {
        // Adoption takes what is younger than the deal, and the CRM counts milliseconds.
        string gid = "";
        Do(story, "makes the project by hand", () => gid = sandbox.Asana.World.CreateProject(story.Project, dueOn: story.Ends is { } day ? Day(day) : null));
        return gid;
    }

    private void TouchReminder(Story story)
    {
        if (!reminders.TryGetValue(story.Gid!, out var one)) return;
        var arguments = new JsonObject { ["calendar"] = (string)one["calendar"]!, ["id"] = (string)one["id"]! };
        if (story.Plot == Plot.ReminderDeleted)
        {
            story.ReminderDeleted = true;
            Do(story, "deletes the reminder", () => AtCalendar("delete-event", arguments));
            return;
        }

        var to = new DateTimeOffset(Today().AddDays(60).ToDateTime(new TimeOnly(11, 30)), TimeSpan.Zero);
        story.ReminderMovedTo = to;
        arguments["event"] = new JsonObject
        {
            ["start"] = new JsonObject { ["dateTime"] = to.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), ["timeZone"] = "Europe/London" },
            ["end"] = new JsonObject { ["dateTime"] = to.AddMinutes(15).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), ["timeZone"] = "Europe/London" },
        };
        Do(story, $"moves the reminder to {to:O}", () => AtCalendar("change-event", arguments));
    }

    private void AtCalendar(string action, JsonObject arguments) => sandbox.GoogleCalendar.Actions.Single(a => a.Name == action).Run(arguments);

    private void AtBilling(Story story, string action) =>
        Do(story, action, () => sandbox.Stripe.Actions.Single(a => a.Name == action).Run(new JsonObject { ["invoice"] = invoices[story.Name].Id }));

    private void Change(Story story, params (string Name, string Value)[] properties) =>
        Do(story, string.Join(", ", properties.Select(p => $"{p.Name} is {p.Value}")), () => sandbox.HubSpot.World.Change("deals", story.Deal, properties));

    private void Do(Story story, string what, Action act)
    {
        story.Log.Add($"{clock.GetUtcNow():MM-dd HH:mm:ss.fff} somebody {what}");
        act();
    }

    // A handoff is called for now, if it was not before.
    private static void Call(Story story, string handoff)
    {
        story.Handoffs.TryAdd(handoff, (DateTimeOffset.UtcNow, null));
        if (handoff == "project" && story.Ends is not null) story.Handoffs.TryAdd("reminder", (DateTimeOffset.UtcNow, null));
    }

    private bool Linked(Story story)
    {
        if (story.Gid is not null) return true;
        if (sandbox.HubSpot.World.Read("deals", story.Deal, ProjectProperty) is not { Length: > 0 } link) return false;
        story.Gid = link.Split('/').LastOrDefault(part => part.Length > 8 && part.All(char.IsAsciiDigit));
        return story.Gid is not null;
    }

    // Somebody thinks it over for a while.
    private Func<bool> After(double least, double most)
    {
        var until = DateTimeOffset.UtcNow.AddSeconds(least + (random.NextDouble() * (most - least)));
        return () => DateTimeOffset.UtcNow >= until;
    }

    // The race window is over: the worker had two more lives, and the tools' clocks went on by some minutes.
    private Func<bool> Calm()
    {
        var (life, until, moment) = (Volatile.Read(ref lives) + 2, clock.GetUtcNow().AddMinutes(4), DateTimeOffset.UtcNow.AddSeconds(3));
        return () => Leaving ? DateTimeOffset.UtcNow >= moment : Volatile.Read(ref lives) >= life && clock.GetUtcNow() >= until && DateTimeOffset.UtcNow >= moment;
    }

    private DateOnly Today() => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Amount(long minor, string currency) => (currency switch { "JPY" => minor, "KWD" => minor / 1000m, _ => minor / 100m })
        .ToString(CultureInfo.InvariantCulture);
}
