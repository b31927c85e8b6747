using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>One method per endpoint that we call.</summary>
internal sealed class HubSpotClient(WireClient wire)
{
    public const int ListLimit = 100;
    public const int SearchLimit = 200;
    public const int BatchLimit = 100;
    private const int AssociationLimit = 500;

    // One place for versions: HubSpot announced date-versioned paths beside these.
    private const string Objects = "crm/v3/objects/";

    public Task<Outcome<HubSpotObjects>> SearchAsync(
        HubSpotType type, long since, string? after, IReadOnlyList<string> properties, CancellationToken cancellationToken)
    {
        var search = new HubSpotSearch(
            [new HubSpotFilterGroup([new HubSpotFilter(type.Modified, "GTE", since.ToString())])],
            [new HubSpotSort(type.Modified, "ASCENDING")],
            properties,
            SearchLimit,
            after);
        return wire.SendAsync(
            WireCall.Query($"{Objects}{type.Name}/search", search, HubSpotJson.Default.HubSpotSearch) with { QuotaClass = HubSpotVendor.Search },
            HubSpotJson.Default.HubSpotObjects,
            cancellationToken);
    }

    public Task<Outcome<HubSpotObjects>> ListAsync(
        HubSpotType type, string? after, IReadOnlyList<string> properties, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With(Objects + type.Name,
                ("limit", ListLimit.ToString()), ("after", after), ("properties", string.Join(',', properties)), ("archived", "false")),
            HubSpotJson.Default.HubSpotObjects,
            cancellationToken);

    public Task<Outcome<HubSpotObjects>> ReadAsync(
        HubSpotType type, IReadOnlyList<string> ids, IReadOnlyList<string> properties, CancellationToken cancellationToken)
    {
        var read = new HubSpotBatchRead(properties, [], [.. ids.Select(id => new HubSpotInput(id))]);
        return wire.SendAsync(
            WireCall.Query($"{Objects}{type.Name}/batch/read", read, HubSpotJson.Default.HubSpotBatchRead),
            HubSpotJson.Default.HubSpotObjects,
            cancellationToken);
    }

    public Task<Outcome<HubSpotObject>> ReadOneAsync(
        HubSpotType type, string id, IReadOnlyList<string> properties, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With($"{Objects}{type.Name}/{WirePath.Part(id)}", ("properties", string.Join(',', properties))),
            HubSpotJson.Default.HubSpotObject,
            cancellationToken);

    public Task<Outcome<HubSpotAssociations>> AssociationsAsync(
        HubSpotType from, HubSpotType to, IReadOnlyList<HubSpotInput> inputs, CancellationToken cancellationToken)
    {
        var read = new HubSpotBatchReadAssociations(inputs);
        return wire.SendAsync(
            WireCall.Query($"crm/v4/associations/{from.Name}/{to.Name}/batch/read", read, HubSpotJson.Default.HubSpotBatchReadAssociations),
            HubSpotJson.Default.HubSpotAssociations,
            cancellationToken);
    }

    public Task<Outcome<HubSpotAssociatedPage>> AssociatedAsync(
        HubSpotType from, string id, HubSpotType to, string? after, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With($"crm/v4/objects/{from.Name}/{WirePath.Part(id)}/associations/{to.Name}", ("limit", AssociationLimit.ToString()), ("after", after)),
            HubSpotJson.Default.HubSpotAssociatedPage,
            cancellationToken);

    public Task<Outcome<HubSpotPipelines>> PipelinesAsync(CancellationToken cancellationToken) =>
        wire.GetAsync("crm/v3/pipelines/deals", HubSpotJson.Default.HubSpotPipelines, cancellationToken);

    // The guides write the path without a slash at the end, the API client with one: who takes only the other form answers 404 or redirects.
    public async Task<Outcome<HubSpotOwners>> OwnersAsync(int limit, string? after, CancellationToken cancellationToken)
    {
        var owners = await OwnersAsync("crm/v3/owners", limit, after, cancellationToken);
        return owners.Failure is { Status: 404 or (>= 300 and < 400) }
            ? await OwnersAsync("crm/v3/owners/", limit, after, cancellationToken)
            : owners;
    }

    private Task<Outcome<HubSpotOwners>> OwnersAsync(string path, int limit, string? after, CancellationToken cancellationToken) =>
        wire.GetAsync(WirePath.With(path, ("limit", limit.ToString()), ("after", after)), HubSpotJson.Default.HubSpotOwners, cancellationToken);

    public Task<Outcome<HubSpotProperty>> PropertyAsync(string name, CancellationToken cancellationToken) =>
        wire.GetAsync($"crm/v3/properties/deals/{WirePath.Part(name)}", HubSpotJson.Default.HubSpotProperty, cancellationToken);

    public Task<Outcome<HubSpotProperty>> CreatePropertyAsync(HubSpotProperty property, CancellationToken cancellationToken) =>
        wire.SendAsync(
            WireCall.Send(HttpMethod.Post, "crm/v3/properties/deals", property, HubSpotJson.Default.HubSpotProperty),
            HubSpotJson.Default.HubSpotProperty,
            cancellationToken);

    public static string DealPath(string id) => $"{Objects}deals/{WirePath.Part(id)}";

    public Task<Outcome<HubSpotObject>> SendAsync(FrozenCall frozen, CancellationToken cancellationToken) =>
        wire.SendAsync(WireCall.Of(frozen), HubSpotJson.Default.HubSpotObject, cancellationToken);

    // The only documented call with the token in its address; nothing that is logged or said holds the address.
    public Task<Outcome<HubSpotTokenInfo>> TokenInfoAsync(Secret token, CancellationToken cancellationToken) =>
        wire.GetAsync($"oauth/v1/access-tokens/{WirePath.Part(token.Reveal())}", HubSpotJson.Default.HubSpotTokenInfo, cancellationToken);
}
