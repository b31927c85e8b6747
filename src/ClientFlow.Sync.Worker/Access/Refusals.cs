using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Webhooks;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Tells the journal of sign-ins that were refused, once a minute however many there are.</summary>
public sealed class Refusals(Workspace workspace, RefusalCounter counter, Sessions sessions)
{
    // No tool can be called so.
    private const string Key = "/sign-in";

    /// <summary>Counts one.</summary>
    /// <param name="why">In words; never what was typed as a name, since people type passwords there.</param>
    public async Task CountAsync(string why)
    {
        if (counter.Count(Key) is not (var count and > 0)) return;
        await sessions.TellAsync(new JournalEntry
        {
            At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Warning, Event = "access.session.refused",
            Message = count == 1 ? $"a sign-in was refused: {why}" : $"{count} sign-ins were refused, the last because {why}",
        });
    }
}
