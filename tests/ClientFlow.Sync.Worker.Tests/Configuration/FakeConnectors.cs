using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

/// <summary>Connector types with manifests like those of the four products, and nothing behind them.</summary>
internal sealed class FakeConnectorType(ConnectorManifest manifest, Func<SectionReader, object?> bind) : IConnectorType
{
    public ConnectorManifest Manifest => manifest;

    public object? BindSettings(SectionReader section) => bind(section);

    public IConnector Open(ToolContext context) => throw new NotSupportedException();
}

internal static class FakeConnectors
{
    public static readonly IReadOnlyList<IConnectorType> All =
    [
        new FakeConnectorType(
            Manifest("hubspot", "HubSpot", "https://api.hubapi.com",
            [
                new StreamManifest("deals", RecordKind.Deal, TimeSpan.FromMinutes(1),
                [
                    new FieldMapping("name", "dealname"), new FieldMapping("amount", "amount"), new FieldMapping("owner", "hubspot_owner_id"),
                    new FieldMapping("stage", "dealstage", new Dictionary<string, string> { ["closedwon"] = "won", ["closedlost"] = "lost" }),
                ]),
                new StreamManifest("companies", RecordKind.Client, TimeSpan.FromMinutes(5), [new FieldMapping("name", "name")]),
                new StreamManifest("contacts", RecordKind.Contact, TimeSpan.FromMinutes(5), [new FieldMapping("email", "email")]),
            ],
            [new ActionTraits("deal.link", KeyStrength.Repeatable, "PATCH of one property", TimeSpan.FromSeconds(60), TimeSpan.Zero)]),
            s =>
            {
                var (token, webhookSecret) = (s.RequiredSecret("token"), s.OptionalSecret("webhookSecret"));
                s.OptionalText("account");
                return token is null ? null : new Settings(token, webhookSecret);
            }),
        new FakeConnectorType(
            Manifest("asana", "Asana", "https://app.asana.com/api/1.0",
            [
                new StreamManifest("projects", RecordKind.Project, TimeSpan.FromMinutes(1), [new FieldMapping("name", "name"), new FieldMapping("endsOn", "due_on")]),
                new StreamManifest("tasks", RecordKind.Task, TimeSpan.FromMinutes(1), [new FieldMapping("name", "name")]),
            ],
            [
                new ActionTraits("project.create", KeyStrength.Marker, "tagged line in the notes", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)),
                new ActionTraits("project.instantiate", KeyStrength.Marker, "the key in the name", TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(10)),
                new ActionTraits("project.set-up", KeyStrength.Repeatable, "tagged line in the notes", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)),
                new ActionTraits("section.create", KeyStrength.Marker, "name within the project", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)),
                new ActionTraits("task.create", KeyStrength.Marker, "external id", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)),
            ]),
            s =>
            {
                var token = s.RequiredSecret("token");
                var workspace = s.RequiredText("workspace");
                var team = s.OptionalText("team");
                return token is null || workspace is null ? null : new AsanaSettings(token, workspace, team);
            }),
        new FakeConnectorType(
            Manifest("stripe", "Stripe", "https://api.stripe.com",
            [
                new StreamManifest("customers", RecordKind.Client, TimeSpan.FromMinutes(5), [new FieldMapping("name", "name"), new FieldMapping("email", "email")]),
                new StreamManifest("invoices", RecordKind.Invoice, TimeSpan.FromMinutes(1), [new FieldMapping("status", "status"), new FieldMapping("total", "total")]),
            ],
            [
                new ActionTraits("customer.create", KeyStrength.Native, "Idempotency-Key and metadata", TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(60)),
                new ActionTraits("invoice.create", KeyStrength.Native, "Idempotency-Key and metadata", TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(60)),
                new ActionTraits("invoice-line.create", KeyStrength.Native, "Idempotency-Key and metadata", TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(60)),
            ]),
            s => s.RequiredSecret("key") is { } key ? new Settings(key, s.OptionalSecret("webhookSecret")) : null),
        new FakeConnectorType(
            Manifest("google-calendar", "Google Calendar", "https://www.googleapis.com/calendar/v3",
            [new StreamManifest("events", RecordKind.Reminder, TimeSpan.FromMinutes(5), [new FieldMapping("title", "summary")])],
            [
                new ActionTraits("reminder.create", KeyStrength.Native, "an event id of our own", TimeSpan.FromSeconds(60), TimeSpan.Zero),
                new ActionTraits("reminder.move", KeyStrength.Repeatable, "PATCH", TimeSpan.FromSeconds(60), TimeSpan.Zero),
                new ActionTraits("reminder.cancel", KeyStrength.Repeatable, "DELETE", TimeSpan.FromSeconds(60), TimeSpan.Zero),
            ]),
            s =>
            {
                var credentials = s.RequiredFile("credentials");
                var calendar = s.OptionalText("calendar");
                var tokenUri = s.OptionalUrl("tokenUri");
                if (credentials is not null && !credentials.Reveal().StartsWith('{'))
                {
                    s.Diagnostics.Error(Codes.BadCredentialsFile, s.Entry("credentials")!.Value.Span, "the credentials file can't be used: it is not JSON", "this file");
                    return null;
                }

                return credentials is null ? null : new GoogleSettings(credentials, calendar ?? "primary", tokenUri);
            }),
    ];

    private static ConnectorManifest Manifest(string id, string name, string url, StreamManifest[] streams, ActionTraits[] actions) => new()
    {
        Id = id,
        Name = name,
        Rung = Rung.Acts,
        BaseUrl = new Uri(url),
        Streams = streams,
        Actions = actions,
        Concurrency = 5,
    };

    internal sealed record Settings(Secret Token, Secret? WebhookSecret);

    internal sealed record AsanaSettings(Secret Token, string Workspace, string? Team);

    internal sealed record GoogleSettings(Secret Credentials, string Calendar, Uri? TokenUri);
}

/// <summary>An environment and a file system of two dictionaries.</summary>
internal sealed class FakeSecrets : ISecretSource
{
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["HUBSPOT_TOKEN"] = "hub-token-value", ["HUBSPOT_SECRET"] = "hub-secret-value", ["ASANA_TOKEN"] = "asana-token-value", ["ASANA_WORKSPACE"] = "1200",
        ["ASANA_TEAM"] = "1201", ["STRIPE_KEY"] = "stripe-key-value", ["STRIPE_WEBHOOK_SECRET"] = "stripe-secret-value",
        ["ANNA_PASSWORD"] = "clientflow1.210000.SDKRtNvYj8QQtMZPy8Wrhg.PWcEdbPdkLKm7cIlCfFfGFZhYMxoiEWbYtwR8EWBy7E",
        ["BEN_PASSWORD"] = "clientflow1.210000.AJ3LQb_EpvWUUCc26eo8Qg.9N2E3MXGLNlGn45kJ0SsNsaB7Aodf04zX0zVQKDJ6aA",
        ["OIDC_CLIENT_ID"] = "northwind-client", ["OIDC_CLIENT_SECRET"] = "oidc-secret-value", ["JUST_A_PASSWORD"] = "correct horse battery",
    };

    public Dictionary<string, string> Files { get; } = new() { ["/run/secrets/google.json"] = "{ \"type\": \"service_account\" }\n", ["token.txt"] = "not JSON" };

    public string? FromEnvironment(string name) => Environment.GetValueOrDefault(name);

    public string? FromFile(string path) => Files.GetValueOrDefault(path);
}
