using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>The one write: the project's address onto the deal. Doing it again changes nothing.</summary>
internal sealed class HubSpotActions(HubSpotClient client, HubSpotAccount account, ToolContext context)
{
    public static IReadOnlyList<ActionTraits> Traits { get; } =
    [
        new("deal.link", KeyStrength.Repeatable, "one property of the deal, read first", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)),
    ];

    private volatile bool propertyExists;

    /// <summary>The deal property that the file maps to <c>projectUrl</c>, else our own.</summary>
    private string Property =>
        context.Mappings.GetValueOrDefault(RecordKind.Deal)?.Fields.GetValueOrDefault("projectUrl")?.From ?? HubSpotType.ProjectProperty;

    public async Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken)
    {
        if (call.Order.Content is not DealLinkContent link) return Unknown(call);
        if (call.Results.GetValueOrDefault("project")?.Url is not { Length: > 0 } url)
            return new Preparation.Ask("The project has no address that could be written onto the deal. Write it there by hand, or skip this step.");
        if (await EnsurePropertyAsync(cancellationToken) is { } trouble) return trouble;

        var read = await client.ReadOneAsync(HubSpotType.Deal, link.DealId, [Property], cancellationToken);
        if (!read.Succeeded(out var deal, out var failure)) return failure;
        var there = deal.Properties?.GetValueOrDefault(Property);
        if (there == url) return new Preparation.Exists(ResultOf(link));
        if (!string.IsNullOrWhiteSpace(there))
        {
            return new Preparation.Exists(ResultOf(link) with
            {
                Note = $"The deal names another project already ({there}); it was left as a person wanted it.",
            });
        }

        var patch = new HubSpotPatch(new Dictionary<string, string> { [Property] = url });
        return new Preparation.Send(new FrozenCall(
            "PATCH",
            HubSpotClient.DealPath(deal.Id is { Length: > 0 } id ? id : link.DealId), // A merged deal answers under its new id.
            "application/json",
            JsonSerializer.Serialize(patch, HubSpotJson.Default.HubSpotPatch),
            new Dictionary<string, string>()));
    }

    public async Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        if (call.Order.Content is not DealLinkContent link) return Unknown(call);
        var sent = await client.SendAsync(frozen, cancellationToken);
        if (sent.Failure is { Kind: FailureKind.Rejected }) propertyExists = false; // Somebody may have deleted it: look again next time.
        return sent.Then<ActionResult>(_ => ResultOf(link));
    }

    public async Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        if (call.Order.Content is not DealLinkContent link) return Unknown(call);
        var written = JsonSerializer.Deserialize(frozen.Body ?? "{}", HubSpotJson.Default.HubSpotPatch)?.Properties ?? [];
        var read = await client.ReadOneAsync(HubSpotType.Deal, link.DealId, [.. written.Keys], cancellationToken);
        if (!read.Succeeded(out var deal, out var failure)) return failure;
        return written.Count > 0 && written.All(entry => deal.Properties?.GetValueOrDefault(entry.Key) == entry.Value)
            ? ResultOf(link)
            : (ActionResult?)null;
    }

    private ActionResult ResultOf(DealLinkContent link) =>
        new(link.DealId, account.Portal is { } portal ? HubSpotMapper.UrlOf(HubSpotType.Deal, portal, link.DealId) : null);

    // Setting up the schema is no part of the handoff: it happens once, and a second time finds it done.
    private async Task<Failure?> EnsurePropertyAsync(CancellationToken cancellationToken)
    {
        if (propertyExists || Property != HubSpotType.ProjectProperty) return null;
        var read = await client.PropertyAsync(Property, cancellationToken);
        if (read.Failure is { Kind: FailureKind.Missing })
        {
            var made = await client.CreatePropertyAsync(
                new HubSpotProperty(
                    Property, "Project (ClientFlow)", "string", "text", "dealinformation", "The address of the project that belongs to this deal."),
                cancellationToken);
            read = made.Failure switch
            {
                null or { Status: 409 } => made,
                { Kind: FailureKind.Uncertain } => await client.PropertyAsync(Property, cancellationToken),
                { Status: 403 or 404 or 405 } refused => refused with
                {
                    Kind = FailureKind.Rejected,
                    Message = $"{refused.Message} Or make the deal property {Property} by hand: in HubSpot's settings, a single-line text for deals with just this internal name; then go on.",
                },
                _ => made,
            };
            if (read.Failure is { Kind: FailureKind.Missing } absent)
                return absent with { Kind = FailureKind.Unavailable, OneCall = true, Message = $"HubSpot did not make the deal property {Property}. It is tried again later." };
            if (read.Failure is { Status: 409 })
            {
                propertyExists = true;
                return null;
            }
        }

        propertyExists = read.Failure is null;
        return read.Failure;
    }

    private static Failure Unknown(ActionCall call) => new(FailureKind.Rejected, $"HubSpot has no action {call.Order.Content.Kind} here.");
}
