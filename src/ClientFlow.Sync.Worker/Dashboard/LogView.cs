using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>What the log is asked for, as it stands in the page's address. Nonsense in an address asks for nothing, and is no error.</summary>
public sealed record LogFilter
{
    /// <summary>Longer words find nothing more.</summary>
    public const int LongestText = 200;

    // Nothing is older; at the very first days of all, other zones know no such moment.
    private static readonly DateOnly Earliest = new(1900, 1, 1);

    public string Text { get; init; } = "";

    public string Tool { get; init; } = "";

    public string Rule { get; init; } = "";

    public string Client { get; init; } = "";

    public string Handoff { get; init; } = "";

    public string Level { get; init; } = "";

    /// <summary>The first day, in the business's zone.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day, in the business's zone.</summary>
    public DateOnly? To { get; init; }

    public static LogFilter Of(IQueryCollection query)
    {
        return new LogFilter
        {
            Text = Word("q"), Tool = Word("tool"), Rule = Word("rule"), Client = Word("client"), Handoff = Word("handoff"), Level = Word("level"),
            From = Day("from"), To = Day("to"),
        };

        string Word(string name) => query[name].ToString() is { } text && text.Length > LongestText ? text[..LongestText] : query[name].ToString();
        DateOnly? Day(string name) => DateOnly.TryParseExact(query[name], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day >= Earliest ? day : null;
    }

    public bool IsEmpty => this == new LogFilter();

    /// <summary>The same as a question to the store.</summary>
    public JournalQuery Query(Show show, int max) => new()
    {
        Text = NullIfEmpty(Text), Tool = NullIfEmpty(Tool), Rule = NullIfEmpty(Rule), Client = NullIfEmpty(Client), Handoff = NullIfEmpty(Handoff),
        AtLeast = Enum.TryParse<JournalLevel>(Level, ignoreCase: true, out var level) && Enum.IsDefined(level) ? level : JournalLevel.Information,
        Since = From is { } from ? LocalTime.InstantOf(from, TimeOnly.MinValue, show.Zone) : null,
        Until = To is { } to && to < DateOnly.MaxValue ? LocalTime.InstantOf(to.AddDays(1), TimeOnly.MinValue, show.Zone) : null,
        Max = max,
    };

    /// <summary>The same as the query of an address, with more behind it.</summary>
    public string Address(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var parts = new List<string>();
        Add("q", Text);
        Add("tool", Tool);
        Add("rule", Rule);
        Add("client", Client);
        Add("handoff", Handoff);
        Add("level", Level);
        Add("from", From?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "");
        Add("to", To?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "");
        foreach (var (name, value) in more) Add(name, value);
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);

        void Add(string name, string value)
        {
            if (value.Length > 0) parts.Add($"{name}={Uri.EscapeDataString(value)}");
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

/// <summary>What the log shows.</summary>
public sealed record LogView(LogFilter Filter, IReadOnlyList<JournalEntry> Entries, bool More)
{
    /// <summary>How many entries come at once.</summary>
    public const int PageSize = 60;

    private const int MostAgain = 1_000;

    /// <summary>One page: the newest, or what is older than an entry, down to another one where a reader comes back to a place.</summary>
    public static LogView Read(IReadView view, LogFilter filter, Show show, long? before, long? downTo)
    {
        var size = downTo is null ? PageSize : MostAgain;
        var query = filter.Query(show, size + 1) with { Before = before };
        if (downTo is { } last) query = query with { After = last - 1, NewestFirst = true };
        var entries = view.Journal(query);
        return new LogView(filter, entries.Count > size ? [.. entries.Take(size)] : entries, entries.Count > size || downTo is not null);
    }
}

/// <summary>The log as a file.</summary>
public static partial class LogExport
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",;\t\"\r\n");

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what a filter finds, newest first, page by page.</summary>
    public static async Task WriteAsync(Stream output, IStore store, JournalQuery query, bool csv, int most, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = csv ? "\r\n" : "\n" };
        if (csv) await writer.WriteLineAsync("at,level,event,tool,rule,handoff,client,record,message,link");
        long? before = null;
        for (var written = 0; written < most;)
        {
            var page = await store.ReadAsync(view => view.Journal(query with { Before = before, Max = 1_000 }), cancellationToken);
            if (page.Count == 0) break;
            foreach (var entry in page) await writer.WriteLineAsync(csv ? Csv(entry) : Json(entry));
            await writer.FlushAsync(cancellationToken);
            before = page[^1].Id;
            written += page.Count;
        }
    }

    private static string Json(JournalEntry entry) => JsonSerializer.Serialize(new
    {
        id = entry.Id, at = Show.Iso(entry.At), level = Word(entry.Level), @event = entry.Event, entry.Tool, entry.Rule, entry.Handoff, entry.Client,
        record = entry.Record?.ToString(), entry.Message, link = Show.Web(entry.Data),
    }, Lines);

    private static string Csv(JournalEntry entry) => string.Join(',', new[]
    {
        Show.Iso(entry.At), Word(entry.Level), entry.Event, entry.Tool, entry.Rule, entry.Handoff, entry.Client, entry.Record?.ToString(), entry.Message, Show.Web(entry.Data),
    }.Select(Cell));

    // A spreadsheet would carry out a client's name that begins like a formula. Where it parts cells by semicolons or tabs, one may begin in the midst of a name.
    private static string Cell(string? text)
    {
        if (text is null) return "";
        var safe = FormulaStart().Replace(text, "$1'");
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    [GeneratedRegex(@"(^|[;\t\r\n][\s""]*)(?=[=+\-@\t\r])")]
    private static partial Regex FormulaStart();

    private static string Word(JournalLevel level) => level.ToString().ToLowerInvariant();
}

/// <summary>The whole story behind one entry, or one handoff: delivery, record, change, decision, actions, result.</summary>
public sealed record StoryView
{
    private static readonly TimeSpan Way = TimeSpan.FromMinutes(5);

    public JournalEntry? Entry { get; init; }

    public Handoff? Handoff { get; init; }

    /// <summary>The record that it is about, as it is now.</summary>
    public MirrorRow? Record { get; init; }

    /// <summary>The change that brought it.</summary>
    public ChangeRow? Change { get; init; }

    /// <summary>The webhook that told of that change, or probably did.</summary>
    public InboxItem? Delivery { get; init; }

    public IReadOnlyList<HandoffAction> Actions { get; init; } = [];

    /// <summary>Where to look at what each write made, by its place.</summary>
    public IReadOnlyDictionary<int, string> Pages { get; init; } = new Dictionary<int, string>();

    public string? RecordPage { get; init; }

    /// <summary>What the journal says of the same handoff, oldest first.</summary>
    public IReadOnlyList<JournalEntry> Around { get; init; } = [];

    /// <summary>The client that it belongs to, for a link to its page.</summary>
    public RecordRef? Client { get; init; }

    public static StoryView? Read(IReadView view, Workspace workspace, PageLinks links, long? entryId, string? handoffId)
    {
        var entry = entryId is { } id ? view.FindEntry(id) : null;
        var handoff = (entry?.Handoff ?? handoffId) is { } name ? view.FindHandoff(name) : null;
        if (entry is null && handoff is null) return null;
        var reference = entry?.Record ?? handoff?.Key.Subject;
        var record = reference is { } r ? view.FindRecord(r) : null;

        // The change that was known when the entry was written; for a decision, the one whose observation it names.
        var at = handoff is not null && entry?.Event.StartsWith("mirror.", StringComparison.Ordinal) != true ? handoff.ObservedAt + Way : entry?.At;
        var change = reference is { } of ? view.ChangesOf(of, 50).FirstOrDefault(c => at is null || c.ObservedAt <= at) : null;
        var delivery = change is { Why: "webhook" } && workspace.ToolOf(change.Ref) is { } tool
            ? view.DeliveriesBetween(tool.Name, change.ObservedAt - Way, change.ObservedAt, 50)
                .FirstOrDefault(d => Encoding.UTF8.GetString(d.Delivery.Body.Span).Contains(change.Ref.Id, StringComparison.Ordinal))
            : null;
        var actions = handoff is null ? [] : view.ActionsOf(handoff.Id);
        return new StoryView
        {
            Entry = entry, Handoff = handoff, Record = record, Change = change, Delivery = delivery, Actions = actions,
            Pages = actions.Select(a => (a.Position, Page: Show.Web(links.Of(workspace, [a]) ?? a.Result?.Url))).Where(p => p.Page is not null).ToDictionary(p => p.Position, p => p.Page!),
            RecordPage = Show.Web(record?.Record.Text("url")),
            Around = handoff is null ? [] : [.. view.Journal(new JournalQuery { Handoff = handoff.Id, Max = 100 }).Reverse()],
            Client = ClientOf(view, handoff?.Engagement ?? reference),
        };
    }

    private static RecordRef? ClientOf(IReadView view, RecordRef? reference)
    {
        if (reference is not { } of) return null;
        if (of.Kind is RecordKind.Client or RecordKind.Contact) return of;
        return view.FindRecord(of)?.Record is { } record ? record.Refs("client").Concat(record.Refs("contact")).Select(r => (RecordRef?)r).FirstOrDefault() : null;
    }
}
