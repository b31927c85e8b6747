using System.Net;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

/// <summary>An empty simulated Stripe and a client that speaks its forms. Every answer is held against the specification.</summary>
internal sealed class StripeBench : IAsyncDisposable
{
    private readonly AnswersFollowTheSpec _spec = new("stripe");
    private readonly HttpClient _http;

    private StripeBench(SandboxHost sandbox, HandClock clock)
    {
        (Sandbox, Clock) = (sandbox, clock);
        _http = new HttpClient(_spec) { BaseAddress = new Uri(sandbox.Stripe.BaseUrl) };
    }

    public SandboxHost Sandbox { get; }

    public HandClock Clock { get; }

    public StripeTool Tool => Sandbox.Stripe;

    public static async Task<StripeBench> StartAsync(Action<StripeBehaviour>? behave = null)
    {
        var clock = new HandClock();
        var behaviour = new StripeBehaviour { RateLimits = false };
        behave?.Invoke(behaviour);
        var options = new SandboxOptions { Clock = clock, SmallBusiness = false, Stripe = behaviour };
        return new StripeBench(await SandboxHost.StartAsync(options, TestContext.Current.CancellationToken), clock);
    }

    public Task<StripeAnswer> GetAsync(string path, string key = SandboxOptions.StripeKey) => SendAsync(HttpMethod.Get, path, null, null, key);

    public Task<StripeAnswer> PostAsync(string path, string form = "", string? idempotencyKey = null) => SendAsync(HttpMethod.Post, path, form, idempotencyKey);

    public Task<StripeAnswer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null, null);

    public async Task<string> CustomerAsync(string email = "ada@example.com") =>
        (await PostAsync("/v1/customers", $"email={email}&name=Ada")).Ok().Id;

    public async Task<string> DraftAsync(string customer, string more = "currency=gbp") =>
        (await PostAsync("/v1/invoices", $"customer={customer}&collection_method=send_invoice&days_until_due=14&auto_advance=false&{more}")).Ok().Id;

    public async Task<string> OpenAsync(string customer, long amount = 15000, string currency = "gbp")
    {
        var invoice = await DraftAsync(customer, $"currency={currency}");
        (await PostAsync("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount={amount}&currency={currency}&description=Work")).Ok();
        (await PostAsync($"/v1/invoices/{invoice}/finalize")).Ok();
        return invoice;
    }

    public async Task<StripeAnswer> SendAsync(
        HttpMethod method, string path, string? form, string? idempotencyKey, string? key = SandboxOptions.StripeKey, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.Add("Authorization", $"Bearer {key}");
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        if (form is not null)
            request.Content = new StringContent(form, null, "application/x-www-form-urlencoded");
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new StripeAnswer(
            response.StatusCode,
            JsonNode.Parse(text)!.AsObject(),
            response.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        _http.Dispose();
        _spec.Verify();
    }
}

internal sealed record StripeAnswer(HttpStatusCode Status, JsonObject Json, Dictionary<string, string> Headers)
{
    public string Id => (string)Json["id"]!;

    public JsonObject Error => Json["error"]!.AsObject();

    public string? Code => (string?)Error["code"];

    public IReadOnlyList<JsonObject> Data => [.. Json["data"]!.AsArray().Select(item => item!.AsObject())];

    public IReadOnlyList<string> Ids => [.. Data.Select(item => (string)item["id"]!)];

    public StripeAnswer Ok()
    {
        Status.ShouldBe(HttpStatusCode.OK, Json.ToJsonString());
        return this;
    }

    public StripeAnswer Refused(int status, string? code = null, string? param = null)
    {
        ((int)Status).ShouldBe(status, Json.ToJsonString());
        if (code is not null)
            Code.ShouldBe(code);
        if (param is not null)
            ((string?)Error["param"]).ShouldBe(param);
        return this;
    }
}
