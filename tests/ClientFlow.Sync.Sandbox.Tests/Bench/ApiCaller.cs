using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Sandbox.Tests.Bench;

/// <summary>Calls one simulated tool by real HTTP; every answer is held against the vendor's description at the end.</summary>
internal sealed class ApiCaller : IDisposable
{
    private readonly AnswersFollowTheSpec _check;
    private readonly HttpClient _http;

    public ApiCaller(string vendor, string baseUrl, string token, params string[] knownBetter)
    {
        _check = new AnswersFollowTheSpec(vendor, knownBetter) { Extras = vendor == "asana" ? ExtraFields.RefusedWhereClosed : ExtraFields.Refused };
        _http = new HttpClient(_check);
        BaseUrl = baseUrl;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string BaseUrl { get; }

    public async Task<ApiReply> SendAsync(string method, string path, string? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), BaseUrl + path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new ApiReply((int)answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null,
            answer.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase), text);
    }

    public Task<ApiReply> GetAsync(string path) => SendAsync("GET", path);

    public Task<ApiReply> PostAsync(string path, string body) => SendAsync("POST", path, body);

    public void Verify() => _check.Verify();

    public void Dispose() => _http.Dispose();
}

internal sealed record ApiReply(int Status, JsonNode? Json, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public ApiReply ShouldBe(int status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    public JsonNode this[string field] => Json![field] ?? throw new ShouldAssertException($"no {field} in {Text}");
}
