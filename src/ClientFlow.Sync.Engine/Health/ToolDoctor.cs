using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Health;

/// <summary>Hears how calls ended, keeps each tool's health, and tells the journal when it changes: once, not once a try.</summary>
public sealed class ToolDoctor(Workspace workspace)
{
    private const string Unnamed = "default";
    private const int ToChooseFrom = 20;
    private const int MostAsked = 2;
    private const int AtOnce = 100;

    /// <summary>Takes note of an outcome.</summary>
    /// <param name="about">What was asked: a stream, a kind of write.</param>
    /// <returns>
    /// The outcome. A refused credential that the tool accepts when it is asked whose it is was not the credential's fault: then the
    /// failure concerns that call alone.
    /// </returns>
    public async Task<Outcome<T>> HeardAsync<T>(Tool tool, Outcome<T> outcome, string about, CancellationToken cancellationToken)
    {
        if (outcome.Failure is { Kind: FailureKind.Unauthorized } refused && tool.Health.State.Condition != Condition.Held)
        {
            var who = await tool.Connector.WhoAmIAsync(cancellationToken);
            if (who.Failure is not { Kind: FailureKind.Unauthorized })
            {
                outcome = refused with
                {
                    Kind = who.Failure is null ? FailureKind.Unavailable : who.Failure.Kind, OneCall = who.Failure is null || who.Failure.OneCall,
                    RetryAt = who.Failure?.RetryAt, Reason = who.Failure is null ? Failure.NotTheCredential : who.Failure.Reason,
                    Message = $"{tool.Name} refused a call as not authorised, and accepts its credential all the same: it may lack a right for this. {refused.Message}",
                };
            }
        }

        await NoteAsync(tool, outcome.Failure, about, cancellationToken);
        return outcome;
    }

    /// <summary>
    /// Takes note of how something was read of some records, or for one write. Where the tool shows another record meanwhile, it is there: what
    /// it fails at is the trouble of those alone, and holds up nobody else.
    /// </summary>
    /// <param name="kind">Which records; null where they are not known.</param>
    public async Task<Outcome<T>> HeardApartAsync<T>(
        Tool tool, Outcome<T> outcome, string about, RecordKind? kind, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        // One that names a time speaks for itself. A page for people, that the tool is being worked on, comes with a status of success.
        if (outcome.Failure is { OneCall: false, RetryAt: null, Kind: FailureKind.Unavailable or FailureKind.Uncertain or FailureKind.Malformed } trouble)
        {
            var another = await ShowsAnotherAsync(tool, kind, ids, cancellationToken);

            // Whose trouble it is can't be asked before there is budget again: nobody is blamed until then.
            if (another.Failure is { } spent && (kind is not null || trouble.Kind == FailureKind.Malformed)) return spent;
            outcome = (trouble.Kind == FailureKind.Malformed, another.Failure is null ? another.Value : null) switch
            {
                (false, true) => trouble with
                {
                    Kind = FailureKind.Unavailable, OneCall = true, Message = $"{tool.Name} shows other records, and fails at this: {trouble.Message}",
                },
                (true, false) => trouble with { Kind = FailureKind.Unavailable, Message = $"{tool.Name} shows no other record either: {trouble.Message}" },
                _ => outcome,
            };
        }

        return await HeardAsync(tool, outcome, about, cancellationToken);
    }

    // Null where there is none to ask for; fails where our own budget is spent.
    private async Task<Outcome<bool?>> ShowsAnotherAsync(Tool tool, RecordKind? kind, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (tool.Connector is not IReads reads || tool.Account is not { } account) return (bool?)null;

        // Whoever met trouble just now has asked already.
        if (!tool.Health.MayCall(workspace.Clock.GetUtcNow())) return (bool?)false;
        var kinds = tool.Manifest.Streams.Select(s => s.Kind).Distinct().OrderByDescending(k => k == kind).ToList();
        var others = await workspace.Store.ReadAsync(view => kinds.Select(k => Others(view, tool.Config.Connector, account, k, k == kind ? ids : []))
            .FirstOrDefault(found => found.Length > 0), cancellationToken);
        if (others is null) return await SaysWhoseItIsAsync(tool, cancellationToken);

        // By chance: one that has the same trouble must not speak for all of them each time, nor by itself.
        Random.Shared.Shuffle(others);
        foreach (var other in others.Take(MostAsked))
        {
            var failure = (await reads.ReadAsync(other.Kind, [other.Id], cancellationToken)).Failure;
            if (failure is { Reason: Failure.OwnBudget }) return failure;

            // Whoever says no to one record, or doesn't have it, is there.
            if (failure is not (null or { Kind: FailureKind.Rejected or FailureKind.Missing, Status: not null })) continue;
            await NoteAsync(tool, failure, "another record", cancellationToken);
            return (bool?)true;
        }

        return (bool?)false;
    }

    // Where no record is known yet, whose the credential is can be asked all the same. That it is answered tells nothing of records.
    private static async Task<Outcome<bool?>> SaysWhoseItIsAsync(Tool tool, CancellationToken cancellationToken) =>
        (await tool.Connector.WhoAmIAsync(cancellationToken)).Failure switch
        {
            null => (bool?)null,
            { Reason: Failure.OwnBudget } spent => spent,
            { Kind: FailureKind.Unavailable or FailureKind.Uncertain or FailureKind.Malformed } => (bool?)false,
            _ => (bool?)null,
        };

    // Some of a kind that are there, from anywhere among them: neighbours may share what ails them.
    private static RecordRef[] Others(IReadView view, string connector, string account, RecordKind kind, IReadOnlyCollection<string> ids)
    {
        var near = ids.Count > 0 ? ids.ElementAt(Random.Shared.Next(ids.Count))
            : view.RecordsOfKind(connector, account, kind, null, 1) is [var first] ? first.Record.Ref.Id : null;
        if (near is null) return [];
        return [.. There(new RecordRef(connector, account, kind, Scatter(near))).Concat(There(null)).Where(r => !ids.Contains(r.Id)).Distinct().Take(ToChooseFrom)];

        IEnumerable<RecordRef> There(RecordRef? after)
        {
            while (view.RecordsOfKind(connector, account, kind, after, AtOnce) is { Count: > 0 } rows)
            {
                foreach (var row in rows.Where(r => !r.Gone)) yield return row.Record.Ref;
                after = rows[^1].Record.Ref;
            }
        }
    }

    // The ids of a tool begin alike: one that ends otherwise is among them.
    private static string Scatter(string id) =>
        new([.. id.Select((c, i) => i < id.Length / 2 || !char.IsAsciiLetterOrDigit(c) ? c : char.IsAsciiDigit(c) ? (char)Random.Shared.Next('0', '9' + 1) : (char)Random.Shared.Next('A', 'z' + 1))]);

    private async Task NoteAsync(Tool tool, Failure? failure, string about, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        var before = tool.Health.State.Condition;
        if (failure is null) tool.Health.Agreed(about);

        // Whoever says no to one record, or doesn't have it, is there.
        if (failure is null || (before == Condition.BackingOff && failure.Kind is FailureKind.Rejected or FailureKind.Missing && failure.Status is not null))
        {
            if (tool.Health.Succeeded(now) && before is Condition.BackingOff or Condition.Held)
            {
                await TellAsync(tool, JournalLevel.Information, "health.tool.recovered", $"{tool.Name} answers again", cancellationToken);
                workspace.Readied.Set();
                workspace.Delivered.Set();
            }
        }

        if (failure is null) return;
        if (tool.Health.Failed(failure, now))
        {
            var held = failure.Kind == FailureKind.Unauthorized;
            var waits = held ? await workspace.Store.ReadAsync(view => HeldWork.On(view, tool), cancellationToken) : null;
            await TellAsync(tool, held ? JournalLevel.Error : JournalLevel.Warning, held ? "health.tool.held" : "health.tool.failed",
                held ? $"{tool.Name} is held until it is reconnected: {failure.Message}{(waits is { Count: > 0 } ? $" {waits}" : "")}"
                    : $"{tool.Name} is tried again by itself: {failure.Message}",
                cancellationToken);
        }
        else if (failure.IsAboutOne && failure.Kind != FailureKind.Missing && tool.Health.Complained(about, failure))
        {
            await TellAsync(tool, JournalLevel.Warning, "health.tool.refused", $"{tool.Name}: {failure.Message}", cancellationToken);
        }
    }

    /// <summary>Learns or checks which account a tool's credential belongs to.</summary>
    /// <returns>True when the tool may be used.</returns>
    public async Task<bool> IdentifyAsync(Tool tool, CancellationToken cancellationToken)
    {
        var outcome = await tool.Connector.WhoAmIAsync(cancellationToken);
        var known = await workspace.Store.ReadAsync(view => view.FindAccount(tool.Name), cancellationToken);
        if (outcome.Succeeded(out var account, out _) && known is { } stored && (stored.Connector != tool.Config.Connector || Differ(stored.Account, account)))
        {
            // An answer, and from the wrong account: to call that a recovery would tell of one at each try.
            outcome = new Failure(FailureKind.Unauthorized,
                $"the token belongs to {tool.Config.Connector} account {account}, but {tool.Name} has been {stored.Connector} account " +
                $"{stored.Account}: give it the token of that account, or a new name if it is another account on purpose");
        }

        // What it says of itself needs no second question.
        await NoteAsync(tool, outcome.Failure, "identity", cancellationToken);
        if (outcome.Failure is not null) return false;
        if (known is null)
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk,
                unit => unit.SaveAccount(tool.Name, tool.Config.Connector, outcome.Value), cancellationToken);
        }

        // What was under way when the tool had another name goes on under this one.
        // An account whose id nobody knows may be another's: it takes nothing over.
        var former = outcome.Value == Unnamed ? [] : (await workspace.Store.ReadAsync(view => view.NamesOf(tool.Config.Connector, known?.Account ?? outcome.Value), cancellationToken))
            .Where(name => workspace.Find(name) is null).ToList();
        if (former.Count > 0)
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                foreach (var name in former)
                {
                    if (unit.Rename(name, tool.Name) is > 0 and var writes)
                        unit.Write(Entry(tool, JournalLevel.Information, "health.tool.renamed", $"{writes} {(writes == 1 ? "write" : "writes")} of {name} go on under its new name {tool.Name}"));
                }
            }, cancellationToken);
        }

        // The first name that an account had here is in every key: it stays.
        tool.Account = known?.Account ?? outcome.Value;
        return true;
    }

    // A credential that may not ask whose it is answers `default`: that can't be told from any other account.
    private static bool Differ(string known, string told) => known != told && known != Unnamed && told != Unnamed;

    private Task TellAsync(Tool tool, JournalLevel level, string name, string message, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(Entry(tool, level, name, message)), cancellationToken);

    private JournalEntry Entry(Tool tool, JournalLevel level, string name, string message) =>
        new() { At = workspace.Clock.GetUtcNow(), Level = level, Event = name, Message = message, Tool = tool.Name };
}
