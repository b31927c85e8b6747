using System.Text;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>Speaks to a twin. Deliveries are lines of text: <c>hint deal d1,d2</c>, <c>state deal d1</c> (the state as it is then), anything else is unreadable.</summary>
internal sealed class TwinConnector(Twin twin, ConnectorManifest manifest, QuotaBudget quota, TimeProvider clock) : IConnector, IReads, IReceives, IActs
{
    public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken) => twin.WhoAmI();

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        InTurn(write: false, () => twin.Poll(KindOf(stream), cursor));

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        InTurn(write: false, () => twin.List(KindOf(stream), from));

    public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        InTurn(write: false, () => twin.Read(kind, ids));

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => SignatureVerdict.Valid;

    public string Identify(Delivery delivery) => delivery.Header("id")!;

    public DeliveryReading Read(Delivery delivery)
    {
        var text = Encoding.UTF8.GetString(delivery.Body.Span);
        var parts = text.Split(' ');
        if (parts is ["look", var stream]) return new DeliveryReading { Streams = [stream] };
        if (parts is not ["hint" or "state", var word, var id, ..] || !Names.TryKind(word, out var kind))
            return new DeliveryReading { Unreadable = $"not a delivery: {text}" };
        if (parts[0] == "hint") return new DeliveryReading { Hints = [.. id.Split(',').Select(one => new RecordHint(kind, one))] };
        return new DeliveryReading
        {
            Records =
            [
                new SourceRecord
                {
                    Kind = kind, Id = id, Order = long.TryParse(parts[3], out var order) ? order : null,
                    Fields = parts.Skip(4).Select(p => p.Split('=')).Where(p => p[0] != "client").ToDictionary(p => p[0], p => (string?)p[1]),
                    References = [.. parts.Skip(4).Select(p => p.Split('=')).Where(p => p[0] == "client").Select(p => new SourceReference("client", RecordKind.Client, [p[1]]))],
                },
            ],
        };
    }

    public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) => twin.Prepare(call);

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        InTurn(write: true, () => twin.Send(call, frozen, manifest.Actions.First(a => a.Action == call.Order.Content.Kind).Strength, cancellationToken));

    public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        InTurn(write: false, () => twin.LookUp(call));

    // As the HTTP floor does, without its patience.
    private Task<Outcome<T>> InTurn<T>(bool write, Func<Task<Outcome<T>>> call) => quota.Take(new QuotaCall(write, null, ""), clock.GetUtcNow()) is { } at
        ? Task.FromResult<Outcome<T>>(new Failure(FailureKind.RateLimited, "the budget is spent") { Reason = Failure.OwnBudget, RetryAt = at, OneCall = true })
        : call();

    private RecordKind KindOf(string stream) => manifest.Streams.First(s => s.Name == stream).Kind;
}
