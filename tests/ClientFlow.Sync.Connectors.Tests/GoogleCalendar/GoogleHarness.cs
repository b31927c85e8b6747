using System.Net;
using System.Security.Cryptography;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

/// <summary>A connector on scripted answers, with what the tests below say again and again.</summary>
public abstract class GoogleHarness
{
    protected const string Key = "cf0123456789abcdefghijklmn";

    // One for all: making one takes long.
    private static readonly string Pem = NewPem();

    protected ManualClock Clock { get; } = new();

    protected ScriptedTransport Google { get; } = new()
    {
        Recorder = new SpecRecorder("google-calendar") { Ignoring = path => path.Contains("token", StringComparison.Ordinal) },
    };

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected static GoogleCredentials ServiceAccount { get; } = new()
    {
        Type = "service_account", ClientEmail = "flow@northwind.iam.gserviceaccount.com", PrivateKey = new Secret(Pem), PrivateKeyId = "k1",
    };

    protected static GoogleCredentials User { get; } = new()
    {
        Type = "authorized_user", ClientId = "client-1", ClientSecret = new Secret("the-client-secret"), RefreshToken = new Secret("the-refresh-token"),
    };

    protected IConnector Connector => field ??= Open(Settings);

    protected IReads Reads => (IReads)Connector;

    protected IActs Acts => (IActs)Connector;

    protected virtual GoogleCalendarSettings Settings => new(ServiceAccount, "primary", new Uri("https://sign-in.example/token"), null);

    protected IConnector Open(GoogleCalendarSettings settings)
    {
        var type = new GoogleCalendarConnectorType();
        return type.Open(Tool.Context(type, settings, Google, Clock));
    }

    protected ScriptedTransport SignIn(string token = "token-1", int expiresIn = 3600) =>
        Google.On("POST", "/token", $$"""{"access_token":"{{token}}","expires_in":{{expiresIn}},"token_type":"Bearer"}""");

    protected ScriptedTransport Refuses(string method, string path, int status, string reason) => Google.On(method, path, (HttpStatusCode)status,
        $$$"""{"error":{"code":{{{status}}},"message":"The vendor's words","errors":[{"domain":"global","reason":"{{{reason}}}","message":"m"}]}}""");

    /// <summary>Waits take no time.</summary>
    protected Task<T> Run<T>(Task<T> work) => Clock.RunAsync(work);

    private static string NewPem()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportPkcs8PrivateKeyPem();
    }
}
