using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>A deal as the pretended product's webhook carries it: whole and ordered.</summary>
internal sealed record BenchDeal(string Id, string Name, string Stage, string Amount, long Version);

[JsonSerializable(typeof(BenchDeal))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class BenchJson : JsonSerializerContext;

/// <summary>
/// A product that has nothing slow about it: its webhooks carry full state, its lists are empty, it has no quota and it knows our
/// keys. What is measured is the worker.
/// </summary>
internal sealed class BenchProduct(Uri tool) : IConnectorType
{
    public const int Concurrency = 32;

    public const string SignatureHeader = "X-Signature";

    public const string DeliveryHeader = "X-Delivery";

    private static readonly byte[] Key = "bench-secret"u8.ToArray();

    public ConnectorManifest Manifest { get; } = new()
    {
        Id = "bench",
        Name = "Bench",
        Rung = Rung.Acts,
        BaseUrl = tool,
        Concurrency = Concurrency,
        Streams =
        [
            new StreamManifest("deals", RecordKind.Deal, TimeSpan.FromHours(1),
                [new FieldMapping("name", "name"), new FieldMapping("stage", "stage"), new FieldMapping("amount", "amount")]),
            new StreamManifest("projects", RecordKind.Project, TimeSpan.FromHours(1), [new FieldMapping("name", "name")]),
        ],
        Actions = [new ActionTraits("project.create", KeyStrength.Native, "Idempotency-Key", TimeSpan.FromSeconds(10), TimeSpan.Zero)],
    };

    public static string Sign(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(HMACSHA256.HashData(Key, body));

    public object? BindSettings(SectionReader section) => new object();

    public IConnector Open(ToolContext context) => new Connector(context);

    private sealed class Connector(ToolContext context) : IConnector, IReads, IReceives, IActs
    {
        public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<string>>("1");

        public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) => Empty();

        public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) => Empty();

        public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) => Empty();

        public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => delivery.Header(SignatureHeader) is not { } given
            ? SignatureVerdict.Missing
            : CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(given), Encoding.ASCII.GetBytes(Sign(delivery.Body.Span)))
                ? SignatureVerdict.Valid : SignatureVerdict.Mismatch;

        public string Identify(Delivery delivery) => delivery.Header(DeliveryHeader) ?? "";

        public DeliveryReading Read(Delivery delivery)
        {
            var deal = JsonSerializer.Deserialize(delivery.Body.Span, BenchJson.Default.BenchDeal)!;
            return new DeliveryReading { Records = [RecordOf(deal)] };
        }

        public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) =>
            Task.FromResult<Outcome<Preparation>>(new Preparation.Send(new FrozenCall("POST", "projects", "application/json",
                $"{{\"name\":{JsonSerializer.Serialize(((ProjectContent)call.Order.Content).Name)}}}",
                new Dictionary<string, string> { ["Idempotency-Key"] = call.Order.Key })));

        public async Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(frozen.Path, UriKind.Relative));
            request.Content = new StringContent(frozen.Body!, Encoding.UTF8, "application/json");
            foreach (var (name, value) in frozen.Headers) request.Headers.Add(name, value);
            using var answer = await context.Http.SendAsync(request, cancellationToken);
            var id = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode
                ? new ActionResult(id, null)
                {
                    State = new SourceRecord { Kind = RecordKind.Project, Id = id, Fields = new Dictionary<string, string?> { ["name"] = ((ProjectContent)call.Order.Content).Name } },
                }
                : new Failure(FailureKind.Unavailable, $"the bench answered {(int)answer.StatusCode}");
        }

        public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
            Task.FromResult<Outcome<ActionResult?>>((ActionResult?)null);

        private Task<Outcome<StreamPage>> Empty() =>
            Task.FromResult<Outcome<StreamPage>>(new StreamPage { ReadBegan = context.Clock.GetUtcNow(), Next = new Cursor("end"), More = false });
    }

    public static SourceRecord RecordOf(BenchDeal deal) => new()
    {
        Kind = RecordKind.Deal, Id = deal.Id, Order = deal.Version,
        Fields = new Dictionary<string, string?> { ["name"] = deal.Name, ["stage"] = deal.Stage, ["amount"] = deal.Amount },
    };

    /// <summary>A file with one rule: a won deal becomes a project.</summary>
    public WorkspaceConfig Config() => new()
    {
        Workspace = "default",
        Business = new Business("Bench", TimeZoneInfo.Utc, "GBP"),
        Hash = "bench",
        Tools =
        [
            new ToolConfig
            {
                Name = "bench", Connector = "bench", Settings = new object(), BaseUrl = tool,
                Mappings = Manifest.Streams.ToDictionary(s => s.Kind, s => new RecordMapping(s.Kind, s.Mapping, [])),
            },
        ],
        Rules =
        [
            new HandoffRule
            {
                Name = "won-deal-to-project", Identity = "won-deal-to-project", Subject = RecordKind.Deal, ArmingHash = "bench", Require = [], Limit = int.MaxValue,
                When = new Condition.Fact(new FactPath(RecordKind.Deal, "stage"), new FactTest.Is(new FieldValue.Text("won"))),
                Create = new ProjectBlueprint("bench", Template("{{deal.name}}"), null, null, null, null, "Onboarding", []),
            },
        ],
    };

    private static Template Template(string text) =>
        TemplateParser.Parse(text, [RecordKind.Deal], out _) ?? throw new InvalidOperationException($"not a template: {text}");
}

/// <summary>The worker as it is, with the pretended product.</summary>
internal sealed class BenchWorker(WorkerHost host) : IListening
{
    public string Url => host.Urls[0];

    public static async Task<BenchWorker> StartAsync(string directory, Uri tool)
    {
        var product = new BenchProduct(tool);
        var host = await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = product.Config(), Types = [product], DataDirectory = directory, Urls = "http://127.0.0.1:0", Quiet = true,
        }, CancellationToken.None);
        while (!host.Engine.Workspace.AllArmed) await Task.Delay(20);
        return new BenchWorker(host);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
