using System.Collections.Frozen;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>What the account says beside its objects, remembered: who the owners are, what the stages mean, which portal it is.</summary>
internal sealed class HubSpotAccount(HubSpotClient client, HubSpotSettings settings, TimeProvider clock) : IDisposable
{
    // An id that stays unknown must not cost a call with every page.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(2);

    // Settings of a pipeline change rarely, and a changed one keeps its ids.
    private static readonly TimeSpan StagesLast = TimeSpan.FromMinutes(15);

    private readonly OneAsks gate = new();
    private FrozenDictionary<string, string> owners = FrozenDictionary<string, string>.Empty;
    private FrozenDictionary<(string Pipeline, string Stage), string?> stages = FrozenDictionary<(string, string), string?>.Empty;
    private DateTimeOffset? ownersRead;
    private DateTimeOffset? stagesRead;
    private string? portal = settings.Portal;

    public string? Portal => Volatile.Read(ref portal);

    public HubSpotSurroundings WithoutDeals() => new(owners, stages, Portal);

    /// <summary>
    /// The account's id. Tokens of private apps (<c>pat-…</c>) are not sent to the OAuth endpoint, which wants them in its address.
    /// </summary>
    public async Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken)
    {
        if (settings is { Account: null, IsPrivateApp: false })
        {
            var told = await client.TokenInfoAsync(settings.Token, cancellationToken);
            if (told.Succeeded(out var token, out var failure) && token.HubId is { Length: > 0 } hub)
            {
                Volatile.Write(ref portal, hub);
                return hub;
            }

            if (failure is { NextMove: NextMove.Retry }) return failure;
        }

        // Any answer but a refused credential shows that the token is accepted: 403 only says that it may not see owners.
        var owners = await client.OwnersAsync(1, null, cancellationToken);
        return owners.Failure is { Kind: not (FailureKind.Rejected or FailureKind.Missing) } trouble ? trouble : settings.Account ?? "default";
    }

    /// <summary>Makes sure that the owners and stages of these deals are known, where HubSpot knows them.</summary>
    public async Task<Outcome<HubSpotSurroundings>> ForDealsAsync(IReadOnlyList<HubSpotObject> deals, CancellationToken cancellationToken)
    {
        var trouble = await gate.AskAsync(() => RefreshAsync(deals, cancellationToken), cancellationToken);
        return trouble is null ? WithoutDeals() : trouble;
    }

    public void Dispose() => gate.Dispose();

    private async Task<Failure?> RefreshAsync(IReadOnlyList<HubSpotObject> deals, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (IsDue(ownersRead, now, deals.Any(deal => Of(deal, "hubspot_owner_id") is { } id && !owners.ContainsKey(id))))
        {
            if (await ReadOwnersAsync(cancellationToken) is { } trouble) return trouble;
            ownersRead = now;
        }

        var strange = deals.Any(deal => Of(deal, "dealstage") is { } stage && !stages.ContainsKey((Of(deal, "pipeline") ?? "default", stage)));
        if (stagesRead + StagesLast <= now || IsDue(stagesRead, now, strange))
        {
            var read = await client.PipelinesAsync(cancellationToken);
            if (read.Succeeded(out var pipelines, out var failure)) stages = HubSpotMapper.Stages(pipelines.Results ?? []).ToFrozenDictionary();
            else if (failure.Kind is not (FailureKind.Rejected or FailureKind.Missing)) return failure;
            stagesRead = now; // Without the right to read pipelines the deals' own closed properties have to do.
        }

        return null;
    }

    private async Task<Failure?> ReadOwnersAsync(CancellationToken cancellationToken)
    {
        var emails = new Dictionary<string, string>(StringComparer.Ordinal);
        string? after = null;
        do
        {
            var read = await client.OwnersAsync(HubSpotClient.ListLimit, after, cancellationToken);
            if (!read.Succeeded(out var page, out var failure)) return failure.Kind == FailureKind.Missing ? null : failure;
            foreach (var owner in page.Results ?? [])
            {
                if (owner is { Id: { } id, Email: { Length: > 0 } email }) emails[id] = email;
            }

            var next = page.Paging?.Next?.After;
            after = next == after ? null : next;
        }
        while (after is not null);

        owners = emails.ToFrozenDictionary();
        return null;
    }

    private static bool IsDue(DateTimeOffset? read, DateTimeOffset now, bool unknown) => unknown && (read is not { } at || at + AskAgain <= now);

    private static string? Of(HubSpotObject deal, string property) =>
        deal.Properties?.GetValueOrDefault(property) is { Length: > 0 } value ? value : null;
}
