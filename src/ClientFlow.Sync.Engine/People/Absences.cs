using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.People;

/// <summary>What a tool's full list lacked, and was too much to be asked for without a person's word: a credential that sees less looks the same.</summary>
public sealed class Absences(Workspace workspace, Streams streams)
{
    /// <summary>The comparisons that are held.</summary>
    public static IReadOnlyList<ReconcileRow> Held(IReadView view, Workspace workspace) =>
        [.. view.Reconciles().Where(row => row.Held && workspace.Find(row.Tool)?.Manifest.Streams.Any(s => s.Name == row.Stream) == true)];

    /// <summary>Asks the tool for each record that is absent from a stream: what it no longer has is taken for deleted.</summary>
    public async Task<(bool Done, string Message)> AskAsync(string tool, string stream, Person who, CancellationToken cancellationToken)
    {
        if (Powers.Absences(who.Role) is { } refusal) return (false, refusal);
        if ((await workspace.Store.ReadAsync(view => Held(view, workspace), cancellationToken)).FirstOrDefault(row => row.Tool == tool && row.Stream == stream) is not { } held)
            return (false, $"nothing that is absent from {tool} waits for a word");
        var of = workspace.Find(tool)!;
        await workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.Write(new JournalEntry
        {
            At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Information, Event = "people.absence.asked", Tool = tool,
            Message = $"{who} had {tool} asked for each of the {held.Extra} {stream} that were absent from its list: what it no longer has is taken for deleted",
        }), cancellationToken);
        var (asked, refused, stopped) = await streams.AskForAbsentAsync(of, of.Manifest.Streams.First(s => s.Name == stream), cancellationToken);
        if (stopped is not null) return (false, $"{tool} was asked for some of its {stream}, and then: {stopped.Message.TrimEnd('.')}. Ask again later");
        return (true, $"{tool} was asked for {asked} {stream}" +
            (refused > 0 ? $", and doesn't show us {refused} of them: give the credential access to those that are still yours" : ""));
    }
}
