using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.GoogleCalendar;

/// <summary>An empty simulated Google Calendar and a client with an access token. Every answer is held against the specification.</summary>
internal sealed class GoogleBench : IAsyncDisposable
{
    private readonly AnswersFollowTheSpec _spec = new("google-calendar");
    private readonly HttpClient _http;

    private GoogleBench(SandboxHost sandbox, HandClock clock)
    {
        (Sandbox, Clock) = (sandbox, clock);
        _http = new HttpClient(_spec);
        Token = Tool.IssueAccessToken();
    }

    public SandboxHost Sandbox { get; }

    public HandClock Clock { get; }

    public GoogleCalendarTool Tool => Sandbox.GoogleCalendar;

    public string? Token { get; set; }

    public static async Task<GoogleBench> StartAsync(Action<GoogleCalendarBehaviour>? behave = null)
    {
        var clock = new HandClock();
        var behaviour = new GoogleCalendarBehaviour();
        behave?.Invoke(behaviour);
        var options = new SandboxOptions { Clock = clock, SmallBusiness = false, GoogleCalendar = behaviour };
        return new GoogleBench(await SandboxHost.StartAsync(options, TestContext.Current.CancellationToken), clock);
    }

    public Task<GoogleAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<GoogleAnswer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<GoogleAnswer> InsertAsync(string json, string calendar = "primary") => PostAsync($"/calendars/{calendar}/events", json);

    public async Task<GoogleAnswer> ReminderAsync(string id, string day = "2027-11-01", string more = "")
    {
        var next = DateOnly.Parse(day).AddDays(1).ToString("yyyy-MM-dd");
        return (await InsertAsync($$"""{"id":"{{id}}","summary":"Renewal","start":{"date":"{{day}}"},"end":{"date":"{{next}}"}{{more}}}""")).Ok();
    }

    public async Task<GoogleAnswer> SendAsync(HttpMethod method, string path, string? json, (string Name, string Value)[]? headers = null, bool zipped = false)
    {
        using var request = new HttpRequestMessage(method, Tool.BaseUrl + path);
        if (Token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        foreach (var (name, value) in headers ?? [])
            request.Headers.TryAddWithoutValidation(name, value);
        if (json is not null)
            request.Content = Content(json, zipped);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new GoogleAnswer((int)response.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(), response.Headers.ETag?.Tag);
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        _http.Dispose();
        _spec.Verify();
    }

    private static ByteArrayContent Content(string json, bool zipped)
    {
        var raw = Encoding.UTF8.GetBytes(json);
        if (zipped)
        {
            using var buffer = new MemoryStream();
            using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
                gzip.Write(raw);
            raw = buffer.ToArray();
        }

        var content = new ByteArrayContent(raw);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (zipped)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }
}

internal sealed record GoogleAnswer(int Status, JsonObject Json, string? Etag)
{
    public string? this[string name] => Json[name]?.ToString();

    public IReadOnlyList<JsonObject> Items => [.. Json["items"]!.AsArray().Select(item => item!.AsObject())];

    public IReadOnlyList<string> Ids => [.. Items.Select(item => (string)item["id"]!)];

    public GoogleAnswer Ok()
    {
        Status.ShouldBe(200, Json.ToJsonString());
        return this;
    }

    public GoogleAnswer Refused(int status, string reason)
    {
        Status.ShouldBe(status, Json.ToJsonString());
        ((int?)Json["error"]!["code"]).ShouldBe(status);
        ((string?)Json["error"]!["errors"]![0]!["reason"]).ShouldBe(reason);
        return this;
    }
}
