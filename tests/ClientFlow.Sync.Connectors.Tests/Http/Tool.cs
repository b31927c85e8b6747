using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Opens connectors for tests.</summary>
public static class Tool
{
    public static ToolContext Context(
        IConnectorType type, object settings, HttpMessageHandler transport, TimeProvider clock, Uri? baseUrl = null, Uri? webhookUrl = null,
        Func<string, Subscription?>? subscriptions = null, QuotaBudget? quota = null, params FieldMapping[] overrides) => new()
    {
        Tool = "tool",
        Settings = settings,
        Http = ToolHttp.Client(baseUrl ?? type.Manifest.BaseUrl, clock, transport, new ToolHttpOptions { Dice = () => 0 }, quota),
        Clock = clock,
        Business = new Business("Northwind Consulting", TimeZoneInfo.Utc, "GBP"),
        Mappings = type.Manifest.Streams.ToDictionary(stream => stream.Kind, stream => new RecordMapping(stream.Kind, stream.Mapping, overrides)),
        WebhookUrl = webhookUrl,
        FindSubscription = subscriptions ?? (_ => null),
    };

    public static HttpMessageHandler Transport() => ToolHttp.Transport();
}
